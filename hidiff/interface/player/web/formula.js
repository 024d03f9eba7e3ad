// The formula beside the pixel: its symbols, its numbers, its proof. A symbol that is pointed at shows its map.

/** @typedef {ReturnType<typeof makeFormula>} Formula */

/** @param {{ dom: Dom, state: State, timeline: Timeline, pixel: Pixel }} parts */
function makeFormula({ dom, state, timeline, pixel }) {
  const SOURCE = "hidiff/diffusion/bernoulli.py";
  const { root, find, say } = dom;
  const list = find(".formula-lines");
  let written = ""; // what the lines were last written for
  /** @type {Base | null} */
  let own = null; // the base that a symbol's map stands in for

  const depth = () => /** @type {HTMLInputElement} */ (find(".depths input:checked")).value;

  /** Fills the lines in for the pixel that is told of, at the moment that is shown. */
  function tell() {
    const [chain, frame] = [pixel.chainOf(), state.frameOf(pixel.lane)];
    if (!chain || !pixel.place || !frame) return;
    const now = frame.kind === "step" ? story(frame, chain, pixel.place[0] * chain.size[1] + pixel.place[1]) : null;
    const counts = depth() === "count";
    const told = counts ? [state.run, pixel.lane, state.at, pixel.place] : [depth(), chain.sampler];
    const key = [hidiffTexts.lang, ...told].join();
    if (key === written) return;
    written = key;
    if (!counts) {
      list.replaceChildren(...formulaLines(chain.sampler, depth() === "derive").map((name) => lineOf(name, {})));
      return;
    }
    if (!now) {
      list.replaceChildren(sentenceOf(say("line_no_step")));
      return;
    }
    const numbers = lineNumbers(now, (value) => dom.number(value));
    const names = now.mean === null ? formulaLines(chain.sampler, false).slice(0, 1) : formulaLines(chain.sampler, false);
    list.replaceChildren(...names.map((name) => lineOf(name, numbers)));
    if (now.mean === null) list.append(sentenceOf(say("line_last")));
  }

  /** @param {string} said */
  function sentenceOf(said) {
    return dom.make("li", {}, said);
  }

  /**
   * @param {LineName} name
   * @param {Record<string, string>} numbers none: the symbols stay
   */
  function lineOf(name, numbers) {
    const item = sentenceOf("");
    const counted = Object.keys(numbers).length > 0;
    const said = counted ? say(`counted_${name}`, numbers) : say(`line_${name}`);
    const label = counted ? said : say(`spoken_${name}`);
    item.innerHTML = `<math display="block" role="math">${mathOf(name, numbers)}</math>`;
    dom.partOf(item, "math").setAttribute("aria-label", label);
    item.append(dom.make("p", {}, said));
    if (depth() === "derive") item.append(dom.make("code", {}, `${SOURCE}: ${FORMULA_LINES[name].fn}`));
    return item;
  }

  // --- a symbol and its map

  /**
   * @param {EventTarget | null} target
   * @returns {SymbolName | null}
   */
  function symbolAt(target) {
    if (!(target instanceof Element) || target.closest(".bases")) return null; // those are pressed
    const marked = target.closest("[data-sym]")?.getAttribute("data-sym");
    const fact = target.closest(".pixel .numbers .term")?.closest("[data-fact]")?.getAttribute("data-fact");
    return /** @type {SymbolName | null} */ (marked ?? SYMBOL_FACTS[fact ?? ""] ?? null);
  }

  /** @param {SymbolName} symbol */
  function preview(symbol) {
    if (!state.clock.length || root.dataset.asking !== undefined) return;
    for (const part of dom.all("[data-sym]")) part.toggleAttribute("data-lit", part.dataset.sym === symbol);
    const base = SYMBOL_BASES[symbol];
    const single = state.lanes.length === 1 && (own ?? state.base) === "image"; // a second picture would move the symbol away
    if (state.base === base || single) return;
    own ??= state.base;
    timeline.choose(base);
  }

  function leave() {
    for (const part of dom.all("[data-sym][data-lit]")) part.removeAttribute("data-lit");
    if (own === null) return;
    const back = own;
    own = null;
    timeline.choose(back);
  }

  /** @param {SymbolName} symbol */
  function keep(symbol) {
    if (!state.clock.length || root.dataset.asking !== undefined) return;
    own = null;
    state.chosen = true;
    timeline.choose(SYMBOL_BASES[symbol]);
  }

  for (const [enter, away] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    root.addEventListener(enter, (event) => {
      const symbol = symbolAt(event.target);
      if (symbol) preview(symbol);
    });
    root.addEventListener(away, (event) => {
      const to = symbolAt(/** @type {PointerEvent | FocusEvent} */ (event).relatedTarget);
      if (symbolAt(event.target) && !to) leave();
    });
  }
  find(".symbols").addEventListener("click", (event) => {
    const symbol = symbolAt(event.target);
    if (symbol) keep(symbol);
  });
  find(".depths").addEventListener("change", tell);
  for (const button of dom.all(".symbols [data-sym]")) {
    const fact = Object.entries(SYMBOL_FACTS).find(([, symbol]) => symbol === button.dataset.sym)?.[0];
    button.dataset.hint = dom.words[`hint.${fact}`];
  }
  return { tell };
}
