package main

import "sort"

type user struct {
	name  string
	age   int
	score float64
}

func Run() int {
	users := make([]user, 0, 3000)
	for i := 0; i < 3000; i++ {
		users = append(users, user{name: "u", age: i * 7919 % 101, score: float64(i)})
	}
	for round := 0; round < 20; round++ {
		for i := range users {
			u := &users[i]
			u.age = (u.age + 3) % 101
			u.score += float64(u.age)
		}
	}
	sort.Slice(users, func(i, j int) bool { return users[i].score < users[j].score })
	return int(users[7].score) + users[9].age
}
