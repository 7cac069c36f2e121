package library

import (
	"go/types"
	"slices"
	"strings"

	"wshd/plugins/script/machine"
)

// receiving are the methods of package wsh that wait for the client to say something.
var receiving = []string{"ReceiveMessage", "ReceiveTimeout", "Receive", "Each", "ReadRaw"}

// Receives reports whether a function waits for the client to say something.
func Receives(o types.Object) bool {
	return o != nil && o.Pkg() != nil && o.Pkg().Path() == WSH && slices.Contains(receiving, o.Name())
}

// WaitsItself reports whether a function does nothing but wait.
func WaitsItself(o types.Object) bool {
	return o != nil && o.Pkg() != nil && (o.Name() == "Sleep" || o.Name() == "Wait")
}

// Resting are the methods at which a hook may leave its stack.
var Resting = []string{"(*" + WSH + ".Request).ReceiveMessage", "(*" + WSH + ".Request).ReceiveTimeout",
	"(*" + WSH + ".MessageReceiver).Receive"}

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

// WSH is the package that scripts import.
const WSH = "wshd/plugins/wsh"

// waitOf says how a native function may wait.
func waitOf(obj types.Object) machine.Wait {
	if obj == nil || obj.Pkg() == nil {
		return machine.Computes // error.Error
	}
	sig, ok := obj.Type().(*types.Signature)
	if !ok {
		return machine.MayWait
	}
	if obj.Pkg().Path() == WSH {
		if slices.Contains(beyond, obj.Name()) {
			return machine.MayWait
		}
		if !slices.Contains(talking, obj.Name()) {
			return machine.Computes
		}
		if n := sig.Results().Len(); n > 0 && types.Identical(sig.Results().At(n-1).Type(), types.Universe.Lookup("error").Type()) {
			return machine.Talks
		}
		return machine.Pauses
	}
	path := obj.Pkg().Path()
	if slices.Contains(waitingPackages, path) || slices.Contains(waitingFuncs, FuncName(obj)) {
		return machine.Pauses
	}
	if streams(obj, sig) || !slices.ContainsFunc(computing, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") }) {
		return machine.MayWait
	}
	return machine.Computes
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
