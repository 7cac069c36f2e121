package carry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"unsafe"
)

// recorder is a script's type whose methods do as told.
type recorder map[string]func(bare any, params, results []unsafe.Pointer)

func (r *recorder) Call(bare any, method string, params, results []unsafe.Pointer) {
	(*r)[method](bare, params, results)
}

func found(t *testing.T, list ...any) (methods []Method) {
	t.Helper()
	for i := 0; i < len(list); i += 2 {
		m, ok := Find(list[i].(string), reflect.TypeOf(list[i+1]))
		if !ok {
			t.Fatalf("the library looks for no %s of type %T", list[i], list[i+1])
		}
		methods = append(methods, m)
	}
	return methods
}

func TestTypesHaveTheMethodsThatTheyAreGiven(t *testing.T) {
	rt := Make("main.out", true, found(t,
		"Write", func([]byte) (int, error) { return 0, nil }, "Header", func() http.Header { return nil },
		"WriteHeader", func(int) {}, "FlushError", func() error { return nil },
		"Unwrap", func() http.ResponseWriter { return nil }))
	flushed := errors.New("flushed")
	var wrote []byte
	of := &recorder{
		"Write": func(bare any, params, results []unsafe.Pointer) {
			wrote = append(wrote, *(*[]byte)(params[0])...)
			*(*int)(results[0]) = bare.(int)
		},
		"FlushError": func(_ any, _, results []unsafe.Pointer) { *(*error)(results[0]) = flushed },
		"Unwrap":     func(_ any, _, results []unsafe.Pointer) { *(*http.ResponseWriter)(results[0]) = nil },
	}
	a := Pack(rt, Value{of, 7})
	runtime.GC()
	w, ok := a.(http.ResponseWriter)
	if !ok {
		t.Fatalf("%T is no ResponseWriter", a)
	}
	if n, err := w.Write([]byte("hello")); n != 7 || err != nil || string(wrote) != "hello" {
		t.Errorf("got %d, %v and %q", n, err, wrote)
	}
	if err := http.NewResponseController(w).Flush(); err != flushed {
		t.Errorf("got %v", err)
	}
	if _, ok := a.(interface{ Unwrap() http.ResponseWriter }); !ok {
		t.Error("it has no Unwrap, which lies on another page")
	}
	for name, has := range map[string]bool{
		"Flush": implements[http.Flusher](a), "Unwrap() error": implements[interface{ Unwrap() error }](a),
		"Read": implements[io.Reader](a), "String": implements[fmt.Stringer](a),
	} {
		if has {
			t.Errorf("it has the method %s", name)
		}
	}
	if v, ok := Unpack(a); !ok || v.Of != Type(of) || v.Bare != 7 {
		t.Errorf("got %v, %v", v, ok)
	}
}

func implements[T any](a any) bool { _, ok := a.(T); return ok }

func TestTypesHaveTheirNames(t *testing.T) {
	for name, want := range map[string]string{"main.point": "point", "*main.point": "point", "main.p[int]": "p[int]"} {
		rt := Make(name, true, nil)
		if rt.String() != name || rt.Name() != want || fmt.Sprintf("%T", Pack(rt, Value{})) != name {
			t.Errorf("got %s and %q, want %s and %q", rt, rt.Name(), name, want)
		}
	}
	if _, ok := Unpack(struct{ Carried int }{}); ok {
		t.Error("what is no script's value was unpacked")
	}
}

func TestTypesAreMadeOnce(t *testing.T) {
	a, b := Make("main.once", true, nil), Make("main.once", true, nil)
	if c := Make("main.once", true, found(t, "String", func() string { return "" })); a != b || a == c {
		t.Error("alike types are two, or others one")
	}
}

func TestValuesCompareAsScriptsDo(t *testing.T) {
	of, rt := &recorder{}, Make("main.id", true, nil)
	a, b, c := Pack(rt, Value{of, 1}), Pack(rt, Value{of, 1}), Pack(rt, Value{of, 2})
	if a != b || a == c || len(map[any]bool{a: true, b: true, c: true}) != 2 {
		t.Error("they do not")
	}
	defer func() {
		if got := fmt.Sprint(recover()); got != "runtime error: hash of unhashable type main.list" {
			t.Errorf("got %s", got)
		}
	}()
	list := Pack(Make("main.list", false, nil), Value{of, []int{1}})
	_ = map[any]bool{list: true}
}

func TestMethodsAreFresh(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here, and what it generates cannot be compared")
	}
	name := filepath.Join(t.TempDir(), "methods.go")
	if out, err := exec.Command("go", "run", "./gen", "-out", name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("methods.go"); err != nil || !bytes.Equal(got, want) {
		t.Error("methods.go is stale: run go generate ./plugins/script/carry")
	}
}

// TestMethodsThatTheLibraryLooksFor names some that no interface of its packages declares.
func TestMethodsThatTheLibraryLooksFor(t *testing.T) {
	for _, name := range []string{"AfterFunc", "CloseIdleConnections", "CloseWrite", "FlushError", "Opaque",
		"Temporary", "Timeout", "Unwrap", "Is", "As", "IsZero", "SetReadDeadline", "EnableFullDuplex"} {
		if !Names()[name] {
			t.Errorf("%s is not among them", name)
		}
	}
}
