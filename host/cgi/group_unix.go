//go:build unix

package cgi

import (
	"errors"
	"os"
	"syscall"
)

// ofItsOwnGroup makes a process the first of a group.
func ofItsOwnGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills all that are in a process's group.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) } // who has ended cannot be killed

func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
