"use strict";

// Each half counts for itself: bytes up and down beside the messages, events seen, how late each was.
const halves = {poll: null, push: null};
let offset = 0; // the server's clock less ours, in milliseconds
let sharpest = Infinity; // the quickest question so far: it tells the clocks' difference best
let timer = null;
let began = 0;
let pending = null;

function fresh() {
  return {messages: 0, up: 0, down: 0, once: 0, handshakes: 0, events: 0, missed: 0, last: 0, late: [], trips: [], line: [[0, 0]]};
}

function reset() {
  halves.poll = fresh();
  halves.push = fresh();
  began = performance.now();
}

// take counts one report {n, at, now, up, down} for one half. An event counts once.
function take(half, report) {
  half.messages++;
  half.up += report.up;
  half.down += report.down;
  half.line.push([(performance.now() - began) / 1000, half.up + half.down]);
  if (report.n > half.last) {
    if (half.last) half.missed += report.n - half.last - 1;
    if (half.last) {
      half.events++;
      half.late.push([(performance.now() - began) / 1000, Math.max(0, Date.now() + offset - report.at)]);
    }
    half.last = report.n;
  }
  if (half.line.length > 600) half.line.shift();
  if (half.late.length > 200) half.late.shift();
}

// trip notes how long a question and its answer took. The quickest tells best how far the clocks are
// apart: the server looked at its own about half way.
function trip(half, began, report) {
  const took = performance.now() - began;
  half.trips.push(took);
  if (half.trips.length > 200) half.trips.shift();
  if (took >= sharpest) return;
  sharpest = took;
  offset = report.now - (Date.now() - took / 2);
}

// Polling.

async function poll() {
  const half = halves.poll;
  const began = performance.now();
  try {
    const answer = await fetch(wsh.http("/polling"), {cache: "no-store"});
    const report = await answer.json();
    trip(half, began, report);
    take(half, report);
    problem("");
  } catch (error) {
    problem("no answer to a poll: " + error.message);
  }
  draw();
}

function problem(text) {
  if (text) link.show("closed", text);
  else if (link.isOpen) link.show("open", "connected to " + page.place("/polling"));
}

// Push. The same connection also measures a question and its answer, once after each event.

const link = new page.Link({
  path: "/polling",
  state: page.get("state"),
  open: () => { pending = null; },
  message: event => {
    const report = JSON.parse(event.data);
    if (pending !== null && report.up === 6) { // the answer to our question: 6 is its frame header
      trip(halves.push, pending, report);
      pending = null;
      return; // a measurement, not the news: it is not counted
    }
    take(halves.push, report);
    if (report.up > 6) { // the first after a handshake
      halves.push.once += report.up + report.down;
      halves.push.handshakes++;
    }
    draw();
    if (pending === null) setTimeout(ask, 100); // once what was drawn is on the screen: that takes time, too
  },
});

function ask() {
  if (pending === null && link.send("?")) pending = performance.now();
}

function start() {
  poll();
  timer = setInterval(poll, Number(page.get("every").value));
  link.connect();
  page.get("start").textContent = "Pause";
}

function stop() {
  clearInterval(timer);
  timer = null;
  link.close();
  halves.poll.last = halves.push.last = 0; // what happens meanwhile is not missed
  page.get("start").textContent = "Go on";
}

// Drawing.

function plot(id, key, unit, dots) {
  const e = page.get(id);
  const width = e.clientWidth || 480, height = e.clientHeight || 240;
  const left = 52, right = width - 60, top = 28, bottom = height - 24;
  const all = [...halves.poll[key], ...halves.push[key]];
  const last = Math.max(10, ...all.map(p => p[0])), first = Math.max(0, last - 120);
  const most = page.nice(Math.max(dots ? 10 : 1000, ...all.filter(p => p[0] >= first).map(p => p[1])) / 4) * 4;
  const x = t => left + (t - first) / (last - first) * (right - left);
  const y = v => bottom - v / most * (bottom - top);
  const parts = [];
  for (let v = 0; v <= most; v += most / 4) {
    parts.push(page.svg("path", {class: "grid", d: `M${left} ${y(v)}H${right}`}),
      page.svg("text", {x: left - 8, y: y(v) + 4, "text-anchor": "end"}, v.toLocaleString("en")));
  }
  parts.push(page.svg("text", {x: left - 8, y: y(most) - 12, "text-anchor": "end"}, unit));
  parts.push(page.svg("text", {x: right, y: height - 7, "text-anchor": "end"}, Math.round(last) + " s"),
    page.svg("text", {x: left, y: height - 7}, Math.round(first) + " s"));
  const marks = [];
  for (const name of ["poll", "push"]) {
    const points = halves[name][key].filter(p => p[0] >= first);
    if (!points.length) continue;
    if (dots) parts.push(...points.map(p => page.svg("circle", {class: name, cx: x(p[0]), cy: y(p[1]), r: 4})));
    else parts.push(page.svg("path", {class: name, d: "M" + points.map(p => x(p[0]).toFixed(1) + " " + y(p[1]).toFixed(1)).join("L")}));
    marks.push([name, points.at(-1)[1]]);
  }
  // The latest value of each beside the plot, apart enough to be read.
  marks.sort((a, b) => b[1] - a[1]);
  let free = top - 14;
  for (const [name, value] of marks) {
    free = Math.min(Math.max(y(value) + 4, free + 14), bottom + 14);
    parts.push(page.svg("text", {class: "now " + name, x: right + 8, y: free}, Math.round(value).toLocaleString("en")));
  }
  e.setAttribute("viewBox", `0 0 ${width} ${height}`);
  e.replaceChildren(...parts);
}

function median(list) {
  if (!list.length) return null;
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const number = (n, digits = 0) => n === null || !isFinite(n) ? "–" : n.toLocaleString("en", {minimumFractionDigits: digits, maximumFractionDigits: digits});

function rows(body, list) {
  page.get(body).replaceChildren(...list.map(([what, ...cells]) => page.make("tr", {}, page.make("td", {}, what),
    ...cells.map(cell => page.make("td", {class: "number"}, cell)))));
}

// each is the bytes beside one message. An opening handshake is paid once and so left out.
function each(half) {
  const messages = half.messages - half.handshakes;
  return messages ? (half.up + half.down - half.once) / messages : null;
}

function draw() {
  plot("bytes", "line", "B", false);
  plot("late", "late", "ms", true);
  const pair = f => [f(halves.poll), f(halves.push)];
  rows("figures", [
    ["Messages received", ...pair(h => number(h.messages))],
    ["Bytes beside each, on average", ...pair(h => number(each(h)))],
    ["Bytes sent to the server", ...pair(h => number(h.up))],
    ["Bytes received beside the messages", ...pair(h => number(h.down))],
    ["Events seen", ...pair(h => number(h.events))],
    ["Events missed", ...pair(h => number(h.missed))],
    ["An event is this late, median", ...pair(h => number(median(h.late.map(p => p[1])), 1) + " ms")],
    ["Question and answer, median", ...pair(h => number(median(h.trips), 1) + " ms")],
  ]);
  const mega = (clients, bytes) => bytes === null ? "–" : number(clients * bytes * 8 / (1 << 20), bytes < 10 ? 3 : 1);
  rows("scale", [[1000, "6.6", "0.015"], [10000, "66", "0.153"], [100000, "665", "1.526"]].map(([clients, book, frames]) =>
    [number(clients), mega(clients, each(halves.poll)), book, mega(clients, each(halves.push)), frames]));
}

page.get("start").addEventListener("click", () => timer === null ? start() : stop());
page.get("reset").addEventListener("click", () => { reset(); draw(); });
page.get("every").addEventListener("change", () => {
  if (timer === null) return;
  clearInterval(timer);
  timer = setInterval(poll, Number(page.get("every").value));
});
addEventListener("resize", draw);

reset();
draw();
start();
