// The keyboard: the clock on the slider and the filmstrip, and on the stage also the pixel, the view and the brush.

/**
 * @param {{ dom: Dom, state: State, view: View, film: Film, timeline: Timeline, pixel: Pixel, brush: Brush,
 *   hands: Hands }} parts
 */
function makeKeys({ dom, state, view, film, timeline, pixel, brush, hands }) {
  /** @type {Record<string, [number, number]>} */
  const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  /** @type {Record<string, () => void>} */
  const ON_STAGE = {
    Enter: hands.dab,
    Escape: hands.letGo,
    "+": () => view.zoom(1.5),
    "=": () => view.zoom(1.5),
    "-": () => view.zoom(1 / 1.5),
    0: view.unzoom,
  };

  /**
   * Whether the key meant something on the stage alone.
   * @param {KeyboardEvent} event
   */
  function pressedOnStage({ key, shiftKey, ctrlKey, metaKey }) {
    if (shiftKey && Object.hasOwn(ARROWS, key)) {
      const [rows, columns] = ARROWS[key];
      const by = ctrlKey ? 8 : 1;
      pixel.move(by * rows, by * columns);
    } else if (Object.hasOwn(ON_STAGE, key)) ON_STAGE[key]();
    else if (brush.paintable && (ctrlKey || metaKey) && key.toLowerCase() === "z") {
      if (shiftKey) brush.redo();
      else brush.undo();
    } else return false;
    return true;
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const target = /** @type {Element} */ (event.target);
    const [onStage, onSlider, inFilm] = [target === dom.stage, target === dom.slider, target.closest(".film") !== null];
    if (!state.clock.length || !(onStage || onSlider || inFilm)) return;
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: state.at - 1, ArrowRight: state.at + 1, Home: 0, End: state.clock.length - 1 };
    if (onStage && pressedOnStage(event)) {
      // Done.
    } else if (dom.root.dataset.asking !== undefined) {
      return; // nothing is given away by stepping
    } else if (event.key === " ") timeline.play(!state.timer);
    else if (Object.hasOwn(moves, event.key) && !onSlider) {
      timeline.play(false);
      timeline.take(moves[event.key]);
      if (inFilm) film.focus();
    } else return;
    event.preventDefault();
  }

  return { press };
}
