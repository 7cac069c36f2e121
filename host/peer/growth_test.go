package peer

import (
	"net/http"
	"strings"
	"testing"

	"wshd/plugins/wsh/growth"
)

// What a trusted proxy passes on of its client is as long as the client likes, and walked to its end where
// all that it names is trusted.
func BenchmarkIdentify(b *testing.B) {
	p, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		b.Fatal(err)
	}
	for _, tt := range []struct{ name, header, element string }{
		{"X-Forwarded-For", "X-Forwarded-For", "10.1.2.3, "},
		{"Forwarded", "Forwarded", `for=10.1.2.3;proto="https", `},
	} {
		b.Run(tt.name, func(b *testing.B) {
			growth.Doubling(b, 1<<10, 1<<15, func(n int) func() {
				value := strings.TrimSuffix(strings.Repeat(tt.element, n/len(tt.element)), ", ")
				return func() {
					q := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{tt.header: {value}}}
					if _, err := p.Identify(q); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
