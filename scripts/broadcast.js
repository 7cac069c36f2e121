"use strict";

const log = new wsh.Log(wsh.get("log"));
const link = new wsh.Link({
  path: "/broadcast",
  state: wsh.get("state"),
  again: true,
  open: () => { wsh.get("send").disabled = false; },
  message: event => log.message("in", event.data),
  close: event => {
    wsh.get("send").disabled = true;
    log.event(wsh.closing(event), !event.wasClean);
  },
});

wsh.get("say").addEventListener("submit", event => {
  event.preventDefault();
  const text = wsh.get("text");
  if (text.value && link.send(text.value)) text.value = ""; // it comes back, like everyone's
});

wsh.get("send").disabled = true;
link.connect();
