package script

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Native code that does not wait is no pause, whatever it reads from or writes to.
func TestLoopsOverNativeCodeAreStopped(t *testing.T) {
	for _, tt := range []struct{ imports, before, loop string }{
		{"fmt strings", "var b strings.Builder", `fmt.Fprintf(&b, "x"); b.Reset()`},
		{"io strings", "var b strings.Builder", `io.WriteString(&b, "x"); b.Reset()`},
		{"encoding/json io", "", `json.NewEncoder(io.Discard).Encode(1)`},
		{"text/template io", `x := template.Must(template.New("x").Parse("{{.}}"))`, `x.Execute(io.Discard, 1)`},
		{"io strings", "", `io.Copy(io.Discard, strings.NewReader("x"))`},
		{"bufio io", "w := bufio.NewWriter(io.Discard)", `w.WriteString("x"); w.Flush()`},
		{"bufio strings", "", `bufio.NewReader(strings.NewReader("x\n")).ReadString('\n')`},
		{"net/http", "h := http.Header{}", `h.Set("A", "b")`},
		{"net/http/httptest", "w := httptest.NewRecorder()", `w.WriteHeader(200)`},
		{"image image/color", "m := image.NewRGBA(image.Rect(0, 0, 9, 9))", `m.Set(1, 1, m.At(2, 2)); _ = color.Black`},
		{"sync", "var m sync.Map", `m.Store(1, 1); m.Load(1)`},
		{"sync", "var mu sync.Mutex", `mu.Lock(); mu.Unlock()`},
		{"sync", "var once sync.Once", `once.Do(func() {})`},
		{"sync", "var wg sync.WaitGroup", `wg.Add(1); wg.Done()`},
		{"sync/atomic", "var v atomic.Value", `v.Store(1)`},
		{"time", "", `time.Sleep(0)`},
		{"time", "", `time.Sleep(-1)`},
		{"", "c := make(chan int, 1)", `c <- 1; <-c`},
		{"", "c := make(chan int, 1)", `select { case c <- 1: case <-c: }`},
		{"", "c := make(chan int); close(c)", `<-c`},
		{"", "c := make(chan int); close(c)", `select { case <-c: }`},
		{"context", "ctx, cancel := context.WithCancel(context.Background()); cancel()", `<-ctx.Done()`},
		{"errors", "", `errors.Is(circle{}, errors.New("x"))`},
		{"errors", "", `errors.As(circle{}, new(interface{ Never() }))`},
		{"compress/gzip io", "w := gzip.NewWriter(io.Discard)", `w.Write([]byte("x"))`},
		{"crypto/sha256", "h := sha256.New()", `h.Write([]byte("x"))`},
		{"encoding/xml", "", `xml.Marshal(1)`},
		{"log/slog io", "l := slog.New(slog.NewTextHandler(io.Discard, nil))", `l.Info("x")`},
		{"strings", "f := strings.ToUpper", `f("x")`},
		{"io", "", `io.Copy(io.Discard, endless{})`},
		{"io", "", `io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.TeeReader(endless{}, io.Discard), make([]byte, 1))`},
		{"bufio io", "", `bufio.NewWriter(io.Discard).ReadFrom(endless{})`},
		{"crypto/rand io", "", `io.Copy(io.Discard, rand.Reader)`},
	} {
		t.Run(tt.loop, func(t *testing.T) {
			t.Parallel()
			var imports strings.Builder
			for _, path := range strings.Fields(tt.imports) {
				fmt.Fprintf(&imports, "import %q\n", path)
			}
			text := "package main\n\nimport \"wshd/plugins/wsh\"\n" + imports.String() + `
type circle struct{}

func (circle) Error() string { return "circle" }
func (circle) Unwrap() error { return circle{} }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return 1, nil }

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
` + tt.before + "\nfor {\n" + tt.loop + "\n}\n}\n"
			h, err := Load(t.Context(), Config{CPU: 20 * time.Millisecond}, write(t, map[string]string{"x_wsh.go": text}), "x")
			if err != nil {
				t.Fatal(err)
			}
			if v := caught(h); v == nil || !strings.Contains(fmt.Sprint(v), "stopped: ran for 20ms without waiting for anything") {
				t.Errorf("got %v", v)
			}
		})
	}
}

// A busy machine stops nobody: a script is judged by the processor that it has used, not by the time that
// has passed.
func TestBusyMachineStopsNobody(t *testing.T) {
	end := make(chan bool)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(end)
	for range 16 * runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-end:
					return
				default:
				}
			}
		})
	}
	const limit = 500 * time.Millisecond
	h := transfer(t, Config{CPU: limit}, "", `
	begun, n := time.Now(), 0
	for time.Since(begun) < 2*time.Second {
		n++
	}`)
	if v := caught(h); v != nil {
		t.Errorf("got %v: it has had a sixteenth of the processor", v)
	}
}
