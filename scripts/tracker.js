"use strict";

const me = "w" + Math.random().toString(36).slice(2, 7);
const seen = new Map(); // id → {trail: [[latitude, longitude], …], at: Date, colour}
const trailLength = 60;
const link = new page.Link({
  path: "/tracker",
  state: page.get("state"),
  open: () => { if (position) tell(); },
  message: event => hear(JSON.parse(event.data)),
});

let position = null; // mine: [latitude, longitude]
let walking = null;
let watching = null;

// Receiving.

function hear([id, latitude, longitude]) {
  let one = seen.get(id);
  if (!one) {
    one = {trail: [], colour: id === me ? "var(--out)" : "hsl(" + hue(String(id)) + " 55% var(--spot))"};
    seen.set(id, one);
  }
  one.trail.push([latitude, longitude]);
  if (one.trail.length > trailLength) one.trail.shift();
  one.at = new Date();
  draw();
}

function hue(id) {
  let h = 7;
  for (const letter of id) h = (h * 31 + letter.charCodeAt(0)) % 3600;
  return (h * 0.61) % 360;
}

function name(id) { return id === me ? "Me" : String(id); }

// Drawing: latitude and longitude as they are, stretched so that a kilometre is as long both ways.

const map = page.get("map");

function view() {
  const all = seen.size ? [...seen.values()].flatMap(one => one.trail) : [[-56, -180], [78, 180]]; // where people live
  let south = Math.min(...all.map(p => p[0])), north = Math.max(...all.map(p => p[0]));
  let west = Math.min(...all.map(p => p[1])), east = Math.max(...all.map(p => p[1]));
  const width = map.clientWidth || 800, height = map.clientHeight || 500, margin = seen.size ? 60 : 0;
  const squeeze = seen.size ? Math.max(Math.cos((south + north) / 2 * Math.PI / 180), .05) : 1;
  const span = Math.max((north - south) / (height - 2 * margin), (east - west) * squeeze / (width - 2 * margin), .004 / height);
  const middle = [(south + north) / 2, (west + east) / 2];
  return {
    width, height, span, squeeze, middle,
    x: longitude => width / 2 + (longitude - middle[1]) * squeeze / span,
    y: latitude => height / 2 - (latitude - middle[0]) / span,
  };
}

function grid(v) {
  const parts = [];
  const step = page.nice(v.span * 110);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const label = (n, plus, minus) => Math.abs(n).toFixed(digits) + "°" + (n < 0 ? minus : plus);
  const high = Math.min(90, v.middle[0] + v.height / 2 * v.span), low = Math.max(-90, v.middle[0] - v.height / 2 * v.span);
  for (let n = Math.ceil(low / step) * step; n <= high; n += step) {
    parts.push(page.svg("path", {class: "grid", d: `M0 ${v.y(n)}H${v.width}`}),
      page.svg("text", {x: 6, y: v.y(n) - 4}, label(n, "N", "S")));
  }
  const wide = v.width / 2 * v.span / v.squeeze, across = page.nice(v.span / v.squeeze * 110);
  for (let n = Math.ceil((v.middle[1] - wide) / across) * across; n <= v.middle[1] + wide; n += across) {
    parts.push(page.svg("path", {class: "grid", d: `M${v.x(n)} 0V${v.height}`}),
      page.svg("text", {x: v.x(n) + 4, y: v.height - 6}, label(n, "E", "W")));
  }
  return parts;
}

// land is where there is land, unless the map shows less than a degree: the outline is too coarse for that.
function land(v) {
  if (v.width * v.span / v.squeeze < 1) return [];
  const line = shore => "M" + shore.map(([longitude, latitude]) => v.x(longitude).toFixed(1) + " " + v.y(latitude).toFixed(1)).join("L") + "Z";
  return [page.svg("path", {class: "land", d: coast.map(line).join("")})];
}

// ruler is a bar of a round length. A degree of latitude is about 111.2 km.
function ruler(v) {
  const metres = page.nice(v.span * 111200 * 60);
  const length = metres / 111200 / v.span;
  const right = v.width - 14, text = metres < 1000 ? metres + " m" : metres / 1000 + " km";
  return [page.svg("path", {class: "scale", d: `M${right - length} 20v6h${length}v-6`}),
    page.svg("text", {x: right - length / 2, y: 15, "text-anchor": "middle"}, text)];
}

function draw() {
  const v = view();
  const parts = [...land(v), ...grid(v), ...(seen.size ? ruler(v) : [])];
  for (const [id, one] of seen) {
    const points = one.trail.map(p => v.x(p[1]).toFixed(1) + "," + v.y(p[0]).toFixed(1));
    const [x, y] = points.at(-1).split(",");
    parts.push(
      page.svg("polyline", {class: "trail", points: points.join(" "), style: "stroke:" + one.colour}),
      page.svg("circle", {class: "halo", cx: x, cy: y, r: 15, style: "fill:" + one.colour}),
      page.svg("circle", {class: "place", cx: x, cy: y, r: 7, style: "fill:" + one.colour, "data-id": id}),
      page.svg("text", {class: "who", x: Number(x) + 12, y: Number(y) - 9}, name(id)));
  }
  map.setAttribute("viewBox", `0 0 ${v.width} ${v.height}`);
  map.replaceChildren(...parts);
  page.get("nobody").hidden = seen.size > 0;
  page.get("rows").replaceChildren(...[...seen].map(([id, one]) => {
    const [latitude, longitude] = one.trail.at(-1);
    const dot = page.make("span", {class: "dot", style: "background:" + one.colour});
    return page.make("tr", {"data-id": id}, page.make("td", {}, dot, name(id)),
      page.make("td", {class: "number"}, latitude.toFixed(5), page.make("br"), longitude.toFixed(5)));
  }));
}

// Sending.

function tell() { link.send(JSON.stringify([me, ...position])); }

function move(latitude, longitude) {
  position = [latitude, longitude];
  tell();
}

function walk() {
  if (walking) { stand(); return; }
  stand();
  let [latitude, longitude] = position || [47.37 + Math.random() * .008, 8.535 + Math.random() * .012];
  let heading = Math.random() * 2 * Math.PI;
  const step = () => {
    heading += (Math.random() - .5) * .9;
    latitude += Math.cos(heading) * .00025;
    longitude += Math.sin(heading) * .00025 / Math.cos(latitude * Math.PI / 180);
    move(latitude, longitude);
  };
  step();
  walking = setInterval(step, 500);
  page.get("walk").textContent = "Stand still";
  say("You are walking through Zürich.");
}

function locate() {
  if (!navigator.geolocation) { say("This browser does not tell locations."); return; }
  stand();
  say("Waiting for your location …");
  watching = navigator.geolocation.watchPosition(
    found => { say("Sending your location as it changes."); move(found.coords.latitude, found.coords.longitude); },
    refused => say("No location: " + (refused.message || "not allowed") + ". Browsers tell it to https pages and to localhost."));
}

function stand() {
  clearInterval(walking);
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  walking = watching = null;
  page.get("walk").textContent = "Simulate a walk";
  say("");
}

function say(text) { page.get("source").textContent = text; }

page.get("walk").addEventListener("click", walk);
page.get("locate").addEventListener("click", locate);
addEventListener("resize", draw);
draw();
link.connect();
