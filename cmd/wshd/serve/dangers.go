package serve

import (
	"maps"
	"net"
	"os"
	"slices"

	"wshd/cmd/wshd/config"
	"wshd/host/listen"
)

// dangers are what is open to harm in how wshd is set up and run. It serves nevertheless: it may all
// be meant so.
func (h *hosting) dangers(s *config.Settings) (list []config.Warning) {
	all := []*config.Settings{s}
	paths := s.ForPaths()
	for _, pattern := range slices.Sorted(maps.Keys(paths)) {
		all = append(all, paths[pattern])
	}
	for _, o := range all {
		if !h.local && slices.Contains(o.Origins, "*") {
			list = append(list, config.Warning{What: "pages of every site may connect", Reason: o.Where("origins") + `: with "*" any page can act here for who looks at it: list the sites`})
		}
		if to := readable(h.listeners); to != "" && len(s.TrustedProxies) == 0 && asksForPassword(o) {
			list = append(list, config.Warning{What: "passwords are sent readable", Reason: o.Where("auth.basic") + ": " + to + " speaks no TLS: give tls.certificate and tls.key, or name the proxy that does in trusted_proxies"})
		}
	}
	// A script that somebody else can write is a program that somebody else can run.
	if info, err := os.Stat(s.Handlers); err == nil && info.Mode().Perm()&0o002 != 0 {
		list = append(list, config.Warning{What: "everybody on this machine can write handlers", Reason: s.Where("handlers") + ": " + s.Handlers + " is writable by all: chmod o-w " + s.Handlers})
	}
	// In a container too: its root is that of the machine, unless user namespaces are in use.
	if os.Geteuid() == 0 {
		list = append(list, config.Warning{What: "running as root", Reason: "handlers and CGI programs can do everything root can: run wshd as a user of its own"})
	}
	return list
}

func asksForPassword(s *config.Settings) bool { return s.Auth.Basic != "" || s.Credential != "" }

// readable finds a listener that others can reach, and listen to.
func readable(ls []*listen.Listener) string {
	for _, l := range ls {
		a, ok := l.Addr().(*net.TCPAddr)
		if ok && !a.IP.IsLoopback() && !l.Secure && l.RedirectTo() == "" {
			return a.String()
		}
	}
	return ""
}

// warnOfDangers logs each danger once, however often the configuration is read.
func (h *hosting) warnOfDangers(s *config.Settings) {
	for _, w := range h.dangers(s) {
		if h.warned == nil {
			h.warned = map[config.Warning]bool{}
		}
		if !h.warned[w] {
			h.log.Warn(w.What, "reason", w.Reason)
		}
		h.warned[w] = true
	}
}
