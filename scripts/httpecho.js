"use strict";

const log = new wsh.Log(wsh.get("log"));
const answers = new wsh.Log(wsh.get("answers"));
const path = wsh.get("path");
const link = new wsh.Link({
  path: () => path.value,
  state: wsh.get("state"),
  open: () => { log.event("open"); usable(true); },
  message: event => log.message("in", event.data),
  close: event => { log.event(wsh.closing(event), !event.wasClean); usable(false); },
});

function usable(open) {
  wsh.get("connect").disabled = open;
  wsh.get("send").disabled = wsh.get("close").disabled = !open;
}

async function ask() {
  const text = wsh.get("text").value;
  answers.message("out", text);
  try {
    const answer = await fetch(wsh.http(path.value) + "?message=" + encodeURIComponent(text));
    const body = await answer.text();
    if (answer.ok) answers.message("in", body);
    else answers.event("status " + answer.status + ": " + body.trim(), true);
  } catch (error) {
    answers.event("no answer: " + error.message, true);
  }
}

function point() { wsh.get("page").href = wsh.http(path.value); }

wsh.get("ask").addEventListener("click", ask);
wsh.get("connect").addEventListener("click", () => link.connect());
wsh.get("close").addEventListener("click", () => link.close());
wsh.get("send").addEventListener("click", () => {
  const text = wsh.get("text").value;
  if (link.send(text)) log.message("out", text);
});
path.addEventListener("input", point);

usable(false);
point();
