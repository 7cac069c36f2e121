package main

func average(a, b uint8, shift int) uint8 {
	return (a + b) / 2 << shift
}
