// Tunnel takes plain connections and passes what they say on over TLS: a load generator that speaks no TLS
// reaches by it a server that does.
package main

import (
	"crypto/tls"
	"flag"
	"io"
	"log"
	"net"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9996", "where plain connections come")
	to := flag.String("to", "127.0.0.1:9998", "the server")
	flag.Parse()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go pass(c, *to)
	}
}

func pass(c net.Conn, to string) {
	defer c.Close()
	// It is on this machine, and its certificate was made for this run.
	server, err := tls.Dial("tcp", to, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, c) // either end is the end of both
		_ = server.CloseWrite()
	}()
	_, _ = io.Copy(c, server)
}
