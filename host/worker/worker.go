// Package worker is a handler in a process of its own: the process, which Main is, and Process, by which a
// host starts it and hands connections over. The host accepts and admits a connection and reads its opening
// handshake; from there the handler's process speaks to the client itself, by the descriptor that it is
// handed. What becomes of the session it tells the host.
//
// The two share a socket of datagrams, and one for the log. Whichever process ends, the other notices by them.
package worker

// The descriptors that a handler's process begins with.
const (
	fdControl = 3 // datagrams of codec.go
	fdLog     = 4 // one for each log record
	fdRooms   = 5 // the host's rooms
)

// maxDatagram is how large one may be, in bytes: what a socket takes by default, about.
const maxDatagram = 200 << 10

// User is whose a process is.
type User struct{ ID, Group uint32 }
