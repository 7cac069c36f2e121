// Each iteration has a variable of its own: where a function keeps it, it is made anew.
package main

func main() {
	var fs []func() int
	for i := 0; i < 2; i++ {
		fs = append(fs, func() int { return i })
	}
	_ = fs
}
