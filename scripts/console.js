"use strict";

// The examples, with what they do. The list holds those that are served, if wshd tells, and what was
// used last; any other path can be typed.
const examples = [
  ["/echo", "sends every message back"],
  ["/echo_noext", "the same, with compression declined"],
  ["/close", "send a code and a reason: 3333 sun"],
  ["/broadcast", "sends every message to everyone connected"],
  ["/chat?name=Ann", "a room with names; it speaks the subprotocol chat"],
  ["/tracker", "positions to all: [\"me\", 47.37, 8.54]"],
  ["/ticker", "the time, once a second; send 250ms, or stop"],
  ["/upload", "send a file's size as text, then the file"],
  ["/httpecho", "one URL for HTTP and WebSocket"],
  ["/polling", "pushes an event about once a second"],
  ["/bench", "send seconds, count and message: 0.5 10 hello"],
  ["/benchmark_helper", "send a command: receive 1000"],
  ["/cookie?set", "sets a cookie with the handshake, then closes"],
  ["/hsts", "Strict-Transport-Security with the handshake"],
  ["/origin_check", "refuses every page but those of http://example.com"],
  ["/internal_error", "fails: closed with 1011"],
  ["/abort", "drops the connection without a Close frame"],
  ["/abort_handshake", "drops it before the handshake is answered"],
];

const log = new page.Log(page.get("log"));
const address = page.get("address");
const total = {out: [0, 0], in: [0, 0]};
const link = new page.Link({
  path: () => address.value.trim(),
  state: page.get("state"),
  again: false,
  open: event => {
    const s = event.target;
    log.event("open, subprotocol " + (s.protocol || "none") + ", extensions " + (s.extensions || "none"));
    remember(address.value.trim());
    usable(true);
  },
  message: event => note("in", event.data),
  close: why => {
    log.event(why.text, !why.clean);
    usable(false);
    if (why.kind === "refused") explain(address.value.trim());
  },
  fail: error => { log.event(error.message, true); usable(false); },
});

function usable(open) {
  for (const id of ["send", "sendfile", "close"]) page.get(id).disabled = !open;
  page.get("connect").textContent = open ? "Reconnect" : "Connect";
}

function note(way, data) {
  log.message(way, data);
  total[way][0]++;
  total[way][1] += typeof data === "string" ? page.utf8(data) : data.byteLength;
  count();
}

function count() {
  const part = way => total[way][0] + " (" + page.bytes(total[way][1]) + ")";
  page.get("totals").textContent = "→ sent " + part("out") + "  ← received " + part("in");
}

// explain asks by HTTP why a handshake failed, which browsers do not tell pages.
async function explain(path) {
  if (wsh.fromDisk || !wsh.url(path).startsWith(wsh.url("/"))) return; // it would not be told
  try {
    const answer = await fetch(wsh.http(path));
    if (answer.status > 400) log.event((await answer.text()).trim(), true);
    else log.event((answer.ok ? "only plain HTTP is answered there, or " : "a handler is there; ") + "the handshake was refused: wshd's log says why", true);
  } catch { /* nobody answers at all */ }
}

// send sends data, or says why it cannot.
function send(data) {
  if (link.send(data)) note("out", data);
  else log.event("not connected", true);
}

// unhex reads bytes written in hex: "08 06 07", "0x08,0x06" or "080607".
function unhex(text) {
  const digits = text.replace(/0x/gi, "").replace(/[\s,]+/g, "");
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) throw new Error("Bytes in hex are pairs of 0 to 9 and a to f, such as 08 06 07.");
  return Uint8Array.from(digits.match(/../g) || [], pair => parseInt(pair, 16));
}

// recent addresses live in the browser; a page from disk, or a private window, may have no storage.
function recent() {
  try { return JSON.parse(localStorage.getItem("wshd.recent")) || []; } catch { return []; }
}

function remember(path) {
  if (examples.some(([known]) => known === path)) return;
  try {
    localStorage.setItem("wshd.recent", JSON.stringify([path, ...recent().filter(p => p !== path)].slice(0, 10)));
  } catch { /* not remembered, then */ }
  list();
}

// served are the paths that wshd has handlers for. It tells pages that it serves itself to this
// machine; elsewhere the examples stand in.
let served = examples.map(([path]) => path);
let broken = [];

async function ask() {
  if (!wsh.fromDisk) {
    try {
      const answer = await fetch("handlers.json");
      const list = answer.ok && await answer.json();
      const known = path => examples.find(([example]) => example.split("?")[0] === path);
      if (list) served = list.filter(h => h.serves).map(h => known(h.path) ? known(h.path)[0] : h.path);
      if (list) broken = list.filter(h => !h.serves).map(h => h.path);
    } catch { /* the examples, then */ }
  }
  list();
}

function list() {
  const group = (label, paths) => paths.length ? [page.make("optgroup", {label}, ...paths.map(path => page.make("option", {value: path}, path)))] : [];
  const used = recent().filter(path => !served.includes(path));
  page.get("choice").replaceChildren(page.make("option", {value: ""}, "choose…"), ...group("served here", served), ...group("used before", used), ...group("does not load: see wshd's log", broken));
  choose();
}

// choose shows in the list what stands in the address.
function choose() {
  const path = address.value.trim();
  page.get("choice").value = [...page.get("choice").options].some(o => o.value === path) ? path : "";
}

function describe() {
  const known = examples.find(([path]) => path.split("?")[0] === address.value.trim().split("?")[0]);
  page.get("about").textContent = known ? known[1][0].toUpperCase() + known[1].slice(1) + "." : "A path such as /echo, or a whole address such as ws://localhost:9998/echo.";
  if (known && known[0].startsWith("/chat") && !page.get("protocols").value) page.get("protocols").placeholder = "chat, or none";
  else page.get("protocols").placeholder = "none";
}

page.get("opening").addEventListener("submit", event => {
  event.preventDefault();
  usable(false);
  link.options.protocols = page.get("protocols").value.split(/[\s,]+/).filter(Boolean);
  log.event("connecting to " + wsh.url(address.value.trim()));
  link.connect();
});
page.get("sending").addEventListener("submit", event => {
  event.preventDefault();
  const text = page.get("text").value;
  const complaint = page.get("complaint");
  complaint.hidden = true;
  try {
    switch (page.get("kind").value) {
      case "text": send(text); break;
      case "bytes": send(new TextEncoder().encode(text)); break;
      case "hex": send(unhex(text)); break;
    }
  } catch (error) {
    complaint.textContent = error.message;
    complaint.hidden = false;
  }
});
page.get("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) page.get("sending").requestSubmit();
});
page.get("sendfile").addEventListener("click", async () => {
  const file = page.get("file").files[0];
  if (!file) { log.event("choose a file first", true); return; }
  log.event("file " + file.name + ", " + file.size + " bytes");
  send(await file.arrayBuffer());
});
page.get("closing").addEventListener("submit", event => {
  event.preventDefault();
  const code = page.get("code").value;
  const reason = page.get("reason").value;
  try {
    if (code === "" && reason === "") link.close();
    else link.close(Number(code || 1000), reason);
    log.event("closing" + (code ? " with " + code : "") + (reason ? " " + reason : ""));
  } catch (error) { // browsers allow pages 1000 and 3000 to 4999 only
    log.event(error.message, true);
  }
});
page.get("clear").addEventListener("click", () => {
  log.clear();
  total.out = [0, 0];
  total.in = [0, 0];
  count();
});
address.addEventListener("input", () => { choose(); describe(); });
page.get("choice").addEventListener("change", () => {
  if (!page.get("choice").value) return;
  address.value = page.get("choice").value;
  describe();
});
window.addEventListener("focus", ask); // after a handler was written in another window

if (page.query.get("path")) address.value = page.query.get("path");
if (page.query.get("send")) page.get("text").value = page.query.get("send");
if (page.query.get("protocols")) page.get("protocols").value = page.query.get("protocols");
usable(false);
ask();
describe();
count();
