package main

// commandUsage is what help says of each command.
var commandUsage = map[string]string{
	"demo": `wshd demo serves the example handlers that are in this program: an echo, a chat,
a ticker, a live map, and pages to play with. They are copied to a folder, which
it prints and removes at its end; what is saved there is served at once.

Usage:
  wshd demo [flags]    the flags are those of wshd

Examples:
  wshd demo
  wshd demo -p 8080 -H 0.0.0.0
`,
	"test": `wshd test runs the tests of handlers by the go command. The test of chat_wsh.go
is chat_wsh_test.go beside it; docs/handlers.md shows how one is written.

Usage:
  wshd test            those in the configured folder
  wshd test DIR        those in this folder, and below
  wshd test FILE       one handler's

Examples:
  wshd test scripts
  wshd test scripts/chat_wsh.go

Exit status: 0 if all pass, 1 if one fails, or there is none.
`,
	"completion": `wshd completion prints a script by which a shell completes commands, flags and
what they are given.

Usage:
  wshd completion bash|zsh|fish|powershell

Examples:
  source <(wshd completion bash)
      now; to keep it, put that line into ~/.bashrc
  wshd completion bash | sudo tee /etc/bash_completion.d/wshd
      for everybody
  wshd completion zsh > "${fpath[1]}/_wshd"
  wshd completion fish > ~/.config/fish/completions/wshd.fish
  wshd completion powershell | Out-String | Invoke-Expression
`,
	"man": `wshd man prints the man page wshd(1), made of what help prints.

Usage:
  wshd man

Examples:
  wshd man | man -l -
  wshd man | sudo tee /usr/local/share/man/man1/wshd.1
`,
	"check": `wshd check loads handlers as wshd would, and prints all that is wrong with them:
file, line, column, the Go compiler's words, and the line itself. Then it lists
the handlers with a verdict on each. It listens nowhere.

Usage:
  wshd check           the configured folder, aliases, certificate and passwords
  wshd check DIR       the handlers in this folder
  wshd check FILE      one handler, or all those that may import the file
  wshd check --json    the same for editors and machines: see docs/check.md

Examples:
  wshd check scripts
  wshd check scripts/chat_wsh.go
  wshd check --config config.yaml

Exit status: 0 if all is well, 1 if anything is wrong, 2 if the command line is.
`,
	"routes": `wshd routes prints which file answers which path, with the hooks it has.

Usage:
  wshd routes          the configured folder, with its aliases
  wshd routes DIR      the handlers in this folder
  wshd routes --json   the same for machines, with what the scripts say of
                       themselves

Examples:
  wshd routes scripts
  wshd routes -w handlers -m handler_map.txt
  wshd routes --json | jq -r ".[] | select(.ok) | .path"

Handlers that do not load are listed with a dash; wshd check says why.
`,
	"build": `wshd build compiles handlers ahead, for a machine without Go: a container of
the stock image with the folder mounted. It writes them to .wshd/compiled in the
handler root, where serving looks first. It takes those that would be compiled
anyway, as scripts.compile says: by default those that cannot be interpreted.

Usage:
  wshd build           the configured folder
  wshd build DIR       the handlers in this folder

GOOS and GOARCH in the environment say for which machine.

Examples:
  wshd build handlers
  GOARCH=arm64 wshd build handlers
`,
	"init": `wshd init begins a folder of handlers, to be served as it is:

  echo_wsh.go          a handler, answering at /echo, and its test
  pages/index.html     a page that talks to it, answering at /
  config.yaml          the configuration
  handlers_test.go     "go test ./..." runs the tests of all handlers by it
  .vscode/             tasks that serve, check and test, errors at their line
  go.mod, .wshd/       the API's source, so that editors complete and
                       "go vet echo_wsh.go" works without a network

Usage:
  wshd init DIR        DIR is made if it is not there. What is there stays as
                       it is; where there are handlers, none is added
  wshd init --template NAME DIR
                       with another handler: echo, chat, feed (what is posted
                       goes to all, and to who comes back), http
  wshd init --update DIR
                       after an upgrade of wshd: bring .wshd/ up to date

Example:
  wshd init --template chat mychat
  cd mychat
  wshd --config config.yaml
`,
	"reload": `wshd reload tells the wshd that runs to read its configuration again, as SIGHUP
does, and prints what has changed. If anything is wrong nothing changes, and it
prints that.

Usage:
  wshd reload [flags]  the wshd that listens at the configured address;
                       if none does, the only one that is yours

Examples:
  wshd reload
  wshd reload --config config.yaml

It reads the file that it was started with. Exit status: 0 if it is reloaded,
1 if not.
`,
	"publish": `wshd publish publishes a text message to a room of the wshd that runs, as
handlers do: its members get it, and it is kept if the room keeps something.

Usage:
  wshd publish ROOM TEXT
  wshd publish ROOM    each line of standard input is a message
  wshd publish --json ROOM [TEXT]
                       and the id of each is printed, a line of JSON

Examples:
  wshd publish chat "the shop opens at nine"
  tail -f news.log | wshd publish news

From other machines there is the admin listener: docs/rooms.md. Exit status:
0 if all is published, 1 if not.
`,
	"rooms": `wshd rooms lists the rooms of the wshd that runs: those that have members, and
those that keep something. With NATS the members are those of all hosts.

Usage:
  wshd rooms
  wshd rooms --json

Exit status: 0, or 1 if no wshd could be asked.
`,
	"status": `wshd status tells how the wshd that runs is: connections, handlers, rooms, and
whether NATS or the store can be reached.

Usage:
  wshd status
  wshd status --json

Exit status: 0, or 1 if no wshd could be asked.
`,
	"dial": `wshd dial is a WebSocket client. It sends what is typed, what the command line
says, or each line of standard input, and prints each message that comes: text
as it is, binary in hex. All else that happens goes to standard error.

Usage:
  wshd dial [flags] URL           type messages; /help lists commands
  wshd dial [flags] URL TEXT...   send these, wait for the answers, close
  ... | wshd dial [flags] URL     send lines

Examples:
  wshd dial ws://localhost:9998/echo
  wshd dial :9998/echo hello
  wshd dial --frames --deflate :9998/chat hello
  wshd dial -H "Cookie: id=1" -s chat -o https://example.com :9998/chat
  wshd dial --hex :9998/echo "08 06 07"
  wshd dial -k wss://localhost:9998/echo
  wshd dial --script greeting.txt :9998/echo

A script is a line for each thing to do; when it fails the exit status is 1:
  text TEXT, binary HEX           send a message
  ping [TEXT], pong [TEXT]        send a control frame
  close [CODE [REASON]]           close, and wait for the answer
  frame [BIT...] OPCODE [HEX|"TEXT"]
                                  a frame; BITs: nofin rsv1 rsv2 rsv3 nomask
  raw HEX                         bytes that may be no frame
  expect TEXT, expect-binary HEX  the next message must be this
  expect-pong                     wait for a pong
  expect-close [CODE]             wait for the server to close
  wait TIME                       500ms, 2s
TEXT may be quoted as in Go: "a\x00b". Who types puts a / before them.

Exit status: 0 if the connection was opened and closed in order, 1 if not.
Closed by the server, that is with 1000, 1001 or no code.
`,
	"proxy-config": `wshd proxy-config prints the configuration of a web server before wshd. It
goes by wshd's own: where that listens, whom it trusts, how often it pings.

Usage:
  wshd proxy-config NAME [URL]

NAME is nginx, apache, caddy, haproxy, traefik, or ingress, Kubernetes's.

URL is where clients find the handlers, https://example.com/ws/ if it is not
given. With http:// or ws:// it is without TLS.

Examples:
  wshd proxy-config nginx https://example.com/ws/ --config config.yaml
  wshd proxy-config apache https://chat.example.com/ --listen unix:/run/a.sock
`,
	"healthcheck": `wshd healthcheck asks the wshd that runs with the same configuration whether it
answers HTTP requests, for a container's HEALTHCHECK or a monitor.

Usage:
  wshd healthcheck [flags]

Examples:
  wshd healthcheck -p 9998
  WSHD_LISTEN=:9998 wshd healthcheck

Exit status: 0 if it answers within 4 seconds, 1 if not.
`,
	"version": `wshd version prints the version of wshd, of Go, and the platform.

Usage:
  wshd version
`,
}
