package main

func grade(n int) string {
	switch {
	case n > 90:
		return "good"
	case n < 0:
		n = -n
	}
	if n > 50 {
		return "fair"
	}
	return "poor"
}
