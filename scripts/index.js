"use strict";

// What there is to try: a path, a sentence, and its page; without one, what the console sends.
const examples = {
  "To begin with": [
    ["/echo", "Sends every message back. The smallest whole handler.", {page: "echo.html"}],
    ["/httpecho", "One URL for plain HTTP and WebSocket.", {page: "httpecho.html"}],
    ["/close", "Closes with the code and reason that you send.", {send: "3333 sun"}],
  ],
  "Many at once": [
    ["/broadcast", "What anyone sends, everyone hears.", {page: "broadcast.html"}],
    ["/chat", "Names, and who is there, in a subprotocol.", {page: "chat.html"}],
    ["/tracker", "Positions to all, live on a plot.", {page: "tracker.html"}],
  ],
  "The server speaks first": [
    ["/polling", "Asking again and again beside being told.", {page: "polling.html"}],
    ["/ticker", "The time, once a second, or at your pace.", {send: "250ms"}],
    ["/bench", "As many messages as you order, as often.", {send: "0.5 10 hello"}],
  ],
  "Bytes": [
    ["/upload", "A file in pieces, with progress and its sum.", {send: "5"}],
    ["/benchmark_helper", "The other end of a throughput benchmark.", {send: "receive 1000"}],
    ["/echo_noext", "Echo with compression declined.", {send: "Hello"}],
  ],
  "The handshake": [
    ["/cookie?set", "Sets a cookie with the answer.", {}],
    ["/hsts", "Strict-Transport-Security with the answer.", {}],
    ["/origin_check", "Lets in the pages of one site only.", {}],
  ],
  "When things go wrong": [
    ["/internal_error", "A handler that fails: 1011, and a line in the log.", {}],
    ["/abort", "A connection that breaks.", {}],
    ["/abort_handshake", "One that breaks before it is a WebSocket.", {}],
  ],
};

function show() {
  for (const [group, list] of Object.entries(examples)) {
    page.get("examples").append(page.make("h3", {class: "group"}, group));
    for (const [path, about, how] of list) {
      let href = how.page;
      if (!href) {
        const query = new URLSearchParams({path});
        if (how.send) query.set("send", how.send);
        href = "console.html?" + query;
      }
      page.get("examples").append(page.make("a", {class: "panel example", href},
        page.make("code", {}, path), page.make("span", {}, about),
        page.make("small", {}, how.page ? "open its page" : "try it in the console")));
    }
  }
}

let sent = 0;
const link = new page.Link({
  path: "/echo",
  state: page.get("state"),
  open: () => { page.get("send").disabled = false; },
  message: event => {
    const took = (performance.now() - sent).toFixed(1);
    page.get("answer").replaceChildren(page.make("b", {}, event.data), " came back after " + took + " ms.");
  },
  close: why => {
    page.get("send").disabled = true;
    if (why.kind === "refused") explain();
  },
});

// explain tells a server that is not there from one that serves other handlers.
async function explain() {
  const console = page.make("a", {href: page.keep("console.html")}, "console");
  try {
    if (!wsh.fromDisk && (await fetch("handlers.json")).ok) {
      page.get("answer").replaceChildren("There is no ", page.make("code", {}, "/echo"), " here. Try your own handlers in the ", console, ".");
      return;
    }
  } catch { /* it is not there */ }
  page.get("answer").replaceChildren("Nothing answers at ", page.make("code", {}, wsh.url("/echo")), ". Start it with ",
    page.make("code", {}, "wshd -p 9998 -w scripts"), ".");
}

page.get("say").addEventListener("submit", event => {
  event.preventDefault();
  sent = performance.now();
  link.send(page.get("text").value);
});

page.get("shout").textContent = wsh.url("/shout");
show();
link.connect();
