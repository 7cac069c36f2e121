package main

func counter() func() int {
	n := 0
	return func() int {
		n++
		return n
	}
}

func two() int {
	next := counter()
	next()
	return next()
}
