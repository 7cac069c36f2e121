package main

import (
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// startOnTerminal runs wshd with a terminal as its standard error.
func startOnTerminal(dir string, env, args []string) (*process, error) {
	path, err := exec.LookPath("wshd")
	if err != nil {
		return nil, err
	}
	ours, theirs, err := openTerminal()
	if err != nil {
		return nil, err
	}
	defer theirs.Close() // when the process has it
	p := newProcess(dir, env, append([]string{path}, args...))
	p.cmd.Stderr = theirs
	return p, p.start(ours)
}

// openTerminal makes a terminal, and returns its two ends. Lines end as they are written.
func openTerminal() (ours, theirs *os.File, err error) {
	if ours, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	modes, err := unix.IoctlGetTermios(int(theirs.Fd()), unix.TCGETS)
	if err == nil {
		modes.Oflag &^= unix.OPOST
		err = unix.IoctlSetTermios(int(theirs.Fd()), unix.TCSETS, modes)
	}
	return ours, theirs, err
}
