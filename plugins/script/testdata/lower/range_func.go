package main

func up(yield func(int) bool) {
	_ = yield(1) && yield(2)
}

func first() int {
	for n := range up {
		return n
	}
	return 0
}
