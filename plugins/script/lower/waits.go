package lower

import (
	"errors"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"time"

	"wshd/plugins/script/value"
	"wshd/plugins/wsh"
)

// computing are the packages whose functions never wait for anything, but for those that are given
// something to read from or write to.
var computing = []string{"archive", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto", "encoding", "errors", "fmt", "hash",
	"html", "image", "index", "io", "log", "maps", "math", "mime", "net/http", "net/mail", "net/netip", "net/textproto", "net/url", "path", "regexp", "slices",
	"sort", "strconv", "strings", "sync", "text", "time", "unicode"}

// waitingPackages are those whose functions wait for the network, a database, a disk or a program.
var waitingPackages = []string{"net", "net/smtp", "database/sql", "os", "os/exec"}

// waitingFuncs are those of other packages.
var waitingFuncs = []string{"net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm", "(*net/http.Client).Do", "(*net/http.Client).Get",
	"(*net/http.Client).Head", "(*net/http.Client).Post", "(*net/http.Client).PostForm", "(*net/http.Transport).RoundTrip", "(net/http.RoundTripper).RoundTrip",
	"(*net/http.Server).Serve", "(*net/http.Server).ListenAndServe", "(*net/http.Server).Shutdown", "(*crypto/tls.Conn).Read", "(*crypto/tls.Conn).Write",
	"(*crypto/tls.Conn).Handshake", "(*crypto/tls.Conn).HandshakeContext", "crypto/tls.Dial"}

// talking are the methods of package wsh that wait for the client or the network.
var talking = []string{"ReceiveMessage", "ReceiveTimeout", "Receive", "Each", "SendMessage", "SendText", "SendBinary", "SendFragment",
	"SendPing", "Send", "CloseConnection", "CloseNoWait", "WriteRaw", "ReadRaw", "Leave", "WatchMembers", "Watch"}

// beyond are those that ask what may be on other machines, or only in memory. Their errors say nothing of the
// connection.
var beyond = []string{"Publish", "PublishLive", "Join", "JoinAfter", "JoinLast", "History", "OpenStore", "Get", "Put", "PutFor", "Update",
	"Delete", "Keys", "SendTo", "SendToUser", "Disconnect", "DisconnectUser"}

const wshPath = "wshd/plugins/wsh"

// A wait says how a native function may wait.
type wait int

const (
	computes wait = iota // it does not: the time that a script may run goes on
	mayWait              // nobody knows: whether it has is told by the processor that it uses
	pauses               // it does: that time begins anew
	talks                // it may, on the connection, and its error says whether that still works
)

// waitOf says how a native function may wait.
func waitOf(obj types.Object) wait {
	if obj == nil || obj.Pkg() == nil {
		return computes // error.Error
	}
	sig, ok := obj.Type().(*types.Signature)
	if !ok {
		return mayWait
	}
	if obj.Pkg().Path() == wshPath {
		if slices.Contains(beyond, obj.Name()) {
			return mayWait
		}
		if !slices.Contains(talking, obj.Name()) {
			return computes
		}
		if n := sig.Results().Len(); n > 0 && types.Identical(sig.Results().At(n-1).Type(), types.Universe.Lookup("error").Type()) {
			return talks
		}
		return pauses
	}
	path := obj.Pkg().Path()
	if slices.Contains(waitingPackages, path) || slices.Contains(waitingFuncs, funcName(obj)) {
		return pauses
	}
	if streams(obj, sig) || !slices.ContainsFunc(computing, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") }) {
		return mayWait
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

// begins is called before a native function, and returns is given what it returns after that.
func (g *G) begins(w wait, args []reflect.Value) (at time.Time) {
	switch w {
	case computes:
		g.native()
	case mayWait:
		g.native()
		at = g.leaves(args)
	case pauses:
		g.waits()
	case talks:
		g.talks()
	}
	return at
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
	if name == "time.Sleep" {
		d := arg(0)
		return func(fr *frame) { fr.g.sleep(*(*time.Duration)(d.at(fr))) }
	}
	if do := syncMethod(name); do != nil {
		p := arg(0)
		return func(fr *frame) { do(fr.g, value.Deref(p.at(fr))) }
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
	got := make(chan any)
	go func() {
		r := panicOf(wait)
		select {
		case got <- r:
		case <-g.vm.ending.dead:
			if r == nil {
				undo()
			}
		}
	}()
	select {
	case r := <-got:
		if r != nil {
			panic(r)
		}
	case <-g.vm.ending.dead:
		g.die()
	}
}

// panicOf calls f, and returns what it panics with.
func panicOf(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}
