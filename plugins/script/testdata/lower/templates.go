package main

import (
	"io"
	"text/template"
)

type item struct{ Name string }

func show(w io.Writer, t *template.Template, list []item) error {
	return t.Execute(w, list)
}
