"use strict";

const log = new wsh.Log(wsh.get("log"));
const link = new wsh.Link({
  path: "/echo",
  state: wsh.get("state"),
  open: () => { log.event("open"); usable(true); },
  message: event => log.message("in", event.data),
  close: event => { log.event(wsh.closing(event), !event.wasClean); usable(false); },
});

function usable(open) {
  wsh.get("send").disabled = wsh.get("bytes").disabled = !open;
  wsh.get("connect").textContent = open ? "Close" : "Connect";
}

function send(data) {
  if (link.send(data)) log.message("out", data);
}

wsh.get("say").addEventListener("submit", event => {
  event.preventDefault();
  send(wsh.get("text").value);
  wsh.get("text").select();
});
wsh.get("bytes").addEventListener("click", () => send(new Uint8Array([8, 6, 7, 5, 3, 0, 9])));
wsh.get("connect").addEventListener("click", () => link.isOpen ? link.close() : link.connect());

usable(false);
link.connect();
