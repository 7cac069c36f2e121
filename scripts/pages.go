// Package scripts holds the example handlers and their pages.
//
// The handlers carry the build tag ignore and are not part of the package: wshd loads them as
// scripts, and go vet FILE looks at each as a program of its own.
package scripts

import "embed"

// Pages are the built-in documents: what / shows when no document root is given.
//
//go:embed *.html *.css *.js *.svg
var Pages embed.FS

// Handlers are the example handlers' sources and the map file that belongs to them.
//
//go:embed *_wsh.go handler_map.txt
var Handlers embed.FS
