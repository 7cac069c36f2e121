"use strict";

const get = id => document.getElementById(id);

function make(name, attributes, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

function svg(name, attributes, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

// short writes a number in four places: 0.5, 12, 3.4 k, 1.2 M.
function short(n) {
  for (const [unit, name] of [[1e9, " G"], [1e6, " M"], [1e3, " k"]]) {
    if (n >= unit) return (n / unit).toFixed(n < 10 * unit ? 1 : 0) + name;
  }
  return n > 0 && n < 10 && n % 1 ? n.toFixed(1) : Math.round(n).toString();
}

function many(n, thing) {
  return n.toLocaleString("en") + " " + thing + (n === 1 ? "" : "s");
}

function age(seconds) {
  if (seconds < 60) return Math.max(0, Math.floor(seconds)) + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 86400) return Math.floor(seconds / 3600) + " h";
  return Math.floor(seconds / 86400) + " d";
}

// The connection. It comes back by itself, and begins with all there is.

let socket, samples = [], wait = 500;

function connect() {
  socket = new WebSocket(new URL("status", location).href.replace(/^http/, "ws"));
  socket.onopen = () => {
    wait = 500;
    samples = [];
    counted = [];
    lines = [];
    showLog();
    listed = "";
    document.body.classList.remove("away");
    if (get("filter").value) ask({filter: get("filter").value});
  };
  socket.onmessage = event => show(JSON.parse(event.data));
  socket.onclose = async () => {
    away();
    const answer = await fetch("status").catch(() => null);
    if (answer && answer.status === 401) location.assign("login"); // the token has changed
    setTimeout(connect, wait);
    wait = Math.min(2 * wait, 10000);
  };
}

// away says that wshd does not answer, and since when what stands here is old.
function away() {
  if (!document.body.classList.contains("away")) {
    state("closed", `no connection to wshd since ${new Date().toLocaleTimeString()}`);
  }
  document.body.classList.add("away");
}

function ask(wish) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(wish));
}

function state(name, text) {
  const e = get("state");
  if (e.textContent === text) return;
  e.dataset.state = name;
  e.textContent = text;
}

// What has come.

function show(news) {
  const now = news.now;
  if (news.notReady) state("closed", news.notReady);
  else state("open", "ready");
  get("about").textContent = `wshd ${news.version}, up for ${age(now / 1000)}, ` +
    `${many(news.ended, "connection")} served before, ${many(news.goroutines, "goroutine")}`;
  get("open").textContent = news.open.toLocaleString("en");
  get("memory").textContent = short(news.memory) + "B";
  samples.push(...news.samples);
  samples.splice(0, samples.length - 300);
  const last = samples[samples.length - 1];
  if (last) {
    for (const name of ["messagesIn", "messagesOut"]) get(name).textContent = short(last[name] / 2);
  }
  draw(now);
  counts(news.counts, now);
  rooms(news.rooms);
  handlers(news.handlers);
  ages(now);
  connections(news, now);
  log(news.log);
}

// rooms tells of the rooms, and of the connection to what keeps them.
function rooms(r) {
  get("rooms").hidden = !r;
  if (!r) return;
  get("roomsNow").textContent = `${many(r.rooms, "room")} with ${many(r.connections, "connection")}` +
    (r.kept ? `, ${many(r.kept, "room")} keeping ${short(r.historyBytes)}B` : "");
  get("backend").hidden = !r.backend;
  get("backend").textContent = `${r.where} ${r.backend}` + (r.backend === "connected" ? `, the last publication took ${short(r.lag * 1000)} ms` : "") +
    `, ${many(r.reconnects, "reconnect")}`;
  const wrong = r.wrong || [];
  get("roomsWrong").hidden = !wrong.length;
  get("roomsWrong").replaceChildren(...wrong.map(w => make("p", {}, w)));
}

let counted = []; // what was refused, of the last minute: {at, refused}

// total is what was refused in all.
const total = refused => Object.values(refused).reduce((a, b) => a + b, 0);

// counts tells who was turned away, and how long hooks take.
function counts(c, now) {
  const refused = c.refused || {}, hooks = c.hooks || {};
  counted.push({at: now, refused});
  while (counted.length > 1 && counted[1].at <= now - 60000) counted.shift();
  const before = counted[0].refused, minute = Math.max(1, (now - counted[0].at) / 60000);
  get("refusedRate").textContent = short((total(refused) - total(before)) / minute);
  get("refusedSince").textContent = now - counted[0].at < 58000 ? "Since you look" : "Last minute";
  get("refusedNow").textContent = total(refused) ? `${total(refused).toLocaleString("en")} in all` : "";
  const reasons = Object.entries(refused).filter(([, n]) => n).sort((a, b) => b[1] - a[1]);
  fill("refused", reasons.map(([reason, n]) => [reason, (n - (before[reason] || 0)).toLocaleString("en"), n.toLocaleString("en")]));
  fill("hooks", Object.entries(hooks).filter(([, h]) => h.count).sort().map(([name, h]) => [name, h.count.toLocaleString("en"),
    h.errors.toLocaleString("en"), span(h.mean), h.p95 ? "≤ " + span(h.p95) : h.mean ? "> 10 s" : "–"]));
  const shake = hooks.DoExtraHandshake;
  get("hookTime").textContent = shake && shake.p95 ? "≤ " + span(shake.p95) : "–";
}

// span is a time in seconds, for people.
function span(s) {
  if (!s) return "–";
  if (s < .001) return Math.round(s * 1e6) + " µs";
  return s < 1 ? (s * 1000).toFixed(s < .01 ? 1 : 0).replace(".0", "") + " ms" : s.toFixed(1) + " s";
}

// fill makes the rows of a table: a name, and numbers.
function fill(id, rows) {
  get(id + "Table").hidden = !rows.length;
  get(id + "None").hidden = rows.length > 0;
  get(id).replaceChildren(...rows.map(([name, ...numbers]) =>
    make("tr", {}, make("td", {}, name), ...numbers.map(n => make("td", {class: "number"}, n)))));
}

let unfolded = false; // once it has been, it is the reader's to fold
let listed = ""; // the handlers on the page: what does not change is left alone, for who selects a text there

const isBroken = h => (h.errors || []).length > 0, fails = h => !isBroken(h) && h.failure && !h.failure.past;

// handlers shows those that somebody must see to, and below them, folded if they are many, those that serve.
function handlers(list) {
  const text = JSON.stringify(list);
  if (text === listed) return;
  listed = text;
  const serving = list.filter(h => h.version).length, broken = list.filter(isBroken), failing = list.filter(fails);
  get("served").textContent = (serving === list.length ? `${serving} serving` : `${serving} of ${list.length} serving`) +
    (broken.length ? `, ${broken.length} broken` : "") + (failing.length ? `, ${failing.length} failing` : "");
  get("handlers").replaceChildren(...[...broken, ...failing].map(ill));
  const healthy = list.filter(h => !isBroken(h) && !fails(h));
  get("healthyNow").textContent = `${many(healthy.length, "handler")} without a fault`;
  if (!unfolded) get("healthy").open = healthy.length <= 12;
  unfolded = true;
  get("serving").replaceChildren(...healthy.map(well));
  search();
}

// ill is a handler that is broken, or fails.
function ill(h) {
  const broken = isBroken(h), kind = broken ? (h.version ? "stale" : "broken") : "failing";
  const what = make("span", {class: "what"});
  if (h.aliasOf) what.append(`alias of ${h.aliasOf} · `);
  if (kind === "broken") what.append(make("b", {}, "does not load"));
  else if (kind === "stale") what.append(make("b", {}, "saved broken"), `, version ${h.version} still serves`);
  else what.append(`${h.script} · version ${h.version} · ${h.hooks.join(", ")}`);
  const item = make("li", {class: kind}, make("span", {class: "dot"}), make("span", {class: "path"}, h.path), what,
    make("span", {class: "count"}, h.connections ? `${h.connections.toLocaleString("en")} connected` : ""));
  if (broken && !h.aliasOf) item.append(make("div", {class: "code mono faults"}, ...h.errors.flatMap(excerpt)));
  if (h.failure) item.append(...failed(h.failure));
  return item;
}

// well is the row of a handler that serves, or is being loaded.
function well(h) {
  const script = make("td", {}, h.script);
  if (h.aliasOf) script.append(make("small", {}, `as ${h.aliasOf}`));
  if (h.failure) script.append(...failed(h.failure));
  return make("tr", {}, make("td", {class: "path mono"}, h.path), script, make("td", {class: "number"}, h.version || "loading"),
    make("td", {class: "hooks"}, h.hooks.join(", ")), make("td", {class: "number"}, h.connections ? h.connections.toLocaleString("en") : "–"));
}

// search hides the handlers that do not have the text.
function search() {
  const text = get("search").value.trim().toLowerCase();
  if (text) get("healthy").open = true;
  for (const e of [...get("handlers").children, ...get("serving").children]) e.hidden = !e.textContent.toLowerCase().includes(text);
}

function excerpt(error) {
  return [make("p", {}, error.text), ...(error.line ? [make("pre", {}, `${error.line}\n${error.caret || ""}`)] : [])];
}

// failed tells what a script has last failed with while it ran: at length, unless it has been mended since.
function failed(f) {
  const times = f.count === 1 ? "once" : f.count === 2 ? "twice" : f.count.toLocaleString("en") + " times";
  const how = `version ${f.version} ` + (f.killed ? "was stopped " : `failed ${times}, ${f.count > 1 ? "the last time " : ""}`);
  const when = make("time", {"data-at": f.at});
  if (f.past) return [make("p", {class: "past"}, how, when, `: ${f.error.text}`)];
  return [make("p", {class: "fails"}, make("b", {}, how, when)), make("div", {class: "code mono faults"}, ...excerpt(f.error))];
}

function ages(now) {
  for (const e of document.querySelectorAll(".handlers time, .serving time")) e.textContent = age((now - e.dataset.at) / 1000) + " ago";
}

function connections(news, now) {
  get("nobody").hidden = news.connections.length > 0;
  get("nobody").textContent = get("filter").value ? "Nobody who matches is connected." : "Nobody is connected.";
  get("found").textContent = news.found > news.connections.length ? `the oldest ${news.connections.length} of ${news.found.toLocaleString("en")}` : "";
  const rows = get("connections");
  const had = new Map([...rows.children].map(row => [row.dataset.id, row]));
  const open = new Set(news.connections.map(c => c.id)), gone = row => !open.has(row.dataset.id);
  let at = rows.firstElementChild; // rows that stay are not moved, or a click on one might miss
  for (const c of news.connections) {
    const row = had.get(c.id) || newRow(c);
    had.delete(c.id);
    while (at && at !== row && gone(at)) at = at.nextElementSibling;
    if (at === row) at = row.nextElementSibling;
    else rows.insertBefore(row, at);
    const cells = row.cells;
    cells[2].textContent = age((now - c.since) / 1000);
    cells[3].textContent = short(c.messagesIn);
    cells[3].title = `${c.bytesIn.toLocaleString("en")} bytes`;
    cells[4].textContent = short(c.messagesOut);
    cells[4].title = `${c.bytesOut.toLocaleString("en")} bytes`;
  }
  for (const row of had.values()) row.remove();
}

// newRow is kept as long as its connection lasts, so that its button can be pressed.
function newRow(c) {
  const button = make("button", {class: "small", "aria-label": `Close ${c.remote}`}, "Close");
  button.onclick = () => {
    if (!confirm(`Close the connection of ${c.name || c.user || c.remote} at ${c.path}?`)) return;
    button.disabled = true;
    ask({close: c.id});
  };
  const client = make("td", {class: "client"}, c.remote);
  const who = [c.name, c.user && c.user !== c.name ? `user ${c.user}` : ""].filter(Boolean).join(", ");
  if (who) client.append(make("small", {}, who));
  const number = () => make("td", {class: "number"});
  return make("tr", {"data-id": c.id}, make("td", {class: "path mono"}, c.path), client,
    number(), number(), number(), make("td", {class: "number"}, button));
}

// The log. All lines are kept, up to a bound; which are shown is chosen here.

const keptLines = 1000;
let lines = [], held = 0; // held: that have come during a pause

function log(more) {
  lines.push(...more);
  lines.splice(0, lines.length - keptLines);
  if (get("pause").getAttribute("aria-pressed") === "true") {
    held += more.length;
    get("pause").textContent = held ? `Go on (${Math.min(held, keptLines).toLocaleString("en")} more)` : "Go on";
    return;
  }
  addLines(more);
  while (get("log").children.length > keptLines) get("log").firstChild.remove();
}

let chosen = true; // whether the line before is shown: one that begins with a tab belongs to it

// addLines shows those of the lines that are asked for, and follows them if the last one was in sight.
function addLines(more) {
  const list = get("log"), level = get("level").value, text = get("logFilter").value.trim().toLowerCase();
  const below = list.scrollHeight - list.scrollTop - list.clientHeight < 8;
  list.append(...more.filter(line => {
    if (!line.startsWith("\t")) chosen = (!level || new RegExp(`level=(${level})`).test(line)) && line.toLowerCase().includes(text);
    return chosen;
  }).map(line => {
    const found = /level=(WARN|ERROR)/.exec(line);
    return make("li", {class: found ? found[1].toLowerCase() : ""}, line);
  }));
  if (below) list.scrollTop = list.scrollHeight;
}

// showLog shows all of them anew.
function showLog() {
  get("log").replaceChildren();
  addLines(lines);
}

get("level").onchange = showLog;
get("logFilter").oninput = showLog;
get("pause").onclick = () => {
  const paused = get("pause").getAttribute("aria-pressed") !== "true";
  get("pause").setAttribute("aria-pressed", paused);
  get("pause").textContent = paused ? "Go on" : "Pause";
  held = 0;
  if (!paused) showLog();
};

let drawn = 0; // when: all times are milliseconds since wshd started

function draw(now) {
  drawn = now;
  plot("messages", "messagesIn", "messagesOut", now);
  plot("bytes", "bytesIn", "bytesOut", now);
}

// plot draws two rates over the last ten minutes.
function plot(id, first, second, now) {
  const width = get(id).clientWidth || 480, height = 200, left = 46, bottom = 22, top = 10, minutes = 10;
  const rate = (s, name) => s[name] / 2;
  const most = Math.max(1, ...samples.flatMap(s => [rate(s, first), rate(s, second)]));
  const power = 10 ** Math.floor(Math.log10(most));
  const limit = [1, 2, 5, 10].map(k => k * power).find(k => k >= most * .999);
  const x = at => left + (width - left - 8) * (1 - (now - at) / (minutes * 60000));
  const y = value => top + (height - top - bottom) * (1 - value / limit);
  const parts = [];
  for (const part of [0, .5, 1]) {
    parts.push(svg("line", {class: "grid", x1: left, x2: width - 8, y1: y(part * limit), y2: y(part * limit)}));
    parts.push(svg("text", {x: left - 6, y: y(part * limit) + 4, "text-anchor": "end"}, short(part * limit)));
  }
  for (const minute of [10, 5, 0]) {
    parts.push(svg("text", {x: x(now - minute * 60000), y: height - 5, "text-anchor": minute === 10 ? "start" : minute ? "middle" : "end"},
      minute ? `−${minute} min` : "now"));
  }
  for (const [name, kind] of [[first, "in"], [second, "out"]]) {
    const points = samples.filter(s => s.at > now - minutes * 60000).map(s => `${x(s.at).toFixed(1)},${y(rate(s, name)).toFixed(1)}`);
    if (points.length) parts.push(svg("path", {class: kind, d: "M" + points.join("L")}));
  }
  get(id).setAttribute("viewBox", `0 0 ${width} ${height}`);
  get(id).replaceChildren(...parts);
}

addEventListener("resize", () => draw(drawn));
get("search").oninput = search;
get("filter").oninput = () => ask({filter: get("filter").value});
connect();
