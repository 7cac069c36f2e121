package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Histories say which rooms keep what.
type Histories []History

// History is what the rooms of one name keep, or of all that begin so, where a * is at its end.
type History struct {
	Room     string        `yaml:"-"`
	Messages int           `yaml:"messages"`
	Age      time.Duration `yaml:"age"`
}

func (f *configFile) histories(p *Histories, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return errors.New(`is no map (write {chat: {messages: 100, age: 24h}})`)
	}
	*p = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		at, value := resolve(n.Content[i]), n.Content[i+1]
		h := History{Room: at.Value}
		if slices.ContainsFunc(*p, func(other History) bool { return other.Room == h.Room }) {
			f.add(at, "rooms.history: %q stands there twice", at.Value)
			continue
		}
		in := &configFile{name: f.name, within: "rooms.history: " + at.Value, from: map[string]string{},
			keys: keysOf(nil, reflect.ValueOf(&h).Elem(), "")[1:]}
		in.mapping(value, "")
		f.errors = append(f.errors, in.errors...)
		switch {
		case len(in.errors) > 0:
		case h.Room == "" || strings.Contains(h.Room[:len(h.Room)-1], "*"):
			f.add(at, `rooms.history: %q: a * stands at the end only (write news/*, or "*" for all rooms)`, at.Value)
		case in.from["messages"] == "" && f.name != "" || h.Messages == 0 && h.Age > 0:
			f.add(at, "rooms.history: %s: how many messages? (write {messages: 100}; 0: none)", at.Value)
		case h.Age > 0 && h.Age < time.Second:
			f.add(at, "rooms.history: %s: an age of %v (write 1s or more; 0s: however old)", at.Value, h.Age)
		default:
			*p = append(*p, h)
		}
	}
	return nil
}

// set reads histories as a flag or a variable has them: as in the file, in one line.
func (p *Histories) set(s string) error {
	var document yaml.Node
	f := &configFile{}
	if err := yaml.Unmarshal([]byte(s), &document); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(document.Content) == 0 {
		*p = nil
		return nil
	}
	if err := f.histories(p, resolve(document.Content[0])); err != nil {
		return fmt.Errorf("%q %w", s, err)
	}
	return errors.Join(f.errors...)
}
