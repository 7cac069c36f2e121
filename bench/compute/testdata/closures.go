package main

func counter(step int) func(int) int {
	sum := 0
	return func(n int) int {
		sum += n * step
		return sum
	}
}

func apply(list []int, f func(int) int) int {
	last := 0
	for _, n := range list {
		last = f(n)
	}
	return last
}

func Run() int {
	list := make([]int, 100)
	for i := range list {
		list[i] = i
	}
	total := 0
	for i := 0; i < 600; i++ {
		total += apply(list, counter(i)) % 1000
	}
	return total
}
