package main

func longest(list []string, more string) int {
	list = append(list, more)
	return max(len(list), 3)
}
