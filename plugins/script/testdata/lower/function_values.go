package main

import "strings"

func next(r rune) rune { return r + 1 }

func shifted(s string) string { return strings.Map(next, s) }
