// The view's way to the place where most changed, and back.

/** @typedef {ReturnType<typeof makeSpotlight>} Spotlight */

/** @param {{ dom: Dom, state: State, view: View }} parts */
function makeSpotlight({ dom, state, view }) {
  const LEAST = 48; // pixels of a map that the window has at least
  const MARGIN = 0.15; // of the window, on every side
  const button = /** @type {HTMLButtonElement} */ (dom.find("[data-do=most]"));
  /** @type {Rect | null} where it has led */
  let goal = null;

  const there = () => goal !== null && state.view.goal === goal;

  /**
   * The frame whose changes count: a step's own, else the answer's, which are those since the prior.
   * @returns {ShownFrame | null}
   */
  function changed() {
    const frame = state.frameOf(0);
    const last = state.lanes[0]?.frames.at(-1);
    const told = frame?.kind === "step" ? frame : last?.kind === "answer" ? last : null;
    return told && told.on + told.off > 0 ? told : null;
  }

  // Writes whether there is a way, and whether it has been taken.
  function tell() {
    button.disabled = !there() && !changed();
    button.setAttribute("aria-pressed", String(there()));
  }

  function toggle() {
    const frame = changed();
    if (there()) view.unzoom();
    else if (frame) {
      const found = densestWindow(changesOf(frame.before, frame.after), frame.width, LEAST);
      if (found) goal = view.jump(inImage(frame, found));
    }
    tell();
  }

  /**
   * @param {Grid} grid
   * @param {Rect} part in pixels of the grid
   * @returns {Rect} in original pixels, with a margin
   */
  function inImage({ box: [top, left, height, width], height: rows, width: columns }, part) {
    const [across, down] = [(part.width * width) / columns, (part.height * height) / rows];
    return {
      x: left + (part.x * width) / columns - MARGIN * across,
      y: top + (part.y * height) / rows - MARGIN * down,
      width: (1 + 2 * MARGIN) * across,
      height: (1 + 2 * MARGIN) * down,
    };
  }

  return { toggle, tell };
}
