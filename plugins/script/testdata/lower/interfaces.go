package main

type shape interface{ area() int }

type square int

func (s square) area() int { return int(s * s) }

func area(s shape) int { return s.area() }

func four() int { return area(square(2)) }
