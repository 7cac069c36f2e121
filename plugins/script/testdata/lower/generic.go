// A generic function is written once for each type that it is used with.
package main

func double[T int | string](x T) T { return x + x }

func main() {
	double(1)
	double("a")
}
