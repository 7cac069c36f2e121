package host

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"wshd/host/cgi"
	"wshd/host/documents"
	"wshd/host/door"
	"wshd/host/limit"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// program is a CGI program that a request asks for.
type program struct {
	file   string // "": what is there cannot be run
	script string // its path: SCRIPT_NAME
	info   string // what follows that: PATH_INFO
	served string // its path, links followed
}

// findProgram finds what a request below one of the CGI paths asks for: the first element of its path that
// is a file. nil: the path is not below one, or nothing is there. What is there and is not run is an error.
func (c *Config) findProgram(q *http.Request) (p *program, below bool, err error) {
	root, ok := c.Documents.(*documents.Root)
	if !ok {
		return nil, false, nil
	}
	name, ok := documentName(q)
	if !ok || !c.CGI.covers("/"+name) {
		return nil, false, nil
	}
	path := "/" + strings.TrimLeft(q.URL.Path, "/")
	for end := 0; end < len(name); {
		if next := strings.IndexByte(name[end:], '/'); next < 0 {
			end = len(name)
		} else {
			end += next
		}
		found, err := root.Find(name[:end])
		switch {
		case errors.Is(err, documents.ErrWithheld):
			return nil, true, err
		case err != nil:
			return nil, true, nil
		case found.Info.Mode().IsRegular() || end == len(name):
			p = &program{script: "/" + name[:end], served: found.Path}
			p.info = strings.TrimPrefix(path, p.script)
			if found.Info.Mode().IsRegular() && found.Info.Mode().Perm()&0o111 != 0 {
				p.file = found.Name
			}
			return p, true, nil
		}
		end++ // the slash
	}
	return nil, true, nil
}

func (c CGI) covers(urlPath string) bool {
	for _, p := range c.Paths {
		p = "/" + strings.Trim(p, "/")
		if p == "/" || urlPath == p || strings.HasPrefix(urlPath, p+"/") {
			return true
		}
	}
	return false
}

// serveProgram runs a program, unless there are too many. Nothing below a CGI path is sent as a file: it may
// be a program that somebody forgot to make executable.
func (s *Server) serveProgram(w http.ResponseWriter, q *http.Request, c *Config, t target, p *program, user *wsh.User) {
	if p.file == "" {
		s.refuse(w, q, c, t, &door.Refusal{Status: http.StatusForbidden, Reason: "no program", Text: "there is no program here",
			Hint: "what lies below cgi is run, and never sent: chmod +x makes a file a program"})
		return
	}
	client := limit.Client(q.RemoteAddr)
	place, no := s.programs.Add(client, limit.Bounds{Connections: c.CGI.Processes, PerClient: (c.CGI.Processes + 1) / 2})
	if no != nil {
		no.Limit = limit.Programs
		s.refuseForLimit(w, q, c, &c.Rules, t, no)
		return
	}
	defer place.Release()
	log := c.Log.With("script", p.script)
	ctx, cancel := context.WithCancel(q.Context())
	if c.CGI.Time > 0 {
		ctx, cancel = context.WithTimeout(q.Context(), c.CGI.Time)
	}
	defer cancel()
	defer context.AfterFunc(s.base, cancel)()
	run := cgi.Program{File: p.file, Name: p.script, Info: p.info, User: user,
		Said: func(line string) { log.Info("script output", "line", line) }}
	cut, err := run.Serve(ctx, w, q)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		s.limits.Add(limit.ProgramTime)
		log = log.With("hint", "cgi_time bounds it")
	}
	if err != nil {
		level := slog.LevelError
		if errors.Is(err, cgi.ErrStopped) && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			level = slog.LevelInfo
		}
		log.Log(context.Background(), level, "program failed", "resource", protocol.Shorten(t.path), "remote", q.RemoteAddr, "err", err)
	}
	if cut {
		panic(http.ErrAbortHandler) // net/http then ends the connection, so that half is not taken for all
	}
}
