package main

import (
	"fmt"
	"slices"
	"strconv"
)

// measurement is what one run of the load generator printed, as far as it is used.
type measurement struct {
	OK      bool    `json:"ok"`
	Error   string  `json:"error"`
	CPU     float64 `json:"server_cpu_s_per_million"`
	RSS     float64 `json:"rss_per_conn"`
	Seconds float64 `json:"seconds"`
	Other   float64 `json:"other_cpu_s"`
}

// disturbed is the share of two cores that neither the server nor the load generator had.
func (m measurement) disturbed() float64 {
	if m.Seconds == 0 { // memory was measured, not time
		return 0
	}
	return m.Other / (2 * m.Seconds)
}

// benchCase is one thing to measure, and the servers that it is measured against.
type benchCase struct {
	name  string
	title string
	path  string   // of wshd and the peers alike
	load  []string // arguments for the load generator
	unit  string
	peers []peer
	value func(measurement) float64

	flags []string // of wshd, besides the usual
	ready []string // paths that answer before it is measured, besides its own: what is compiled meanwhile would count
	tls   bool     // between a tunnel and the server
}

// peer is a server to compare with, and the goal: wshd's figure divided by its.
type peer struct {
	name string
	args []string
	goal float64                 // 0: it only tells where the cost is
	ours func(b binaries) string // bench/native or bench/floor; nil: the reference server
}

func (p peer) command(b binaries, c benchCase, addr string) []string {
	if p.ours != nil {
		command := []string{p.ours(b), "-listen", addr}
		if c.tls {
			command = append(command, "-certificate", b.certificate, "-key", b.key)
		}
		return command
	}
	return append([]string{b.peer, "-addr", addr}, p.args...)
}

var (
	read    = peer{name: "Read"}
	streams = peer{name: "Reader", args: []string{"-stream"}}
	loop    = peer{name: "loop of writes"}
	native  = peer{name: "the handler compiled", ours: func(b binaries) string { return b.native }}
	floor   = peer{name: "bare system calls", ours: func(b binaries) string { return b.floor }}
)

func (p peer) below(goal float64) peer {
	p.goal = goal
	return p
}

func cpu(m measurement) float64 { return m.CPU }

func cases(o options) []benchCase {
	echo := func(name, title string, size, inflight int, peers ...peer) benchCase {
		return benchCase{name: name, title: title, path: "/echo", load: []string{
			"-mode", "echo", "-conns", "50", "-size", strconv.Itoa(size), "-inflight", strconv.Itoa(inflight), "-duration", o.duration.String(),
		}, unit: "µs a message", peers: peers, value: cpu}
	}
	publish := func(name, title string, inflight int, peers ...peer) benchCase {
		return benchCase{name: name, title: title, path: "/broadcast", load: []string{
			"-mode", "broadcast", "-conns", "1000", "-size", "100", "-messages", strconv.Itoa(300 * min(inflight, 4)), "-inflight", strconv.Itoa(inflight),
		}, unit: "µs a delivery", peers: peers, value: cpu}
	}
	churn := []string{"-mode", "churn", "-conns", "20", "-duration", o.duration.String()}
	idle := []string{"-mode", "idle", "-touch", "-conns", strconv.Itoa(o.conns)}
	memory := func(m measurement) float64 { return m.RSS / 1024 }
	return append([]benchCase{
		echo("echo64", "echo of 64 B, one in flight", 64, 1, read.below(1.15), native.below(1.25), floor),
		echo("burst64", "echo of 64 B, sixteen in flight", 64, 16, read.below(0.5), native),
		echo("echo16k", "echo of 16 KiB, one in flight", 16<<10, 1, read.below(0.45), streams.below(1.1), native),
		publish("publish1", "100 B to 1,000 members, one publish under way", 1, loop.below(0.78), native, floor),
		publish("publish16", "100 B to 1,000 members, sixteen under way", 16, loop.below(0.4), native),
		{name: "churn", title: "connect, echo, close", path: "/echo", load: churn, unit: "µs a session",
			peers: []peer{read.below(1.2), native}, value: cpu},
		{name: "idle", title: fmt.Sprintf("memory of %d idle connections, after a message each", o.conns), path: "/echo", load: idle,
			unit: "KiB a connection", peers: []peer{read.below(0.5), native}, value: memory},
	}, processCases(o, churn, idle, memory)...)
}

// processCases are of handlers in a process of their own, beside the same handlers compiled into the host.
// What is measured is of wshd and that process together.
func processCases(o options, churn, idle []string, memory func(measurement) float64) []benchCase {
	of := func(name, title, path string, goal float64, load []string) benchCase {
		return benchCase{name: "process-" + name, title: "process of its own: " + title, path: path, load: load, unit: "µs a message",
			peers: []peer{native.below(goal)}, value: cpu,
			flags: []string{"--handlers", o.compiled, "--scripts-compile", "always"}, ready: []string{"/echo", "/compute"}}
	}
	echo := func(size int) []string {
		return []string{"-mode", "echo", "-conns", "50", "-size", strconv.Itoa(size), "-inflight", "1", "-duration", o.duration.String()}
	}
	overTLS := func(c benchCase) benchCase { c.tls = true; return c }
	sessions := of("churn", "connect, echo, close", "/echo", 1.5, churn)
	sessions.unit = "µs a session"
	waiting := of("idle", fmt.Sprintf("memory of %d idle connections", o.conns), "/echo", 1.1, idle)
	waiting.unit, waiting.value = "KiB a connection", memory
	return []benchCase{
		of("echo64", "echo of 64 B", "/echo", 1.03, echo(64)),
		of("echo16k", "echo of 16 KiB", "/echo", 1.03, echo(16<<10)),
		sessions,
		waiting,
		of("compute", "computing, of 64 B", "/compute", 1, echo(64)),
		overTLS(of("tls64", "echo of 64 B over TLS", "/echo", 2.2, echo(64))),
		overTLS(of("tls16k", "echo of 16 KiB over TLS", "/echo", 1.8, echo(16<<10))),
	}
}

// result is a case and what came out: medians, in its unit.
type result struct {
	Name, Title, Unit string
	Wshd              float64
	Peers             []peerResult
}

type peerResult struct {
	Name        string
	Value       float64
	Ratio, Goal float64 // of wshd's figure to this one
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return (of[len(of)/2] + of[(len(of)-1)/2]) / 2
}

const tableHead = "| measured | unit | wshd | the other | ratio | goal |\n|---|---|---|---|---|---|\n"

func (r result) row() string {
	var b []byte
	for _, p := range r.Peers {
		goal := ""
		if p.Goal > 0 {
			goal = fmt.Sprintf("≤ %.2f", p.Goal)
		}
		b = fmt.Appendf(b, "| %s | %s | %.2f | %.2f (%s) | %.2f | %s |\n", r.Title, r.Unit, r.Wshd, p.Value, p.Name, p.Ratio, goal)
	}
	return string(b)
}
