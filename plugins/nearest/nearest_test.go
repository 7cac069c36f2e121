package nearest

import "testing"

func TestTo(t *testing.T) {
	keys := []string{"listen", "handlers", "log", "log.level", "log.format", "log.file", "log.max_size", "limits.message_size", "rooms.queue"}
	paths := []string{"strings", "encoding/json", "encoding/xml", "net/http", "os", "io"}
	for _, tt := range []struct {
		name  string
		names []string
		want  string
	}{
		{"lisen", keys, "listen"},
		{"handler", keys, "handlers"},
		{"log.levle", keys, "log.level"},
		{"log.fiel", keys, "log.file"},
		{"log.color", keys, ""},
		{"limit.message_size", keys, "limits.message_size"},
		{"limits.mesage_sise", keys, "limits.message_size"},
		{"rooms.q", keys, ""},
		{"x", keys, ""},
		{"string", paths, "strings"},
		{"encoding/jsno", paths, "encoding/json"},
		{"encoding/yaml", paths, ""},
		{"net/htpp", paths, "net/http"},
		{"gopkg.in/yaml.v3", paths, ""},
		{"ks", []string{"os", "io"}, "os"},
	} {
		if got := To(tt.name, tt.names); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "axc", 1}, {"kitten", "sitting", 3}} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%s %s: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
