package main

var seen = map[string]int{}

func visit(name string) bool {
	_, again := seen[name]
	seen[name]++
	return again
}
