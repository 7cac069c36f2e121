package main

const kib = 1 << 10

func large(n int) bool { return n > 4*kib+kib/2 }
