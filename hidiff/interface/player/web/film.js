// The filmstrip: a thumbnail for every moment, of all lanes.

/** @typedef {ReturnType<typeof makeFilm>} Film */

/** @param {{ dom: Dom, state: State, overlay: Overlay }} parts */
function makeFilm({ dom, state, overlay }) {
  const SMALL = 72; // pixels of a thumbnail's longer side
  const film = dom.find(".film");

  const buttons = () => /** @type {HTMLButtonElement[]} */ ([...film.children]);

  function newButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.at = String(film.children.length);
    button.tabIndex = -1;
    button.append(document.createElement("span"));
    return button;
  }

  // Draws the moments that are there from one on; those still to come are empty.
  function draw(from = 0) {
    const total = state.total();
    film.style.setProperty("--moments", String(total));
    while (film.children.length > total) film.lastChild?.remove();
    while (film.children.length < total) film.append(newButton());
    buttons().forEach((button, at) => {
      button.disabled = !state.clock[at];
      if (state.clock[at] && at >= from) drawMoment(button, at);
    });
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {number} at
   */
  function drawMoment(button, at) {
    const lanes = state.lanes.length;
    const shown = state.shown(0, at);
    const short = shown.kind === "step" ? `t ${shown.t}` : shown.kind === "toss" ? dom.words.toss : shown.label;
    button.title = shown.label;
    button.setAttribute("aria-label", short === shown.label ? short : `${short}: ${shown.label}`);
    dom.partOf(button, "span").textContent = short;
    while (button.querySelectorAll("canvas").length > lanes) button.firstChild?.remove();
    while (button.querySelectorAll("canvas").length < lanes) button.prepend(document.createElement("canvas"));
    button.querySelectorAll("canvas").forEach((canvas, lane) => drawThumbnail(canvas, lane, at));
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} lane
   * @param {number} at
   */
  function drawThumbnail(canvas, lane, at) {
    const frame = state.shown(lane, at);
    const scale = Math.min(1, (2 * SMALL) / Math.max(frame.width, frame.height));
    canvas.width = Math.max(1, Math.round(frame.width * scale));
    canvas.height = Math.max(1, Math.round(frame.height * scale));
    const fill = overlay.overlayOf(state.base, lane, at) ?? overlay.overlayOf("flips", lane, at); // no photographs
    if (!fill) return;
    const paper = dom.paperOf(canvas);
    paper.imageSmoothingQuality = "medium";
    paper.drawImage(overlay.painted(frame.width, frame.height, fill), 0, 0, canvas.width, canvas.height);
  }

  /** @param {number} index which moment is shown */
  function mark(index) {
    for (const button of buttons()) {
      const here = Number(button.dataset.at) === index;
      if (here === (button.tabIndex === 0)) continue;
      button.toggleAttribute("aria-current", here);
      button.tabIndex = here ? 0 : -1;
    }
  }

  const focus = () => buttons()[state.at].focus();

  return { draw, mark, focus };
}
