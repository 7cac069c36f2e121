package main

import "fmt"

type point struct{ X, Y int }

func (p point) String() string { return "point" }

func text(list []point) string { return fmt.Sprintf("%v %T", list, list[0]) }
