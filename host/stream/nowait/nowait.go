// Package nowait is read and write on sockets that do not block. They take microseconds, so Go's
// scheduler need not hear of them: telling it costs a twentieth of an echo, and it may take the processor
// away meanwhile. Many sockets are written with one system call, where the system has such a call.
package nowait

// Writing is P to be written to the socket FD. FD must stay open until Each returns; None is no socket.
type Writing struct {
	FD uintptr
	P  []byte
	N  int // how many bytes of P the socket took
}

// None is no descriptor. Writing to it is an error.
const None = ^uintptr(0)

// Each writes what each socket takes, and sets N. Errors are left for a write that waits to meet.
func Each(ws []Writing) {
	for i := range ws {
		ws[i].N = 0
	}
	if len(ws) > 1 {
		if r := take(); r != nil {
			defer r.spare()
			r.send(ws)
			return
		}
	}
	for i := range ws {
		w := &ws[i]
		if n, err := Write(w.FD, w.P); err == nil {
			w.N = n
		}
	}
}
