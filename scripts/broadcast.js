"use strict";

const log = new page.Log(page.get("log"));
const link = new page.Link({
  path: "/broadcast",
  state: page.get("state"),
  open: () => { page.get("send").disabled = false; },
  message: event => log.message("in", event.data),
  close: why => {
    page.get("send").disabled = true;
    if (!why.again) log.event(why.text, !why.clean);
  },
});

page.get("say").addEventListener("submit", event => {
  event.preventDefault();
  const text = page.get("text");
  if (text.value && link.send(text.value)) text.value = ""; // it comes back, like everyone's
});

page.get("send").disabled = true;
link.connect();
