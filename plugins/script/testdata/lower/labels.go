package main

func find(rows [][]int, want int) (at int) {
rows:
	for i, row := range rows {
		for _, n := range row {
			switch {
			case n == want:
				at = i
				break rows
			case n < 0:
				continue rows
			}
		}
	}
	return at
}
