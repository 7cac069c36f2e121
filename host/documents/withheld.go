package documents

import (
	"os"
	"path/filepath"
	"strings"
)

// Hidden reports whether an element of a slash-separated name begins with a dot, or is a handler's: its
// source, or what is beside that, in Go or in pywebsocket's Python.
func Hidden(name string) bool {
	for element := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(element, ".") && element != ".well-known" && element != "." {
			return true
		}
		if lower := strings.ToLower(element); strings.HasSuffix(lower, "_wsh") || strings.Contains(lower, "_wsh.") {
			return true
		}
	}
	return false
}

// isSource reports whether a file of the handler root is compiled, or was, or is an editor's copy of one that
// is: lib/auth.go, auth_test.go, auth.go~, #auth.go#, auth.go.bak, go.mod.
func (r *Root) isSource(file string) bool {
	if r.handlers == "" || !within(r.handlers, file) {
		return false
	}
	base := strings.ToLower(filepath.Base(file))
	for _, ext := range []string{".go", "go.mod", "go.sum", "go.work"} {
		for rest := base; ; {
			i := strings.Index(rest, ext)
			if i < 0 {
				break
			}
			rest = rest[i+len(ext):]
			if rest == "" || rest[0] < 'a' || rest[0] > 'z' {
				return true
			}
		}
	}
	return false
}

func within(dir, file string) bool {
	rel, err := filepath.Rel(dir, file)
	return err == nil && filepath.IsLocal(rel)
}

// isSecret reports whether a file is one that the configuration names, by whatever name, or stands beside
// one as editors, people and logs leave copies: users~, users.bak, users.2, wshd-2026-11-29.log.
func (r *Root) isSecret(f Found) bool {
	for _, name := range r.c.Secrets {
		if info, err := os.Stat(name); err == nil && os.SameFile(info, f.Info) {
			return true
		}
		dir, err := plain(filepath.Dir(name))
		if err != nil || dir != filepath.Dir(f.File) {
			continue
		}
		if isCopy(filepath.Base(f.File), filepath.Base(name)) {
			return true
		}
	}
	return false
}

// copies are how the names of copies go on.
var copies = []string{"~", "#", ".~", ".bak", ".backup", ".old", ".orig", ".save", ".swp", ".swo", ".tmp", ".new", ".rej", ".copy"}

// isCopy reports whether a file's name is that of a copy of another in the same folder.
func isCopy(name, of string) bool {
	name, of = strings.ToLower(name), strings.ToLower(of)
	name = strings.TrimLeft(name, "#.~")
	if rest, ok := strings.CutPrefix(name, of); ok {
		if rest == "" || len(rest) > 1 && rest[0] == '.' && rest[1] >= '0' && rest[1] <= '9' {
			return true
		}
		for _, end := range copies {
			if strings.HasPrefix(rest, end) {
				return true
			}
		}
	}
	ext := filepath.Ext(of)
	stem := strings.TrimSuffix(of, ext)
	rest, ok := strings.CutPrefix(name, stem+"-") // log.file's, with their time
	return ok && stem != "" && rest != "" && rest[0] >= '0' && rest[0] <= '9' && strings.Contains(rest, ext)
}
