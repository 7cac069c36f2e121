// Each run through a loop is one native call, which does the arithmetic and looks at the clock now and then;
// the loop itself is the interpreter's.
package main

func sum(n int) (s int) {
	for i := range n {
		s += i
	}
	return s
}

func main() { sum(3) }
