"use strict";

const log = new page.Log(page.get("log"));
const link = new page.Link({
  path: "/echo",
  state: page.get("state"),
  again: false,
  open: () => { log.event("open"); usable(true); },
  message: event => log.message("in", event.data),
  close: why => { log.event(why.text, !why.clean); usable(false); },
});

function usable(open) {
  page.get("send").disabled = page.get("bytes").disabled = !open;
  page.get("connect").textContent = open ? "Close" : "Connect";
}

function send(data) {
  if (link.send(data)) log.message("out", data);
}

page.get("say").addEventListener("submit", event => {
  event.preventDefault();
  send(page.get("text").value);
  page.get("text").select();
});
page.get("bytes").addEventListener("click", () => send(new Uint8Array([8, 6, 7, 5, 3, 0, 9])));
page.get("connect").addEventListener("click", () => link.isOpen ? link.close() : link.connect());

usable(false);
link.connect();
