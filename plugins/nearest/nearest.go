// Package nearest finds what somebody who mistyped a name may have meant.
package nearest

import "strings"

// To is the one of names that is nearest to name, or "" if none is near: about every fourth letter
// may be wrong. What both have before the last dot or slash in common counts for nothing.
func To(name string, names []string) string {
	best, distance := "", 0
	for _, n := range names {
		a, b := differing(name, n)
		d := Distance(a, b)
		if d <= 1+min(len(a), len(b))/4 && (best == "" || d < distance) {
			best, distance = n, d
		}
	}
	return best
}

// differing is a and b without the groups that both begin with.
func differing(a, b string) (string, string) {
	for {
		i := strings.IndexAny(a, "./")
		if i < 0 || len(b) <= i || a[:i+1] != b[:i+1] {
			return a, b
		}
		a, b = a[i+1:], b[i+1:]
	}
}

// Distance counts the letters to insert, delete, replace or swap that make b of a.
func Distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
