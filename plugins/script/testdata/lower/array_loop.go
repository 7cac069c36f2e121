package main

func total(p *[3]int) (n int) {
	for i := range p {
		n += i
	}
	return n
}
