package main

import "strconv"

func number(s string) (int, error) { return strconv.Atoi(s) }
