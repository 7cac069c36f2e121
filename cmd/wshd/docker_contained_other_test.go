//go:build !linux

package main

// contain needs Linux' namespaces.
func (s *dockerStage) contain() {}
