package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// measure runs all rounds of a case.
func measure(o options, b binaries, c benchCase) (result, error) {
	r := result{Name: c.name, Title: c.title, Unit: c.unit}
	var ours []float64
	theirs, ratios := make([][]float64, len(c.peers)), make([][]float64, len(c.peers))
	for range o.rounds {
		mine, err := one(o, b, c, func(addr string) []string {
			return c.wshd(o, b, addr)
		})
		if err != nil {
			return r, fmt.Errorf("wshd: %w", err)
		}
		ours = append(ours, mine)
		for i, p := range c.peers {
			v, err := one(o, b, c, func(addr string) []string {
				return p.command(b, c, addr)
			})
			if err != nil {
				return r, fmt.Errorf("reference server, %s: %w", p.name, err)
			}
			theirs[i], ratios[i] = append(theirs[i], v), append(ratios[i], mine/v)
		}
	}
	r.Wshd = median(ours)
	for i, p := range c.peers {
		r.Peers = append(r.Peers, peerResult{p.name, median(theirs[i]), median(ratios[i]), p.goal})
	}
	return r, nil
}

// wshd is its command line.
func (c benchCase) wshd(o options, b binaries, addr string) []string {
	command := append([]string{b.wshd, "--listen", addr, "--handlers", o.handlers, "--log-level", "error"}, c.flags...)
	if c.tls {
		command = append(command, "--tls-certificate", b.certificate, "--tls-key", b.key)
	}
	return command
}

// one measures one server once. A run that failed is made again: on a machine that does other things, a
// client may not get its turn in time.
func one(o options, b binaries, c benchCase, command func(addr string) []string) (v float64, err error) {
	for range 3 {
		var m measurement
		if m, err = try(o, b, c, command); err == nil {
			disturbance = max(disturbance, m.disturbed())
			return c.value(m), nil
		}
	}
	return 0, err
}

// disturbance is the worst that has been met, for a word at the end.
var disturbance float64

// try starts a server, loads it, and ends it.
func try(o options, b binaries, c benchCase, command func(addr string) []string) (m measurement, err error) {
	addr, err := freeAddr()
	if err != nil {
		return m, err
	}
	server := exec.Command("taskset", append([]string{"-c", o.cores[0]}, command(addr)...)...)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return m, err
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed, and says so
	}()
	if c.tls {
		end, err := tunnel(o, b, &addr)
		if err != nil {
			return m, err
		}
		defer end()
	}
	for _, path := range append([]string{c.path}, c.ready...) {
		if err := await("http://" + addr + path); err != nil {
			return m, err
		}
	}
	args := append([]string{"-c", o.cores[1], b.wsload, "-json", "-addr", addr, "-path", c.path,
		"-pid", strconv.Itoa(server.Process.Pid)}, c.load...)
	load := exec.Command("taskset", args...)
	load.Stderr = os.Stderr
	out, err := load.Output()
	if jsonErr := json.Unmarshal(out, &m); jsonErr != nil {
		return m, errors.Join(err, jsonErr)
	}
	if !m.OK {
		return m, fmt.Errorf("a run with failures: %s", out)
	}
	return m, nil
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// tunnel starts what speaks TLS to the server at addr, for the load generator, which does not, and changes addr
// to where that listens.
func tunnel(o options, b binaries, addr *string) (end func(), err error) {
	to := *addr
	if *addr, err = freeAddr(); err != nil {
		return nil, err
	}
	cmd := exec.Command("taskset", "-c", o.cores[1], b.tunnel, "-listen", *addr, "-to", to)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed, and says so
	}, nil
}

// await waits until the server answers at all: wshd only once the handler is loaded, which for one that is
// compiled, and was never before, takes a while.
func await(url string) error {
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get(url)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusServiceUnavailable {
				return nil
			}
			err = errors.New(answer.Status)
		}
		if time.Now().After(end) {
			return err
		}
	}
}
