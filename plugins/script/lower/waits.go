package lower

import (
	"errors"
	"go/types"
	"slices"
	"strings"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// computing are the packages whose functions never wait for anything, but for those that are given
// something to read from or write to.
var computing = []string{"bytes", "cmp", "container", "context", "crypto", "encoding", "errors", "fmt", "hash", "html", "log", "maps",
	"math", "mime", "net/mail", "net/netip", "net/textproto", "net/url", "path", "regexp", "slices", "sort", "strconv", "strings",
	"text", "time", "unicode", "sync/atomic"}

// talking are the methods of package wsh that wait for the client or the network.
var talking = []string{"ReceiveMessage", "ReceiveTimeout", "Receive", "Each", "SendMessage", "SendText", "SendBinary", "SendFragment",
	"SendPing", "Send", "CloseConnection", "CloseNoWait", "WriteRaw", "ReadRaw", "Publish"}

const wshPath = "wshd/plugins/wsh"

// A wait says how a native function may wait.
type wait int

const (
	computes wait = iota // it does not: the time that a script may run goes on
	pauses               // it may: that time begins anew
	talks                // it may, on the connection, and its error says whether that still works
)

// waitOf says how a native function may wait.
func waitOf(obj types.Object) wait {
	if obj == nil || obj.Pkg() == nil {
		return computes // error.Error
	}
	sig, ok := obj.Type().(*types.Signature)
	if !ok {
		return pauses
	}
	if obj.Pkg().Path() == wshPath {
		if !slices.Contains(talking, obj.Name()) {
			return computes
		}
		if n := sig.Results().Len(); n > 0 && types.Identical(sig.Results().At(n-1).Type(), types.Universe.Lookup("error").Type()) {
			return talks
		}
		return pauses
	}
	if !slices.ContainsFunc(computing, func(p string) bool {
		return obj.Pkg().Path() == p || strings.HasPrefix(obj.Pkg().Path(), p+"/")
	}) || streams(obj, sig) {
		return pauses
	}
	return computes
}

// streams reports whether a function is given something to read from or write to, which may be a
// connection, or is a method of what may be around one.
func streams(obj types.Object, sig *types.Signature) bool {
	for p := range sig.Params().Variables() {
		if n, ok := types.Unalias(p.Type()).(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "io" {
			return true
		}
	}
	if sig.Recv() == nil {
		return false
	}
	return types.IsInterface(sig.Recv().Type()) || strings.HasPrefix(obj.Name(), "Read") ||
		slices.Contains([]string{"Encode", "Decode", "Flush", "Write", "Scan"}, obj.Name())
}

// begins is called before a native function.
func (g *G) begins(w wait) {
	switch w {
	case computes:
		g.native()
	case pauses:
		g.waits()
	case talks:
		g.talks()
	}
}

// said is called with what such a function has returned: a loop that goes on although each of them fails
// does not wait for anything.
func (g *G) said(err error) {
	switch {
	case err == nil && g.failing.IsZero():
	case err == nil || errors.Is(err, wsh.ErrTimeout):
		g.failing = time.Time{}
	case g.failing.IsZero():
		g.failing = time.Now()
	case time.Since(g.failing) > g.vm.limits.CPU:
		g.kill("stopped: went on for " + g.vm.limits.CPU.String() + " although its connection has ended: " + err.Error())
	}
}

// waitOp compiles calls of functions that wait, so that the end of the program ends them too.
func (c *compiler) waitOp(name string, arg func(int) ref) op {
	switch name {
	case "time.Sleep":
		d := arg(0)
		return func(fr *frame) { fr.g.sleep(*(*time.Duration)(d.at(fr))) }
	case "(*sync.WaitGroup).Wait":
		p := arg(0)
		return func(fr *frame) { fr.g.outside((*sync.WaitGroup)(deref(p.at(fr))).Wait, func() {}) }
	case "(*sync.Mutex).Lock":
		p := arg(0)
		return func(fr *frame) {
			if m := (*sync.Mutex)(deref(p.at(fr))); !m.TryLock() {
				fr.g.outside(m.Lock, m.Unlock)
			}
		}
	case "(*sync.Mutex).Unlock":
		p := arg(0)
		return func(fr *frame) {
			m := (*sync.Mutex)(deref(p.at(fr)))
			if m.TryLock() { // what follows would end the process
				m.Unlock()
				panic(plainError("sync: unlock of unlocked mutex"))
			}
			m.Unlock()
		}
	case "(*sync.RWMutex).Unlock":
		p := arg(0)
		return func(fr *frame) {
			m := (*sync.RWMutex)(deref(p.at(fr)))
			if m.TryRLock() {
				m.RUnlock()
				panic(plainError("sync: Unlock of unlocked RWMutex"))
			}
			m.Unlock()
		}
	case "(*sync.RWMutex).RUnlock":
		p := arg(0)
		return func(fr *frame) {
			m := (*sync.RWMutex)(deref(p.at(fr)))
			if m.TryLock() {
				m.Unlock()
				panic(plainError("sync: RUnlock of unlocked RWMutex"))
			}
			m.RUnlock()
		}
	case "(*sync.RWMutex).Lock":
		p := arg(0)
		return func(fr *frame) {
			if m := (*sync.RWMutex)(deref(p.at(fr))); !m.TryLock() {
				fr.g.outside(m.Lock, m.Unlock)
			}
		}
	case "(*sync.RWMutex).RLock":
		p := arg(0)
		return func(fr *frame) {
			if m := (*sync.RWMutex)(deref(p.at(fr))); !m.TryRLock() {
				fr.g.outside(m.RLock, m.RUnlock)
			}
		}
	}
	return nil
}

// outside waits for wait on a goroutine of its own, or for the program to end: then undo undoes what
// wait comes to after all.
func (g *G) outside(wait, undo func()) {
	g.waits()
	if g.dying {
		g.die()
	}
	got := make(chan struct{})
	go func() {
		wait()
		select {
		case got <- struct{}{}:
		case <-g.vm.ending.dead:
			undo()
		}
	}()
	select {
	case <-got:
	case <-g.vm.ending.dead:
		g.die()
	}
}
