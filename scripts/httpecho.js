"use strict";

const log = new page.Log(page.get("log"));
const answers = new page.Log(page.get("answers"));
const path = page.get("path");
const link = new page.Link({
  path: () => path.value,
  state: page.get("state"),
  again: false,
  open: () => { log.event("open"); usable(true); },
  message: event => log.message("in", event.data),
  close: why => { log.event(why.text, !why.clean); usable(false); },
});

function usable(open) {
  page.get("connect").disabled = open;
  page.get("send").disabled = page.get("close").disabled = !open;
}

async function ask() {
  const text = page.get("text").value;
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

function point() { page.get("page").href = wsh.http(path.value); }

page.get("ask").addEventListener("click", ask);
page.get("connect").addEventListener("click", () => link.connect());
page.get("close").addEventListener("click", () => link.close());
page.get("send").addEventListener("click", () => {
  const text = page.get("text").value;
  if (link.send(text)) log.message("out", text);
});
path.addEventListener("input", point);

usable(false);
point();
