package main

type account int

func (a account) balance() int { return int(a) }

func (a *account) add(n int) { *a += account(n) }

func ask(a account) int {
	later := a.balance
	a.add(1)
	return later() + account.balance(a)
}
