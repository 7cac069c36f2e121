// The arguments of a go statement are put aside at once; the goroutine is the host's, so that a panic in it
// ends no more than it.
package main

func work(n int) {}

func main() {
	for i := range 2 {
		go work(i)
	}
}
