// A function that defers is run by a native call, which runs the deferred calls after it.
package main

func safe(f func()) (err any) {
	defer func() { err = recover() }()
	f()
	return nil
}

func main() { safe(nil) }
