package plugins

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wshd/plugins/script"
)

// depends digests all packages of the root that the imports lead to, those of its vendor folder among
// them. folder digests one of them by its path from the root.
func depends(m script.Module, imports []string, folder func(rel string) digest) string {
	var list strings.Builder
	seen := map[string]bool{}
	for queue := slices.Clone(imports); len(queue) > 0; queue = queue[1:] {
		rel := m.Folder(queue[0])
		if rel == "" || seen[rel] {
			continue
		}
		seen[rel] = true
		d := folder(rel)
		fmt.Fprintf(&list, "%q %q %q\n", queue[0], rel, d.sum)
		queue = append(queue, d.names...)
	}
	return list.String()
}

// depends digests what a script of the root imports, and has those folders watched.
func (w *search) depends(s source) string {
	return depends(w.module, s.names, func(rel string) digest {
		d, ok := w.packages[rel]
		if !ok {
			d = w.pkg(rel)
			w.packages[rel] = d
		}
		return d
	})
}

// goFiles are the files in a folder that are part of a Go package when it runs.
func goFiles(folder string) (names []string, infos []fs.FileInfo) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil // gone meanwhile, or not for us: whoever imports it will tell
	}
	for _, e := range entries {
		if !script.IsGo(e.Name()) {
			continue
		}
		if info, err := os.Stat(filepath.Join(folder, e.Name())); err == nil && !info.IsDir() {
			names, infos = append(names, e.Name()), append(infos, info)
		}
	}
	return names, infos
}

// pkg digests the Go files of a folder that need not be there.
func (w *search) pkg(rel string) digest {
	full := filepath.Join(w.root, filepath.FromSlash(rel))
	names, infos := goFiles(full)
	var files []digest
	for i, name := range names {
		files = append(files, w.digest(filepath.Join(full, name), infos[i]))
	}
	w.names += len(names)
	if real, err := realPath(full); err == nil {
		w.watch(real)
	}
	return join(names, files)
}

// current digests a script as it stands now, with all that it imports: what its stamp would be.
func (s source) current() string {
	now := source{script: s.script, module: s.module}
	if s.folder {
		now.digest = readFolder(s.file)
	} else {
		now.digest = read(s.file)
	}
	now.shared = depends(s.module, now.names, func(rel string) digest {
		return readFolder(filepath.Join(s.module.Root, filepath.FromSlash(rel)))
	})
	return now.stamp()
}

// stamp stands for all that a version of the script is made of.
func (s source) stamp() string { return s.script + "\n" + s.sum + "\n" + s.shared }
