// > %d:%r
// < echo %d:%r
package main

import (
	"sync"
	"wshd/plugins/wsh"
)

type client struct {
	out chan string
}

type event struct {
	from *client
	text string
}

// hub runs while anybody is connected.
type hub struct {
	sync.Mutex
	members int
	events  chan event
}

var h hub

func (h *hub) join() chan<- event {
	h.Lock()
	defer h.Unlock()
	if h.members++; h.members == 1 {
		h.events = make(chan event, 16)
		go h.run(h.events)
	}
	return h.events
}

func (h *hub) leave() {
	h.Lock()
	defer h.Unlock()
	if h.members--; h.members == 0 {
		close(h.events)
	}
}

func (h *hub) run(events <-chan event) {
	for e := range events {
		e.from.out <- "echo " + e.text
	}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	c := &client{make(chan string, 4)}
	events := h.join()
	defer h.leave()
	return r.Each(func(m wsh.Message) error {
		events <- event{c, m.Text()}
		return r.SendText(<-c.out)
	})
}
