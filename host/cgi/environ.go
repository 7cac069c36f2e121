package cgi

import (
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// inherited are the variables of wshd that its programs have too.
var inherited = []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "COMSPEC", "PATHEXT", "WINDIR"}

// withheld are headers that a program does not get (RFC 3875, section 4.1.18): those with credentials, those it
// has by another name, and Proxy, which as HTTP_PROXY would make HTTP libraries send their requests there
// (CVE-2016-5385).
var withheld = []string{"Authorization", "Proxy-Authorization", "Content-Length", "Content-Type", "Connection", "Host", "Proxy"}

// environ is the program's environment (RFC 3875, section 4.1).
func (p *Program) environ(q *http.Request) []string {
	host, port := q.Host, "80"
	if q.TLS != nil {
		port = "443"
	}
	if h, n, err := net.SplitHostPort(q.Host); err == nil {
		host, port = h, n
	}
	remote, remotePort, err := net.SplitHostPort(q.RemoteAddr)
	if err != nil {
		remote, remotePort = q.RemoteAddr, ""
	}
	env := []string{
		"GATEWAY_INTERFACE=CGI/1.1",
		"SERVER_SOFTWARE=wshd",
		"SERVER_PROTOCOL=" + q.Proto,
		"SERVER_NAME=" + host,
		"SERVER_PORT=" + port,
		"HTTP_HOST=" + q.Host,
		"REQUEST_METHOD=" + q.Method,
		"REQUEST_URI=" + q.URL.RequestURI(),
		"QUERY_STRING=" + q.URL.RawQuery,
		"SCRIPT_NAME=" + p.Name,
		"SCRIPT_FILENAME=" + p.File,
		"PATH_INFO=" + p.Info,
		"REMOTE_ADDR=" + remote,
		"REMOTE_HOST=" + remote,
		"REMOTE_PORT=" + remotePort,
	}
	if q.TLS != nil {
		env = append(env, "HTTPS=on")
	}
	if q.ContentLength > 0 {
		env = append(env, "CONTENT_LENGTH="+strconv.FormatInt(q.ContentLength, 10))
	}
	if t := q.Header.Get("Content-Type"); t != "" {
		env = append(env, "CONTENT_TYPE="+t)
	}
	env = append(env, p.user()...)
	env = append(env, headers(q.Header)...)
	for _, name := range inherited {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// user is the variables that name the user, if there is one (RFC 3875, sections 4.1.1 and 4.1.11).
func (p *Program) user() []string {
	if p.User == nil {
		return nil
	}
	scheme := "Basic"
	if p.User.Claims != nil {
		scheme = "Bearer"
	}
	return []string{"AUTH_TYPE=" + scheme, "REMOTE_USER=" + strings.ReplaceAll(p.User.Name, "\x00", "")}
}

// headers are the client's headers as variables. A name with other characters than letters, digits and hyphens
// is left out, since it could read as another header's: X_Forwarded_For can only be the client's own.
func headers(h http.Header) (env []string) {
next:
	for name, values := range h {
		for _, w := range withheld {
			if name == w {
				continue next
			}
		}
		for _, c := range name {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
				continue next
			}
		}
		sep := ", "
		if name == "Cookie" {
			sep = "; "
		}
		env = append(env, "HTTP_"+strings.ReplaceAll(strings.ToUpper(name), "-", "_")+"="+strings.Join(values, sep))
	}
	return env
}
