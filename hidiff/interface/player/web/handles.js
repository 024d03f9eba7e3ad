// Handles on one pixel: other numbers than the trace's, and what a step would make of them. The same functions, the same coin.

/** @typedef {ReturnType<typeof makeHandles>} Handles */

/** @param {{ dom: Dom, state: State, pixel: Pixel }} parts */
function makeHandles({ dom, state, pixel }) {
  const FINE = 1000; // places of a share's handle
  const { find, say, number } = dom;
  const panel = find(".handles");
  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (dom.partOf(panel, `[data-handle=${name}]`));
  const [time, prior, bit, doubt] = ["t", "p", "y", "eps"].map(field);
  let of = ""; // what the handles stand on

  const stepsOf = () => state.lanes[pixel.lane]?.frames.filter((frame) => frame.kind === "step") ?? [];

  /** @returns {{ chain: ChainMaps, place: number, steps: ShownStep[] } | null} */
  function here() {
    const [chain, steps] = [pixel.chainOf(), stepsOf()];
    if (!chain || !pixel.place || !steps.length) return null;
    return { chain, steps, place: pixel.place[0] * chain.size[1] + pixel.place[1] };
  }

  /** Puts the handles where the trace has them, at the step that is shown, or at the first. */
  function back() {
    const there = here();
    if (!there) return;
    const { chain, place, steps } = there;
    const shown = state.shown(pixel.lane);
    const at = Math.max(0, steps.findIndex(({ t }) => shown.kind === "step" && t === shown.t));
    time.max = String(steps.length - 1);
    time.value = String(at);
    prior.value = String(Math.round(FINE * chain.p[place]));
    bit.checked = steps[at].before[place] === 1;
    doubt.value = String(Math.round(FINE * steps[at].eps[place]));
    delete panel.dataset.own;
    write();
  }

  // The trace's own numbers are not those that a handle can be put to: untouched, a handle stands for them.
  /**
   * @param {number} trace
   * @param {HTMLInputElement} handle
   */
  const valueOf = (trace, handle) => (Number(handle.value) === Math.round(FINE * trace) ? trace : Number(handle.value) / FINE);

  function write() {
    const there = here();
    if (!there) return;
    const { chain, place, steps } = there;
    const frame = steps[Number(time.value)];
    const given = { p: valueOf(chain.p[place], prior), y: Number(bit.checked), eps: valueOf(frame.eps[place], doubt) };
    const told = storyWith(frame, chain, place, given);
    const values = { t: String(frame.t), p: number(given.p), y: String(given.y), eps: number(given.eps) };
    for (const [name, value] of Object.entries(values)) {
      field(name).setAttribute("aria-valuetext", value);
      dom.write(dom.partOf(panel, `[data-told=${name}]`), value);
    }
    const after = say(told.out ? "bit_on" : "bit_off");
    dom.write(dom.partOf(panel, ".handled"), say(panel.dataset.own === undefined ? "handled_same" : "handled", { after }));
    dom.writeFacts(dom.partOf(panel, "dl"), [...pixel.factsOf(told), ...otherMeans(told, chain.sampler)]);
    drawBar(told);
  }

  /**
   * What the other rules make of the same numbers.
   * @param {Story} told
   * @param {string} own
   * @returns {Fact[]}
   */
  function otherMeans({ y, y0, p, alphaBar, alphaBarS, mean }, own) {
    if (mean === null) return [];
    return Object.keys(SAMPLERS).filter((rule) => rule !== own).map((rule) => [
      `mean-${rule}`, say("other_mean", { rule: say(`rule_${rule}`) }), number(reverseMean(y, y0, p, alphaBar, alphaBarS, rule)),
    ]);
  }

  /**
   * The mean as a bar, the coin as a tick on it.
   * @param {Story} told
   */
  function drawBar({ mean, y0, u }) {
    const svg = dom.partOf(panel, "svg");
    const wide = 100 * (mean ?? y0);
    const parts = [
      dom.drawn("rect", "well", { x: 0, y: 2, width: 100, height: 10 }),
      dom.drawn("rect", mean === null ? "bar last" : "bar", { x: 0, y: 2, width: wide, height: 10 }),
    ];
    if (u !== null) parts.push(dom.drawn("line", "tick", { x1: 100 * u, x2: 100 * u, y1: 0, y2: 14 }));
    svg.replaceChildren(...parts);
  }

  /** Another pixel, moment or run is shown: the handles go back to the trace. */
  function follow() {
    const place = [state.run, pixel.lane, pixel.place, state.at].join();
    if (place === of) return;
    of = place;
    back();
  }

  function moved() {
    panel.dataset.own = "";
    write();
  }

  /** Another time has its own doubt and bit, as long as no hand has chosen any. */
  function movedTime() {
    const [there, own] = [here(), panel.dataset.own !== undefined];
    if (there && !own) {
      const frame = there.steps[Number(time.value)];
      bit.checked = frame.before[there.place] === 1;
      doubt.value = String(Math.round(FINE * frame.eps[there.place]));
    }
    write();
  }

  /** Unfolds the handles and brings them into view. */
  function open() {
    dom.root.toggleAttribute("data-unfolded", true);
    find(".unfold").setAttribute("aria-expanded", "true");
    /** @type {HTMLDetailsElement} */ (panel).open = true;
    panel.scrollIntoView({ block: "nearest", behavior: dom.calm() ? "auto" : "smooth" });
    prior.focus({ preventScroll: true });
  }

  for (const handle of [prior, bit, doubt]) handle.addEventListener("input", moved);
  time.addEventListener("input", movedTime);
  dom.partOf(panel, "button.back").addEventListener("click", back);
  return { follow, open };
}
