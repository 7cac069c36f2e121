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

const log = new wsh.Log(wsh.get("log"));
const address = wsh.get("address");
const total = {out: [0, 0], in: [0, 0]};
let opened = false; // the connection that was asked for last
const link = new wsh.Link({
  path: () => address.value.trim(),
  state: wsh.get("state"),
  open: event => {
    opened = true;
    const s = event.target;
    log.event("open, subprotocol " + (s.protocol || "none") + ", extensions " + (s.extensions || "none"));
    remember(address.value.trim());
    usable(true);
  },
  message: event => note("in", event.data),
  close: event => {
    log.event(wsh.closing(event), !event.wasClean);
    usable(false);
    if (!opened) explain(address.value.trim());
  },
  fail: error => { log.event(error.message, true); usable(false); },
});

function usable(open) {
  for (const id of ["send", "sendfile", "close"]) wsh.get(id).disabled = !open;
  wsh.get("connect").textContent = open ? "Reconnect" : "Connect";
}

function note(way, data) {
  log.message(way, data);
  total[way][0]++;
  total[way][1] += typeof data === "string" ? wsh.utf8(data) : data.byteLength;
  count();
}

function count() {
  const part = way => total[way][0] + " (" + wsh.bytes(total[way][1]) + ")";
  wsh.get("totals").textContent = "→ sent " + part("out") + "  ← received " + part("in");
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
  const group = (label, paths) => paths.length ? [wsh.make("optgroup", {label}, ...paths.map(path => wsh.make("option", {value: path}, path)))] : [];
  const used = recent().filter(path => !served.includes(path));
  wsh.get("choice").replaceChildren(wsh.make("option", {value: ""}, "choose…"), ...group("served here", served), ...group("used before", used), ...group("does not load: see wshd's log", broken));
  choose();
}

// choose shows in the list what stands in the address.
function choose() {
  const path = address.value.trim();
  wsh.get("choice").value = [...wsh.get("choice").options].some(o => o.value === path) ? path : "";
}

function describe() {
  const known = examples.find(([path]) => path.split("?")[0] === address.value.trim().split("?")[0]);
  wsh.get("about").textContent = known ? known[1][0].toUpperCase() + known[1].slice(1) + "." : "A path such as /echo, or a whole address such as ws://localhost:9998/echo.";
  if (known && known[0].startsWith("/chat") && !wsh.get("protocols").value) wsh.get("protocols").placeholder = "chat, or none";
  else wsh.get("protocols").placeholder = "none";
}

wsh.get("opening").addEventListener("submit", event => {
  event.preventDefault();
  usable(false);
  link.options.protocols = wsh.get("protocols").value.split(/[\s,]+/).filter(Boolean);
  opened = false;
  log.event("connecting to " + wsh.url(address.value.trim()));
  link.connect();
});
wsh.get("sending").addEventListener("submit", event => {
  event.preventDefault();
  const text = wsh.get("text").value;
  const complaint = wsh.get("complaint");
  complaint.hidden = true;
  try {
    switch (wsh.get("kind").value) {
      case "text": send(text); break;
      case "bytes": send(new TextEncoder().encode(text)); break;
      case "hex": send(unhex(text)); break;
    }
  } catch (error) {
    complaint.textContent = error.message;
    complaint.hidden = false;
  }
});
wsh.get("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) wsh.get("sending").requestSubmit();
});
wsh.get("sendfile").addEventListener("click", async () => {
  const file = wsh.get("file").files[0];
  if (!file) { log.event("choose a file first", true); return; }
  log.event("file " + file.name + ", " + file.size + " bytes");
  send(await file.arrayBuffer());
});
wsh.get("closing").addEventListener("submit", event => {
  event.preventDefault();
  const code = wsh.get("code").value;
  const reason = wsh.get("reason").value;
  try {
    if (code === "" && reason === "") link.close();
    else link.close(Number(code || 1000), reason);
    log.event("closing" + (code ? " with " + code : "") + (reason ? " " + reason : ""));
  } catch (error) { // browsers allow pages 1000 and 3000 to 4999 only
    log.event(error.message, true);
  }
});
wsh.get("clear").addEventListener("click", () => {
  log.clear();
  total.out = [0, 0];
  total.in = [0, 0];
  count();
});
address.addEventListener("input", () => { choose(); describe(); });
wsh.get("choice").addEventListener("change", () => {
  if (!wsh.get("choice").value) return;
  address.value = wsh.get("choice").value;
  describe();
});
window.addEventListener("focus", ask); // after a handler was written in another window

if (wsh.query.get("path")) address.value = wsh.query.get("path");
if (wsh.query.get("send")) wsh.get("text").value = wsh.query.get("send");
if (wsh.query.get("protocols")) wsh.get("protocols").value = wsh.query.get("protocols");
usable(false);
ask();
describe();
count();
