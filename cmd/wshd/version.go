package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"wshd/cmd/wshd/config"
)

// version prints what this binary is.
func (p program) version(config.Flags) error {
	_, err := fmt.Fprintf(p.stdout, "wshd %s %s %s/%s\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// stamped is the version of a release: .ci/release sets it as it links.
var stamped string

// buildVersion is the version of a release, else the module's, or the commit that was built.
func buildVersion() string {
	if stamped != "" {
		return stamped
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" || len(commit) < 12 {
		return v
	}
	return commit[:12] + dirty
}
