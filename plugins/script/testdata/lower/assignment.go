package main

func swapped(n int) (int, int) {
	a, b := 1, 2
	for range n {
		a, b = b, a
	}
	return a, b
}
