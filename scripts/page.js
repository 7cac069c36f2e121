// What the pages share: the bar on top, a list of messages, the state of a connection, small helpers.
"use strict";

const page = {
  pages: [
    ["index.html", "Start"], ["console.html", "Console"], ["echo.html", "Echo", "/echo"],
    ["broadcast.html", "Broadcast", "/broadcast"], ["chat.html", "Chat", "/chat"], ["tracker.html", "Tracker", "/tracker"],
    ["httpecho.html", "One URL", "/httpecho"], ["polling.html", "Polling", "/polling"],
  ],
  query: new URLSearchParams(location.search),

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

  // copy puts a text into the clipboard, and says so on the button that was pressed.
  async copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no clipboard for pages that came over plain HTTP from elsewhere
      const area = page.make("textarea", {});
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const name = button.textContent;
    button.textContent = "copied";
    setTimeout(() => { button.textContent = name; }, 1500);
  },

  // handlers asks wshd what it serves: {root, command, handlers: [{path, script, doc, synopsis, hooks, version,
  // aliasOf, error: {text, line, caret}}, …]}. null: it does not tell, or this page is from disk.
  async handlers() {
    if (wsh.fromDisk || page.server) return null;
    try {
      const answer = await fetch(page.folder + "handlers.json", {cache: "no-store"});
      return answer.ok ? await answer.json() : null;
    } catch {
      return null; // it is not there
    }
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
    if (data.length > most) lines.push("… " + page.bytes(data.length - most) + " more");
    return lines.join("\n");
  },
};

// page.Log fills an <ol class="log"> with messages, the newest last.
page.Log = class {
  constructor(list, most = 400) { this.list = list; this.most = most; }

  // event adds a line that is no message. It may be bad news.
  event(text, bad) { this.row(bad ? "bad" : "event", "•", "", "", [text]); }

  // message adds a text (a string) or bytes (an ArrayBuffer or Uint8Array). way is "in" or "out".
  message(way, data) {
    const arrow = way === "out" ? "→" : "←";
    if (typeof data === "string") {
      this.row(way, arrow, "text", page.bytes(page.utf8(data)), [data.length > 20000 ? data.slice(0, 20000) + " …" : data]);
      return;
    }
    const bytes = new Uint8Array(data);
    const view = bytes.length ? [page.make("pre", {class: "hex"}, page.hex(bytes))] : [];
    this.row(way, arrow, "binary", page.bytes(bytes.length), view);
  }

  row(kind, arrow, type, size, what) {
    const list = this.list;
    const atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 24;
    list.append(page.make("li", {class: kind},
      page.make("time", {}, page.clock(new Date())), page.make("span", {class: "way"}, arrow),
      page.make("span", {class: "kind"}, type), page.make("span", {class: "size"}, size),
      page.make("div", {class: "what"}, ...what)));
    while (list.children.length > this.most) list.firstElementChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  clear() { this.list.replaceChildren(); }
};

// page.Link is a wsh.Connection that shows its state in the page, and can be made anew. Options beside
// those of wsh.Connection: path; state, the element that shows it; as, a function that tells as whom;
// fail, called with the error when an address or a subprotocol cannot be.
page.Link = class {
  constructor(options) { this.options = options; this.connection = null; }

  get isOpen() { return this.connection !== null && this.connection.isOpen; }

  // connect begins a new connection and drops the one that there was.
  connect() {
    this.drop();
    const o = this.options;
    const path = () => typeof o.path === "function" ? o.path() : o.path;
    const where = () => page.place(path()) + (o.as ? " as " + o.as() : "");
    try {
      this.connection = new wsh.Connection(path, {...o,
        attempt: () => this.show("connecting", "connecting to " + where()),
        open: event => { this.show("open", "connected to " + where()); if (o.open) o.open(event); },
        close: why => { this.show("closed", why.text); if (o.close) o.close(why); },
        wait: ({ms, why}) => this.countDown(performance.now() + ms, why),
      });
    } catch (error) {
      this.show("closed", error.message);
      if (o.fail) o.fail(error);
    }
  }

  show(state, ...text) {
    clearTimeout(this.timer);
    const e = this.options.state;
    if (!e) return;
    e.dataset.state = state;
    e.replaceChildren(...text);
  }

  // countDown tells when the next attempt is, with a button for those who cannot wait.
  countDown(at, why) {
    const now = page.make("button", {class: "link", title: why.text}, "now");
    now.onclick = () => this.connection.now();
    const left = page.make("span", {"aria-live": "off"}); // read out once, not each second
    this.show("connecting", left, now);
    const tick = () => {
      left.textContent = "back in " + Math.max(1, Math.ceil((at - performance.now()) / 1000)) + " s, ";
      this.timer = setTimeout(tick, 1000);
    };
    tick();
  }

  // send returns whether there was a connection to send on.
  send(data) { return this.connection !== null && this.connection.send(data); }

  // close closes for good.
  close(code, reason) {
    if (!this.connection) return;
    const waits = this.connection.socket === null;
    this.connection.close(code, reason);
    if (waits) this.show("closed", "not connected");
  }

  drop() {
    if (this.connection) this.connection.drop();
    this.connection = null;
  }
};

// server is another wshd to talk to, from ?server=host:port or ?server=wss://host/prefix in the page's
// address; without it, the one that the page came from.
page.server = page.query.get("server");
if (page.server) {
  const whole = page.server.includes("//") ? page.server.replace(/^ws/i, "http") : (location.protocol === "https:" ? "https://" : "http://") + page.server;
  wsh.base = whole.replace(/\/*$/, "/");
}

// place is a path as people know it: without its query, and with the server if that is not the page's own.
page.place = function (path) {
  const address = wsh.url(path).split("?")[0], here = wsh.url("/");
  if (page.server || wsh.fromDisk || !address.startsWith(here)) return address;
  return "/" + address.slice(here.length);
};

// keep adds ?server= to links between the pages, where it was given.
page.keep = function (href) {
  if (!page.server) return href;
  return href + (href.includes("?") ? "&" : "?") + "server=" + encodeURIComponent(page.server);
};

// folder is where the pages are, for one that a handler serves at an address of its own, too.
page.folder = new URL(".", document.currentScript.src).href;

// frame adds what is around each page: a link past the bar for those who use the keyboard, the bar, and
// what the page talks to.
page.frame = function () {
  for (const link of document.querySelectorAll('main a[href*=".html"]')) link.setAttribute("href", page.keep(link.getAttribute("href")));
  const here = location.href.split(/[?#]/)[0].replace(/\/$/, "/index.html");
  const nav = page.make("nav", {class: "nav", "aria-label": "Pages"});
  for (const [href, name, path] of page.pages) {
    const link = page.make("a", {href: page.folder + page.keep(href)}, name);
    if (page.folder + href === here || document.body.dataset.page === href) link.setAttribute("aria-current", "page");
    if (path) link.dataset.path = path;
    nav.append(link);
  }
  document.querySelector("main").id = "main";
  document.body.prepend(page.make("a", {class: "skip", href: "#main"}, "Skip to the page"),
    page.make("header", {class: "bar"}, page.make("div", {},
      page.make("a", {class: "brand", href: page.folder + page.keep("index.html")}, page.make("img", {src: page.folder + "icon.svg", alt: ""}), "wshd"), nav)));
  const about = page.make("p", {}, "Talking to ", page.make("code", {}, wsh.url("/")), ".");
  if (wsh.fromDisk) about.append(" For another server add ", page.make("code", {}, "?server=host:port"), " to this page's address.");
  document.body.append(page.make("footer", {class: "foot"}, about));
};

// leaveOut takes the pages of examples that are not served out of the bar.
page.leaveOut = async function () {
  const told = await page.handlers();
  if (!told) return;
  for (const link of document.querySelectorAll(".nav a[data-path]")) {
    link.hidden = !told.handlers.some(h => h.path === link.dataset.path) && !link.hasAttribute("aria-current");
  }
};

document.addEventListener("DOMContentLoaded", () => { page.frame(); page.leaveOut(); });
