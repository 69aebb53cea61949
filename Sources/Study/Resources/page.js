// What the page says apart from attention: the facts, the sequence, tables and charts. All text
// enters the page as text, never as markup.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

function element(name, attributes = {}, ...children) {
  const isSVG = ["svg", "g", "path", "rect", "line", "text", "title"].includes(name);
  const made = isSVG
    ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function number(value) {
  if (value === null) return "–";
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : value.toFixed(4);
}

// A label that shows white space and does not fill the page.
const shown = (text) => {
  const clear = text.replace(/\s/g, "␣") || "∅";
  return clear.length > 24 ? clear.slice(0, 23) + "…" : clear;
};

function showFacts() {
  for (const [name, value] of data.facts) {
    $("facts").append(element("dt", {}, name), element("dd", {}, value));
  }
}

function showSequence() {
  const tokens = data.stacks[0].tokens;
  let hasPicture = false;
  const position = (token) => token.position === undefined ? "" : `position ${token.position}`;
  tokens.forEach((token, place) => {
    if (token.kind !== "patch") {
      const item = element("li", { class: token.kind }, shown(token.text),
        element("small", {}, position(token)), element("small", {}, `id ${token.id ?? "–"}`));
      if (token.unknown) {
        item.classList.add("unknown");
        item.title = "not in the vocabulary";
      }
      $("sequence").append(item);
    } else if (!hasPicture) {
      hasPicture = true;
      const count = tokens.filter((t) => t.kind === "patch").length;
      const last = tokens[place + count - 1].position;
      $("sequence").append(element("li", { class: "patch" },
        element("img", { src: data.picture, alt: "the image as the model reads it" }),
        element("small", {}, position(token) + (last === undefined ? "" : `–${last}`)),
        element("small", {}, `${count} patches`)));
    }
  });
}

function table(target, head, rows) {
  const row = (cells, tag) => element("tr", {}, ...cells.map((c) => element(tag, {}, String(c))));
  target.replaceChildren(element("thead", {}, row(head, "th")),
    element("tbody", {}, ...rows.map((r) => row(r, "td"))));
}

function showSimilarities() {
  if (!data.similarities) return;
  const { items, values } = data.similarities;
  $("similarities").hidden = false;
  table($("similarities").querySelector("table"), ["", ...items],
    items.map((item, i) => [item, ...values[i].map(number)]));
}

function showStages() {
  const head = ["stage", "shape", "mean", "deviation", "norm", "minimum", "maximum", "zeros", "NaN"];
  // An example that this model has: its last layer.
  const last = data.stacks[0].stages.at(-1) ?? data.stages.at(-1)?.[0] ?? "";
  $("filter").placeholder = /[a-z]+\.\d+(?=\.)/.exec(last)?.[0] ?? last;
  const draw = () => {
    const wanted = $("filter").value.trim();
    const rows = data.stages.filter((stage) => stage[0].includes(wanted));
    $("shown").textContent = rows.length === 0
      ? `No stage has "${wanted}" in its name.` : `${rows.length} of ${data.stages.length} stages`;
    $("stages").hidden = rows.length === 0;
    table($("stages"), head, rows.map(([name, shape, ...numbers]) => [
      name, shape.join(" × "), ...numbers.slice(0, 5).map(number),
      `${(numbers[5] * 100).toFixed(1)} %`, numbers[6],
    ]));
  };
  $("filter").addEventListener("input", draw);
  draw();
}

const seriesClasses = ["first", "second", "third"];

// A frame with a scale from 0 to `top`; `draw` adds the marks, given where a value lies.
function chart(title, names, labels, top, draw) {
  const holder = getComputedStyle($("charts"));
  const room = $("charts").clientWidth - parseFloat(holder.paddingLeft) * 2;
  // As wide as there is room, so that nothing is scaled and text keeps its size.
  const [width, left, bottom] = [Math.max(220, Math.min(520, room)), 48, 24];
  const keysInRow = Math.max(1, Math.floor((width - left) / 130));
  const head = 12 + 16 * Math.ceil(names.length / keysInRow);
  const height = 212 + head;
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, width, role: "img" },
    element("title", {}, title));
  const x = (i) => left + (i + 0.5) * (width - left) / labels.length;
  const y = (value) => height - bottom - (value / top) * (height - bottom - head);
  for (const share of [0, 0.5, 1]) {
    svg.append(element("line",
      { class: "axis", x1: left, x2: width, y1: y(top * share), y2: y(top * share) }),
    element("text", { x: left - 6, y: y(top * share) + 4, "text-anchor": "end" },
      Number((top * share).toPrecision(3))));
  }
  const step = Math.ceil(labels.length / Math.floor((width - left) / 32));
  labels.forEach((label, i) => {
    if (i % step === 0) {
      svg.append(element("text", { x: x(i), y: height - 8, "text-anchor": "middle" }, label));
    }
  });
  names.forEach((name, i) => {
    const [across, down] = [left + i % keysInRow * 130, 16 * Math.floor(i / keysInRow)];
    svg.append(
      element("rect", { class: `key ${seriesClasses[i]}`, x: across, y: 2 + down, width: 10,
        height: 10 }),
      element("text", { x: across + 15, y: 12 + down }, name));
  });
  draw(svg, x, y, (width - left) / labels.length);
  $("charts").append(element("figure", {}, element("h2", {}, title), svg));
}

function showNorms(stack) {
  const all = ["first token", "patches, mean", "words, mean"]
    .map((name, i) => [name, stack.norms.map((layer) => layer.norms[i])])
    .filter(([, values]) => values.some((value) => value !== null));
  const [names, series] = [all.map(([name]) => name), all.map(([, values]) => values)];
  const top = Math.max(1e-9, ...series.flat().filter((value) => value !== null));
  chart(`Norms by layer: ${stack.name}`, names, stack.norms.map((layer) => layer.label), top,
    (svg, x, y) => series.forEach((values, i) => {
      const points = values.flatMap((value, at) => value === null ? [] : [`${x(at)} ${y(value)}`]);
      svg.append(element("path", { class: `line ${seriesClasses[i]}`, d: "M" + points.join("L") }));
    }));
}

function showShares(stack) {
  const all = ["on the picture", "on words", "on special tokens"];
  // What the sequence does not have is not named.
  const kept = all.map((_, i) => i).filter((i) => stack.shares.some((shares) => shares[i] > 0));
  const names = kept.map((i) => all[i]);
  chart(`Where the first token looks: ${stack.name}`, names, stack.shares.map((_, i) => i), 1,
    (svg, x, y, room) => stack.shares.forEach((shares, layer) => {
      let below = 0;
      kept.map((i) => shares[i]).forEach((share, i) => {
        const bar = element("rect", { class: `bar ${seriesClasses[i]}`, width: room * 0.7,
          x: x(layer) - room * 0.35, y: y(below + share), height: y(below) - y(below + share) });
        bar.append(element("title", {}, `layer ${layer}, ${names[i]}: ${share.toFixed(3)}`));
        svg.append(bar);
        below += share;
      });
    }));
}

showFacts();
showSequence();
showSimilarities();
showStages();
for (const stack of data.stacks) {
  showShares(stack);
  showNorms(stack);
}
