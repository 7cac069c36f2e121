package script

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
)

// What would end, or use up, the host whatever recovers: scripts get an error for it, or panic.
func TestNativeCodeDoesNotEndTheHost(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 30))
	for _, tt := range []struct{ imports, body, want string }{
		// By a number, or a product of what there is.
		{"image", `println(image.NewRGBA(image.Rect(0, 0, 1<<22, 1<<22)))`, "out of memory: image.NewRGBA asks for more"},
		{"image", `println(image.NewYCbCr(image.Rect(0, 0, 1<<22, 1<<22), 0))`, "out of memory: image.NewYCbCr"},
		{"strings", `strings.ReplaceAll(strings.Repeat("a", 1<<20), "a", strings.Repeat("b", 1<<21))`, "out of memory: strings.ReplaceAll"},
		{"bytes", `bytes.Replace(bytes.Repeat([]byte("a"), 1<<20), nil, bytes.Repeat([]byte("b"), 1<<21), -1)`, "out of memory: bytes.Replace"},
		{"strings", `l := make([]string, 1<<20); for i := range l { l[i] = "" }; strings.Join(l, strings.Repeat("x", 1<<21))`, "out of memory: strings.Join"},
		{"strings", `strings.ToValidUTF8(strings.Repeat("\xff", 1<<20), strings.Repeat("x", 1<<21))`, "out of memory: strings.ToValidUTF8"},
		{"strings", `strings.NewReplacer("a", strings.Repeat("b", 1<<21)).Replace(strings.Repeat("a", 1<<20))`, "out of memory"},
		{"regexp strings", `regexp.MustCompile("a").ReplaceAllString(strings.Repeat("a", 1<<20), strings.Repeat("b", 1<<21))`, "out of memory"},
		{"regexp strings", `b := strings.Repeat("b", 1<<24); regexp.MustCompile("a").ReplaceAllStringFunc(strings.Repeat("a", 1<<20), func(string) string { return b })`, "out of memory"},
		{"fmt strings", `_ = fmt.Sprintf(strings.Repeat("%1000000d", 1<<20), 1)`, "out of memory: fmt.Sprintf"},
		{"fmt strings", `_ = fmt.Sprintf(strings.Repeat("%[1]s", 1<<20), strings.Repeat("x", 1<<21))`, "out of memory: fmt.Sprintf"},
		{"strconv", `strconv.FormatFloat(1, 'f', 1<<44, 64)`, "out of memory"},
		{"math/big", `new(big.Int).Lsh(big.NewInt(1), 1<<47)`, "out of memory"},
		{"math/big", `new(big.Int).MulRange(1, 1<<40)`, "out of memory"},
		{"math/big", `new(big.Int).Binomial(1<<40, 1<<30)`, "out of memory"},
		{"math/big", `big.NewRat(1, 3).FloatString(1 << 44)`, "out of memory"},
		{"crypto/rand", `rand.Prime(rand.Reader, 1<<30)`, "16384 bits"},
		{"crypto/rsa crypto/rand", `rsa.GenerateKey(rand.Reader, 1<<30)`, "16384 bits"},
		{"container/ring", `ring.New(1 << 40)`, "out of memory"},
		{"crypto/sha3", `sha3.SumSHAKE128(nil, 1<<44)`, "out of memory"},
		{"crypto/tls", `tls.NewLRUClientSessionCache(1 << 44)`, "out of memory"},
		{"text/tabwriter bytes", `var b bytes.Buffer; tabwriter.NewWriter(&b, 1<<44, 8, 1, ' ', 0)`, "columns wider"},
		{"bytes encoding/json strings", `var b bytes.Buffer; json.Indent(&b, []byte(strings.Repeat("[", 9999)+strings.Repeat("1,", 1<<21)+"1"+strings.Repeat("]", 9999)), "", "    ")`, "out of memory"},
		{"encoding/json strings", `var v any = 1; for range 9999 { v = []any{v, v}[:1] }; json.MarshalIndent([]any{v, v, v, v}, "", strings.Repeat(" ", 1000))`, "out of memory"},
		{"bytes", `var b bytes.Buffer; b.Grow(1 << 44)`, "out of memory"},

		// By what has been read.
		{"image strings", `_, _, err := image.Decode(strings.NewReader(tall)); fail(err)`, "claims to have 4194304 × 4194304 pixels"},
		{"image/png strings", `_, err := png.Decode(strings.NewReader(tall)); fail(err)`, "claims to have 4194304 × 4194304 pixels"},
		{"image/gif bytes", `b := []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"); for range 1000 { b = append(b, ",\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x01\x00\x00"...) }; _, err := gif.DecodeAll(bytes.NewReader(append(b, ';'))); fail(err)`, "gif: its frames claim to have 4294836225000 pixels"},

		// As deep as the value, or without end.
		{"encoding/xml", `type T struct { Next *T }; v := &T{}; v.Next = v; _, err := xml.Marshal(v); fail(err)`, "stack overflow"},
		{"encoding/xml", `type T struct { A any }; v := &T{}; v.A = v; _, err := xml.Marshal(v); fail(err)`, "stack overflow"},
		{"encoding/xml", `type T struct { L []T }; l := make([]T, 1); l[0].L = l; _, err := xml.Marshal(T{l}); fail(err)`, "stack overflow"},
		{"encoding/json", `type T struct { Next *T }; var v *T; for range 3_000_000 { v = &T{v} }; _, err := json.Marshal(v); fail(err)`, "stack overflow"},
		{"encoding/json io", `type T struct { Next *T }; v := &T{}; v.Next = v; fail(json.NewEncoder(io.Discard).Encode(v))`, "encountered a cycle"},
		{"encoding/gob io", `type T struct { Next *T }; v := &T{}; v.Next = v; fail(gob.NewEncoder(io.Discard).Encode(v))`, "stack overflow"},
		{"text/template strings", `_, err := template.New("x").Parse(strings.Repeat("{{if 1}}", 5_000_000)); fail(err)`, "nested deeper than 10000"},
		{"text/template strings", `_, err := template.New("x").Parse("{{if 1}}"+strings.Repeat("{{else if 1}}", 5_000_000)); fail(err)`, "nested deeper than 10000"},
		{"html/template strings", `_, err := template.New("x").Delims("<%", "%>").Parse(strings.Repeat("<%- range .%>", 5_000_000)); fail(err)`, "nested deeper than 10000"},
		{"text/template/parse", `l := &parse.ListNode{NodeType: parse.NodeList}; l.Nodes = []parse.Node{l}; println(l.String())`, "stack overflow"},
		{"regexp/syntax", `re := &syntax.Regexp{Op: syntax.OpCapture}; re.Sub = []*syntax.Regexp{re}; println(re.String())`, "stack overflow"},
		{"regexp/syntax", `re := &syntax.Regexp{Op: syntax.OpRepeat, Min: 1<<30, Max: 1<<30, Sub: []*syntax.Regexp{{Op: syntax.OpAnyChar}}}; re.Simplify()`, "repeats this often"},
		{"net/http", `m := http.NewServeMux(); m.Handle("/", m); m.ServeHTTP(nil, request)`, "serve one another without end"},
		{"net/http", `m := http.NewServeMux(); m.Handle("/", http.AllowQuerySemicolons(m)); m.ServeHTTP(nil, request)`, "serve one another without end"},
		{"net/http", `m := http.NewServeMux(); m.HandleFunc("/", m.ServeHTTP); m.ServeHTTP(nil, request)`, "stack overflow"},
		{"io", `l := &io.LimitedReader{N: 1<<40}; l.R = l; l.Read(make([]byte, 1))`, "nested too deeply"},
		{"io", `l := &io.LimitedReader{N: 1<<40}; l.R = l; io.ReadAll(l)`, "nested too deeply"},
		{"io strings", `var x io.Reader = strings.NewReader("x"); for range 5_000_000 { x = io.TeeReader(x, io.Discard) }; x.Read(make([]byte, 1))`, "nested too deeply"},
		{"bufio io", `a, b := bufio.NewWriterSize(io.Discard, 16), bufio.NewWriterSize(io.Discard, 16); a.Reset(b); b.Reset(a); a.Write(make([]byte, 100))`, "nested too deeply"},
		{"errors", `err := errors.New("x"); for range 5_000_000 { err = errors.Join(err) }; println(err.Error())`, "nested too deeply"},
		{"context", `ctx, cancel := context.WithCancel(context.Background()); first := cancel; for range 5_000_000 { ctx, _ = context.WithCancel(ctx) }; first()`, "nested too deeply"},
		{"errors", `errors.Is(many{}, errors.New("x"))`, "stack overflow"},
	} {
		t.Run(tt.want+" "+tt.body[:min(len(tt.body), 40)], func(t *testing.T) {
			var imports strings.Builder
			seen := map[string]bool{}
			for _, path := range append(strings.Fields(tt.imports), "net/http") {
				if !seen[path] {
					fmt.Fprintf(&imports, "import %q\n", path)
				}
				seen[path] = true
			}
			h, err := Load(t.Context(), Config{Imports: []string{"default", "encoding/gob"}}, write(t, map[string]string{"x_wsh.go": "package main\n\nimport \"wshd/plugins/wsh\"\n" + imports.String() + deadly +
				"func TransferData(r *wsh.Request) error {\n" + tt.body + "\nreturn nil\n}\n"}), "x")
			if err != nil {
				t.Fatal(err)
			}
			v := caught(h)
			if err, ok := v.(error); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", v, tt.want)
			}
			h.Life.Retire()
		})
	}
}

// deadly is what the snippets have.
const deadly = `
const tall = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x40\x00\x00\x00\x40\x00\x00\x08\x06\x00\x00\x00\x22\x75\x09\x0f\x00\x00\x00\x0cIDAT\x78\x9c\x62\x00\x00\x00\x00\xff\xff\x03\x00\x00\x00\x00\x00"

var request, _ = http.NewRequest("GET", "/", nil)

func fail(err error) { panic(err) }

type many struct{}

func (many) Error() string { return "many" }
func (many) Unwrap() []error { return []error{many{}} }

func DoExtraHandshake(r *wsh.Request) error { return nil }
`
