package main

import (
	"fmt"
	"strings"
)

func line(b *strings.Builder, i int, name string) {
	fmt.Fprintf(b, "%d: %s has %5.2f%%\n", i, name, float64(i)/7)
}

func Run() int {
	n := 0
	for round := 0; round < 20; round++ {
		var b strings.Builder
		for i := 0; i < 500; i++ {
			line(&b, i, "somebody")
		}
		n += b.Len()
	}
	return n
}
