package main

import "encoding/json"

var scores = map[string]int{}

func board() ([]byte, error) { return json.Marshal(scores) }
