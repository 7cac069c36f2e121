package main

type point struct{ x, y int }

func mirrored(p point) point {
	p.x, p.y = p.y, p.x
	return p
}

type pair point

func paired(p point) pair { return pair(p) }
