// > %d
// < sum of 0..%d is right
package main

import (
	"fmt"
	"strconv"
	"sync"
	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func sum(n int) int {
	jobs, results := make(chan int), make(chan int)
	var wg sync.WaitGroup
	for w := 0; w < 3; w++ {
		wg.Add(1)
		go func(id int) {
			defer wg.Done()
			for j := range jobs {
				results <- j * (id - id + 1)
			}
		}(w)
	}
	go func() {
		for i := range n + 1 {
			jobs <- i
		}
		close(jobs)
		wg.Wait()
		close(results)
	}()
	total := 0
	for r := range results {
		total += r
	}
	return total
}

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		n, err := strconv.Atoi(m.Text())
		if err != nil {
			return err
		}
		if got := sum(n); got != n*(n+1)/2 {
			return fmt.Errorf("sum(%d) = %d", n, got)
		}
		return r.SendText(fmt.Sprintf("sum of 0..%d is right", n))
	})
}
