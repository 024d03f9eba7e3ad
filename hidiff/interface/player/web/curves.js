// The curves: numbers of all frames over the clock, and those of the present.

/** @typedef {(frame: ShownFrame) => number | null} ValueAt a curve's value at a frame */
/** @typedef {{ lane: number, line: number, points: { at: number, value: number }[] }} Line */
/** @typedef {ReturnType<typeof makeCurves>} Curves */

/** @param {{ dom: Dom, state: State }} parts */
function makeCurves({ dom, state }) {
  /** @typedef {"flips" | "area" | "entropy" | "alpha_bar" | "dice"} Curve */
  /** @type {[Curve, ValueAt[]][]} */
  const CURVES = [
    [
      "flips",
      [(frame) => (frame.kind === "step" ? frame.on : null), (frame) => (frame.kind === "step" ? frame.off : null)],
    ],
    ["area", [(frame) => frame.numbers.area, (frame) => frame.numbers.guess_area]],
    ["entropy", [entropyAt]],
    ["alpha_bar", [alphaBarAt]],
    ["dice", [(frame) => frame.numbers.dice, (frame) => frame.numbers.guess_dice]],
  ];
  /** @type {Record<Curve, number>} */
  const DIGITS = { flips: 0, area: 2, entropy: 3, alpha_bar: 3, dice: 3 };
  /** @type {WeakMap<ShownFrame, number>} */
  const entropies = new WeakMap();

  // The prior's and the answer's maps have an entropy too, but of a whole image it is no point of a window's curve.
  /** @type {ValueAt} */
  function entropyAt(frame) {
    if (frame.kind === "step") return frame.numbers.entropy;
    const box = state.lanes[0]?.chain?.box;
    if (!box || box.join() !== frame.box.join()) return null;
    const known = entropies.get(frame) ?? entropyOf(frame.guess);
    entropies.set(frame, known);
    return known;
  }

  // The answer is the clean mask itself.
  /** @type {ValueAt} */
  function alphaBarAt(frame) {
    return frame.kind === "step" ? frame.numbers.alpha_bar : frame.kind === "answer" ? 1 : null;
  }

  /** @param {number} at */
  const across = (at) => (100 * (at + 0.5)) / state.total();
  /** @param {Curve} name */
  const figureOf = (name) => dom.find(`[data-curve=${name}]`);

  /**
   * Every lane's lines of a curve, each with the moments at which the lane has a frame of its own.
   * @param {ValueAt[]} lines
   * @returns {Line[]}
   */
  function linesOf(lines) {
    return state.lanes.flatMap((_, lane) =>
      lines.map((of, line) => ({
        lane,
        line,
        points: state.clock.flatMap(({ own }, at) => {
          const value = own[lane] ? of(state.shown(lane, at)) : null;
          return value === null ? [] : [{ at, value }];
        }),
      })),
    );
  }

  /**
   * The least and the most of the axis. A span has a least, so that a small change looks small.
   * @param {Curve} name
   * @param {number[]} values
   */
  function spanOf(name, values) {
    const most = Math.max(...values);
    if (name === "flips") return { low: 0, high: Math.max(most, 1) };
    if (name === "entropy") return { low: 0, high: Math.max(most, 0.1) };
    if (name === "alpha_bar") return { low: 0, high: 1 };
    return name === "dice" ? axisOf(values, 0.2, 0, 1) : axisOf(values, Math.max(1, most / 4), 0, 100);
  }

  // Under every moment of the first lane's own the number of its step.
  function labelsOf() {
    let steps = 0;
    return Array.from({ length: state.total() }, (_, at) => {
      const kind = state.clock[at]?.own[0] ? state.shown(0, at).kind : null;
      if (kind === "step") return String(++steps);
      return kind === "prior" || kind === "answer" ? dom.say(`axis_${kind}`) : "";
    });
  }

  function draw() {
    const labels = labelsOf();
    for (const [name, lines] of CURVES) {
      const figure = figureOf(name);
      const found = linesOf(lines);
      const values = found.flatMap(({ points }) => points.map(({ value }) => value));
      figure.hidden = !values.length;
      if (!values.length) continue;
      dom.writeAxis(dom.partOf(figure, ".axis"), labels);
      const { low, high } = spanOf(name, values);
      const spread = (high - low) * 1.08 || 1;
      drawLines(figure, name, found, (value) => 38 - (36 * (value - low)) / spread);
      dom.partOf(figure, ".least").textContent = dom.number(low, DIGITS[name] && 2);
      dom.partOf(figure, ".most").textContent = name === "flips" ? dom.many(high) : dom.number(high, DIGITS[name] && 2);
    }
  }

  /**
   * @param {HTMLElement} figure
   * @param {Curve} name
   * @param {Line[]} lines
   * @param {(value: number) => number} y
   */
  function drawLines(figure, name, lines, y) {
    const parts = lines.map(({ lane, line, points }) => {
      const d = points.map(({ at, value }, i) => `${i ? "L" : "M"}${across(at)} ${y(value)}`).join("");
      return dom.drawn("path", `line-${line} lane-${lane}`, { d });
    });
    const first = state.frameOf(0, 0);
    const prior = name === "dice" && first?.kind === "prior" ? first.numbers.dice : null;
    if (prior !== null) parts.push(dom.drawn("line", "prior", { x1: 0, y1: y(prior), x2: 100, y2: y(prior) }));
    const x = across(state.at);
    parts.push(dom.drawn("line", "cursor", { x1: x, y1: 0, x2: x, y2: 40 }));
    dom.partOf(figure, "svg").replaceChildren(...parts);
  }

  // Moves the line of the present and writes the values there.
  function moveCursors() {
    const x = String(across(state.at));
    const frame = state.shown(0);
    for (const [name, lines] of CURVES) {
      const figure = figureOf(name);
      const cursor = figure.querySelector(".cursor");
      cursor?.setAttribute("x1", x);
      cursor?.setAttribute("x2", x);
      const told = figure.querySelectorAll("b");
      lines.forEach((of, i) => {
        const value = of(frame);
        dom.write(told[i], value === null ? "" : name === "flips" ? dom.many(value) : dom.number(value, DIGITS[name]));
      });
    }
  }

  /**
   * The moment under a pointer on a curve.
   * @param {HTMLElement} figure
   * @param {PointerEvent} event
   */
  function momentAt(figure, event) {
    const { left, width } = dom.partOf(figure, "svg").getBoundingClientRect();
    return Math.floor(((event.clientX - left) / width) * state.total());
  }

  return { draw, moveCursors, momentAt };
}
