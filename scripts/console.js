"use strict";

// What the examples want to be sent, and offered; what each does is in its own doc comment.
const hints = {
  "/close": {send: "3333 sun"}, "/chat": {path: "/chat?name=Ann", protocols: "chat, or none"}, "/tracker": {send: '["me", 47.37, 8.54]'},
  "/ticker": {send: "250ms"}, "/upload": {send: "5"}, "/bench": {send: "0.5 10 hello"}, "/benchmark_helper": {send: "receive 1000"},
  "/cookie": {path: "/cookie?set"},
};
// The examples, for a page from disk, to which wshd does not tell what it serves.
const examples = ["abort", "abort_handshake", "bench", "benchmark_helper", "broadcast", "chat", "close", "cookie", "echo", "echo_noext",
  "hsts", "httpecho", "internal_error", "origin_check", "polling", "ticker", "tracker", "upload"].map(name => ({path: "/" + name, version: 1}));

const most = 5000; // rows that are kept
const address = page.get("address");
const total = {out: [0, 0], in: [0, 0]};
const log = new Messages(page.get("log"), most, data => send(data));
const link = new page.Link({
  path: () => address.value.trim(),
  state: page.get("state"),
  again: false,
  open: event => {
    const s = event.target;
    log.event("open, subprotocol " + (s.protocol || "none") + ", extensions " + (s.extensions || "none"));
    remember("recent", address.value.trim(), 10);
    usable(true);
    list();
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
  total[way][0]++;
  total[way][1] += typeof data === "string" ? page.utf8(data) : data.byteLength;
  log.message(way, data);
  count();
}

function count() {
  const part = way => total[way][0].toLocaleString("en") + " (" + page.bytes(total[way][1]) + ")";
  page.get("totals").textContent = "→ sent " + part("out") + "  ← received " + part("in") +
    (log.paused ? " · paused, " + log.held.toLocaleString("en") + " more" : "") +
    (log.dropped ? " · the last " + most.toLocaleString("en") + " rows are kept, " + log.dropped.toLocaleString("en") + " are gone" : "");
}

// explain asks by HTTP why a handshake failed, which browsers do not tell pages.
async function explain(path) {
  if (wsh.fromDisk || !wsh.url(path).startsWith(wsh.url("/"))) return; // it would not be told
  try {
    const answer = await fetch(wsh.http(path), {headers: {Accept: "text/plain"}});
    if (answer.status > 400) log.event((await answer.text()).trim(), true);
    else log.event((answer.ok ? "only plain HTTP is answered there, or " : "a handler is there; ") + "the handshake was refused: wshd's log says why", true);
  } catch { /* nobody answers at all */ }
}

// send sends data, or says why it cannot.
function send(data) {
  if (link.isOpen) { // before what comes of it
    note("out", data);
    link.send(data);
  } else log.event("not connected", true);
}

// unhex reads bytes written in hex: "08 06 07", "0x08,0x06" or "080607".
function unhex(text) {
  const digits = text.replace(/0x/gi, "").replace(/[\s,]+/g, "");
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) throw new Error("Bytes in hex are pairs of 0 to 9 and a to f, such as 08 06 07.");
  return Uint8Array.from(digits.match(/../g) || [], pair => parseInt(pair, 16));
}

// What was used lives in the browser; a page from disk, or a private window, may have no storage.
function recalled(what) {
  try { return JSON.parse(localStorage.getItem("wshd." + what)) || []; } catch { return []; }
}

function remember(what, value, count) {
  if (!value) return;
  try {
    localStorage.setItem("wshd." + what, JSON.stringify([value, ...recalled(what).filter(v => v !== value)].slice(0, count)));
  } catch { /* not remembered, then */ }
}

// The handlers, as wshd tells them to pages that it serves itself, to this machine.

let served = examples;

async function ask() {
  const told = await page.handlers();
  if (told) served = told.handlers;
  if (told || !page.get("choice").options.length) list();
}

function list() {
  const option = path => page.make("option", {value: path}, path);
  const group = (label, paths) => paths.length ? [page.make("optgroup", {label}, ...paths.map(option))] : [];
  const full = h => (hints[h.path] || {}).path || h.path;
  const good = served.filter(h => h.version).map(full), bad = served.filter(h => !h.version).map(h => h.path);
  const used = recalled("recent").filter(path => !good.includes(path));
  const text = JSON.stringify([good, bad, used]);
  if (text !== list.text) {
    list.text = text;
    page.get("choice").replaceChildren(page.make("option", {value: ""}, "choose…"),
      ...group("served here", good), ...group("used before", used), ...group("does not load", bad));
  }
  choose();
}

// handler is the one at the path that stands in the address: the very path, or the longest pattern that it matches.
function handler() {
  const path = address.value.trim().split("?")[0], exact = served.find(h => h.path === path);
  return exact || served.filter(h => matches(h.path, path)).sort((a, b) => b.path.length - a.path.length)[0];
}

// matches tells whether a path is one of a pattern such as /rooms/{room} or /files/{path...}.
function matches(pattern, path) {
  if (!/[{]|\/$/.test(pattern)) return false;
  const parts = pattern.split("/"), given = path.split("/");
  for (let i = 0; i < parts.length; i++) {
    if (/^\{.*\.\.\.\}$/.test(parts[i]) || parts[i] === "" && i > 0 && i === parts.length - 1) return given.length > i;
    if (parts[i] === "{$}" ? given[i] !== "" : /^\{.*\}$/.test(parts[i]) ? !given[i] : parts[i] !== given[i]) return false;
  }
  return given.length === parts.length;
}

// choose shows what stands in the address: in the list, with its comment, and with its mistake.
function choose() {
  const path = address.value.trim(), h = handler();
  page.get("choice").value = [...page.get("choice").options].some(o => o.value === path) ? path : "";
  page.get("about").textContent = h ? (h.doc || "It has no doc comment.").replace(/(\S)\n(?=\S)/g, "$1 ") : "A path such as /echo, or a whole address such as ws://localhost:9998/echo.";
  if (h && !h.doc && h.version && served === examples) page.get("about").textContent = "";
  const open = path.match(/\{[^$}/]+\}/);
  if (open) page.get("about").textContent = "Write a name in the place of " + open[0] + ". " + page.get("about").textContent;
  page.get("protocols").placeholder = h && hints[h.path] && hints[h.path].protocols || "none";
  const e = h && h.error, broken = page.get("broken");
  if (e && broken.dataset.text !== e.text) {
    broken.replaceChildren(page.make("b", {}, h.script + (h.version ? " was saved broken: version " + h.version + " still answers" : " does not load")), 
      page.make("pre", {class: "code"}, e.text + (e.line ? "\n" + e.line + "\n" + (e.caret || "") : "")));
  }
  broken.dataset.text = e ? e.text : "";
  broken.hidden = !e;
}

page.get("opening").addEventListener("submit", event => {
  event.preventDefault();
  usable(false);
  link.options.protocols = page.get("protocols").value.split(/[\s,]+/).filter(Boolean);
  log.event("connecting to " + wsh.url(address.value.trim()));
  link.connect();
});

// Sending. The arrows go through what was sent before: up from the first line, down from the last.

const text = page.get("text");
let back = -1; // in what was sent; -1: the text is new

page.get("sending").addEventListener("submit", event => {
  event.preventDefault();
  const complaint = page.get("complaint");
  complaint.hidden = true;
  back = -1;
  try {
    switch (page.get("kind").value) {
      case "text": send(text.value); break;
      case "bytes": send(new TextEncoder().encode(text.value)); break;
      case "hex": send(unhex(text.value)); break;
    }
    remember("sent", text.value, 50);
  } catch (error) {
    complaint.textContent = error.message;
    complaint.hidden = false;
  }
});
text.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) page.get("sending").requestSubmit();
  const up = event.key === "ArrowUp" && !text.value.slice(0, text.selectionStart).includes("\n");
  const down = event.key === "ArrowDown" && back >= 0 && !text.value.slice(text.selectionEnd).includes("\n");
  const sent = recalled("sent"), to = back + (up ? 1 : -1);
  if (!up && !down || to >= sent.length || to < 0) return;
  if (back < 0 && sent[to] === text.value && to + 1 < sent.length) back = to + 1; // it stands there already
  else back = to;
  text.value = sent[back];
  event.preventDefault();
});
page.get("sendfile").addEventListener("click", async () => {
  const file = page.get("file").files[0];
  if (!file) { log.event("choose a file first", true); return; }
  log.event("file " + file.name + ", " + file.size + " bytes");
  send(await file.arrayBuffer());
});
page.get("closing").addEventListener("submit", event => {
  event.preventDefault();
  const code = page.get("code").value, reason = page.get("reason").value;
  try {
    if (code === "" && reason === "") link.close();
    else link.close(Number(code || 1000), reason);
    log.event("closing" + (code ? " with " + code : "") + (reason ? " " + reason : ""));
  } catch (error) { // browsers allow pages 1000 and 3000 to 4999 only
    log.event(error.message, true);
  }
});

// The list of messages.

const look = () => log.look(page.get("search").value, page.get("show").value);
page.get("search").addEventListener("input", look);
page.get("show").addEventListener("change", look);
page.get("pause").addEventListener("click", event => {
  log.pause(!log.paused);
  event.target.textContent = log.paused ? "Go on" : "Pause";
  event.target.setAttribute("aria-pressed", log.paused);
  count();
});
page.get("export").addEventListener("click", () => log.save("wshd-messages.jsonl"));
page.get("clear").addEventListener("click", () => {
  log.clear();
  total.out = [0, 0];
  total.in = [0, 0];
  count();
});
address.addEventListener("input", choose);
page.get("choice").addEventListener("change", () => {
  const path = page.get("choice").value, hint = hints[path.split("?")[0]];
  if (!path) return;
  address.value = path;
  if (hint && hint.send) text.value = hint.send;
  choose();
});

if (page.query.get("path")) address.value = page.query.get("path");
if (page.query.get("send")) text.value = page.query.get("send");
if (page.query.get("protocols")) page.get("protocols").value = page.query.get("protocols");
usable(false);
ask();
choose();
count();
if (!wsh.fromDisk) setInterval(() => { if (!document.hidden) ask(); }, 1500); // handlers are saved meanwhile
