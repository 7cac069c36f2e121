package main

import (
	"slices"
	"sync"
)

type rank int

var once = sync.OnceValue(func() rank { return 3 })

func has(list []rank) bool { return slices.Contains(list, once()) }

func sorted(list []int) []int {
	slices.Sort(list)
	return list
}
