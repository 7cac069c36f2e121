package main

func generate(n int, out chan int) {
	for i := 0; i < n; i++ {
		out <- i
	}
	close(out)
}

func double(in, out chan int) {
	for n := range in {
		out <- n * 2
	}
	close(out)
}

func Run() int {
	a, b := make(chan int, 16), make(chan int, 16)
	go generate(20000, a)
	go double(a, b)
	sum := 0
	for n := range b {
		sum += n
	}
	return sum
}
