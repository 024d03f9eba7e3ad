// The transport: which moment is shown, what is written of it, and how it plays by itself.

/** @typedef {ReturnType<typeof makeTimeline>} Timeline */

/**
 * onShow: another moment is shown, or the same one anew; the pictures are to follow. onPanes: how many there are of them
 * has changed.
 * @param {{ dom: Dom, state: State, overlay: Overlay, cells: Cell[], film: Film, curves: Curves,
 *   headline: Headline, onShow: () => void, onPanes: () => void }} parts
 */
function makeTimeline({ dom, state, overlay, cells, film, curves, headline, onShow, onPanes }) {
  const PACE = 550; // milliseconds a frame while playing, at speed 1
  const HELD = { prior: 2.4, toss: 1.6, step: 1, answer: 6 }; // paces; the first and the last are what is compared
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
    writePanes();
    writeKey();
    headline.show();
    write(find("[data-count=on]"), many(frame.on));
    write(find("[data-count=off]"), many(frame.off));
    if (state.base === "difference" && state.lanes.length > 1) countDifference();
    if (state.base === "errors") countErrors();
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
    const named = state.lanes.length > 1 && title ? `${title}: ` : "";
    write(all(".sentence")[i], named + shown.sentence);
    dom.writeFacts(all(".facts")[i], shown.facts);
  }

  // A lane's own pictures say when they are; what lies beside the photograph says what it is.
  function writePanes() {
    state.panes().forEach(({ lane, base }, i) => {
      const { label, alt } = state.shown(lane);
      const beside = i !== lane;
      const what = dom.words[`pane_${base}`] ?? "";
      write(dom.partOf(cells[i].cell, ".label"), beside ? what : label);
      write(dom.partOf(cells[i].cell, ".title"), state.lanes[lane].value?.title ?? "");
      cells[i].canvas.setAttribute("aria-label", beside ? `${what}: ${label}` : alt);
    });
  }

  // What blue and orange mean stands on the picture while there is any of them.
  function writeKey() {
    const flips = state.layers.flips && state.panes().some(({ base }) => base === "image" || base === "bits");
    const any = state.lanes.some((_, lane) => state.shown(lane).on + state.shown(lane).off > 0);
    find(".flipped").hidden = !(flips && any);
  }

  function countDifference() {
    const { width, height } = state.shown(0);
    const { fill, only } = overlay.differenceOf(0);
    overlay.painted(width, height, fill);
    only.forEach((count, i) => (find(`[data-count=only-${i}]`).textContent = many(count)));
  }

  function countErrors() {
    const counts = overlay.errorsIn(0)?.counts ?? [];
    ["right", "missed", "false"].forEach((name, i) => write(find(`[data-count=${name}]`), many(counts[i] ?? 0)));
  }

  /** @param {number} index */
  function take(index) {
    state.follow = false;
    show(Math.max(0, Math.min(state.clock.length - 1, index)));
  }

  /** @param {boolean} going */
  function play(going) {
    clearTimeout(state.timer);
    state.timer = 0;
    if (!going) state.auto = "no";
    root.toggleAttribute("data-playing", going);
    namePlay();
    root.dataset.auto = state.auto;
    if (!going) return;
    if (atEnd()) take(0);
    wait();
  }

  function namePlay() {
    const button = find(".play");
    const word = (root.hasAttribute("data-playing") ? button.dataset.pause : button.dataset.play) ?? "";
    button.setAttribute("aria-label", word);
    button.title = word;
  }

  const atEnd = () => state.at >= state.clock.length - 1;
  const loops = () => state.loop || state.auto === "loop";

  // The next moment follows when the present one has been seen long enough.
  function wait() {
    const kind = state.frameOf(0)?.kind ?? "step";
    state.timer = window.setTimeout(() => {
      if (!atEnd()) take(state.at + 1);
      else if (loops()) take(0);
      if (atEnd() && !loops() && !state.value?.live) play(false);
      else wait();
    }, (PACE * HELD[kind]) / state.pace);
  }

  /**
   * A run that is whole plays by itself, from its beginning; a visitor who wants no motion sees its end.
   * @param {Play} how
   */
  function playByItself(how) {
    if (how === "no" || dom.calm()) return;
    state.auto = how;
    take(0);
    play(true);
  }

  // A touch of the picture stops what plays by itself.
  function touched() {
    if (state.auto !== "no") play(false);
  }

  /**
   * What lies on the photograph, from now on.
   * @param {Base} base
   */
  function choose(base) {
    const panes = state.panes().length;
    state.base = base;
    state.sample = null;
    root.dataset.base = base;
    for (const other of all("[data-base]")) other.setAttribute("aria-pressed", String(other.dataset.base === base));
    if (!state.clock.length) return;
    if (state.panes().length !== panes) onPanes();
    show(state.at, true);
    film.draw();
  }

  return { show, take, play, namePlay, playByItself, touched, choose };
}
