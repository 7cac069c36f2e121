package script

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// transfer loads a script whose TransferData has the given body, from line 13 on.
func transfer(t *testing.T, c Config, decls, body string) *wsh.Handler {
	t.Helper()
	text := `package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"wshd/plugins/wsh"
)
func TransferData(r *wsh.Request) error {
` + body + "\nreturn nil\n}\n" + decls + `
func DoExtraHandshake(r *wsh.Request) error { return nil }
var _, _, _, _ = errors.New, fmt.Sprint, io.EOF, strings.ToUpper
var _ sync.Mutex
var _ time.Duration
`
	h, err := Load(t.Context(), c, write(t, map[string]string{"x_wsh.go": text}), "x_wsh.go")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// caught calls a hook and returns its panic.
func caught(h *wsh.Handler) (v any) {
	defer func() { v = recover() }()
	_ = h.TransferData(&wsh.Request{})
	return nil
}

func TestPanicTellsWhereItHappened(t *testing.T) {
	const decls = "type T struct{ n int }\nfunc deep(n int) int { return deep(n+1) + 1 }\nvar again func(int) int\n"
	for _, tt := range []struct{ name, body, want string }{
		{"panic", "panic(\"no way\")", "x_wsh.go:13:6: panic: no way"},
		{"error", "panic(io.EOF)", "x_wsh.go:13:6: panic: EOF"},
		{"nil map", "var m map[string]int\nm[\"a\"] = 1", "x_wsh.go:14:2: panic: assignment to entry in nil map"},
		{"index", "s := []int{1}\nfor i := range 3 {\ns[i]++\n}", "x_wsh.go:15:2: panic: runtime error: index out of range [1] with length 1"},
		{"nil pointer", "var t *T\nt.n = 1", "x_wsh.go:14:3: panic: runtime error: invalid memory address or nil pointer dereference"},
		{"division", "n := len(r.Method)\n_ = 1 / n", "x_wsh.go:14:7: panic: runtime error: integer divide by zero"},
		{"assertion", "var v any = 1\n_ = v.(string)", "x_wsh.go:14:7: panic: interface conversion: interface {} is int, not string"},
		{"in native code", "strings.Repeat(\"a\", -len(fmt.Sprint(1)))", "x_wsh.go:13:15: panic: strings: negative Repeat count"},
		{"printing what holds itself", "all := []any{nil}\nall[0] = all\nfmt.Sprint(all)", "x_wsh.go:15:11: panic: runtime error: stack overflow: going through what holds itself"},
		{"unlock", "var m sync.Mutex\nm.Unlock()", "x_wsh.go:14:9: panic: sync: unlock of unlocked mutex"},
		{"read unlock", "var m sync.RWMutex\nm.RUnlock()", "x_wsh.go:14:10: panic: sync: RUnlock of unlocked RWMutex"},
		{"write unlock", "var m sync.RWMutex\nm.RLock()\nm.Unlock()", "x_wsh.go:15:9: panic: sync: Unlock of unlocked RWMutex"},
		{"in a callback", "strings.Map(func(c rune) rune { panic(\"back\") }, \"a\")", "x_wsh.go:13:38: panic: back"},
		{"after a recover", "func() {\ndefer func() { recover() }()\npanic(1)\n}()\npanic(2)", "x_wsh.go:17:6: panic: 2"},
		{"endless recursion", "deep(0)", "stack overflow"},
		{"endless recursion through native code", "var f func(string) string\nf = func(s string) string {\nreturn strings.Map(func(r rune) rune { f(s); return r }, s)\n}\nf(\"a\")", "stack overflow"},
		{"endless recursion in which calls by native code are deep", "var f func(int) string\nvar deep func(int)\nf = func(n int) string {\nreturn strings.Map(func(r rune) rune { deep(9000); return r }, \"a\")\n}\ndeep = func(n int) {\nif n == 0 {\nf(1)\n} else {\ndeep(n-1)\n}\n}\nf(1)", "stack overflow"},
		{"endless recursion of what waits", "var f func(chan int) int\nf = func(c chan int) int {\nselect {\ncase n := <-c:\nreturn n\ndefault:\nreturn f(c) + 1\n}\n}\nf(nil)", "stack overflow"},
		{"endless recursion with deferred calls", "var f func(int) int\nf = func(n int) int {\ndefer func() { n++ }()\nreturn f(n) + 1\n}\nf(0)", "stack overflow"},
		{"endless recursion of a closure", "again = func(n int) int { return again(n) + 1 }\nagain(0)", "stack overflow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := caught(transfer(t, Config{}, decls, tt.body)).(error)
			if !ok || !strings.Contains(got.Error(), tt.want) {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

// TestCallsMayBeNestedDeeply goes as deep as no interpreter does.
func TestCallsMayBeNestedDeeply(t *testing.T) {
	h := transfer(t, Config{}, `
type node struct{ next *node }
func (n *node) length() int { if n == nil { return 0 }; return 1 + n.next.length() }
func sum(n int) (s int) { defer func() { s++ }(); if n == 0 { return 0 }; return n + sum(n-1) }
`, `
	var list *node
	for range 90_000 { list = &node{list} }
	var f func(n int) int
	f = func(n int) int { if n == 0 { return 0 }; return f(n-1) + 1 }
	return fmt.Errorf("%d %d %d", list.length(), sum(90_000), f(90_000))`)
	if err := h.TransferData(&wsh.Request{}); err == nil || !strings.HasSuffix(err.Error(), "90000 4050135001 90000") {
		t.Errorf("got %v", err)
	}
}

func TestPanicKeepsItsError(t *testing.T) {
	err, _ := caught(transfer(t, Config{}, "", "panic(fmt.Errorf(\"x: %w\", wsh.ErrAborted))")).(error)
	if !errors.Is(err, wsh.ErrAborted) {
		t.Errorf("got %v", err)
	}
}

const fib = "func fib(n int) int {\nif n < 2 {\nreturn n\n}\nreturn fib(n-1) + fib(n-2)\n}\n"

func TestEndlessLoopsAreStopped(t *testing.T) {
	for _, body := range []string{
		"for {\n}",
		"n := 0\nfor n >= 0 {\nn = (n + 1) % 7\n}",
		"defer func() { recover() }()\nfor {\n}",
		"func() {\nfor {\n}\n}()",
		"fib(80)",
		"var f func(int) int\nf = func(n int) int {\nif n < 2 {\nreturn n\n}\nreturn f(n-1) + f(n-2)\n}\nf(80)",
		"for range func(yield func() bool) { for yield() { } } {\n}",
	} {
		h := transfer(t, Config{CPU: 20 * time.Millisecond}, fib, body)
		if err, ok := caught(h).(error); !ok || !strings.Contains(err.Error(), "ran for 20ms without waiting") {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestLoopThatWaitsIsNotStopped(t *testing.T) {
	h := transfer(t, Config{CPU: time.Millisecond}, "", "c := make(chan int, 1)\nfor i := range 20000 {\nc <- i\n<-c\n}")
	if v := caught(h); v != nil {
		t.Errorf("got %v", v)
	}
}

func TestPanicInGoroutineIsReported(t *testing.T) {
	lines := make(chan string, 10)
	h := transfer(t, Config{Failed: func(script string, err error) { lines <- script + " " + err.Error() }}, "", "go func() {\nvar m map[string]int\nm[\"a\"]++\n}()")
	if v := caught(h); v != nil {
		t.Fatal(v)
	}
	if got := <-lines; !strings.Contains(got, "x_wsh.go:15:2: panic: assignment to entry in nil map") {
		t.Errorf("got %s", got)
	}
}

func TestWritingOneMapFromManyConnectionsDoesNotKill(t *testing.T) {
	h := transfer(t, Config{}, "var seen = map[int]int{}\n", "for i := range 200 {\nseen[i%7]++\nfor k, v := range seen { if v < 0 { panic(k) } }\ndelete(seen, i%5)\n}")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if v := caught(h); v != nil {
				t.Error(v)
			}
		})
	}
	wg.Wait()
}

// Run on all at once, these would kill the process.
func TestNativeCodeMayGoThroughMapsThatAreWritten(t *testing.T) {
	const decls = `
type state struct { Seen map[string]int; Any any }
func (s *state) Name() string { return "x" }
var seen, nested = map[string]int{}, map[string]any{"m": map[string]int{}}
var all = &state{seen, []any{seen}}
var header, values = http.Header{}, url.Values{}
var tmpl = template.Must(template.New("").Parse("{{range $k, $v := .}}{{$k}}{{end}}"))
func write(i int) {
	k := fmt.Sprint(i % 50)
	seen[k]++
	nested["m"].(map[string]int)[k]++
	nested[k] = i
	delete(nested, fmt.Sprint((i+7)%50))
	header.Set(k, k)
	values[k] = nil
}
`
	for _, read := range []string{
		"fmt.Sprint(seen, nested, &seen)", "fmt.Sprintf(\"%v %+v\", *all, all)", "json.Marshal(all)", "json.Marshal(nested)",
		"json.Marshal(map[string]any{\"x\": []any{seen, &nested}})", "json.Unmarshal([]byte(`{\"a\": 1}`), &seen)", "header.Clone()",
		"fmt.Sprint(header.Get(\"1\"))", "values.Encode()", "tmpl.Execute(io.Discard, nested)", "slog.Default().Info(\"x\", \"seen\", seen)",
		"maps.Clone(seen)", "header.Write(io.Discard)",
	} {
		t.Run(read, func(t *testing.T) {
			text := "package main\n\nimport (\n\"encoding/json\"\n\"fmt\"\n\"io\"\n\"log/slog\"\n\"maps\"\n\"net/http\"\n\"net/url\"\n\"text/template\"\n\"wshd/plugins/wsh\"\n)\n" +
				"func DoExtraHandshake(r *wsh.Request) error { return nil }\nvar _, _, _, _ = json.Marshal, io.EOF, slog.Default, maps.Clone[map[int]int]\n" + decls +
				"func TransferData(r *wsh.Request) error {\nfor i := range 100 {\nwrite(i)\n" + read + "\n}\nreturn nil\n}\n"
			h, err := Load(t.Context(), Config{}, write(t, map[string]string{"x_wsh.go": text}), "x_wsh.go")
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if v := caught(h); v != nil {
						t.Error(v)
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestWhatEndsTheHostIsRefused(t *testing.T) {
	_, err := load(t, "package main\n\nimport \"log\"\nimport \"wshd/plugins/wsh\"\n"+required+"func f() { log.Fatal(1) }\nfunc g() { log.Default().Fatalf(\"\") }\n")
	if err == nil || !strings.Contains(err.Error(), "x_wsh.go:8:21: log.Fatal is not open to scripts: it ends the whole host; return an error, or use log.Panic") || !strings.Contains(err.Error(), ":9:") {
		t.Errorf("got %v", err)
	}
}

func TestHandlerAnswers(t *testing.T) {
	h := transfer(t, Config{}, "", `
	for {
		m, err := r.ReceiveMessage()
		if errors.Is(err, io.EOF) {
			return err
		}
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if err := r.SendText(strings.ToUpper(m.Text())); err != nil {
			return err
		}
	}`)
	c := wshtest.Dial(t, h)
	for i := range 3 {
		c.SendText(fmt.Sprint("hello ", i))
		if got, want := c.ReceiveText(), fmt.Sprint("HELLO ", i); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if end := c.Close(1000, ""); !errors.Is(end.Err, io.EOF) {
		t.Errorf("got %+v", end)
	}
}

func TestManyLoadAtOnce(t *testing.T) {
	file := write(t, map[string]string{"x_wsh.go": "package main\n\nimport (\n\"encoding/json\"\n\"maps\"\n\"net/http\"\n\"slices\"\n\"wshd/plugins/wsh\"\n)\n" + required +
		"var keys = slices.Sorted(maps.Keys(map[string]http.Header{\"b\": nil, \"a\": {}}))\nvar text, _ = json.Marshal(keys)\nfunc init() { println(string(text)) }\n"})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			var got string
			_, err := Load(t.Context(), Config{Output: func(_, line string) { got += line }}, file, "x")
			if err != nil || got != `["a","b"]` {
				t.Error(got, err)
			}
		})
	}
	wg.Wait()
}

// Types within themselves are left out: reflect keeps what is made for each load of them, some 10 KiB.
func TestReloadingLeaksNothing(t *testing.T) {
	file := write(t, map[string]string{"x_wsh.go": "package main\n\nimport (\n\"encoding/json\"\n\"wshd/plugins/wsh\"\n)\n" + required +
		"type leaf struct{ n int }\ntype node struct {\nKids []*leaf\nn int\n}\nvar text, _ = json.Marshal(node{Kids: []*leaf{{}}})\n"})
	heap := func(loads int) uint64 {
		for range loads {
			if _, err := Load(t.Context(), Config{}, file, "x"); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap(50)
	if after := heap(200); after > before+200*2048 {
		t.Errorf("200 reloads left %d KiB", (after-before)>>10)
	} else {
		t.Logf("200 reloads left %d bytes", int64(after)-int64(before))
	}
}
