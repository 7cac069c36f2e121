// The console's list of messages: each row can be copied, sent again, searched, folded, and exported.
"use strict";

// json takes a text that is JSON apart for people: in a line and in many, with colours. It goes by the
// text itself, so that a number keeps all its digits. null: it is not JSON, or a bare value.
function json(text) {
  if (!/^\s*[[{]/.test(text) || text.length > 200000) return null;
  try { JSON.parse(text); } catch { return null; }
  const tokens = text.match(/"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\]:,]/g);
  const short = page.make("summary", {}), long = page.make("pre", {});
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  tokens.forEach((token, n) => {
    const next = tokens[n + 1], last = tokens[n - 1];
    const opens = token === "{" || token === "[", closes = token === "}" || token === "]";
    if (opens) depth++;
    if (closes) depth--;
    const kind = token[0] === '"' ? (next === ":" ? "name" : "text") : /^[-\dtfn]/.test(token) ? "word" : "";
    const piece = () => kind ? page.make("span", {class: kind}, token) : token;
    if (n < 120) short.append(piece(), token === ":" || token === "," ? " " : "");
    if (closes && last !== "{" && last !== "[") long.append(line());
    long.append(piece());
    if (token === ":") long.append(" ");
    if (token === "," || opens && next !== "}" && next !== "]") long.append(line());
  });
  return page.make("details", {class: "json"}, short, long);
}

// frameOf is a message as one frame of the wire, in hex: what is before the bar is the header. The mask
// that a browser picks is not known to pages.
function frameOf(row) {
  const bytes = row.bytes(), n = bytes.length;
  const head = [0x80 | (row.text === undefined ? 2 : 1)];
  const mask = row.way === "out" ? 0x80 : 0;
  if (n < 126) head.push(mask | n);
  else if (n < 1 << 16) head.push(mask | 126, n >> 8, n & 255);
  else head.push(mask | 127, 0, 0, 0, 0, n >>> 24, n >> 16 & 255, n >> 8 & 255, n & 255);
  const digits = list => Array.from(list, b => b.toString(16).padStart(2, "0")).join(" ");
  return digits(head) + (mask ? " mask mask mask mask" : "") + " | " + digits(bytes.subarray(0, 1024)) + (n > 1024 ? " …" : "");
}

// Row is a message, or an event: way is "out", "in", "event" or "bad".
class Row {
  constructor(way, data) {
    this.way = way;
    this.at = new Date();
    if (typeof data === "string") this.text = data;
    else this.data = new Uint8Array(data);
  }

  get isMessage() { return this.way === "out" || this.way === "in"; }

  bytes() { return this.data || new TextEncoder().encode(this.text); }

  // same reports whether another message is this one, as an echo's answer is.
  same(other) {
    if (this.text !== undefined || other.text !== undefined) return this.text === other.text;
    return this.data.length === other.data.length && this.data.every((b, n) => b === other.data[n]);
  }

  // line is the row in an export.
  line() {
    const o = {at: this.at.toISOString(), way: this.way};
    if (this.text !== undefined) o.text = this.text;
    else o.base64 = btoa(Array.from(this.data, b => String.fromCharCode(b)).join(""));
    if (this.took !== undefined) o.ms = Number(this.took.toFixed(3));
    return JSON.stringify(o);
  }
}

// Messages keeps the last rows, and shows those that are looked for.
class Messages {
  constructor(list, most, again) {
    this.list = list;
    this.most = most;
    this.again = again; // sends a row once more
    this.search = this.only = "";
    this.clear();
  }

  clear() {
    this.rows = [];
    this.dropped = 0;
    this.waiting = []; // sent, and not yet come back
    this.held = 0; // come while paused
    this.fresh = []; // and not yet shown
    this.list.replaceChildren();
  }

  event(text, bad) { this.add(new Row(bad ? "bad" : "event", text)); }

  message(way, data) {
    const row = new Row(way, data);
    row.sent = performance.now();
    if (way === "out") this.waiting.push(row);
    else {
      const at = this.waiting.findIndex(w => w.same(row));
      if (at >= 0) row.took = row.sent - this.waiting[at].sent;
      if (at >= 0) this.waiting.splice(0, at + 1);
    }
    if (this.waiting.length > 100) this.waiting.shift();
    this.add(row);
  }

  add(row) {
    this.rows.push(row);
    if (this.rows.length > this.most) {
      const gone = this.rows.shift();
      this.dropped++;
      if (gone.element) gone.element.remove();
    }
    if (this.paused) {
      this.held++;
      return;
    }
    this.fresh.push(row);
    if (this.fresh.length === 1) setTimeout(() => this.append(), 16); // a flood is laid out at once, not row by row
  }

  // append shows the rows that have come since.
  append() {
    const list = this.list, atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 24;
    for (const row of this.fresh.slice(-this.most)) if (this.wanted(row)) row.element = this.draw(row);
    list.append(...this.fresh.map(row => row.element).filter(Boolean));
    this.fresh = [];
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  wanted(row) {
    const way = row.way === "bad" ? "event" : row.way;
    if (this.only && this.only !== way) return false;
    return !this.search || this.words(row).toLowerCase().includes(this.search);
  }

  // words is what a search goes through: a text, or bytes in hex.
  words(row) {
    return row.text !== undefined ? row.text : Array.from(row.data.subarray(0, 4096), b => b.toString(16).padStart(2, "0")).join(" ");
  }

  look(search, only) {
    this.search = search.toLowerCase();
    this.only = only;
    this.redraw();
  }

  pause(yes) {
    this.paused = yes;
    this.held = 0;
    if (!yes) this.redraw();
  }

  redraw() {
    this.fresh = [];
    for (const row of this.rows) row.element = this.wanted(row) ? this.draw(row) : null;
    this.list.replaceChildren(...this.rows.map(row => row.element).filter(Boolean));
    this.list.scrollTop = this.list.scrollHeight;
  }

  draw(row) {
    const arrow = {out: "→", in: "←"}[row.way] || "•";
    const size = page.make("span", {class: "size"}, row.isMessage ? page.bytes(row.bytes().length) : "");
    if (row.took !== undefined) size.append(page.make("small", {title: "from sending to the echo"}, row.took.toFixed(1) + " ms"));
    const what = page.make("div", {class: "what"});
    if (row.isMessage) what.append(this.actions(row, what));
    what.append(...this.view(row));
    return page.make("li", {class: row.way}, page.make("time", {}, page.clock(row.at)),
      page.make("span", {class: "way", "aria-label": {out: "sent", in: "received"}[row.way] || "event"}, arrow),
      page.make("span", {class: "kind"}, !row.isMessage ? "" : row.text !== undefined ? "text" : "binary"), size, what);
  }

  view(row) {
    if (row.text === undefined) return row.data.length ? [page.make("pre", {class: "hex"}, page.hex(row.data))] : [];
    const tree = row.isMessage && json(row.text);
    if (tree) tree.open = Boolean(this.search);
    if (tree) return [tree];
    return this.marked(row.text.length > 20000 ? row.text.slice(0, 20000) + " …" : row.text);
  }

  // marked is a text with what is searched for in it.
  marked(text) {
    const parts = [], low = text.toLowerCase();
    let from = 0;
    while (this.search && parts.length < 200) {
      const at = low.indexOf(this.search, from);
      if (at < 0) break;
      parts.push(text.slice(from, at), page.make("mark", {}, text.slice(at, at + this.search.length)));
      from = at + this.search.length;
    }
    return [...parts, text.slice(from)];
  }

  actions(row, what) {
    const button = (name, title, f) => {
      const b = page.make("button", {class: "link", title}, name);
      b.onclick = f;
      return b;
    };
    const list = [
      button("copy", "Copy the message", event => page.copy(this.words(row), event.target)),
      button("frame", "Show the frame as it is on the wire before compression", () => {
        const shown = what.querySelector(".frame");
        if (shown) shown.remove();
        else what.append(page.make("pre", {class: "hex frame"}, frameOf(row)));
      }),
    ];
    if (row.way === "out") list.unshift(button("again", "Send it once more", () => this.again(row.text !== undefined ? row.text : row.data)));
    return page.make("span", {class: "act"}, ...list);
  }

  // save offers all rows as a file of JSON Lines, those too that are not shown.
  save(name) {
    const text = this.rows.map(row => row.line() + "\n").join("");
    const link = page.make("a", {href: URL.createObjectURL(new Blob([text], {type: "application/jsonl"})), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}
