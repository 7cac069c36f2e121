//go:build ignore

// Httpecho answers HTTP and WebSocket at one URL. A WebSocket message comes back with a few words
// after it; a plain request with ?message= gets that message, and without one the page below. The
// map file gives it a second URL, /app02/echo/.
package main

import (
	"io"
	"net/http"
	"strings"

	"wshd/plugins/wsh"
)

const suffix = "这是你发来的。。。" // "this is what you sent"

// DoExtraHandshake accepts everybody.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData answers each message. Each ends when the client closes, or with the error that the
// function returns.
func TransferData(r *wsh.Request) error {
	return r.Each(func(msg wsh.Message) error {
		if msg.Binary {
			return r.SendMessage(msg)
		}
		return r.SendText(msg.Text() + suffix)
	})
}

// ServeHTTP runs for a plain HTTP request, one that is not the start of a WebSocket connection.
func ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if !query.Has("message") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// The built-in pages lie where the server's paths begin, which behind a proxy may be below a prefix.
		root := strings.Repeat("../", strings.Count(r.URL.Path, "/")-1)
		io.WriteString(w, strings.ReplaceAll(page, "ROOT/", root))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Access-Control-Allow-Origin", "*") // a page opened from disk may read it too
	io.WriteString(w, query.Get("message"))
}

// page talks to the URL that it came from, by both ways.
const page = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>One URL, two ways</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="ROOT/style.css">
<script src="ROOT/wsh.js"></script>
<script src="ROOT/page.js"></script>
<body data-page="httpecho.html">
<main class="page">
<h1>One URL, two ways</h1>
<p class="lead">This page, the answer to <code>?message=</code> and the WebSocket share one address.</p>
<section class="panel">
<p class="line"><input id="text" value="hello" aria-label="Message"></p>
<p class="line">
<button id="connect">Connect</button>
<button id="send" disabled>Send</button>
<button id="close" disabled>Close</button>
<button id="get">Ask by HTTP</button>
</p>
<pre id="out" class="code"></pre>
</section>
</main>
<script>
const here = location.href.split(/[?#]/)[0];
const get = id => document.getElementById(id);
const show = line => { get("out").textContent += line + "\n"; };
let socket;
const open = yes => {
  get("connect").disabled = yes;
  get("send").disabled = get("close").disabled = !yes;
};
get("connect").onclick = () => {
  socket = new WebSocket(here.replace(/^http/, "ws"));
  socket.onopen = () => { open(true); show("open"); };
  socket.onmessage = e => show("WebSocket: " + e.data);
  socket.onclose = e => { open(false); show("closed with " + e.code); };
};
get("send").onclick = () => socket.send(get("text").value);
get("close").onclick = () => socket.close();
get("get").onclick = async () => {
  const answer = await fetch(here + "?message=" + encodeURIComponent(get("text").value));
  show("HTTP: " + await answer.text());
};
</script>
`
