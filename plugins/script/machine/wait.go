package machine

// A Wait says how a native function may wait.
type Wait int

const (
	Computes Wait = iota // it does not: the time that a script may run goes on
	MayWait              // nobody knows: whether it has is told by the processor that it uses
	Pauses               // it does: that time begins anew
	Talks                // it may, on the connection, and its error says whether that still works
)
