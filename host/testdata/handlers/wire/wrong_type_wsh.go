//go:build ignore

// Wrong_type has hooks that are no functions, and so is not served.
package main

var DoExtraHandshake = true

var TransferData = 1
