"use strict";

let me = "";
let mine = []; // what I said and have not heard yet: another may have my name

const said = wsh.get("said");
const link = new wsh.Link({
  path: () => "/chat?name=" + encodeURIComponent(me),
  protocols: ["chat"],
  state: wsh.get("state"),
  again: true,
  open: () => { inside(true); wsh.get("text").focus(); },
  message: event => hear(JSON.parse(event.data)),
  close: event => {
    add("news", wsh.closing(event));
    wsh.get("send").disabled = true;
    mine = [];
    present([]);
    if (!link.again) inside(false);
  },
});

function inside(yes) {
  wsh.get("entrance").hidden = yes;
  wsh.get("inside").hidden = !yes;
  wsh.get("send").disabled = !yes;
}

function hear(event) {
  if (event.type === "say") {
    const at = event.name === me ? mine.indexOf(event.text) : -1;
    if (at >= 0) mine.splice(0, at + 1);
    add(at >= 0 ? "mine" : "", event.text, event.name);
    return;
  }
  add("news", event.name + (event.type === "join" ? " came in" : " left"));
  present(event.present || []);
}

function add(kind, text, name) {
  const atEnd = said.scrollTop + said.clientHeight > said.scrollHeight - 40;
  const line = wsh.make("li", kind ? {class: kind} : {}, text);
  if (name && kind !== "mine") line.prepend(wsh.make("b", {}, name));
  said.append(line);
  while (said.children.length > 300) said.firstElementChild.remove();
  if (atEnd) said.scrollTop = said.scrollHeight;
}

function present(names) {
  let seen = false; // mark one, should two have my name
  wsh.get("present").replaceChildren(...names.map(name => {
    const own = name === me && !seen;
    seen = seen || own;
    return wsh.make("li", own ? {class: "me"} : {}, own ? name + " (you)" : name);
  }));
}

wsh.get("enter").addEventListener("submit", event => {
  event.preventDefault();
  me = wsh.get("name").value.trim();
  if (me) link.connect();
});
wsh.get("say").addEventListener("submit", event => {
  event.preventDefault();
  const text = wsh.get("text");
  if (!text.value || !link.send(text.value)) return;
  mine.push(text.value);
  text.value = "";
});
wsh.get("go").addEventListener("click", () => link.close());

const given = wsh.query.get("name");
if (given) {
  wsh.get("name").value = me = given;
  link.connect();
}
