package config

import (
	"maps"
	"slices"
)

// folders are the keys that name folders.
var folders = []string{"handlers", "document_root"}

// Files lists the files that the configuration is in, and those that it names: keys, passwords, the log.
func (s *Settings) Files() []string {
	files := []string{s.File, s.MapFile}
	for _, own := range append([]*Settings{s}, slices.Collect(maps.Values(s.ForPaths()))...) {
		for _, k := range Keys(&own.Config) {
			if k.tag.Get("path") == "" || slices.Contains(folders, k.Name) {
				continue
			}
			switch p := k.value.(type) {
			case *string:
				files = append(files, *p)
			case *[]string:
				files = append(files, *p...)
			}
		}
	}
	for _, a := range s.Listen {
		files = append(files, a.TLS.Certificate, a.TLS.Key, a.TLS.ClientCA)
	}
	slices.Sort(files)
	return slices.DeleteFunc(slices.Compact(files), func(name string) bool { return name == "" })
}
