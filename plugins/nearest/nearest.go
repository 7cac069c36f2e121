// Package nearest finds what somebody who mistyped a name may have meant.
package nearest

import "strings"

// To is the one of names that is nearest to name, or "" if none is near: about every fourth letter
// may be wrong. What both have before the last dot or slash in common counts for nothing. A name that is
// far longer than all of them costs no more than a look at its length, for it may be a stranger's.
func To(name string, names []string) string {
	best, distance := "", 0
	for _, n := range names {
		if apart(name, n) > 1+min(len(name), len(n))/4 {
			continue // as many letters are to be inserted at least
		}
		a, b := differing(name, n)
		most := 1 + min(len(a), len(b))/4
		if best != "" {
			most = min(most, distance-1)
		}
		if d := within(most, a, b); d <= most {
			best, distance = n, d
		}
	}
	return best
}

func apart(a, b string) int { return max(len(a)-len(b), len(b)-len(a)) }

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
func Distance(a, b string) int { return within(max(len(a), len(b)), a, b) }

// within is the distance of a and b if that is most at most, and else something above most. Only the cells
// of the table so near its diagonal are filled in.
func within(most int, a, b string) int {
	if apart(a, b) > most {
		return most + 1
	}
	// The rows of the letters of a that begin two before the last, one before it, and with it.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		from, to := max(1, i-most), min(len(b), i+most)
		row[from-1] = most + 1
		if from == 1 {
			row[0] = i
		}
		least := row[from-1]
		for j := from; j <= to; j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(row[j-1]+1, last[j-1]+cost)
			if j < i+most { // else the letter above is out of the table
				d = min(d, last[j]+1)
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > most {
			return most + 1
		}
	}
	return row[len(b)]
}
