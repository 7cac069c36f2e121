// Native serves the host's wire with compiled handlers: what bench/run measures to tell the wire's share
// of a message from the interpreter's.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"

	"wshd/host"
	"wshd/host/door"
	"wshd/host/room"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

func accept(*wsh.Request) error { return nil }

func main() {
	addr := flag.String("listen", "127.0.0.1:9997", "where to serve")
	prof := flag.String("pprof", "", "where to serve profiles; empty: nowhere")
	flag.Parse()
	if *prof != "" {
		go func() { log.Fatal(http.ListenAndServe(*prof, nil)) }()
	}
	handlers := map[string]*wsh.Handler{
		"/echo":      {DoExtraHandshake: accept, TransferData: echo},
		"/each":      {DoExtraHandshake: accept, TransferData: each},
		"/broadcast": {DoExtraHandshake: accept, TransferData: broadcast},
	}
	server, err := host.New(host.Config{
		Lookup: func(_ context.Context, path string) *wsh.Handler { return handlers[path] },
		Rooms:  &room.Hub{Offer: stream.Offer},
		Rules: host.Rules{
			Door:   door.Rules{Origins: []string{"*"}},
			Stream: stream.Config{Compression: true, ContextTakeover: true, Threshold: 64},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.Serve(l))
}

func echo(r *wsh.Request) error {
	for {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if err := r.SendMessage(m); err != nil {
			return err
		}
	}
}

func each(r *wsh.Request) error {
	return r.Each(r.SendMessage)
}

func broadcast(r *wsh.Request) error {
	room := r.Join("broadcast")
	for {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if err := room.Publish(m); err != nil {
			return err
		}
	}
}
