// Plot draws what bench/run wrote with -out: one bar for each ratio of wshd to the server written by
// hand, and a tick for its goal. It reads the JSON on standard input and writes SVG to standard output.
package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"os"
	"strings"
)

// result is a case as bench/run writes it.
type result struct {
	Title string
	Peers []struct {
		Name        string
		Ratio, Goal float64
	}
}

// The measures of the picture.
const (
	left   = 480 // where bars begin
	one    = 240 // the length of a ratio of 1
	step   = 34
	top    = 46
	width  = left + 2*one + 70
	most   = 2.0 // a longer bar is cut
	colour = "#3b6ea5"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench/plot: ")
	var results []result
	if err := json.NewDecoder(os.Stdin).Decode(&results); err != nil {
		log.Fatalf("read what bench/run -out wrote: %v", err)
	}
	if _, err := io.WriteString(os.Stdout, draw(results)); err != nil {
		log.Fatal(err)
	}
}

// draw makes the picture. Its colours are legible on white and on black.
func draw(results []result) string {
	var b strings.Builder
	y := top
	for _, r := range results {
		for _, p := range r.Peers {
			bar(&b, y, r.Title+" / "+p.Name, p.Ratio, p.Goal)
			y += step
		}
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="14" fill="#777">
<title>wshd beside a coder/websocket server written by hand</title>
<text x="%d" y="20" text-anchor="middle">the other = 1</text>
<path d="M%d 28V%d" stroke="#777"/>
%s</svg>
`, width, y+8, left+one, left+one, y, b.String())
}

func bar(b *strings.Builder, y int, label string, ratio, goal float64) {
	at := func(v float64) float64 { return left + one*min(v, most) }
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", left-10, y+13, html.EscapeString(label))
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="18" fill="%s"/>`+"\n", left, y, at(ratio)-left, colour)
	if goal > 0 {
		fmt.Fprintf(b, `<path d="M%.1f %dv24" stroke="#d33" stroke-width="3"><title>goal %.2f</title></path>`+"\n", at(goal), y-3, goal)
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d">%.2f</text>`+"\n", max(at(ratio), at(goal))+8, y+13, ratio)
}
