package main

import "sync/atomic"

type config struct{ limit int }

var current atomic.Pointer[config]

func limit() int { return current.Load().limit }
