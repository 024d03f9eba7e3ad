// The transport, and what hangs on its clock: sentence, facts, the filmstrip, the curves.

const PACE = 700; // milliseconds a frame while playing, at speed 1
const slider = find(".track input");
const film = find(".film");
const SVG = "http://www.w3.org/2000/svg";

function show(index, quietly = false) {
  if (!frameOf(0, index)) return;
  state.at = index;
  const frame = frameOf(0);
  slider.value = index;
  slider.setAttribute("aria-valuetext", frame.label);
  root.dataset.at = index;
  find(".sentence").setAttribute("aria-live", state.timer || quietly ? "off" : "polite");
  state.lanes.forEach((lane, i) => {
    const shown = frameOf(i);
    write(cells[i].cell.querySelector(".label"), shown.label);
    write(cells[i].cell.querySelector(".title"), lane.value.title ?? "");
    cells[i].canvas.setAttribute("aria-label", shown.alt);
    const named = state.lanes.length > 1 && lane.value.title ? `${lane.value.title}: ` : "";
    write(all(".sentence")[i], named + shown.sentence);
    writeFacts(all(".facts")[i], shown.facts);
  });
  for (const kind of ["on", "off"]) write(find(`[data-count=${kind}]`), many(frame[kind]));
  if (state.base === "difference" && state.lanes.length > 1) {
    const { fill, only } = differenceOf(frame, 0);
    painted(frame.width, frame.height, fill);
    only.forEach((count, i) => (find(`[data-count=only-${i}]`).textContent = many(count)));
  }
  for (const button of film.children) {
    const here = Number(button.dataset.at) === index;
    if (here === (button.tabIndex === 0)) continue;
    button.toggleAttribute("aria-current", here);
    button.tabIndex = here ? 0 : -1;
  }
  moveCursors();
  showSamples();
  lookByItself();
  draw();
  tellPixel();
}

// Writes only what has changed: a page that is not laid out anew scrubs faster.
function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function writeFacts(list, facts) {
  const known = [...list.children];
  if (known.map(({ dataset }) => dataset.fact).join() !== facts.map(([key]) => key).join()) {
    list.replaceChildren(...facts.map(([key]) => {
      const pair = document.createElement("div");
      pair.dataset.fact = key;
      pair.append(document.createElement("dt"), document.createElement("dd"));
      return pair;
    }));
  }
  facts.forEach(([, name, value], i) => {
    write(list.children[i].firstChild, name);
    write(list.children[i].lastChild, value);
  });
}

function take(index) {
  state.follow = false;
  show(Math.max(0, Math.min(state.clock.length - 1, index)));
}

function play(going) {
  clearInterval(state.timer);
  state.timer = 0;
  root.toggleAttribute("data-playing", going);
  const button = find(".play");
  button.setAttribute("aria-label", going ? button.dataset.pause : button.dataset.play);
  button.title = button.getAttribute("aria-label");
  if (!going) return;
  if (state.at >= state.clock.length - 1) take(0);
  state.timer = setInterval(() => {
    if (state.at < state.clock.length - 1) take(state.at + 1);
    else if (state.loop) take(0);
    else if (!state.value.live) play(false);
  }, PACE / state.pace);
}

// --- the filmstrip

const SMALL = 72; // pixels of a thumbnail's longer side

function drawFilm(from = 0) {
  const lanes = state.lanes.length;
  film.style.setProperty("--moments", total());
  while (film.children.length > total()) film.lastChild.remove();
  while (film.children.length < total()) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.at = film.children.length;
    button.tabIndex = -1;
    button.append(document.createElement("span"));
    film.append(button);
  }
  [...film.children].forEach((button, at) => {
    const moment = state.clock[at];
    button.disabled = !moment;
    if (!moment || at < from) return;
    const shown = frameOf(0, at);
    const short = shown.kind === "step" ? `t ${shown.t}` : shown.label;
    button.title = shown.label;
    button.setAttribute("aria-label", short === shown.label ? short : `${short}: ${shown.label}`);
    button.lastChild.textContent = short;
    while (button.querySelectorAll("canvas").length > lanes) button.firstChild.remove();
    while (button.querySelectorAll("canvas").length < lanes) button.prepend(document.createElement("canvas"));
    button.querySelectorAll("canvas").forEach((canvas, lane) => drawThumbnail(canvas, lane, at));
  });
}

function drawThumbnail(canvas, lane, at) {
  const frame = frameOf(lane, at);
  const scale = Math.min(1, (2 * SMALL) / Math.max(frame.width, frame.height));
  canvas.width = Math.max(1, Math.round(frame.width * scale));
  canvas.height = Math.max(1, Math.round(frame.height * scale));
  const before = state.at;
  state.at = at; // a base is read from the frame that is shown
  const base = state.base === "image" || (state.base === "doubt" && !frame.eps) ? "flips" : state.base;
  const fill = overlayOf(base, lane);
  state.at = before;
  const paper = canvas.getContext("2d");
  paper.imageSmoothingQuality = "medium";
  paper.drawImage(painted(frame.width, frame.height, fill), 0, 0, canvas.width, canvas.height);
}

// --- the curves

const CURVES = [
  ["flips", [(frame) => (frame.kind === "step" ? frame.on : null), (frame) => (frame.kind === "step" ? frame.off : null)]],
  ["area", [(frame) => frame.numbers.area, (frame) => frame.numbers.guess_area]],
  ["entropy", [(frame) => frame.numbers.entropy]],
  ["alpha_bar", [(frame) => frame.numbers.alpha_bar]],
  ["dice", [(frame) => frame.numbers.dice, (frame) => frame.numbers.guess_dice]],
];
const digits = { flips: 0, area: 2, entropy: 3, alpha_bar: 3, dice: 3 };

function drawCurves() {
  for (const [name, lines] of CURVES) {
    const figure = find(`[data-curve=${name}]`);
    const drawn = [];
    state.lanes.forEach((lane, l) =>
      lines.forEach((of, i) => {
        const points = state.clock.map(({ own }, at) => ({ at, value: own[l] ? (of(frameOf(l, at)) ?? null) : null }));
        drawn.push({ lane: l, line: i, points: points.filter(({ value }) => value !== null) });
      }),
    );
    const values = drawn.flatMap(({ points }) => points.map(({ value }) => value));
    figure.hidden = !values.length;
    if (!values.length) continue;
    const unit = name === "alpha_bar" || name === "entropy";
    const low = name === "area" || name === "dice" ? Math.min(...values) : 0;
    const high = Math.max(...values, unit ? (name === "entropy" ? 0.05 : 1) : low + (name === "flips" ? 1 : 0.01));
    const spread = (high - low) * 1.08 || 1;
    const x = (at) => (100 * (at + 0.5)) / total();
    const y = (value) => 38 - (36 * (value - low)) / spread;
    const svg = figure.querySelector("svg");
    const parts = drawn.map(({ lane, line, points }) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", points.map(({ at, value }, i) => `${i ? "L" : "M"}${x(at)} ${y(value)}`).join(""));
      path.setAttribute("class", `line-${line} lane-${lane}`);
      return path;
    });
    if (name === "dice") {
      const prior = frameOf(0, 0)?.kind === "prior" ? frameOf(0, 0).numbers.dice : null;
      if (prior !== null) parts.push(lineAt("prior", 0, y(prior), 100, y(prior)));
    }
    parts.push(lineAt("cursor", x(state.at), 0, x(state.at), 40));
    svg.replaceChildren(...parts);
    figure.querySelector(".least").textContent = low.toFixed(digits[name] && 2);
    figure.querySelector(".most").textContent = name === "flips" ? many(high) : high.toFixed(digits[name] && 2);
  }
}

function lineAt(kind, x1, y1, x2, y2) {
  const line = document.createElementNS(SVG, "line");
  line.setAttribute("class", kind);
  Object.entries({ x1, y1, x2, y2 }).forEach(([name, value]) => line.setAttribute(name, value));
  return line;
}

// Moves the line of the present and writes the values there.
function moveCursors() {
  const x = (100 * (state.at + 0.5)) / total();
  for (const [name, lines] of CURVES) {
    const figure = find(`[data-curve=${name}]`);
    const cursor = figure.querySelector(".cursor");
    cursor?.setAttribute("x1", x);
    cursor?.setAttribute("x2", x);
    lines.forEach((of, i) => {
      const value = of(frameOf(0)) ?? null;
      const shown = figure.querySelectorAll("b")[i];
      write(shown, value === null ? "–" : name === "flips" ? many(value) : value.toFixed(digits[name]));
    });
  }
}
