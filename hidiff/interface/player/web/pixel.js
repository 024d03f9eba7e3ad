// The pixel: everything that made one bit, step by step.

/**
 * @typedef {object} Spot
 * @property {[number, number] | null} place row and column in the grid of the lane's chain
 * @property {number} lane
 * @property {boolean} held
 * @property {boolean} chosen by somebody
 */
/** @typedef {ReturnType<typeof makePixel>} Pixel */

/** @param {{ dom: Dom, state: State, onPick: () => void }} parts onPick: another pixel is told of */
function makePixel({ dom, state, onPick }) {
  const { find, say, number, write } = dom;
  const panel = find(".pixel");
  /** @type {Spot} */
  const pixel = { place: null, lane: 0, held: false, chosen: false };

  const chainOf = () => state.lanes[pixel.lane]?.chain ?? null;
  const stepsOf = () => state.lanes[pixel.lane].frames.filter((frame) => frame.kind === "step");

  function forget() {
    Object.assign(pixel, { place: null, lane: 0, held: false, chosen: false });
    delete dom.root.dataset.pixel;
  }

  /**
   * The pixel of the lane's chain at a point of the image, or null outside of its window.
   * @param {Point} point
   * @returns {[number, number] | null}
   */
  function placeAt({ x, y }) {
    const chain = chainOf();
    if (!chain) return null;
    const [top, left, height, width] = chain.box;
    const row = Math.floor(((y - top) * chain.size[0]) / height);
    const column = Math.floor(((x - left) * chain.size[1]) / width);
    return row >= 0 && column >= 0 && row < chain.size[0] && column < chain.size[1] ? [row, column] : null;
  }

  /**
   * The middle of the pixel that is told of, in the image.
   * @returns {Point | null}
   */
  function middle() {
    const chain = chainOf();
    if (!chain || !pixel.place) return null;
    const [top, left, height, width] = chain.box;
    const [rows, columns] = chain.size;
    const [row, column] = pixel.place;
    return { x: left + ((column + 0.5) * width) / columns, y: top + ((row + 0.5) * height) / rows };
  }

  /**
   * @param {[number, number] | null} place
   * @param {boolean} held
   */
  function pick(place, held) {
    if (!place) return;
    pixel.place = place;
    pixel.held = held;
    pixel.chosen = true;
    if (held) dom.root.dataset.pixel = place.join(",");
    else delete dom.root.dataset.pixel;
    tell();
    onPick();
  }

  // Before anybody points: a pixel that shows what a step can do.
  function pickForThem() {
    const chain = chainOf();
    if (pixel.chosen || !chain || !stepsOf().length) return;
    const best = tellingPixel(stepsOf());
    const width = chain.size[1];
    pixel.place = [Math.floor(best / width), best % width];
  }

  /**
   * @param {number} rows
   * @param {number} columns
   */
  function move(rows, columns) {
    const chain = chainOf();
    if (!chain) return;
    const from = pixel.place ?? [chain.size[0] >> 1, chain.size[1] >> 1];
    /**
     * @param {number} value
     * @param {number} most
     */
    const within = (value, most) => Math.min(Math.max(value, 0), most - 1);
    pick([within(from[0] + rows, chain.size[0]), within(from[1] + columns, chain.size[1])], true);
  }

  function tell() {
    const chain = chainOf();
    if (!chain || !pixel.place) {
      panel.toggleAttribute("data-empty", true);
      return;
    }
    panel.removeAttribute("data-empty");
    const [row, column] = pixel.place;
    const place = row * chain.size[1] + column;
    const steps = stepsOf().map((frame) => story(frame, chain, place));
    const frame = state.shown(pixel.lane);
    const at = frame.kind === "step" ? steps.findIndex(({ t }) => t === frame.t) : -1;
    const now = at < 0 ? undefined : steps[at];
    write(find(".pixel .where"), whereOf(row, column));
    write(find(".pixel .why"), now ? whyStep(now, chain.p[place]) : whyNoStep(frame, chain, steps, place));
    const numbers = numbersOf(now, chain.p[place]);
    if (frame.kind === "answer") numbers.push(["answer", say("answer"), number(frame.guess[place])]);
    dom.writeFacts(find(".pixel .numbers"), numbers);
    drawStrip(steps, at);
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  function whereOf(row, column) {
    const title = state.lanes.length > 1 && state.lanes[pixel.lane].value?.title;
    return say("where", { row, column }) + (title ? ` · ${title}` : "") + (pixel.held ? ` · ${say("held")}` : "");
  }

  /** @param {number | boolean} bit */
  const bitWord = (bit) => say(bit ? "bit_on" : "bit_off");

  /** @param {Story[]} steps */
  const flipsIn = (steps) => steps.filter(({ y, out }) => y !== out).length;

  /**
   * Digits enough that a comparison of the two can be seen.
   * @param {number} a
   * @param {number} b
   * @returns {[string, string]}
   */
  function pairOf(a, b) {
    let count = 3;
    while (count < 7 && a.toFixed(count) === b.toFixed(count)) count++;
    return [number(a, count), number(b, count)];
  }

  /**
   * One plain sentence: why the bit is as it is, before the first step and after the last.
   * @param {ShownFrame} frame
   * @param {ChainMaps} chain
   * @param {Story[]} steps
   * @param {number} place
   */
  function whyNoStep(frame, chain, steps, place) {
    if (frame.kind === "answer") {
      const share = frame.guess[place];
      return say(share > 0.5 ? "why_answer_on" : "why_answer_off", { percent: percent(share), flips: flipsIn(steps) });
    }
    const p = chain.p[place];
    const first = steps[0];
    if (!first || frame.kind === "prior") return say("why_prior", { percent: percent(p) });
    const [row, column] = [Math.floor(place / chain.size[1]), place % chain.size[1]];
    const { seed, sample, channel, origin } = chain;
    const [u, shown] = pairOf(uniform(seed, sample, first.t, channel, origin[0] + row, origin[1] + column), p);
    return say(first.y ? "why_start_on" : "why_start_off", { percent: percent(p), u, p: shown });
  }

  /**
   * The same at a step.
   * @param {Story} now
   * @param {number} p
   */
  function whyStep(now, p) {
    if (p === 0 || p === 1) return say("why_painted", { bit: bitWord(p === 1) });
    const [u, mean] = now.mean === null || now.u === null ? [] : pairOf(now.u, now.mean);
    const key = now.mean === null ? "why_last" : now.y === now.out ? "why_stays" : "why_flips";
    return say(key, {
      before: bitWord(now.y), after: bitWord(now.out), doubt: percent(now.eps), guess: percent(now.y0), u, mean,
      relation: now.out ? say("below") : say("not_below"),
    });
  }

  /**
   * @param {Story | undefined} now
   * @param {number} p
   * @returns {Fact[]}
   */
  function numbersOf(now, p) {
    /** @type {Fact[]} */
    const rows = [["p", "p", number(p)]];
    if (!now) return rows;
    rows.push(["y", "yₜ", String(now.y)], ["eps", "ε̂", number(now.eps)], ["y0", "ŷ₀", number(now.y0)]);
    rows.push(["alpha-bar", "ᾱₜ", number(now.alphaBar)]);
    if (now.mean === null || now.u === null) return [...rows, ["out", say("out"), String(now.out)]];
    rows.push(["alpha", "αₜ", number(now.alpha)], ...thetasOf(now));
    const [u, mean] = pairOf(now.u, now.mean);
    rows.push(["mean", "μ", mean], ["u", "u", u], ["out", say("out"), String(now.out)]);
    return rows;
  }

  const GIVEN = ["p", "y", "eps"]; // what a step is given of a pixel

  /**
   * What a step makes of a pixel's numbers.
   * @param {Story} now
   */
  const factsOf = (now) => numbersOf(now, now.p).filter(([name]) => !GIVEN.includes(name));

  /**
   * @param {Story} now
   * @returns {Fact[]}
   */
  function thetasOf({ theta: thetas, thetaIf }) {
    if (thetas) return [["theta-1", "θ₁", number(thetas[0], 4)], ["theta-2", "θ₂", number(thetas[1], 4)]];
    if (!thetaIf) return [];
    /** @param {0 | 1} i */
    const pair = (i) => thetaIf.map((values) => number(values[i], 3)).join(" | ");
    return [["theta-1", `θ₁ ${say("if")}`, pair(0)], ["theta-2", `θ₂ ${say("if")}`, pair(1)]];
  }

  /**
   * All steps at once: the mean as a bar, u as a tick (below the bar's top the bit is on), below it the bits.
   * @param {Story[]} steps
   * @param {number} at
   */
  function drawStrip(steps, at) {
    const svg = find(".pixel svg");
    const wide = 100 / Math.max(1, steps.length);
    const key = [state.run, pixel.lane, pixel.place, steps.length].join();
    if (svg.dataset.of !== key) {
      svg.dataset.of = key;
      dom.writeAxis(find(".strip .axis"), steps.map((_, i) => String(i + 1)));
      svg.replaceChildren(boxOf("here", 0, 0, wide, 64), ...steps.flatMap((step, i) => stripOf(step, i * wide, wide)));
    }
    dom.partOf(svg, ".here").setAttribute("x", String(at < 0 ? -2 * wide : at * wide));
  }

  /**
   * @param {Story} step
   * @param {number} x
   * @param {number} wide
   */
  function stripOf(step, x, wide) {
    const mean = step.mean ?? step.y0;
    const flipped = step.y === step.out ? "" : step.out ? " to-on" : " to-off";
    const parts = [
      boxOf("well", x + 0.18 * wide, 2, 0.64 * wide, 40),
      boxOf(step.mean === null ? "bar last" : "bar", x + 0.18 * wide, 42 - 40 * mean, 0.64 * wide, 40 * mean),
      boxOf(`bit${step.out ? " is-on" : ""}${flipped}`, x + 0.24 * wide, 48, 0.52 * wide, 13),
    ];
    if (step.u === null) return parts;
    const y = 42 - 40 * step.u;
    return [...parts, dom.drawn("line", "tick", { x1: x + 0.06 * wide, y1: y, x2: x + 0.94 * wide, y2: y })];
  }

  /**
   * @param {string} kind
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  const boxOf = (kind, x, y, width, height) => dom.drawn("rect", kind, { x, y, width, height });

  return Object.assign(pixel, { chainOf, factsOf, forget, placeAt, middle, pick, pickForThem, move, tell });
}
