package host

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

// TestBrowsersAreShownTheConsole: who opens a handler's path, or a wrong one, in a browser is led to the page that
// talks to it.
func TestBrowsersAreShownTheConsole(t *testing.T) {
	h := serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}}, Config{Documents: fstest.MapFS{"console.html": {Data: []byte("console")}}})
	bare := serve(t, handlers{}, Config{Documents: fstest.MapFS{}})
	for _, tt := range []struct {
		name, url, accept, want string
		status                  int
	}{
		{"a browser", "http://" + h.addr + "/a/nothing", "text/html,*/*", `<a href="../console.html?path=%2Fa%2Fnothing">Open /a/nothing in the console</a>`, 404},
		{"with a path that is HTML", "http://" + h.addr + "/<b>", "text/html", `Open /%3Cb%3E in the console`, 404},
		{"a handler", "http://" + h.addr + "/echo", "text/html", `<a href="./console.html?path=%2Fecho">`, 400},
		{"another program", "http://" + h.addr + "/a/nothing", "*/*", "nothing is served here\n", 404},
		{"where there is no console", "http://" + bare.addr + "/nothing", "text/html", "nothing is served here\n", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q, err := http.NewRequest(http.MethodGet, tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Accept", tt.accept)
			answer, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			isPage := strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html")
			if answer.StatusCode != tt.status || !strings.Contains(string(body), tt.want) || isPage != strings.Contains(tt.want, "console") {
				t.Errorf("got %s %v\n%s\nwant %d %s", answer.Status, answer.Header, body, tt.status, tt.want)
			}
		})
	}
}
