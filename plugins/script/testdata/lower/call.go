// A call of a function of the script is the interpreter's, between two native calls: one that makes its
// frame, and one that fetches its results. What is not on the way to a call or a loop is one native call.
package main

func twice(n int) (int, bool) {
	if n < 0 {
		return 0, false
	}
	return 2 * n, true
}

func main() {
	n, ok := twice(1)
	if ok {
		n++
	}
	println(n)
}
