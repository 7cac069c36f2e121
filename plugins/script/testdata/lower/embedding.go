package main

type base struct{ n int }

func (b *base) inc() { b.n++ }

type session struct {
	*base
	name string
}

func bump(s session) int {
	s.inc()
	return s.n
}
