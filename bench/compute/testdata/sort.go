package main

import "slices"

func Run() int {
	seed, sum := 42, 0
	for round := 0; round < 40; round++ {
		list := make([]int, 4000)
		for i := range list {
			seed = (seed*1103515245 + 12345) % 2147483648
			list[i] = seed
		}
		slices.Sort(list)
		sum += list[100] % 1000
	}
	return sum
}
