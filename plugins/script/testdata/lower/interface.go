// Methods become functions, and a value in an interface goes into a box that knows its type.
package main

type Shape interface{ Area() int }
type Square int

func (s Square) Area() int { return int(s * s) }

func area(s Shape) int { return s.Area() }

func main() { area(Square(2)) }
