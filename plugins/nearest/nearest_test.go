package nearest

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh/growth"
)

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

// plainly is the distance by the whole table.
func plainly(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func TestDistanceIsThatOfTheWholeTable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, r.IntN(9))
		for i := range b {
			b[i] = "abc"[r.IntN(3)]
		}
		return string(b)
	}
	for range 20_000 {
		a, b := word(), word()
		want := plainly(a, b)
		if got := Distance(a, b); got != want {
			t.Fatalf("%q %q: got %d, want %d", a, b, got, want)
		}
		for most := range 5 {
			if got := within(most, a, b); got != want && (got <= most || want <= most) {
				t.Fatalf("%q %q within %d: got %d, want %d", a, b, most, got, want)
			}
		}
	}
}

// routes are as many paths as a large site has.
func routes() []string {
	var list []string
	for a := range 26 {
		for b := range 26 {
			list = append(list, "/rooms/"+string(rune('a'+a))+"/handler"+string(rune('a'+b)))
		}
	}
	return append(list, "/"+strings.Repeat("long", 50))
}

// Anybody may ask for a path as long as the head. A table of its letters by those of each name takes a
// second, and this test many minutes.
func TestLongNamesCostOnlyALook(t *testing.T) {
	name, known := "/"+strings.Repeat("x", 60_000), routes()
	start := time.Now()
	for range 1000 {
		if got := To(name, known); got != "" {
			t.Fatalf("got %q, want nothing", got)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("1000 long names took %v", took)
	}
}

func BenchmarkTo(b *testing.B) {
	known := routes()
	growth.Doubling(b, 1<<5, 1<<16, func(n int) func() {
		name := "/rooms/" + strings.Repeat("x", n)
		return func() { To(name, known) }
	})
}
