package main

func safe(f func()) (err any) {
	defer func() { err = recover() }()
	f()
	return nil
}
