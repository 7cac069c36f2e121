package script

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"wshd/plugins/script/std"
	"wshd/plugins/wsh"
)

const echoScript = "../../scripts/echo_wsh.go"

// echo is what echoScript does for each connection, compiled.
func echo(r *wsh.Request) error {
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if err := r.SendMessage(msg); err != nil {
			return err
		}
		if msg.Is("Goodbye") {
			return nil
		}
	}
}

// eachScript is an echo by Each.
const eachScript = `package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(msg wsh.Message) error { return r.SendMessage(msg) })
}
`

// echoes are the three, as a connection meets them.
func echoes(t testing.TB) map[string]func(*wsh.Request) error {
	each := filepath.Join(t.TempDir(), "each_wsh.go")
	if err := os.WriteFile(each, []byte(eachScript), 0o644); err != nil {
		t.Fatal(err)
	}
	list := map[string]func(*wsh.Request) error{"compiled": echo}
	for name, file := range map[string]string{"script": echoScript, "each": each} {
		h, err := Load(t.Context(), Config{}, file, name)
		if err != nil {
			t.Fatal(err)
		}
		list[name] = h.TransferData
	}
	return list
}

// messages is a stream that gives n messages and takes all.
type messages struct {
	wsh.Stream
	n int
	m wsh.Message
}

func (s *messages) Receive(time.Duration, bool) (wsh.Message, error) {
	if s.n == 0 {
		return wsh.Message{}, io.EOF
	}
	s.n--
	return s.m, nil
}

func (s *messages) Send(wsh.Message, bool) error { return nil }

func (s *messages) Ahead() bool { return false }

// TestAnEchoAllocatesNothing wants a message to cost no memory, though the interpreter comes to each: by Each
// only that of a call from the host.
func TestAnEchoAllocatesNothing(t *testing.T) {
	most := map[string]float64{"script": 0.1, "each": 1.9, "compiled": 0}
	for name, transfer := range echoes(t) {
		allocated := func(n int) float64 {
			return testing.AllocsPerRun(1, func() {
				r := &wsh.Request{}
				_, stop := wsh.Attach(r, wsh.Link{Stream: &messages{n: n, m: wsh.Text("receive 1")}})
				defer stop()
				_ = transfer(r)
			})
		}
		if more := (allocated(2000) - allocated(1000)) / 1000; more > most[name] {
			t.Errorf("%s: got %v allocations for a message, want no more than %v", name, more, most[name])
		}
	}
}

// BenchmarkEcho passes messages of 64 bytes through the echo handler, on no wire at all.
func BenchmarkEcho(b *testing.B) {
	for name, transfer := range echoes(b) {
		b.Run(name, func(b *testing.B) {
			r := &wsh.Request{}
			_, stop := wsh.Attach(r, wsh.Link{Stream: &messages{n: b.N, m: wsh.Text(string(make([]byte, 64)))}})
			defer stop()
			b.ReportAllocs()
			b.ResetTimer()
			if err := transfer(r); err != nil && !errors.Is(err, io.EOF) {
				b.Fatal(err)
			}
		})
	}
}

// waiting is a stream on which nothing comes until it ends.
type waiting struct {
	wsh.Stream
	here *sync.WaitGroup
	end  chan struct{}
}

func (s waiting) Receive(time.Duration, bool) (wsh.Message, error) {
	s.here.Done()
	<-s.end
	return wsh.Message{}, io.EOF
}

// BenchmarkIdle is what a connection takes whose handler waits for a message: the handler's share.
func BenchmarkIdle(b *testing.B) {
	const n = 5000
	for name, transfer := range echoes(b) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				stack, heap := memory()
				s := waiting{here: &sync.WaitGroup{}, end: make(chan struct{})}
				var done sync.WaitGroup
				s.here.Add(n)
				for range n {
					r := &wsh.Request{}
					_, stop := wsh.Attach(r, wsh.Link{Stream: s})
					done.Go(func() { defer stop(); _ = transfer(r) })
				}
				s.here.Wait()
				stackThen, heapThen := memory()
				b.ReportMetric(float64(stackThen-stack)/n, "stack-B/conn")
				b.ReportMetric(float64(heapThen-heap)/n, "heap-B/conn")
				close(s.end)
				done.Wait()
			}
		})
	}
}

// memory is what stacks and what the heap take, after a collection.
func memory() (stack, heap int64) {
	runtime.GC()
	runtime.GC() // what has finalizers goes now
	s := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64()), int64(s[1].Value.Uint64())
}

// BenchmarkLoad loads a hundred copies of the echo handler, which is as much as yaegi can be given by
// itself, and of the shipped handlers. With -benchtime 1x the first has what is done once for all.
func BenchmarkLoad(b *testing.B) {
	text, err := os.ReadFile(echoScript)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("echo", func(b *testing.B) { load100(b, []string{echoScript}, wshdLoad) })
	b.Run("echo-stock", func(b *testing.B) {
		load100(b, []string{echoScript}, func(b *testing.B, _, _ string) any {
			in := interp.New(interp.Options{Stdout: io.Discard, Stderr: io.Discard})
			for _, symbols := range []interp.Exports{stdlib.Symbols, {"wshd/plugins/wsh/wsh": std.Symbols("wshd/plugins/wsh")}} {
				if err := in.Use(symbols); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := in.Eval(string(text)); err != nil {
				b.Fatal(err)
			}
			return in.Symbols("main")["main"]["TransferData"].Interface()
		})
	})
	shipped, err := filepath.Glob("../../scripts/*_wsh.go")
	if err != nil || len(shipped) == 0 {
		b.Fatal("no handlers", err)
	}
	b.Run("shipped", func(b *testing.B) { load100(b, shipped, wshdLoad) })
}

func wshdLoad(b *testing.B, file, name string) any {
	h, err := Load(b.Context(), Config{}, file, name)
	if err != nil {
		b.Fatal(err)
	}
	return h
}

// load100 reports what one of a hundred takes: CPU of all threads, memory allocated and memory kept.
func load100(b *testing.B, files []string, load func(b *testing.B, file, name string) any) {
	const n = 100
	var cpu, live time.Duration
	var allocated uint64
	for b.Loop() {
		var before, after runtime.MemStats
		_, heap := memory()
		runtime.ReadMemStats(&before)
		began := cpuTime(b)
		kept := make([]any, n)
		for i := range kept {
			kept[i] = load(b, files[i%len(files)], fmt.Sprint("copy", i))
		}
		cpu += cpuTime(b) - began
		runtime.ReadMemStats(&after)
		allocated += after.TotalAlloc - before.TotalAlloc
		_, heapThen := memory()
		live += time.Duration(heapThen - heap)
		runtime.KeepAlive(kept)
	}
	loaded := float64(b.N * n)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(cpu.Microseconds())/loaded, "cpu-µs/script")
	b.ReportMetric(float64(allocated)/loaded, "allocated-B/script")
	b.ReportMetric(float64(live)/loaded, "live-B/script")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
