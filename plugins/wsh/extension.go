package wsh

import "strings"

// Extension is one offer or answer of Sec-WebSocket-Extensions (RFC 6455, section 9.1).
type Extension struct {
	Name   string
	Params []ExtensionParam
}

// ExtensionParam is one parameter of an Extension.
type ExtensionParam struct {
	Name  string
	Value string // "" if it has none
}

// String formats e as it stands in the header. Values are tokens, so none needs quotes.
func (e Extension) String() string {
	var b strings.Builder
	b.WriteString(e.Name)
	for _, p := range e.Params {
		b.WriteString("; " + p.Name)
		if p.Value != "" {
			b.WriteString("=" + p.Value)
		}
	}
	return b.String()
}
