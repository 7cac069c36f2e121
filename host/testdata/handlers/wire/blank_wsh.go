//go:build ignore

// Blank has no hooks, and so is not served.
package main
