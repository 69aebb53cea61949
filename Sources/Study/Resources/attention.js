// The attention of one layer and head as a matrix, and one row of it over the picture. The choice
// stands in the address: #stack=encoder&layer=3&head=5&from=0. Without a head it is their mean.
{
  const form = document.querySelector("#attention form");
  const controls = form.elements;
  const ramp = bytes(data.ramp);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

  // A number is kept as the square root of its share of the matrix' largest, in 255 steps.
  for (const stack of data.stacks) {
    stack.matrix = bytes(stack.matrix);
    stack.rows = bytes(stack.rows);
    stack.cells = groupedTokens(stack);
    stack.outside = stack.tokens.flatMap((t, i) => t.kind === "patch" ? [] : [i]);
  }

  // The tokens of the matrix: patches stand in groups, each a square of neighbours.
  function groupedTokens({ tokens, side, groups }) {
    const first = tokens.findIndex((t) => t.kind === "patch");
    if (first < 0) return tokens.map((t) => ({ ...t, label: shown(t.text) }));
    const span = (i) => {
      const [from, to] = [Math.ceil(i * side / groups), Math.ceil((i + 1) * side / groups) - 1];
      return from === to ? `${from}` : `${from}–${to}`;
    };
    const patches = Array.from({ length: groups * groups }, (_, i) => {
      const [row, column] = [Math.floor(i / groups), i % groups];
      return { kind: "patch", row, column, label: `patch ${span(row)}, ${span(column)}` };
    });
    const words = (some) => some.map((t) => ({ ...t, label: shown(t.text) }));
    return [...words(tokens.slice(0, first)), ...patches,
      ...words(tokens.slice(first + side * side))];
  }

  const choice = () => ({
    stack: data.stacks[controls.stack.selectedIndex],
    layer: Number(controls.layer.value),
    head: controls.head.selectedIndex,
    from: controls.from.selectedIndex,
  });

  function weight({ stack, layer, head }, row, column) {
    const [at, size] = [layer * stack.heads.length + head, stack.cells.length];
    const share = stack.matrix[(at * size + row) * size + column] / 255;
    return stack.tops[at] * share * share;
  }

  // What the chosen token gives to each patch; a patch of a group gets its part of the group's.
  function patchWeights(chosen) {
    const { stack, layer, head, from } = chosen;
    const { side, groups, cells, outside } = stack;
    const start = cells.findIndex((cell) => cell.kind === "patch");
    const group = (i) => Math.floor(i * groups / side);
    const sizes = Array(groups).fill(0);
    for (let i = 0; i < side; i++) sizes[group(i)] += 1;
    const row = from < start ? from : from - groups * groups;
    const at = layer * stack.heads.length + head;
    return Array.from({ length: side * side }, (_, patch) => {
      const [y, x] = [group(Math.floor(patch / side)), group(patch % side)];
      if (cells[from].kind === "patch" || stack.rows.length === 0) {
        return weight(chosen, from, start + y * groups + x) / (sizes[y] * sizes[x]);
      }
      const share = stack.rows[(at * outside.length + row) * side * side + patch] / 255;
      return stack.rowTops[at] * share * share;
    });
  }

  // The ramp's light end is the ground, in both schemes.
  function colour(share) {
    const step = Math.round(Math.min(1, Math.max(0, share)) * 255);
    const i = (dark.matches ? 255 - step : step) * 3;
    return `rgb(${ramp[i]} ${ramp[i + 1]} ${ramp[i + 2]})`;
  }

  // Many tokens stand closer, so that they fit if they can; their labels then are some of them.
  function axis(cells, groups) {
    const thin = Math.max(6, Math.min(18, Math.floor(480 / Math.max(groups * groups, 1))));
    const patches = cells.filter((cell) => cell.kind === "patch").length;
    const room = $("attention").clientWidth - margin - 40 - patches * thin;
    const wide = Math.max(5, Math.min(18, Math.floor(room / Math.max(cells.length - patches, 1))));
    let length = 0;
    const places = cells.map((cell) => {
      const place = { start: length, length: cell.kind === "patch" ? thin : wide };
      length += place.length;
      return place;
    });
    return { places, length };
  }

  let shape = null;
  const margin = matchMedia("(max-width: 40rem)").matches ? 84 : 110;
  // The pixels of a canvas along a side that every phone has memory for.
  const longestCanvas = 4096;

  function drawMatrix(chosen) {
    const { stack, from } = chosen;
    const { places, length } = axis(stack.cells, stack.groups);
    const canvas = $("matrix");
    const side = margin + length + 4;
    const scale = Math.min(window.devicePixelRatio || 1, longestCanvas / side);
    shape = { places, length };
    canvas.width = canvas.height = side * scale;
    canvas.style.width = canvas.style.height = `${side}px`;
    const draw = canvas.getContext("2d");
    draw.scale(scale, scale);
    const size = stack.cells.length;
    const all = [];
    for (let r = 0; r < size; r++) for (let c = 0; c < size; c++) all.push(weight(chosen, r, c));
    const sorted = Float64Array.from(all).sort();
    const top = sorted[Math.ceil(sorted.length * 0.99) - 1] || sorted[sorted.length - 1] || 1;
    all.forEach((value, i) => {
      const [down, across] = [places[Math.floor(i / size)], places[i % size]];
      draw.fillStyle = colour(value / top);
      draw.fillRect(margin + across.start, margin + down.start, across.length, down.length);
    });
    draw.font = "12px system-ui, sans-serif";
    draw.fillStyle = style("--ink");
    draw.textBaseline = "middle";
    let written = 0;
    stack.cells.forEach((cell, i) => {
      if (cell.kind === "patch" && cell.column !== 0) return;
      const label = cell.kind === "patch" ? `row ${cell.label.slice(6).split(",")[0]}` : cell.label;
      const room = places[i].length * (cell.kind === "patch" ? stack.groups : 1);
      const middle = margin + places[i].start + room / 2;
      // A label that would stand on the one before is left out, but for that of the chosen row.
      if (middle - written < 13 && i !== from) return;
      written = middle;
      draw.textAlign = "right";
      draw.fillText(label, margin - 6, middle, margin - 10);
      draw.save();
      draw.translate(middle, margin - 6);
      draw.rotate(-Math.PI / 2);
      draw.textAlign = "left";
      draw.fillText(label, 0, 0, margin - 10);
      draw.restore();
    });
    draw.strokeStyle = style("--accent");
    draw.lineWidth = 2;
    draw.strokeRect(margin - 1, margin + places[from].start, length + 2, places[from].length);
    canvas.setAttribute("aria-label", `Attention of ${stack.stages[chosen.layer]},`
      + ` ${stack.heads[chosen.head]}: ${size} rows and columns; the strongest colour stands for`
      + ` ${top.toPrecision(3)}`);
    $("cell").textContent = `The strongest colour stands for ${top.toPrecision(3)} and more.`;
  }

  function drawOverlay(chosen) {
    const { stack, from } = chosen;
    $("overlay").hidden = stack.side === 0;
    if (stack.side === 0) return;
    $("picture").src = data.picture;
    const weights = patchWeights(chosen);
    const top = Math.max(...weights) || 1;
    const sum = weights.reduce((total, value) => total + value, 0);
    const canvas = $("patches");
    const cell = Math.max(1, Math.floor(640 / stack.side));
    canvas.width = canvas.height = cell * stack.side;
    const draw = canvas.getContext("2d");
    draw.globalAlpha = 0.72;
    weights.forEach((value, i) => {
      draw.fillStyle = colour(value / top);
      draw.fillRect(i % stack.side * cell, Math.floor(i / stack.side) * cell, cell, cell);
    });
    const text = `${stack.cells[from].label} gives ${(100 * sum).toFixed(1)} % of its attention to`
      + ` the picture, ${top.toPrecision(3)} to one patch at most.`;
    canvas.setAttribute("aria-label", text);
    document.querySelector("#overlay figcaption").textContent = text;
  }

  function drawAll() {
    const chosen = choice();
    const { stack, from } = chosen;
    form.querySelector("output").textContent = `${chosen.layer} of 0–${stack.stages.length - 1}`;
    $("hint").textContent = "Rows look, columns are looked at. Click a row to choose it"
      + (stack.side > 0 ? ", or a patch of the picture." : ".");
    drawMatrix(chosen);
    drawOverlay(chosen);
    const most = stack.cells.map((cell, i) => [weight(chosen, from, i), cell.label])
      .sort((a, b) => b[0] - a[0]).slice(0, 6);
    $("most").textContent = `${stack.cells[from].label} looks most at `
      + most.map(([value, label]) => `${label} ${value.toFixed(3)}`).join(", ") + ".";
  }

  function fill(select, names, chosen = 0) {
    select.replaceChildren(...names.map((name) => element("option", {}, name)));
    select.selectedIndex = Math.min(Math.max(chosen, 0), names.length - 1);
  }

  function chooseStack(index, { layer = 0, head = 0, from = 0 } = {}) {
    controls.stack.selectedIndex = Math.min(Math.max(index, 0), data.stacks.length - 1);
    const stack = data.stacks[controls.stack.selectedIndex];
    controls.layer.max = stack.stages.length - 1;
    controls.layer.value = layer;
    fill(controls.head, stack.heads, head);
    fill(controls.from, stack.cells.map((cell) => cell.label), from);
    $("precision").textContent = data.precision + (stack.groups < stack.side
      ? ` In the matrix, ${stack.side} × ${stack.side} patches stand in ${stack.groups} ×`
        + ` ${stack.groups} groups: sums of what is looked at, means of what looks.` : "");
  }

  function readAddress() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const read = (name) => Number.parseInt(wanted.get(name) ?? "0", 10) || 0;
    const stack = data.stacks.findIndex((s) => s.name === wanted.get("stack"));
    // The mean stands before the heads.
    const head = /^\d+$/.test(wanted.get("head")) ? read("head") + 1 : 0;
    chooseStack(stack, { layer: read("layer"), head, from: read("from") });
    drawAll();
  }

  function writeAddress() {
    const { stack, layer, head, from } = choice();
    history.replaceState(null, "",
      `#stack=${stack.name}&layer=${layer}&head=${head === 0 ? "mean" : head - 1}&from=${from}`);
  }

  function token(event) {
    const box = $("matrix").getBoundingClientRect();
    const zoom = (margin + shape.length + 4) / box.width;
    const find = (pixels) => shape.places.findIndex((place) =>
      pixels >= margin + place.start && pixels < margin + place.start + place.length);
    return [find((event.clientY - box.top) * zoom), find((event.clientX - box.left) * zoom)];
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (event.target.name === "stack") chooseStack(controls.stack.selectedIndex);
    drawAll();
    writeAddress();
  });
  $("matrix").addEventListener("mousemove", (event) => {
    const [row, column] = token(event);
    if (row < 0 || column < 0) return;
    const chosen = choice();
    const label = (i) => chosen.stack.cells[i].label;
    $("cell").textContent = `${label(row)} → ${label(column)}:`
      + ` ${weight(chosen, row, column).toPrecision(3)}`;
  });
  $("matrix").addEventListener("click", (event) => {
    const [row] = token(event);
    if (row < 0) return;
    controls.from.selectedIndex = row;
    drawAll();
    writeAddress();
  });
  $("patches").addEventListener("click", (event) => {
    const { stack } = choice();
    const box = $("patches").getBoundingClientRect();
    const group = (position, length) => Math.floor(
      Math.min(Math.floor(position / length * stack.side), stack.side - 1)
        * stack.groups / stack.side);
    const row = group(event.clientY - box.top, box.height);
    const column = group(event.clientX - box.left, box.width);
    const first = stack.cells.findIndex((cell) => cell.kind === "patch");
    controls.from.selectedIndex = first + row * stack.groups + column;
    drawAll();
    writeAddress();
  });
  addEventListener("hashchange", readAddress);
  dark.addEventListener("change", drawAll);

  if (data.stacks.some((stack) => stack.stages.length > 0)) {
    $("attention").hidden = false;
    fill(controls.stack, data.stacks.map((stack) => stack.name));
    readAddress();
  }
}
