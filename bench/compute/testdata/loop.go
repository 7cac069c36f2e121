package main

func Run() int {
	sum := 0
	for i := 0; i < 1000000; i++ {
		if i%3 == 0 {
			sum += i & 7
		} else {
			sum ^= i
		}
	}
	return sum
}
