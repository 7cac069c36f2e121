package main

func double[T int | string](x T) T { return x + x }

func all() (int, string) { return double(1), double("a") }
