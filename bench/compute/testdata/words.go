package main

import "strings"

func Run() int {
	text := strings.Repeat("the quick brown fox jumps over the lazy dog and runs from the old bear ", 40)
	sum := 0
	for round := 0; round < 30; round++ {
		counts := map[string]int{}
		for _, w := range strings.Fields(text) {
			counts[w]++
		}
		for _, n := range counts {
			sum += n
		}
		sum += counts["the"]
	}
	return sum
}
