"use strict";

// The examples that have a page of their own, and what the console sends the others.
const examples = {
  "/echo": {page: "echo.html"}, "/httpecho": {page: "httpecho.html"}, "/broadcast": {page: "broadcast.html"},
  "/chat": {page: "chat.html"}, "/tracker": {page: "tracker.html"}, "/polling": {page: "polling.html"},
  "/close": {send: "3333 sun"}, "/ticker": {send: "250ms"}, "/bench": {send: "0.5 10 hello"}, "/upload": {send: "5"},
  "/benchmark_helper": {send: "receive 1000"}, "/cookie": {path: "/cookie?set"},
  "/echo_noext": {}, "/hsts": {}, "/origin_check": {}, "/internal_error": {}, "/abort": {}, "/abort_handshake": {},
};

// isExample tells the handler that came with wshd from somebody's own of the same name, as far as its
// file's place goes.
const isExample = h => examples[h.path] && h.script === h.path.slice(1) + "_wsh.go";

// rank is what must be seen to first, then somebody's own, then the examples, those with a page before the others.
const rank = h => h.error ? 0 : !isExample(h) ? 1 : examples[h.path].page ? 2 : 3;

// card shows one handler: what it says of itself, how it does, and the way to try it.
function card(h) {
  const example = isExample(h) ? examples[h.path] : {};
  const query = new URLSearchParams({path: example.path || h.path});
  if (example.send) query.set("send", example.send);
  const href = page.keep(example.page || "console.html?" + query);
  const about = h.synopsis || (h.aliasOf ? "The same as " + h.aliasOf + "." : "It has no doc comment.");
  const e = page.make("div", {class: "panel example" + (h.error ? " wrong" : ""), "data-path": h.path},
    page.make("a", {class: "cover", href}, page.make("code", {}, h.path)), page.make("span", {}, about));
  if (h.error) {
    e.append(page.make("small", {class: "bad"}, h.version ? "saved broken: version " + h.version + " still answers" : "does not load"),
      page.make("pre", {class: "code"}, h.error.text + (h.error.line ? "\n" + h.error.line + "\n" + (h.error.caret || "") : "")));
  } else if (!h.version) e.append(page.make("small", {}, "loading"));
  else {
    const more = h.hooks.filter(name => name !== "DoExtraHandshake" && name !== "TransferData");
    e.append(page.make("small", {}, example.page ? "open its page" : "try it in the console"), more.length ? page.make("small", {class: "note"}, " · " + more.join(", ")) : "");
  }
  return e;
}

let shown = "";

// look shows what is served now. It is asked again and again: handlers are saved meanwhile.
async function look() {
  const told = await page.handlers();
  if (!told && shown) return; // it does not answer: what stands there may still be so
  const text = JSON.stringify(told);
  if (text === shown) return;
  shown = text;
  const list = told ? told.handlers : [];
  page.get("here").hidden = !list.length;
  page.get("handlers").replaceChildren(...[...list].sort((a, b) => rank(a) - rank(b)).map(card));
  if (told) {
    page.get("root").textContent = "from " + told.root;
    page.get("folder").replaceChildren(page.make("code", {}, told.root));
    for (const e of document.querySelectorAll(".wshd")) e.textContent = told.program;
  }
  const empty = told && !list.length, hello = list.find(h => h.path === "/hello");
  page.get("steps").textContent = empty ? "Nothing is served yet: begin here" : "First steps";
  if (hello && hello.version) page.get("waits").replaceChildren(page.make("b", {}, "It answers."), " Say your name to it in the ",
    page.make("a", {href: page.keep("console.html?path=/hello&send=you")}, "console"), ". Any page does:");
  const echo = !told || list.some(h => h.path === "/echo" && h.version);
  page.get("try").hidden = !echo;
  if (echo && !link.connection) link.connect();
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
    if (why.kind === "refused") page.get("answer").replaceChildren("Nothing answers at ", page.make("code", {}, wsh.url("/echo")),
      ". Start it with ", page.make("code", {}, "wshd -p 9998 -w scripts"), ".");
  },
});

page.get("say").addEventListener("submit", event => {
  event.preventDefault();
  sent = performance.now();
  link.send(page.get("text").value);
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.onclick = () => page.copy(page.get(button.dataset.copy).textContent, button);
}

page.get("address").textContent = wsh.url("/hello");
look();
if (!wsh.fromDisk && !page.server) setInterval(() => { if (!document.hidden) look(); }, 1500);
