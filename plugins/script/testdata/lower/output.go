package main

import (
	"fmt"
	"log"
)

func tell(n int) {
	fmt.Println("n is", n)
	log.Print(n)
	println(n)
}
