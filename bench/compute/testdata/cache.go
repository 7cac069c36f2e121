package main

import (
	"strconv"
	"sync"
)

type cache struct {
	mu      sync.Mutex
	entries map[string]int
	hits    int
}

func (c *cache) get(key string) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.entries[key]
	if ok {
		c.hits++
	}
	return v, ok
}

func (c *cache) put(key string, v int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[key] = v
}

func Run() int {
	c := &cache{entries: map[string]int{}}
	sum := 0
	for i := 0; i < 20000; i++ {
		key := strconv.Itoa(i % 500)
		v, ok := c.get(key)
		if !ok {
			v = i * 3
			c.put(key, v)
		}
		sum += v
	}
	return sum + c.hits
}
