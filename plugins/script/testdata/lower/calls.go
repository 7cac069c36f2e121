package main

func twice(n int) (int, bool) { return 2 * n, n >= 0 }

func show(n int) {
	n, ok := twice(n)
	if ok {
		n++
	}
	println(n)
}
