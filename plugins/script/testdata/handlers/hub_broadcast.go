// > %d.%r
// < all: %d.%r
package main

import (
	"strings"

	"wshd/plugins/wsh"
)

type hub struct {
	register, unregister chan chan string
	broadcast            chan string
}

var theHub = hub{make(chan chan string), make(chan chan string), make(chan string)}

func init() { go theHub.run() }

func (h *hub) run() {
	clients := map[chan string]bool{}
	for {
		select {
		case c := <-h.register:
			clients[c] = true
		case c := <-h.unregister:
			if clients[c] {
				delete(clients, c)
				close(c)
			}
		case m := <-h.broadcast:
			for c := range clients {
				c <- m
			}
		}
	}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	mine := make(chan string, 1)
	theHub.register <- mine
	id := r.URL.Query().Get("n") + "."
	done := make(chan error)
	go func() {
		var err error
		for m := range mine { // everybody's; each client wants to see its own only
			if strings.HasPrefix(m, id) && err == nil {
				err = r.SendText("all: " + m)
			}
		}
		done <- err
	}()
	err := r.Each(func(m wsh.Message) error {
		theHub.broadcast <- m.Text()
		return nil
	})
	theHub.unregister <- mine
	<-done
	return err
}
