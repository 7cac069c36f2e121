// > {"name":"<n%d>","items":["a","b"]}
// < <p>&lt;n%d&gt;: <b>1</b>a<b>2</b>b, 2 in all</p>
// > {"name":"empty"}
// < <p>empty: nothing, 0 in all</p>
package main

import (
	"encoding/json"
	"html/template"
	"strings"

	"wshd/plugins/wsh"
)

type page struct {
	Name  string   `json:"name"`
	Items []string `json:"items"`
}

var tmpl = template.Must(template.New("page").Funcs(template.FuncMap{
	"inc": func(n int) int { return n + 1 },
}).Parse(`<p>{{.Name}}: {{range $i, $s := .Items}}<b>{{inc $i}}</b>{{$s}}{{else}}nothing{{end}}, {{len .Items}} in all</p>`))

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		var p page
		if err := json.Unmarshal(m.Data, &p); err != nil {
			return err
		}
		var b strings.Builder
		if err := tmpl.Execute(&b, p); err != nil {
			return err
		}
		return r.SendText(b.String())
	})
}
