package library

import (
	"io/fs"
	"iter"
	"reflect"
	"strings"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// parseTrees are the facts of the methods of the nodes of templates, which scripts may build by hand.
func parseTrees() map[string]fact {
	all, f := map[string]fact{}, fact{nests: func(a []reflect.Value) { checkDepth(a[0], mostNested, false) }}
	const path = "text/template/parse"
	for _, name := range []string{"List", "Pipe", "Action", "Command", "Chain", "Branch", "Template"} {
		all["(*"+path+"."+name+"Node).Copy"], all["(*"+path+"."+name+"Node).String"] = f, f
	}
	for _, name := range []string{"(*" + path + ".ListNode).CopyList", "(*" + path + ".PipeNode).CopyPipe", "(*" + path + ".Tree).Copy",
		"(*" + path + ".IfNode).Copy", "(*" + path + ".RangeNode).Copy", "(*" + path + ".WithNode).Copy", path + ".IsEmptyTree"} {
		all[name] = f
	}
	return all
}

// checkTemplate panics if the statements of a template are nested too deeply. It takes the delimiters to be
// any that are no letters, and finds less than there is rather than more.
func checkTemplate(text string) {
	if strings.Count(text, "if")+strings.Count(text, "range")+strings.Count(text, "with")+strings.Count(text, "block")+strings.Count(text, "define") < mostNested {
		return
	}
	depth, opened := 0, []int{}
	before, after := "", ""
	for w := range words(text) {
		before, after = after, w.text
		switch {
		case w.first && (w.text == "if" || w.text == "range" || w.text == "with" || w.text == "block" || w.text == "define"):
			depth++
			opened = append(opened, 1)
		case before == "else" && (w.text == "if" || w.text == "with") && len(opened) > 0:
			depth++
			opened[len(opened)-1]++
		case w.first && w.text == "end" && len(opened) > 0:
			depth -= opened[len(opened)-1]
			opened = opened[:len(opened)-1]
		}
		if depth > mostNested {
			panic(value.PlainError("a template whose statements are nested deeper than 10000 is not open to scripts: the stack of the host would overflow"))
		}
	}
}

// word is a word of a template, and whether it is the first behind a delimiter.
type word struct {
	text  string
	first bool
}

func words(text string) iter.Seq[word] {
	return func(yield func(word) bool) { eachWord(text, yield) }
}

func eachWord(text string, yield func(word) bool) {
	isLetter := func(c byte) bool {
		return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || '0' <= c && c <= '9' || c >= 0x80
	}
	first := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case isLetter(c):
			from := i
			for i+1 < len(text) && isLetter(text[i+1]) {
				i++
			}
			if !yield(word{text[from : i+1], first}) {
				return
			}
			first = false
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			first = true
		}
	}
}

// templateFiles checks the files that ParseFS reads.
func templateFiles(_ *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
	if fsys, _ := a[len(a)-2].Interface().(fs.FS); fsys != nil {
		var checked fs.FS = templateFS{fsys}
		a[len(a)-2] = reflect.ValueOf(&checked).Elem()
	}
	return nil
}

// templateFS checks the files that are read from it.
type templateFS struct{ fs.FS }

// ReadFile implements fs.ReadFileFS.
func (f templateFS) ReadFile(name string) ([]byte, error) {
	text, err := fs.ReadFile(f.FS, name)
	checkTemplate(string(text))
	return text, err
}

// Glob implements fs.GlobFS.
func (f templateFS) Glob(pattern string) ([]string, error) { return fs.Glob(f.FS, pattern) }
