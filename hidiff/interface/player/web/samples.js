// All chains' answers at once; a click on one asks the page for its frames.

/**
 * onSelect: the page is asked for a chain's frames.
 * @param {{ dom: Dom, state: State, overlay: Overlay, timeline: Timeline, onSelect: (sample: number) => void }} parts
 */
function makeSamples({ dom, state, overlay, timeline, onSelect }) {
  const { find, words, say } = dom;

  function show() {
    const box = find(".samples");
    const lane = state.lanes[0];
    const many = lane?.samples;
    box.hidden = !many;
    if (!many) {
      state.sample = null;
      return;
    }
    if (box.dataset.run === state.run) return;
    box.dataset.run = state.run ?? "";
    const answers = many.masks.map((_, i) => answerTile(many, i, lane.chain?.sample === i));
    find(".samples .sheet").replaceChildren(mapTile(many, "mean"), mapTile(many, "disagreement"), ...answers);
    find(".samples .spread").textContent = spreadOf(many);
  }

  /**
   * @param {ShownSamples} many
   * @param {SampleMap} name
   */
  function mapTile(many, name) {
    const tile = tileOf(many, overlay.samplesOverlay(name, many), words[`samples_${name}`], "");
    tile.dataset.map = name;
    tile.setAttribute("aria-pressed", "false");
    return tile;
  }

  /**
   * @param {ShownSamples} many
   * @param {number} i
   * @param {boolean} current whether its frames are those that are shown
   */
  function answerTile(many, i, current) {
    const best = i === many.representative;
    const facts = [`${dom.number(many.areas[i], 2)} %`];
    if (many.dice) facts.push(`Dice ${dom.number(many.dice[i])}`);
    const name = say("sample", { number: i + 1 }) + (best ? ` ★` : "");
    const tile = tileOf(many, overlay.blackAndWhite(many.masks[i]), name, facts.join(" · "));
    tile.dataset.sample = String(i);
    tile.title = best ? words.representative : "";
    if (current) tile.setAttribute("aria-current", "true");
    return tile;
  }

  /** @param {ShownSamples} many */
  function spreadOf(many) {
    /**
     * @param {number[]} values
     * @param {number} places
     */
    const span = (values, places) =>
      [Math.min(...values), Math.max(...values)].map((value) => dom.number(value, places)).join(" – ");
    const lines = [say("samples_area", { span: span(many.areas, 2) })];
    if (many.dice) lines.push(say("samples_dice", { span: span(many.dice, 3) }));
    return [...lines, say("samples_star")].join(" ");
  }

  /**
   * @param {{ width: number, height: number }} size
   * @param {Fill} fill
   * @param {string} name
   * @param {string} facts
   */
  function tileOf({ width, height }, fill, name, facts) {
    const scale = Math.min(1, 160 / Math.max(width, height));
    const [across, down] = [width, height].map((side) => String(Math.max(1, Math.round(side * scale))));
    const canvas = dom.make("canvas", { width: across, height: down });
    const paper = dom.paperOf(canvas);
    paper.imageSmoothingQuality = "medium";
    paper.drawImage(overlay.painted(width, height, fill), 0, 0, canvas.width, canvas.height);
    return dom.make("button", { type: "button" }, canvas, dom.make("span", {}, name), dom.make("small", {}, facts));
  }

  /**
   * The mean or the disagreement laid on the answer, or taken off again.
   * @param {SampleMap} name
   */
  function chooseMap(name) {
    state.sample = state.sample === name ? null : name;
    for (const tile of dom.all("[data-map]")) {
      tile.setAttribute("aria-pressed", String(tile.dataset.map === state.sample));
    }
    timeline.take(state.clock.length - 1);
  }

  /** The same in another language. */
  function retell() {
    delete find(".samples").dataset.run;
    show();
  }

  return { show, retell, chooseMap, choose: onSelect };
}
