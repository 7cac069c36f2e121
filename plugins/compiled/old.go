package compiled

import (
	"slices"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// mostOld is how many processes of versions that have been replaced go on for a script, and oldWait how long the
// connections of one more are given to close.
const (
	mostOld = 4
	oldWait = 5 * time.Second
)

// Old bounds the processes that run for a script: a replaced version's goes on while it has connections, and
// could do so for ever. The zero value is ready for use.
type Old struct {
	mu     sync.Mutex
	byName map[string][]running
}

type running struct {
	life *wsh.Life
	*process
}

// add counts a process that has been started. If there are too many, the oldest is ended.
func (o *Old) add(name string, life *wsh.Life, p *process) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byName == nil {
		o.byName = map[string][]running{}
	}
	list := slices.DeleteFunc(o.byName[name], func(r running) bool { return r.life.Over() })
	list = append(list, running{life, p})
	for len(list) > 1+mostOld {
		list[0].End("this version of the handler is too old", oldWait)
		list = list[1:]
	}
	o.byName[name] = list
}
