package main

func third(list []int) (int, []int) {
	return list[2], list[1:3:3]
}
