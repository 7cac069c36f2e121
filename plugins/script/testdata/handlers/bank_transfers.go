// > 3
// < moved 3, total 1000
package main

import (
	"fmt"
	"strconv"
	"sync"

	"wshd/plugins/wsh"
)

type account struct {
	id      int
	mu      sync.Mutex
	balance int
}

var accounts [10]*account

func init() {
	for i := range accounts {
		accounts[i] = &account{id: i, balance: 100}
	}
}

type lack struct{ have, want int }

func (l lack) Error() string { return fmt.Sprintf("have %d, want %d", l.have, l.want) }

// transfer locks in the order of ids, so that nobody waits for ever.
func transfer(from, to *account, n int) error {
	if from == to {
		return nil
	}
	first, second := from, to
	if to.id < from.id {
		first, second = second, first
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	second.mu.Lock()
	defer second.mu.Unlock()
	if from.balance < n {
		return lack{from.balance, n}
	}
	from.balance, to.balance = from.balance-n, to.balance+n
	return nil
}

func total() (sum int) {
	for _, a := range accounts {
		a.mu.Lock()
		defer a.mu.Unlock()
		sum += a.balance
	}
	return sum
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil {
		return err
	}
	return r.Each(func(m wsh.Message) error {
		amount, err := strconv.Atoi(m.Text())
		if err != nil {
			return err
		}
		for i := range 4 {
			err := transfer(accounts[(n+i)%10], accounts[(n*7+3*i)%10], amount)
			if l, ok := err.(lack); ok && l.want <= l.have {
				return err
			}
		}
		return r.SendText(fmt.Sprintf("moved %d, total %d", amount, total()))
	})
}
