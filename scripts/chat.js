"use strict";

let me = "";
let last = ""; // the id of the last line that I have: what came after it is sent when I come back
let mine = []; // what I said and have not heard yet: another may have my name

const said = page.get("said");
const link = new page.Link({
  path: () => "/chat?name=" + encodeURIComponent(me) + (last && "&after=" + last),
  protocols: ["chat"],
  state: page.get("state"),
  as: () => me,
  open: () => { inside(true); page.get("text").focus(); },
  message: event => hear(JSON.parse(event.data)),
  close: why => {
    page.get("send").disabled = true;
    mine = [];
    present([]);
    if (why.again) return;
    add("news", why.text);
    inside(false);
  },
});

function inside(yes) {
  page.get("entrance").hidden = yes;
  page.get("inside").hidden = !yes;
  page.get("send").disabled = !yes;
}

function hear(event) {
  last = event.id || last;
  if (event.type === "gap") {
    last = "";
    said.replaceChildren(page.make("li", {class: "news"}, "some lines are missing here"));
    return;
  }
  if (event.type === "news") {
    add("news", event.text || "");
    return;
  }
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
  const line = page.make("li", kind ? {class: kind} : {}, text);
  if (name && kind !== "mine") line.prepend(page.make("b", {}, name));
  said.append(line);
  while (said.children.length > 300) said.firstElementChild.remove();
  if (atEnd) said.scrollTop = said.scrollHeight;
}

function present(names) {
  let seen = false; // mark one, should two have my name
  page.get("present").replaceChildren(...names.map(name => {
    const own = name === me && !seen;
    seen = seen || own;
    return page.make("li", own ? {class: "me"} : {}, own ? name + " (you)" : name);
  }));
}

page.get("enter").addEventListener("submit", event => {
  event.preventDefault();
  me = page.get("name").value.trim();
  if (me) link.connect();
});
page.get("say").addEventListener("submit", event => {
  event.preventDefault();
  const text = page.get("text");
  if (!text.value || !link.send(text.value)) return;
  mine.push(text.value);
  text.value = "";
});
page.get("go").addEventListener("click", () => link.close());

const given = page.query.get("name");
if (given) {
  page.get("name").value = me = given;
  link.connect();
}
