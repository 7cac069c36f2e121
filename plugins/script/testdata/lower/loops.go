package main

func sum(n int) (s int) {
	for i := range n {
		s += i
	}
	return s
}
