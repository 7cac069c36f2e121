package main

import (
	"sync"
	"time"
)

var mu sync.Mutex

func slow() {
	mu.Lock()
	defer mu.Unlock()
	time.Sleep(time.Second)
}
