// What the pages share: where the server is, the bar on top, a connection, a list of messages.
// A plain script, no module: modules do not load in a page opened from disk.
"use strict";

const wsh = {
  pages: [
    ["index.html", "Start"], ["console.html", "Console"], ["echo.html", "Echo"],
    ["broadcast.html", "Broadcast"], ["chat.html", "Chat"], ["tracker.html", "Tracker"],
    ["httpecho.html", "One URL"], ["polling.html", "Polling"],
  ],
  fromDisk: location.protocol === "file:",
  query: new URLSearchParams(location.search),

  // server is the host and port to talk to: the page's own, or, for one opened from disk, the
  // default of wshd. ?server=host:port in the page's address names another.
  get server() {
    return wsh.query.get("server") || (wsh.fromDisk ? "localhost:9998" : location.host);
  },

  // url is the WebSocket address of a path; a whole address stays as it is.
  url(path) {
    if (/^wss?:/i.test(path)) return path;
    return (location.protocol === "https:" ? "wss://" : "ws://") + wsh.server + (path.startsWith("/") ? path : "/" + path);
  },

  // http is the same for plain requests.
  http(path) { return wsh.url(path).replace(/^ws/i, "http"); },

  get(id) { return document.getElementById(id); },

  // make makes an element: make("p", {class: "note"}, "text", otherElement).
  make(name, attributes, ...children) {
    const e = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) e.setAttribute(key, value);
    e.append(...children);
    return e;
  },

  // svg is make for drawings.
  svg(name, attributes, ...children) {
    const e = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    e.append(...children);
    return e;
  },

  // nice is the next round number, for the steps of an axis.
  nice(n) {
    const power = 10 ** Math.floor(Math.log10(n));
    return [1, 2, 5, 10].map(k => k * power).find(k => k >= n * .999);
  },

  clock(date) {
    const two = n => String(n).padStart(2, "0");
    return two(date.getHours()) + ":" + two(date.getMinutes()) + ":" + two(date.getSeconds()) +
      "." + String(date.getMilliseconds()).padStart(3, "0");
  },

  bytes(n) {
    if (n < 10000) return n.toLocaleString("en") + " B";
    if (n < 1 << 20) return (n / 1024).toFixed(1) + " KiB";
    return (n / (1 << 20)).toFixed(1) + " MiB";
  },

  // utf8 is the number of bytes that a text takes on the wire.
  utf8(text) { return new TextEncoder().encode(text).length; },

  codes: {
    1000: "normal", 1001: "going away", 1002: "protocol error", 1003: "unsupported data",
    1005: "no code given", 1006: "no Close frame: the connection broke, or never opened",
    1007: "invalid data", 1008: "policy violation", 1009: "message too big", 1010: "extension missing",
    1011: "the handler failed", 1012: "service restarts", 1013: "try again later", 1015: "TLS failed",
  },

  // closing describes a close event in words.
  closing(event) {
    const meaning = wsh.codes[event.code];
    return "closed with " + event.code + (meaning ? ", " + meaning : "") +
      (event.reason ? ": " + event.reason : "");
  },

  // hex is the classic view of bytes: offset, sixteen bytes or on a phone eight, the letters.
  hex(data, most = 4096) {
    const lines = [];
    const wide = innerWidth < 640 ? 8 : 16;
    for (let at = 0; at < Math.min(data.length, most); at += wide) {
      const part = Array.from(data.subarray(at, Math.min(at + wide, most)));
      const digits = part.map(b => b.toString(16).padStart(2, "0"));
      const letters = part.map(b => b > 31 && b < 127 ? String.fromCharCode(b) : "·").join("");
      lines.push(at.toString(16).padStart(6, "0") + "  " +
        digits.join(" ").padEnd(wide * 3 + 1) + letters);
    }
    if (data.length > most) lines.push("… " + wsh.bytes(data.length - most) + " more");
    return lines.join("\n");
  },
};

// wsh.Log fills an <ol class="log"> with messages, the newest last.
wsh.Log = class {
  constructor(list, most = 400) { this.list = list; this.most = most; }

  // event adds a line that is no message. It may be bad news.
  event(text, bad) { this.row(bad ? "bad" : "event", "•", "", "", [text]); }

  // message adds a text (a string) or bytes (an ArrayBuffer or Uint8Array). way is "in" or "out".
  message(way, data) {
    const arrow = way === "out" ? "→" : "←";
    if (typeof data === "string") {
      this.row(way, arrow, "text", wsh.bytes(wsh.utf8(data)), [data.length > 20000 ? data.slice(0, 20000) + " …" : data]);
      return;
    }
    const bytes = new Uint8Array(data);
    const view = bytes.length ? [wsh.make("pre", {class: "hex"}, wsh.hex(bytes))] : [];
    this.row(way, arrow, "binary", wsh.bytes(bytes.length), view);
  }

  row(kind, arrow, type, size, what) {
    const list = this.list;
    const atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 24;
    list.append(wsh.make("li", {class: kind},
      wsh.make("time", {}, wsh.clock(new Date())), wsh.make("span", {class: "way"}, arrow),
      wsh.make("span", {class: "kind"}, type), wsh.make("span", {class: "size"}, size),
      wsh.make("div", {class: "what"}, ...what)));
    while (list.children.length > this.most) list.firstElementChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  clear() { this.list.replaceChildren(); }
};

// wsh.Link is a connection that shows its state in the page. Options: path, a string or a function
// that returns one; protocols; state, the element that shows it; again, whether to connect again
// after the connection has ended; open, message and close, called with the socket's events.
wsh.Link = class {
  constructor(options) { this.options = options; this.waits = 500; this.socket = null; }

  show(state, text) {
    const e = this.options.state;
    if (e) { e.dataset.state = state; e.textContent = text; }
  }

  get isOpen() { return this.socket !== null && this.socket.readyState === WebSocket.OPEN; }

  connect() {
    this.close();
    const o = this.options;
    this.again = Boolean(o.again);
    const url = wsh.url(typeof o.path === "function" ? o.path() : o.path);
    let socket;
    try {
      socket = new WebSocket(url, o.protocols || []);
    } catch (error) { // an address or a subprotocol that cannot be
      this.show("closed", error.message);
      if (o.fail) o.fail(error);
      return;
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.show("connecting", "connecting to " + url);
    socket.onopen = event => {
      this.waits = 500;
      this.show("open", "connected to " + url);
      if (o.open) o.open(event);
    };
    socket.onmessage = event => { if (this.socket === socket && o.message) o.message(event); };
    socket.onclose = event => {
      if (this.socket !== socket) return; // replaced by a newer one
      this.socket = null;
      this.show("closed", wsh.closing(event));
      if (o.close) o.close(event);
      if (!this.again || this.socket) return;
      this.waits = Math.min(this.waits * 2, 15000);
      this.timer = setTimeout(() => this.connect(), this.waits);
    };
  }

  // send returns whether there was a connection to send on.
  send(data) {
    if (!this.isOpen) return false;
    this.socket.send(data);
    return true;
  }

  // close closes for good: it does not connect again.
  close(code, reason) {
    this.again = false;
    clearTimeout(this.timer);
    if (this.socket === null) return;
    if (code === undefined) this.socket.close();
    else this.socket.close(code, reason);
  }
};

// keep adds ?server= to links between the pages, where it was given.
wsh.keep = function (href) {
  const server = wsh.query.get("server");
  if (!server) return href;
  return href + (href.includes("?") ? "&" : "?") + "server=" + encodeURIComponent(server);
};

wsh.frame = function () {
  for (const link of document.querySelectorAll('main a[href*=".html"]')) link.setAttribute("href", wsh.keep(link.getAttribute("href")));
  const here = location.pathname.split("/").pop() || "index.html";
  const nav = wsh.make("nav", {class: "nav", "aria-label": "Pages"});
  for (const [href, name] of wsh.pages) {
    const link = wsh.make("a", {href: wsh.keep(href)}, name);
    if (href === here) link.setAttribute("aria-current", "page");
    nav.append(link);
  }
  document.body.prepend(wsh.make("header", {class: "bar"}, wsh.make("div", {},
    wsh.make("a", {class: "brand", href: wsh.keep("index.html")}, wsh.make("img", {src: "icon.svg", alt: ""}), "wshd"), nav)));
  const current = nav.querySelector("[aria-current]");
  if (current) nav.scrollLeft = current.offsetLeft - nav.offsetLeft - 40;
  const about = wsh.make("p", {}, "Talking to ", wsh.make("code", {}, wsh.url("/")), ".");
  if (wsh.fromDisk) about.append(" For another server add ", wsh.make("code", {}, "?server=host:port"), " to this page's address.");
  document.body.append(wsh.make("footer", {class: "foot"}, about));
};

document.addEventListener("DOMContentLoaded", wsh.frame);
