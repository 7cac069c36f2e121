package main

import "encoding/json"

type Event struct {
	Type  string         `json:"type"`
	Name  string         `json:"name"`
	Tags  []string       `json:"tags"`
	Seats map[string]int `json:"seats"`
}

func Run() int {
	n := 0
	e := Event{Type: "say", Name: "Ann", Tags: []string{"a", "bb", "ccc"}, Seats: map[string]int{"x": 1, "y": 2}}
	for i := 0; i < 1500; i++ {
		text, err := json.Marshal(e)
		if err != nil {
			return -1
		}
		var back Event
		if err := json.Unmarshal(text, &back); err != nil {
			return -2
		}
		n += len(text) + len(back.Tags) + back.Seats["y"]
	}
	return n
}
