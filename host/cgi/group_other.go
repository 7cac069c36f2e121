//go:build !unix

package cgi

import (
	"os"
	"syscall"
)

// ofItsOwnGroup does nothing where there are no groups.
func ofItsOwnGroup() *syscall.SysProcAttr { return nil }

// killGroup kills the process.
func killGroup(p *os.Process) { _ = p.Kill() } // who has ended cannot be killed

func brokenPipe(error) bool { return true } // it has no one name
