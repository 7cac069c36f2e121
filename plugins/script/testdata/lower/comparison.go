package main

type user struct {
	name string
	key  any
}

func same(a, b user) bool { return a == b }
