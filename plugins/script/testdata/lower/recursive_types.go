package main

type node struct {
	value int
	next  *node
}

func second(n *node) int { return n.next.value }
