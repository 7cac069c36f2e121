//go:build ignore

// Broken does not parse, and so is not served.
package main

func DoExtraHandshake(r *wsh.Request
