package main

import "wshd/plugins/wsh"

func greet(r *wsh.Request) error { return r.SendText("hello") }
