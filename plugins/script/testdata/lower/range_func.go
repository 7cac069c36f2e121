// The body of a loop over a function is a function, which is told by its results how the loop is left.
package main

func up(yield func(int) bool) {
	_ = yield(1) && yield(2)
}

func main() {
	for n := range up {
		if n == 2 {
			return
		}
	}
}
