package main

func spaces(s string) (n int) {
	for _, r := range s {
		if r == ' ' {
			n++
		}
	}
	return n
}
