package slices

import "cmp"

// Sort sorts s.
func Sort[S ~[]E, E cmp.Ordered](s S) { SortFunc(s, func(a, b E) int { return cmp.Compare(a, b) }) }

// SortFunc sorts s by f; elements that are equal keep their order, which Go does not promise.
func SortFunc[S ~[]E, E any](s S, f func(a, b E) int) { SortStableFunc(s, f) }

// SortStableFunc sorts s by f; elements that are equal keep their order.
func SortStableFunc[S ~[]E, E any](s S, f func(a, b E) int) {
	if len(s) <= 8 {
		for i := 1; i < len(s); i++ {
			for j := i; j > 0 && f(s[j], s[j-1]) < 0; j-- {
				s[j], s[j-1] = s[j-1], s[j]
			}
		}
		return
	}
	half := len(s) / 2
	left, right := append([]E(nil), s[:half]...), s[half:]
	SortStableFunc(left, f)
	SortStableFunc(right, f)
	k := 0
	for len(left) > 0 {
		if len(right) > 0 && f(right[0], left[0]) < 0 {
			s[k] = right[0]
			right = right[1:]
		} else {
			s[k] = left[0]
			left = left[1:]
		}
		k++
	}
}

// IsSorted reports whether s is sorted.
func IsSorted[S ~[]E, E cmp.Ordered](s S) bool {
	return IsSortedFunc(s, func(a, b E) int { return cmp.Compare(a, b) })
}

// IsSortedFunc reports whether s is sorted by f.
func IsSortedFunc[S ~[]E, E any](s S, f func(a, b E) int) bool {
	for i := len(s) - 1; i > 0; i-- {
		if f(s[i], s[i-1]) < 0 {
			return false
		}
	}
	return true
}

// Min is the least element.
func Min[S ~[]E, E cmp.Ordered](s S) E {
	if len(s) < 1 {
		panic("slices.Min: empty list")
	}
	m := s[0]
	for _, v := range s[1:] {
		m = min(m, v)
	}
	return m
}

// MinFunc is the first of the least elements by f.
func MinFunc[S ~[]E, E any](s S, f func(a, b E) int) E {
	if len(s) < 1 {
		panic("slices.MinFunc: empty list")
	}
	m := s[0]
	for _, v := range s[1:] {
		if f(v, m) < 0 {
			m = v
		}
	}
	return m
}

// Max is the greatest element.
func Max[S ~[]E, E cmp.Ordered](s S) E {
	if len(s) < 1 {
		panic("slices.Max: empty list")
	}
	m := s[0]
	for _, v := range s[1:] {
		m = max(m, v)
	}
	return m
}

// MaxFunc is the first of the greatest elements by f.
func MaxFunc[S ~[]E, E any](s S, f func(a, b E) int) E {
	if len(s) < 1 {
		panic("slices.MaxFunc: empty list")
	}
	m := s[0]
	for _, v := range s[1:] {
		if f(v, m) > 0 {
			m = v
		}
	}
	return m
}

// BinarySearch finds target in sorted s, or where it would be.
func BinarySearch[S ~[]E, E cmp.Ordered](s S, target E) (int, bool) {
	return BinarySearchFunc(s, target, func(a, b E) int { return cmp.Compare(a, b) })
}

// BinarySearchFunc is BinarySearch, with elements compared by f.
func BinarySearchFunc[S ~[]E, E, T any](s S, target T, f func(E, T) int) (int, bool) {
	low, high := 0, len(s)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if f(s[mid], target) < 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < len(s) && f(s[low], target) == 0
}
