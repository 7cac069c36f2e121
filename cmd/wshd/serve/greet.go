package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"wshd/cmd/wshd/terminal"
	"wshd/host/listen"
	"wshd/plugins"
)

// forOthers is what to add to any command line.
const forOthers = "to let others in add -H 0.0.0.0"

// greet tells somebody who looks at the log where to connect, once the handlers are loaded: before,
// their lines would push it away.
func (h *hosting) greet(ctx context.Context) {
	if !h.watched || h.log.Level() > slog.LevelInfo {
		return
	}
	if err := h.registry.Wait(ctx); err != nil {
		return // going down already
	}
	if h.people {
		fmt.Fprint(h.Stderr, h.welcome())
		h.greeted.Store(true)
		return
	}
	fmt.Fprint(h.Stderr, h.addresses())
}

// addresses are lines for who reads a pipe or a journal.
func (h *hosting) addresses() string {
	var b strings.Builder
	fmt.Fprintf(&b, "wshd serves %s: %s\n", h.settings.Handlers, h.served())
	if pages := h.url("http"); pages != "" {
		fmt.Fprintf(&b, "pages: %s/\n", pages)
	}
	if status := h.statusURL(); status != "" {
		fmt.Fprintf(&b, "status: %s\n", status)
	}
	if h.local {
		b.WriteString("hint: only this machine can connect; " + forOthers + "\n")
		if origins := h.settings.Origins; !slices.Contains(origins, "*") {
			b.WriteString("      and for pages of other sites --origins " + strings.Join(append(slices.Clone(origins), "https://example.com"), ",") + "\n")
		}
	}
	return b.String()
}

// welcome is what a person on a terminal is told once: what was loaded, where it is, and how to go on.
func (h *hosting) welcome() string {
	var b strings.Builder
	t := h.terminal
	scripts, bad := 0, 0
	for _, r := range h.registry.Routes() {
		switch {
		case r.AliasOf != "":
		case r.Err != nil:
			bad++
		default:
			scripts++
		}
	}
	head := fmt.Sprintf("wshd serves %s of %s, loaded in %s", things(scripts, "handler"), h.settings.Handlers,
		fmt.Sprintf("%.1f s", time.Since(h.since).Seconds()))
	b.WriteString("\n  " + t.Paint(terminal.Bold, head))
	if bad > 0 {
		b.WriteString(t.Paint(terminal.Red, "; "+things(bad, "other")+" cannot be, see above"))
	}
	b.WriteString("\n\n")
	for _, at := range h.placesToGo() {
		fmt.Fprintf(&b, "  %-9s%s%s\n", at.what, t.Paint(terminal.Cyan, at.url), at.more)
	}
	if h.local {
		b.WriteString("\n  Only this machine can connect; " + forOthers + ".\n")
	}
	if h.local && !slices.Contains(h.settings.Origins, "*") {
		b.WriteString("  Pages of other sites may connect with --origins " + strings.Join(append(slices.Clone(h.settings.Origins), "https://example.com"), ",") + ".\n")
	}
	b.WriteString("  Save a handler and it serves; Ctrl+C ends wshd.\n\n")
	return b.String()
}

// placeToGo is an address, and what is there.
type placeToGo struct{ what, url, more string }

func (h *hosting) placesToGo() (list []placeToGo) {
	if pages := h.url("http"); pages != "" {
		list = append(list, placeToGo{"pages", pages + "/", ""})
	}
	if l := h.shown(); l != nil {
		if host := onTheNetwork(l); host != "" {
			scheme := "http://"
			if l.Secure {
				scheme = "https://"
			}
			list = append(list, placeToGo{"network", scheme + net.JoinHostPort(host, h.port()) + "/", "  (this machine, for others)"})
		}
	}
	first, more := h.shownHandler()
	if first != "" {
		list = append(list, placeToGo{"handler", first, more})
	}
	for _, l := range h.listeners {
		if l.Addr().Network() == "unix" {
			list = append(list, placeToGo{"socket", addressOf(l), ""})
		}
	}
	if status := h.statusURL(); status != "" {
		list = append(list, placeToGo{"status", status, ""})
	}
	return list
}

// onTheNetwork is the address of this machine that others reach a listener at; "" if they cannot, or the listener's
// own address says it.
func onTheNetwork(l *listen.Listener) string {
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok || !a.IP.IsUnspecified() {
		return ""
	}
	c, err := net.Dial("udp", "192.0.2.1:9") // which sends nothing: it asks for the way there
	if err != nil {
		return "" // there is no network
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).IP.String()
}

// statusURL is where the status page is, with the token that was made for it; "" if it cannot be opened so.
func (h *hosting) statusURL() string {
	if h.admin == nil || h.settings.Admin.Token == "" && h.madeToken == "" || h.admin.listeners[0].Addr().Network() != "tcp" {
		return ""
	}
	host, port, _ := net.SplitHostPort(addressOf(h.admin.listeners[0])) // a TCP address has one
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	url := "http://" + net.JoinHostPort(host, port)
	if h.settings.Admin.Token != "" {
		return url + "/status"
	}
	return url + "/login#token=" + h.madeToken
}

func things(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// shownHandler is the address of a handler to show, and how many others there are; "" if there is none.
func (h *hosting) shownHandler() (url, more string) {
	n := 0
	for _, r := range h.registry.Routes() {
		if r.Err != nil {
			continue
		}
		n++
		if url == "" && r.AliasOf == "" || r.Path == "/echo" {
			url = r.Path
		}
	}
	if url == "" {
		return "", ""
	}
	if n > 1 {
		more = fmt.Sprintf(" and %d more", n-1)
	}
	return h.url("ws") + url, more
}

// served is an address to show, and how many more there are.
func (h *hosting) served() string {
	first, more := h.shownHandler()
	if first == "" {
		first = "nothing yet"
	}
	bad := len(slices.DeleteFunc(h.registry.Routes(), func(r plugins.Route) bool { return r.Err == nil }))
	if bad > 0 {
		more += fmt.Sprintf("; %d not loaded, see above", bad)
	}
	return first + more
}

// url is the address to reach wshd at from this machine; "" if it is on no TCP port.
func (h *hosting) url(scheme string) string {
	l := h.shown()
	if l == nil {
		return ""
	}
	if l.Secure {
		scheme += "s"
	}
	name := l.Address.Name
	if l.Address.Network == "systemd" {
		name = l.Addr().String()
	}
	host, _, err := net.SplitHostPort(name)
	if ip := net.ParseIP(host); err != nil || host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, h.port())
}

// shown is the first listener that a client can be sent to by a port; nil if there is none.
func (h *hosting) shown() *listen.Listener {
	for _, l := range h.listeners {
		if l.Addr().Network() == "tcp" && l.RedirectTo() == "" {
			return l
		}
	}
	return nil
}

// port is that of the listener that is shown.
func (h *hosting) port() string {
	l := h.shown()
	if l == nil {
		return "9998"
	}
	_, port, _ := net.SplitHostPort(l.Addr().String()) // a TCP address has one
	return port
}
