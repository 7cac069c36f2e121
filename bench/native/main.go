// Native serves the host's wire with compiled handlers: what bench/run measures to tell the wire's share
// of a message from the interpreter's.
package main

import (
	"context"
	"crypto/tls"
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
	certificate := flag.String("certificate", "", "a file; with -key: speak TLS")
	key := flag.String("key", "", "its key")
	prof := flag.String("pprof", "", "where to serve profiles; empty: nowhere")
	flag.Parse()
	if *prof != "" {
		go func() { log.Fatal(http.ListenAndServe(*prof, nil)) }()
	}
	handlers := map[string]*wsh.Handler{
		"/echo":      {DoExtraHandshake: accept, TransferData: echo},
		"/each":      {DoExtraHandshake: accept, TransferData: each},
		"/broadcast": {DoExtraHandshake: accept, TransferData: broadcast},
		"/compute":   {DoExtraHandshake: accept, TransferData: compute},
	}
	server, err := host.New(host.Config{
		Lookup: func(_ context.Context, path string) host.Found { return host.Found{Handler: handlers[path]} },
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
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		if err != nil {
			log.Fatal(err)
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}})
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

// compute works on each message for a while.
func compute(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		sum := uint64(14695981039346656037)
		for range 200 {
			for _, b := range m.Data {
				sum = (sum ^ uint64(b)) * 1099511628211
			}
		}
		m.Data[0] = 'a' + byte(sum%26)
		return r.SendMessage(m)
	})
}
