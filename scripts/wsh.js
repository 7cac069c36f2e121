// wsh.js is a WebSocket client that comes back: when the connection breaks or the server restarts it
// connects again, later each time, and says after which message to go on.
//
//	<script src="wsh.js"></script>
//	const feed = new wsh.Connection("/feed", {
//	  message: event => console.log(event.data),
//	  close: why => console.log(why.text),
//	});
//	feed.send("hello");  // false while there is no connection
//	feed.close();        // for good
//
// A plain script, no module: modules do not load in a page opened from disk. It depends on nothing.
"use strict";

const wsh = (() => {
  // meanings: for each close code a word to branch on, words to show, and whether to connect again: not
  // where the same would happen again, and not where all has been said.
  const meanings = {
    1000: ["done", "normal", false],
    1001: ["away", "going away", true],
    1002: ["protocol", "protocol error", false],
    1003: ["data", "unsupported data", false],
    1005: ["done", "no code given", false],
    1006: ["broken", "the connection broke, without a Close frame", true],
    1007: ["data", "invalid data", false],
    1008: ["policy", "policy violation", false],
    1009: ["size", "message too big", false],
    1010: ["protocol", "extension missing", false],
    1011: ["failed", "the handler failed", true],
    1012: ["away", "service restarts", true],
    1013: ["later", "try again later", true],
  };

  // reasonOf describes a close event: {kind, code, reason, text, clean, again}. kind is one of the words
  // above; "refused" if the connection never opened, for which browsers hide the cause; and
  // "application" for codes that the handler has made up, 3000 to 4999.
  function reasonOf(event, opened = true) {
    let [kind, text, again] = meanings[event.code] || ["application", "", false];
    if (!opened && event.code === 1006) [kind, text] = ["refused", "the connection was refused, or nobody listens"];
    text = "closed with " + event.code + (text && ", " + text) + (event.reason && ": " + event.reason);
    return {kind, code: event.code, reason: event.reason, text, clean: event.wasClean, again};
  }

  // base is where paths begin: the folder that this script came from, so that a page behind a proxy's
  // prefix finds its handlers there, too. From disk: where wshd listens by default.
  const script = document.currentScript;
  const fromDisk = location.protocol === "file:";
  const base = fromDisk || !script ? "http://localhost:9998/" : new URL(".", script.src).href;

  const shortest = 500, longest = 15000; // milliseconds before a further attempt
  const settled = 10000; // open for so long, a connection counts as good

  // Connection is one WebSocket after the other to the same handler. It connects when it is made.
  //
  // path is what wshd serves, such as "/chat?name=Ann", a whole address,
  // or a function that returns one, asked before each attempt. Options, none of them needed:
  //
  //	protocols  subprotocols to offer
  //	again      false: do not come back. A function (why) => boolean decides instead of why.again
  //	id         where the id stands in a message, m => JSON.parse(m.data).id: the next connection then
  //	           asks for what came after it, by ?after=ID; undefined: this message has none
  //	open       (event) => …, at each opening; event.resumed tells that ?after= was asked
  //	message    (event) => …; binary data comes as an ArrayBuffer
  //	close      (why) => …, see above; why.again tells whether it comes back
  //	wait       ({ms, why}) => …: the next attempt is in so many milliseconds
  //	attempt    (address) => …: now
  class Connection {
    constructor(path, options = {}) {
      this.path = path;
      this.options = options;
      this.socket = null;
      this.last = undefined; // the id of the last message that has one
      this.attempts = 0; // since the last good connection
      this.online = () => { if (this.timer) this.now(); };
      addEventListener("online", this.online);
      this.now();
    }

    get isOpen() { return this.socket !== null && this.socket.readyState === WebSocket.OPEN; }

    // now connects at once, if there is no connection.
    now() {
      clearTimeout(this.timer);
      this.timer = 0;
      if (this.socket) return;
      const path = typeof this.path === "function" ? this.path() : this.path;
      const address = after(url(path), this.last);
      const resumed = this.last !== undefined;
      this.tell("attempt", address);
      const socket = this.socket = new WebSocket(address, this.options.protocols || []);
      socket.binaryType = "arraybuffer";
      let opened = 0;
      socket.onopen = event => {
        opened = performance.now();
        event.resumed = resumed;
        this.tell("open", event);
      };
      socket.onmessage = event => {
        if (this.socket !== socket) return;
        this.attempts = 0;
        const id = this.options.id && this.options.id(event);
        if (id !== undefined && id !== null && id !== "") this.last = id;
        this.tell("message", event);
      };
      socket.onclose = event => {
        if (this.socket !== socket) return; // closed by this page
        this.socket = null;
        if (opened && performance.now() - opened > settled) this.attempts = 0;
        this.ended(reasonOf(event, opened > 0));
      };
    }

    // ended tells why, and waits for the next attempt if there is to be one. The waits double, and
    // differ by chance, so that the clients of a server that restarts do not come all at once.
    ended(why) {
      const again = this.options.again;
      why.again = typeof again === "function" ? Boolean(again(why)) : again !== false && why.again;
      this.tell("close", why);
      if (!why.again || this.socket || this.over) return;
      const most = Math.min(longest, shortest * 2 ** this.attempts++);
      const ms = Math.round(most / 2 + Math.random() * most / 2);
      this.timer = setTimeout(() => this.now(), ms);
      this.tell("wait", {ms, why});
    }

    tell(what, value) { if (this.options[what]) this.options[what](value); }

    // send returns whether there was a connection to send on. What it was given is not kept for later.
    send(data) {
      if (!this.isOpen) return false;
      this.socket.send(data);
      return true;
    }

    // close closes for good. It throws for codes and reasons that browsers do not let pages send: codes
    // are 1000 and 3000 to 4999, a reason has at most 123 bytes. close is told once the server has answered.
    close(code, reason) {
      const socket = this.socket;
      if (socket) code === undefined ? socket.close() : socket.close(code, reason);
      clearTimeout(this.timer);
      removeEventListener("online", this.online);
      this.over = true;
      this.timer = 0;
      this.options = {...this.options, again: false};
    }

    // drop is close without being told of it.
    drop() {
      const socket = this.socket;
      this.close();
      this.socket = null;
      if (socket) socket.onopen = null;
    }
  }

  // url is the WebSocket address of a path; a whole address stays as it is.
  function url(path) {
    if (/^wss?:/i.test(path)) return path;
    return wsh.base.replace(/^http/i, "ws") + path.replace(/^\//, "");
  }

  // http is the same for plain requests.
  function http(path) { return url(path).replace(/^ws/i, "http"); }

  // after adds ?after=ID to an address.
  function after(address, id) {
    if (id === undefined) return address;
    return address + (address.includes("?") ? "&" : "?") + "after=" + encodeURIComponent(id);
  }

  return {base, fromDisk, url, http, reasonOf, Connection};
})();
