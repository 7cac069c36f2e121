package main

type user struct{ name string }

func name(u *user, tags map[string]int, n int) string {
	tags["seen"] = 10 / n
	return u.name
}
