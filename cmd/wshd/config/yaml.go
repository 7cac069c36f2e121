package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
	"wshd/plugins/nearest"
)

// configFile is a config.yaml while it is read into a Config.
type configFile struct {
	name   string
	within string // "" for the file, "paths: /chat" for what is said of one path
	keys   []Key
	from   map[string]string // key to file:line, of what the file sets
	errors []error
}

// readConfig reads the text of a config.yaml over the values that c has. It returns where each key that
// the file sets stands, and all that is wrong with it: unknown keys, wrong types, what is set twice.
func readConfig(name string, text []byte, c *Config) (from map[string]string, err error) {
	f := &configFile{name: name, keys: Keys(c), from: map[string]string{}}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return f.from, nil
	case err != nil:
		return nil, f.syntaxError(text, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, f.errorf(second.Line, "a second document begins here (write one, without ---)")
	case !errors.Is(err, io.EOF):
		return nil, f.syntaxError(text, err)
	}
	f.mapping(document.Content[0], "")
	return f.from, errors.Join(f.errors...)
}

// mapping reads the keys under prefix, which is "" or ends in a dot.
func (f *configFile) mapping(n *yaml.Node, prefix string) {
	n = resolve(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // a group whose keys are all commented out
	}
	if n.Kind != yaml.MappingNode {
		f.add(n, "%s is no group of keys (write key: value on lines of their own)",
			f.describe(prefix))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		at, value := n.Content[i], n.Content[i+1]
		name := prefix + at.Value
		if line := seen[name]; line != 0 {
			f.add(at, "key %q stands already on line %d", name, line)
			continue
		}
		seen[name] = at.Line
		f.key(at, name, value)
	}
}

func (f *configFile) describe(prefix string) string {
	if prefix == "" && f.within != "" {
		return "it"
	}
	if prefix == "" {
		return "the file"
	}
	return strings.TrimSuffix(prefix, ".")
}

func (f *configFile) key(at *yaml.Node, name string, value *yaml.Node) {
	if i := slices.IndexFunc(f.keys, func(k Key) bool { return k.Name == name }); i >= 0 {
		f.from[name] = f.position(at.Line)
		if err := f.value(f.keys[i], resolve(value)); err != nil {
			f.add(at, "%s: %w", name, err)
		}
		return
	}
	if slices.ContainsFunc(f.keys, func(k Key) bool { return strings.HasPrefix(k.Name, name+".") }) {
		if name == "auth" && f.wholeAuth(at, resolve(value)) {
			return
		}
		f.mapping(value, name+".")
		return
	}
	if c := Defaults(); f.within != "" && underAny(namesOf(Keys(&c)), []string{name}) {
		f.add(at, "%s cannot be set for some paths only (it stands outside paths)", name)
		return
	}
	f.add(at, "unknown key %q%s", name, hint.DidYouMean(f.meant(name)))
}

// wholeAuth reads what auth is as a whole: none, which lets everybody in. For some paths nothing at all might
// mean that or the contrary, so it is refused.
func (f *configFile) wholeAuth(at, value *yaml.Node) (done bool) {
	empty := value.Kind == yaml.MappingNode && len(value.Content) == 0 || value.Tag == "!!null"
	switch {
	case value.Kind == yaml.ScalarNode && slices.Contains(authNone, strings.ToLower(value.Value)):
		for _, k := range f.keys {
			if underAny([]string{k.Name}, []string{"auth"}) {
				f.from[k.Name] = f.position(at.Line)
			}
		}
		return true
	case f.within != "" && empty:
		f.add(at, "auth is empty (write auth: none to let everybody in, or auth: {basic: users.txt})")
		return true
	case value.Kind == yaml.ScalarNode && !empty:
		f.add(at, "auth: %q is no group of keys (write auth: none to let everybody in, or auth: {basic: users.txt})", value.Value)
		return true
	}
	return false
}

// authNone are the words for no authentication at all.
var authNone = []string{"none", "off"}

// meant finds the key for one that is misspelt, stands in the wrong group, or is pywebsocket's.
func (f *configFile) meant(name string) string {
	var names []string
	last := name[strings.LastIndex(name, ".")+1:]
	ours := normalName(last)
	for _, k := range f.keys {
		if k.Flag() == ours || k.Name[strings.LastIndex(k.Name, ".")+1:] == last {
			return k.Name
		}
		names = append(names, k.Name)
		if group, _, ok := strings.Cut(k.Name, "."); ok {
			names = append(names, group)
		}
	}
	if ours == "port" || ours == "server-host" {
		return "listen"
	}
	return nearest.To(name, names)
}

func (f *configFile) value(k Key, n *yaml.Node) error {
	switch p := k.value.(type) {
	case *[]string:
		if err := readList(p, n); err != nil {
			return err
		}
		if k.tag.Get("path") != "" {
			for i, name := range *p {
				(*p)[i] = f.beside(name)
			}
		}
		return nil
	case *[]listen.Address:
		return f.readAddresses(p, n)
	case *Aliases:
		return f.aliases(p, n)
	case *Paths:
		return f.paths(p, n)
	case *Histories:
		return f.histories(p, n)
	}
	if n.Kind != yaml.ScalarNode {
		return errors.New("holds a list or a group where one value belongs")
	}
	tag := n.Tag
	switch k.value.(type) {
	case *string:
		if tag != "!!null" && tag != "!!str" {
			return fmt.Errorf("%s is no text (put it in quotes)", n.Value)
		}
	case *bool:
		if tag != "!!null" && tag != "!!bool" {
			switch strings.ToLower(n.Value) {
			case "yes", "on", "y", "1":
				return fmt.Errorf("%q is neither true nor false (write true)", n.Value)
			case "no", "off", "n", "0":
				return fmt.Errorf("%q is neither true nor false (write false)", n.Value)
			}
			return fmt.Errorf("%q is neither true nor false", n.Value)
		}
	}
	if tag == "!!null" {
		return errors.New("has no value")
	}
	if err := k.Set(n.Value); err != nil {
		return err
	}
	if p, ok := k.value.(*string); ok && k.tag.Get("path") != "" && *p != "" {
		*p = f.beside(*p)
	}
	return nil
}

// beside is a file or folder that is named in the file.
func (f *configFile) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(f.name), name)
}

// readList reads a list of strings, or one string in its place.
func readList(p *[]string, n *yaml.Node) error {
	elements := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		elements = n.Content
	}
	*p = nil
	for _, e := range elements {
		if e = resolve(e); e.Kind != yaml.ScalarNode || e.Tag != "!!str" {
			if e.Kind == yaml.ScalarNode && e.Tag != "!!null" {
				return fmt.Errorf("%s is no text (put it in quotes)", e.Value)
			}
			if e.Kind == yaml.ScalarNode && e.Value != "" {
				return fmt.Errorf("%s is nothing, unless it stands in quotes (write %q)", e.Value, e.Value)
			}
			return errors.New(`is no list of texts (write ["a", "b"])`)
		}
		*p = append(*p, e.Value)
	}
	return nil
}

func (f *configFile) aliases(p *Aliases, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return errors.New(`is no map (write {"/": /echo})`)
	}
	*p = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		path, target := resolve(n.Content[i]), resolve(n.Content[i+1])
		if target.Kind != yaml.ScalarNode {
			return fmt.Errorf("%q holds a list or a group where a path belongs", path.Value)
		}
		if slices.ContainsFunc(*p, func(a Alias) bool { return a.Path == path.Value }) {
			return fmt.Errorf("%q stands there twice", path.Value)
		}
		where := f.position(path.Line)
		if err := p.add(path.Value, target.Value, where); err != nil {
			return err
		}
	}
	return nil
}

func (f *configFile) add(at *yaml.Node, format string, args ...any) {
	f.errors = append(f.errors, f.errorf(at.Line, format, args...))
}

func (f *configFile) errorf(line int, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if f.within != "" {
		err = fmt.Errorf("%s: %w", f.within, err)
	}
	if f.name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", f.position(line), err)
}

// position is file:line; "" if it is no file that is read.
func (f *configFile) position(line int) string {
	if f.name == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", f.name, line)
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// yamlSays has better words for what the YAML parser says.
var yamlSays = map[string]string{
	"mapping values are not allowed in this context":        "a key is indented too far, or a value with a colon in it is not in quotes",
	"did not find expected key":                             "this is indented otherwise than what it belongs to",
	"did not find expected ',' or ']'":                      "a [ is not closed",
	"did not find expected ',' or '}'":                      "a { is not closed",
	"did not find expected alphabetic or numeric character": `a value that begins with * or & is not in quotes (write "*")`,
	"found unexpected end of stream":                        "a quote is not closed",
	"found character that cannot start any token":           "a value begins with a character that needs quotes",
}

// syntaxError gives an error of the YAML parser the form of the others. The parser names no line if
// that is the first, and of a tab in the indentation says only that it cannot start a token.
func (f *configFile) syntaxError(text []byte, err error) error {
	line, why := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		why = err.Error()[len(m[0]):]
		if strings.HasPrefix(why, "did not find expected ") && !strings.HasSuffix(why, "character") {
			line++ // of these the parser counts lines from 0
		}
	}
	lines := bytes.Split(text, []byte("\n"))
	for _, at := range []int{line, line + 1} { // the parser may stand before the line that it cannot read
		if at > len(lines) {
			break
		}
		rest := bytes.TrimLeft(lines[at-1], " \t")
		if bytes.ContainsRune(lines[at-1][:len(lines[at-1])-len(rest)], '\t') {
			return f.errorf(at, "a tab stands where blanks belong (indent with blanks only)")
		}
	}
	return f.errorf(line, "%s", cmp.Or(yamlSays[why], why))
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
