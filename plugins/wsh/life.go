package wsh

import (
	"context"
	"maps"
	"sync"
)

// Life is how long a version of a handler runs: until it has been replaced and its last connection has
// ended, or until it does what no handler may. Handler scripts do not use it. A nil Life never ends.
type Life struct {
	stop    func()
	context context.Context // ends when it is retired, or over
	retire  context.CancelFunc

	mu      sync.Mutex
	held    int
	retired bool
	over    bool
	err     error
	told    map[*func(error)]struct{}
}

// NewLife begins a life. stop is called once, when it is over.
func NewLife(stop func()) *Life {
	l := &Life{stop: stop, told: map[*func(error)]struct{}{}}
	l.context, l.retire = context.WithCancel(context.Background())
	return l
}

// Context ends when the version is replaced, removed or not published, or the host goes down: before its last
// connection, perhaps.
func (l *Life) Context() context.Context {
	if l == nil {
		return context.Background()
	}
	return l.context
}

// VersionContext ends when this version of the handler is replaced, removed or not published, or the host goes
// down: what init starts is to end with it. Connections go on, each until its own Context ends. A handler that no
// host has loaded, as in a test, has one that does not end.
func VersionContext() context.Context { return version().context } // hosts put another in its place

// version is that of a process that runs one version of one handler: a compiled one.
var version = sync.OnceValue(func() *Life { return NewLife(func() {}) })

// EndVersion ends what VersionContext returns in such a process. Handler scripts do not use it.
func EndVersion() { version().Retire() }

// Acquire keeps the version running until Release is called: for a connection, or a request. It is
// false if the version's life is over, and another is to be looked up.
func (l *Life) Acquire() bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.held++
	}
	return !l.over
}

// Release undoes one Hold.
func (l *Life) Release() {
	if l == nil {
		return
	}
	l.mu.Lock()
	l.held--
	l.end(l.retired && l.held == 0)
}

// Retire ends the life as soon as nobody holds it: the version has been replaced.
func (l *Life) Retire() {
	if l == nil {
		return
	}
	l.retire()
	l.mu.Lock()
	l.retired = true
	l.end(l.held == 0)
}

// end unlocks l, and ends it if it is to be.
func (l *Life) end(is bool) {
	ends := is && !l.over
	l.over = l.over || is
	l.mu.Unlock()
	if ends {
		l.stop()
	}
}

// Kill ends the life because of err, whoever holds it: nothing more of the version runs.
func (l *Life) Kill(err error) {
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return
	}
	l.over, l.err = true, err
	told := maps.Clone(l.told)
	l.mu.Unlock()
	l.retire()
	l.stop()
	for f := range told {
		(*f)(err)
	}
}

// Killed returns why the life was ended by Kill, or nil.
func (l *Life) Killed() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Over reports whether the life has ended.
func (l *Life) Over() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// OnKill has f called by Kill, once, until forget is called. If Kill has been called, f is not.
func (l *Life) OnKill(f func(err error)) (forget func()) {
	if l == nil {
		return func() {}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told[&f] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.told, &f)
	}
}
