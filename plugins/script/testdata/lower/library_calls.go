package main

import (
	"strconv"
	"time"
)

func number(s string) (int, error) { return strconv.Atoi(s) }

func pause(s string) (time.Duration, error) { return time.ParseDuration(s) }
