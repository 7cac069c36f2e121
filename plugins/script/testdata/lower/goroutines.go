package main

func work(n int) {}

func start() {
	for i := range 2 {
		go work(i)
	}
}
