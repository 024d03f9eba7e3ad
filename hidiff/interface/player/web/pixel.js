// The pixel: everything that made one bit, step by step.

const pixel = { place: null, lane: 0, held: false, chosen: false }; // place: [row, column] in the grid of the lane's chain
const panel = find(".pixel");

const chainOf = () => state.lanes[pixel.lane]?.chain ?? null;
const stepsOf = () => state.lanes[pixel.lane].frames.filter((frame) => frame.kind === "step");

// The pixel of the lane's chain at a point of the image, or null outside of its window.
function placeAt({ x, y }) {
  const chain = chainOf();
  if (!chain) return null;
  const [top, left, height, width] = chain.box;
  const row = Math.floor(((y - top) * chain.size[0]) / height);
  const column = Math.floor(((x - left) * chain.size[1]) / width);
  return row >= 0 && column >= 0 && row < chain.size[0] && column < chain.size[1] ? [row, column] : null;
}

function pickPixel(place, held) {
  if (!place) return;
  pixel.place = place;
  pixel.held = held;
  pixel.chosen = true;
  tellPixel();
  drawInk();
}

// Before anybody points: the pixel that flips most often, the undecided one of equals.
function pickForThem() {
  const steps = stepsOf();
  if (pixel.chosen || !chainOf() || !steps.length) return;
  const score = new Float32Array(steps[0].before.length);
  for (const { before, after, eps } of steps) {
    for (let i = 0; i < score.length; i++) score[i] += (before[i] !== after[i]) + 0.2 * eps[i] * (1 - eps[i]);
  }
  let best = 0;
  for (let i = 1; i < score.length; i++) if (score[i] > score[best]) best = i;
  const width = chainOf().size[1];
  pixel.place = [Math.floor(best / width), best % width];
}

function movePixel(rows, columns) {
  const chain = chainOf();
  if (!chain) return;
  const from = pixel.place ?? [chain.size[0] >> 1, chain.size[1] >> 1];
  const held = (value, most) => Math.min(Math.max(value, 0), most - 1);
  pickPixel([held(from[0] + rows, chain.size[0]), held(from[1] + columns, chain.size[1])], true);
}

function tellPixel() {
  const chain = chainOf();
  if (!chain || !pixel.place) {
    panel.toggleAttribute("data-empty", true);
    return;
  }
  panel.removeAttribute("data-empty");
  const [row, column] = pixel.place;
  const lanes = state.lanes.length;
  const { title } = state.lanes[pixel.lane].value;
  const place = row * chain.size[1] + column;
  const steps = stepsOf().map((frame) => story(frame, chain, place));
  const frame = frameOf(pixel.lane);
  const at = frame.kind === "step" ? steps.findIndex(({ t }) => t === frame.t) : -1;
  const now = steps[at];
  write(find(".pixel .where"), say("where", { row, column }) + (lanes > 1 && title ? ` · ${title}` : "") + (pixel.held ? ` · ${say("held")}` : ""));
  write(find(".pixel .why"), whyOf(frame, now, steps, place));
  const numbers = numbersOf(now, chain, place);
  if (frame.kind === "answer") numbers.push(["answer", say("answer"), number(frame.guess[place])]);
  writeFacts(find(".pixel .numbers"), numbers);
  drawStrip(steps, at);
}

const bitWord = (bit) => say(bit ? "bit_on" : "bit_off");

// Digits enough that a comparison of the two can be seen.
function pairOf(a, b) {
  for (let count = 3; count < 7; count++) if (a.toFixed(count) !== b.toFixed(count)) return [a.toFixed(count), b.toFixed(count)];
  return [a.toFixed(7), b.toFixed(7)];
}

// One plain sentence: why the bit is as it is.
function whyOf(frame, now, steps, place) {
  const chain = chainOf();
  const p = chain.p[place];
  if (!now) {
    if (frame.kind === "answer") {
      const share = frame.guess[place];
      return say(share > 0.5 ? "why_answer_on" : "why_answer_off", { percent: percent(share), flips: flipsIn(steps) });
    }
    const first = steps[0];
    if (!first) return say("why_prior", { percent: percent(p) });
    const u = uniform(chain.seed, chain.sample, first.t, chain.channel, chain.origin[0] + pixel.place[0], chain.origin[1] + pixel.place[1]);
    const [left, right] = pairOf(u, p);
    return say(first.y ? "why_start_on" : "why_start_off", { percent: percent(p), u: left, p: right });
  }
  if (p === 0 || p === 1) return say("why_painted", { bit: bitWord(p === 1) });
  const [u, mean] = now.mean === null ? [] : pairOf(now.u, now.mean);
  const key = now.mean === null ? "why_last" : now.y === now.out ? "why_stays" : "why_flips";
  return say(key, {
    before: bitWord(now.y), after: bitWord(now.out), doubt: percent(now.eps), guess: percent(now.y0), u, mean,
    relation: now.out ? say("below") : say("not_below"),
  });
}

const flipsIn = (steps) => steps.filter(({ y, out }) => y !== out).length;

function numbersOf(now, chain, place) {
  const rows = [["p", "p", number(chain.p[place])]];
  if (!now) return rows;
  rows.push(["y", "yₜ", String(now.y)], ["eps", "ε̂", number(now.eps)], ["y0", "ŷ₀", number(now.y0)]);
  rows.push(["alpha-bar", "ᾱₜ", number(now.alphaBar)]);
  if (now.mean === null) return [...rows, ["out", say("out"), String(now.out)]];
  rows.push(["alpha", "αₜ", number(now.alpha)]);
  if (now.theta) rows.push(["theta-1", "θ₁", number(now.theta[0], 4)], ["theta-2", "θ₂", number(now.theta[1], 4)]);
  if (now.thetaIf) {
    const pair = (i) => now.thetaIf.map((values) => number(values[i], 3)).join(" | ");
    rows.push(["theta-1", `θ₁ ${say("if")}`, pair(0)], ["theta-2", `θ₂ ${say("if")}`, pair(1)]);
  }
  const [u, mean] = pairOf(now.u, now.mean);
  rows.push(["mean", "μ", mean], ["u", "u", u], ["out", say("out"), String(now.out)]);
  return rows;
}

// All steps at once: the mean as a bar, u as a tick (below the bar's top the bit is on), below it the bits.
function drawStrip(steps, at) {
  const svg = find(".pixel svg");
  const wide = 100 / Math.max(1, steps.length);
  const key = [state.run, pixel.lane, pixel.place, steps.length].join();
  if (svg.dataset.of !== key) {
    svg.dataset.of = key;
    svg.replaceChildren(boxOf("here", 0, 0, wide, 64), ...steps.flatMap((step, i) => stripOf(step, i * wide, wide)));
  }
  svg.firstChild.setAttribute("x", at < 0 ? -2 * wide : at * wide);
}

function stripOf(step, x, wide) {
  const mean = step.mean ?? step.y0;
  const flipped = step.y === step.out ? "" : step.out ? " to-on" : " to-off";
  const parts = [
    boxOf("well", x + 0.18 * wide, 2, 0.64 * wide, 40),
    boxOf(step.mean === null ? "bar last" : "bar", x + 0.18 * wide, 42 - 40 * mean, 0.64 * wide, 40 * mean),
    boxOf(`bit${step.out ? " is-on" : ""}${flipped}`, x + 0.24 * wide, 48, 0.52 * wide, 13),
  ];
  if (step.u === null) return parts;
  return [...parts, lineAt("tick", x + 0.06 * wide, 42 - 40 * step.u, x + 0.94 * wide, 42 - 40 * step.u)];
}

function boxOf(kind, x, y, width, height) {
  const box = document.createElementNS(SVG, "rect");
  box.setAttribute("class", kind);
  Object.entries({ x, y, width, height }).forEach(([name, value]) => box.setAttribute(name, value));
  return box;
}
