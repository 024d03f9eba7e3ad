// The transport: which moment is shown, and what is written of it.

/** @typedef {ReturnType<typeof makeTimeline>} Timeline */

/**
 * onShow: another moment is shown, or the same one anew; the pictures are to follow.
 * @param {{ dom: Dom, state: State, overlay: Overlay, cells: Cell[], film: Film, curves: Curves,
 *   onShow: () => void }} parts
 */
function makeTimeline({ dom, state, overlay, cells, film, curves, onShow }) {
  const PACE = 700; // milliseconds a frame while playing, at speed 1
  const { root, find, all, slider, write, many } = dom;

  /** @param {number} index */
  function show(index, quietly = false) {
    if (!state.frameOf(0, index)) return;
    state.at = index;
    const frame = state.shown(0);
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", frame.label);
    root.dataset.at = String(index);
    find(".sentence").setAttribute("aria-live", state.timer || quietly ? "off" : "polite");
    state.lanes.forEach(writeLane);
    write(find("[data-count=on]"), many(frame.on));
    write(find("[data-count=off]"), many(frame.off));
    if (state.base === "difference" && state.lanes.length > 1) countDifference();
    film.mark(index);
    curves.moveCursors();
    onShow();
  }

  /**
   * @param {Lane} lane
   * @param {number} i
   */
  function writeLane(lane, i) {
    const shown = state.shown(i);
    const title = lane.value?.title ?? "";
    write(dom.partOf(cells[i].cell, ".label"), shown.label);
    write(dom.partOf(cells[i].cell, ".title"), title);
    cells[i].canvas.setAttribute("aria-label", shown.alt);
    const named = state.lanes.length > 1 && title ? `${title}: ` : "";
    write(all(".sentence")[i], named + shown.sentence);
    dom.writeFacts(all(".facts")[i], shown.facts);
  }

  function countDifference() {
    const { width, height } = state.shown(0);
    const { fill, only } = overlay.differenceOf(0);
    overlay.painted(width, height, fill);
    only.forEach((count, i) => (find(`[data-count=only-${i}]`).textContent = many(count)));
  }

  /** @param {number} index */
  function take(index) {
    state.follow = false;
    show(Math.max(0, Math.min(state.clock.length - 1, index)));
  }

  /** @param {boolean} going */
  function play(going) {
    clearInterval(state.timer);
    state.timer = 0;
    root.toggleAttribute("data-playing", going);
    const button = find(".play");
    const word = (going ? button.dataset.pause : button.dataset.play) ?? "";
    button.setAttribute("aria-label", word);
    button.title = word;
    if (!going) return;
    if (state.at >= state.clock.length - 1) take(0);
    state.timer = setInterval(() => {
      if (state.at < state.clock.length - 1) take(state.at + 1);
      else if (state.loop) take(0);
      else if (!state.value?.live) play(false);
    }, PACE / state.pace);
  }

  /**
   * What lies on the photograph, from now on.
   * @param {Base} base
   */
  function choose(base) {
    state.base = base;
    state.sample = null;
    root.dataset.base = base;
    for (const other of all("[data-base]")) other.setAttribute("aria-pressed", String(other.dataset.base === base));
    if (!state.clock.length) return;
    show(state.at, true);
    film.draw();
  }

  return { show, take, play, choose };
}
