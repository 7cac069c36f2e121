package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestEveryRatioIsDrawn(t *testing.T) {
	var results []result
	in := `[{"Title":"echo < 64 B","Peers":[{"Name":"Read","Ratio":0.51,"Goal":1.15},{"Name":"Reader","Ratio":7.25,"Goal":1}]}]`
	if err := json.Unmarshal([]byte(in), &results); err != nil {
		t.Fatal(err)
	}
	svg := draw(results)
	for _, want := range []string{"echo &lt; 64 B / Read<", "echo &lt; 64 B / Reader<", ">0.51<", ">7.25<", "goal 1.15"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is not in the picture", want)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
