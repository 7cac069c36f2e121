package main

func countdown() {
	for i := range 3 {
		defer println(i)
	}
}
