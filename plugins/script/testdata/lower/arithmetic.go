// Arithmetic, comparisons and loops stay the interpreter's; loops look at the clock now and then.
package main

func sum(n int) (s int) {
	for i := range n {
		s += i
	}
	return s
}

func main() { sum(3) }
