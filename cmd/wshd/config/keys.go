package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"wshd/host/listen"
	"wshd/plugins/wsh/pattern"
)

// Key is one thing that can be set: a field of a Config.
type Key struct {
	Name  string // limits.message_size
	value any    // pointer to the field
	tag   reflect.StructTag
}

// Aliases maps further paths to handlers. The order in which they were written is kept.
type Aliases []Alias

// Alias makes Path serve what Target does.
type Alias struct {
	Path, Target string
	Where        string // file:line, for errors; "" if it stands in no file
}

// Keys lists the fields of c, in their order.
func Keys(c *Config) []Key {
	return keysOf(nil, reflect.ValueOf(c).Elem(), "")
}

func keysOf(keys []Key, v reflect.Value, prefix string) []Key {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := prefix + f.Tag.Get("yaml")
		if f.Type.Kind() == reflect.Struct {
			keys = keysOf(keys, v.Field(i), name+".")
			continue
		}
		keys = append(keys, Key{Name: name, value: v.Field(i).Addr().Interface(), tag: f.Tag})
	}
	return keys
}

// Flag is the name of the key's flag, without its dashes: limits-message-size.
func (k Key) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(k.Name)
}

// Env is the name of the key's environment variable: WSHD_LIMITS_MESSAGE_SIZE.
func (k Key) Env() string {
	return "WSHD_" + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// AtStart reports whether the key is heeded at start only.
func (k Key) AtStart() bool { return k.tag.Get("restart") != "" }

// Set gives the key a value as a flag or a variable has it: lists are separated by commas.
func (k Key) Set(s string) error {
	switch p := k.value.(type) {
	case *[]string:
		*p = splitList(s)
		return nil
	case *[]listen.Address:
		list, err := parseAddresses(splitList(s))
		*p = list
		return err
	case *Aliases:
		*p = nil
		for _, pair := range splitList(s) {
			path, target, ok := strings.Cut(pair, "=")
			if !ok {
				return fmt.Errorf("%q is no alias (write /=/echo,/chat=/rooms/chat)", pair)
			}
			if err := p.add(path, target, ""); err != nil {
				return err
			}
		}
		return nil
	case *Paths:
		return p.set(s)
	case *Histories:
		return p.set(s)
	}
	return k.setScalar(s)
}

func (k Key) setScalar(s string) (err error) {
	switch p := k.value.(type) {
	case *string:
		if allowed := strings.Fields(k.tag.Get("oneof")); len(allowed) > 0 && !slices.Contains(allowed, s) {
			return fmt.Errorf("%q is none of %s", s, strings.Join(allowed, ", "))
		}
		*p = s
	case *bool:
		if *p, err = strconv.ParseBool(s); err != nil {
			return fmt.Errorf("%q is neither true nor false", s)
		}
	case *int:
		*p, err = parseNumber(s)
	case *Size:
		*p, err = parseSize(s)
	case *time.Duration:
		*p, err = parseDuration(s)
	default:
		panic(fmt.Sprintf("key %s has type %T", k.Name, k.value))
	}
	return err
}

// String is how the key's value is written in config.yaml.
func (k Key) String() string {
	switch p := k.value.(type) {
	case *string:
		if *p == "" {
			return `""`
		}
		return *p
	case *[]string:
		return "[" + strings.Join(*p, ", ") + "]"
	case *[]listen.Address:
		return joinAddresses(*p)
	case *Aliases, *Paths, *Histories:
		return "{}"
	case *time.Duration:
		return formatDuration(*p)
	case *Size:
		return p.String()
	}
	return fmt.Sprint(reflect.ValueOf(k.value).Elem())
}

func (a *Aliases) add(path, target, where string) error {
	for _, s := range []string{path, target} {
		if !strings.HasPrefix(s, "/") {
			return fmt.Errorf("%q does not begin with / (both sides are paths: /chat and /rooms/chat)", s)
		}
	}
	if strings.Contains(path, "{") {
		if err := pattern.Check(path); err != nil {
			return err
		}
	}
	*a = append(*a, Alias{Path: path, Target: target, Where: where})
	return nil
}

func splitList(s string) (list []string) {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
