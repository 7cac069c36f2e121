package main

var limit = base * 2

var base, name = settings()

func settings() (int, string) { return 10, "chat" }
