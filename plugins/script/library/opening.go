package library

// opening are the facts of what opens files or connections as package os or net does: it is open to scripts
// where they are.
func opening() map[string]fact {
	template := func(path string) []string {
		return []string{path + ".ParseFiles", path + ".ParseGlob", "(*" + path + ".Template).ParseFiles", "(*" + path + ".Template).ParseGlob"}
	}
	return joined(
		each(fact{opens: "os"}, template("text/template")...),
		each(fact{opens: "os"}, template("html/template")...),
		each(fact{opens: "os"}, "archive/zip.OpenReader", "crypto/tls.LoadX509KeyPair", "net/http.ServeFile", "net/http.Dir", "(net/http.Dir).Open",
			"(*mime/multipart.Reader).ReadForm"),
		each(fact{opens: "net"}, "net/http.ListenAndServe", "net/http.ListenAndServeTLS", "(*net/http.Server).ListenAndServe",
			"(*net/http.Server).ListenAndServeTLS", "(*net/http.Server).ServeTLS", "net/http.ServeTLS", "(*net/http.Server).Serve", "net/http.Serve",
			"net/http/httptest.NewServer", "net/http/httptest.NewTLSServer", "net/http/httptest.NewUnstartedServer",
			"crypto/tls.Dial", "crypto/tls.DialWithDialer", "(*crypto/tls.Dialer).Dial", "(*crypto/tls.Dialer).DialContext", "crypto/tls.Listen",
			"net/textproto.Dial"),
	)
}
