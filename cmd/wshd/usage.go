package main

import (
	"fmt"
	"strings"
)

const usage = `wshd serves WebSocket handlers: the Go files named NAME_wsh.go in a folder.
scripts/chat_wsh.go answers at ws://localhost:9998/chat. A saved file is used at
once; connections that are open stay open.

Usage:
  wshd [flags]             serve
  wshd demo                serve the examples, to look around
  wshd check [DIR|FILE]    load handlers and print what is wrong with them
  wshd routes [DIR]        print which file answers which path
  wshd test [DIR|FILE]     run the tests that stand beside handlers
  wshd build [DIR]         compile handlers ahead, for a machine without Go
  wshd init DIR            begin a folder: a handler, a page, a configuration
  wshd reload              have the running wshd read its configuration again
  wshd publish ROOM [TEXT] publish to a room of the running wshd
  wshd rooms               list its rooms
  wshd status              tell how it is
  wshd dial URL [TEXT]     be a client: send, and show what comes
  wshd proxy-config NAME [URL]
                           print what to put before wshd
  wshd healthcheck         ask the running wshd whether it answers
  wshd completion SHELL    print what bash, zsh, fish, powershell complete by
  wshd man                 print the man page
  wshd version             print the version, as --version does
  wshd help [COMMAND]      more about a command

Examples:
  wshd demo
      look around: then open http://localhost:9998/
  wshd init mychat; wshd --config mychat/config.yaml
      begin something of your own
  wshd dial :9998/echo hello
      talk to it from here
  wshd -p 9998 -w scripts
      the handlers in scripts, for this machine; pages at http://localhost:9998/
  wshd -H 0.0.0.0 -p 9998 --origins default,https://example.com
      for everybody, and for pages of that site too
  wshd -w handlers -d public -m handler_map.txt
      with plain files beside, and handlers under further names
  wshd -p 443 -t -c cert.pem -k key.pem
      over TLS: wss:// and https://
  wshd --config config.yaml
      all of it in a file

Where it listens:
  -p, --port N             port (9998; 0 picks a free one)
  -H, --server-host HOST   host (localhost); 0.0.0.0 serves other machines
      --listen LIST        both, several: localhost:9998,192.0.2.1:80;
                           unix:FILE is a unix socket, systemd its sockets
  -V, --validation-host HOST
  -P, --validation-port N  what an absolute request target must name

Handlers:
  -w, --handlers DIR       folder of handlers (scripts)
  -s, --scan DIR           only those in this folder of it
  -m, --websock-handlers-map-file FILE
                           further paths: lines such as "/ /echo"
      --aliases MAP        the same, in place: /=/echo,/talk=/chat
      --allow-outside-links
                           follow symbolic links out of the folder
      --scripts-imports LIST
                           packages they may import: default,os,net
      --scripts-cpu TIME   how long they may run without waiting
      --scripts-depth N    how deep their calls may be nested
      --scripts-compile HOW
                           never, needed, always, or paths: /chat,/rooms/
      --scripts-isolate PATHS
                           whose handlers have a process each, interpreted too
      --scripts-memory SIZE
                           of such a process, or a compiled handler's (512MiB)
      --scripts-cache DIR  where compiled handlers are kept
      --scripts-cgo        let compiled handlers use C
      --scripts-user USER  whose these processes are, where wshd is root
      --scripts-env LIST   environment variables that compiled handlers see

Files:
  -d, --document-root DIR  plain files (the built-in pages)
  -x, --cgi LIST           run programs under these paths: /cgi-bin
      --cgi-time DURATION  that one may run for
      --cgi-processes N    that run at once

Who may come in:
      --origins LIST       pages of which sites: default,https://example.com
      --auth-basic FILE    users, as "htpasswd -B" writes them
      --auth-bearer-keys LIST
                           keys of JSON Web Tokens: PEM files, or secrets
      --auth-bearer-audience, --auth-bearer-issuer NAME
                           which the tokens must name
      --auth-bearer-expiry HOW  handshake, or close (with 4401, at its end)
      --auth-bearer-cookie NAME
                           the cookie that may hold one
      --networks LIST      from where: 10.0.0.0/8 (everywhere)
      --trusted-proxies LIST
                           whose X-Forwarded-For and the like are believed
      --protocols LIST     subprotocols, one of which must be requested
      --basic-auth         one user: the one of
      --basic-auth-credential USER:PASSWORD
      --paths MAP          otherwise for some paths: {/chat: {origins: "*"}}

TLS:
  -t, --tls                needs the next two, which alone do as well
  -c, --tls-certificate FILE
  -k, --tls-key FILE       PEM files; read again when they change
      --tls-client-auth[=off|optional|required]
                           ask clients for a certificate
      --tls-client-cert-optional
                           let those without one in
      --tls-client-ca FILE authority of the client certificates
      --tls-http2          offer HTTP/2 too, with WebSockets on its streams

Bounds:
      --limits-connections N             at once (0: no limit, as all here)
      --limits-per-client N              of one address
      --limits-handshakes-per-second N   of one address
      --limits-message-size SIZE         bytes of a message (1MiB)
      --limits-messages-per-second N     of one connection
      --limits-bytes-per-second SIZE
      --limits-over-rate HOW             wait, or close
      --limits-header-size SIZE          bytes of a request's head (64KiB)
      --limits-handshake-timeout TIME    for a request's head (10s)
      --limits-write-timeout TIME        for a stuck write (30s; 0: none)
      --limits-write-buffer SIZE         kept for a slow member of rooms (1MiB)
      --limits-idle-timeout TIME         without a message
      --limits-lifetime TIME             of a connection
      --ping-interval TIME               of silence, then ping (25s; 0: never)
      --ping-timeout TIME                then give the client up (20s; 0: never)
      --rooms-queue N                    messages that wait for one client (256)
      --rooms-overflow HOW               drop_oldest, or close
      --rooms-history {ROOM: {...}}      what is kept: {chat: {messages: 100}}
      --rooms-history-size SIZE          of all that in memory (256MiB)
      --rooms-store DIR                  where it outlasts a restart
      --rooms-sync                       each publication on disk at once
      --rooms-nats-servers LIST          nats://host:4222, for several wshd
      --rooms-nats-credentials FILE      of these servers
      --rooms-nats-ca FILE               who signed their certificates
      --rooms-nats-prefix NAME           of subjects and streams (wshd)
      --rooms-nats-replicas N            of what is kept (1)
      --drain TIME                       to end connections in at SIGTERM (10s)

Compression:
      --compression-enabled=false        never compress
      --compression-context-takeover=false
                                         forget between messages: less memory
      --compression-window SIZE          kept of messages, each way (4KiB)
      --compression-threshold SIZE       send smaller messages as they are (0)

For those who run it:
      --admin-listen ADDRESS             a listener for /status, /metrics,
                                         /healthz and /readyz: localhost:9999
      --admin-token TOKEN                opens it; better as WSHD_ADMIN_TOKEN
      --admin-publish-token TOKEN        opens publishing to rooms only
      --admin-hosts LIST                 names that browsers know it by
      --admin-pprof                      profiles at /debug/pprof/

Log:
  -l, --log-file FILE      instead of standard error
      --log-level LEVEL    debug, info, warn or error (info)
      --log-format FORMAT  text or json
      --log-max-size SIZE  begin a new file then (10MiB; 0: never)
      --log-backups N      old files to keep (5; 0: all)

Other:
      --config FILE        read a config.yaml first
      --json               of wshd check, routes, publish, rooms, status: for
                           machines
      --template NAME      of wshd init: echo, chat, feed or http
      --update             of wshd init: bring .wshd/ up to date
      --version
  -h, --help               all this; wshd help COMMAND tells of one

In config.yaml and in the environment the same keys are called log.level and
WSHD_LOG_LEVEL. Flags win over the environment, and that over the file.
docs/configuration.md tells all of them.

pywebsocket's names work too, with - or _: --websock_handlers, --scan-dir,
--allow-handlers-outside-root-dir, --cgi-paths, --private-key, --certificate,
--log-max, --log-count. Its --queue (-q), --handler-encoding,
--deflate-log-level and --thread-monitor-interval-in-sec do nothing here.
`

// help prints usage: all of it, or a command's.
func (p program) help(args []string) error {
	if len(args) == 0 || args[0] == "help" {
		_, err := fmt.Fprint(p.stdout, usage)
		return err
	}
	text, ok := commandUsage[args[0]]
	if !ok {
		return unknownCommand(args[0])
	}
	if args[0] == "dial" {
		text += "\nFlags:\n" + flagsOfDial()
	}
	if args[0] == "check" || args[0] == "routes" || args[0] == "healthcheck" || args[0] == "reload" || args[0] == "proxy-config" {
		text = strings.TrimRight(text, "\n") + "\n\nThe flags are those of wshd: see wshd help.\n"
	}
	_, err := fmt.Fprint(p.stdout, text)
	return err
}
