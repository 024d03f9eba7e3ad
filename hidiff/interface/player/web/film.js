// The filmstrip: a thumbnail for every moment, of all lanes.

/** @typedef {ReturnType<typeof makeFilm>} Film */

/** @param {{ dom: Dom, state: State, overlay: Overlay }} parts */
function makeFilm({ dom, state, overlay }) {
  const SMALL = 72; // pixels of a thumbnail's longer side
  const film = dom.find(".film");
  let drawnFor = ""; // the picture and the part of it that the thumbnails show

  const buttons = () => /** @type {HTMLButtonElement[]} */ ([...film.children]);

  function newButton() {
    const attributes = { type: "button", "data-at": String(film.children.length), tabindex: "-1" };
    return dom.make("button", attributes, dom.make("span"));
  }

  /**
   * What every thumbnail of a lane shows: the window of its steps, or the image.
   * @param {number} lane
   * @returns {Box}
   */
  const partOf = (lane) => state.lanes[lane].chain?.box ?? [0, 0, ...state.imageSize()];

  // Draws the moments that are there from one on; those still to come are empty, or of the same picture as they were.
  function draw(from = 0) {
    const total = state.total();
    const key = [state.picture, ...state.lanes.map((_, lane) => partOf(lane).join())].join(";");
    if (key.split(";")[0] !== drawnFor.split(";")[0]) film.replaceChildren();
    if (key !== drawnFor) from = 0;
    drawnFor = key;
    film.style.setProperty("--moments", String(total));
    while (film.children.length > total) film.lastChild?.remove();
    while (film.children.length < total) film.append(newButton());
    buttons().forEach((button, at) => {
      button.disabled = !state.clock[at];
      if (state.clock[at] && at >= from) drawMoment(button, at);
    });
  }

  /**
   * Which of its lane's steps a frame is.
   * @param {ShownFrame} frame
   */
  const numberOf = (frame) => String(1 + state.lanes[0].frames.filter(({ kind }) => kind === "step").indexOf(frame));

  /**
   * @param {HTMLButtonElement} button
   * @param {number} at
   */
  function drawMoment(button, at) {
    const lanes = state.lanes.length;
    const shown = state.shown(0, at);
    const kinds = { prior: shown.label, toss: dom.words.toss, answer: shown.label, step: numberOf(shown) };
    const short = kinds[shown.kind]; // by number, as the label counts; which t that is stands below
    button.title = shown.label;
    button.setAttribute("aria-label", short === shown.label ? short : `${short}: ${shown.label}`);
    dom.partOf(button, "span").textContent = short;
    while (button.querySelectorAll("canvas").length > lanes) button.firstChild?.remove();
    while (button.querySelectorAll("canvas").length < lanes) button.prepend(dom.make("canvas"));
    button.querySelectorAll("canvas").forEach((canvas, lane) => drawThumbnail(canvas, lane, at));
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} lane
   * @param {number} at
   */
  function drawThumbnail(canvas, lane, at) {
    const [top, left, height, width] = partOf(lane);
    const scale = (2 * SMALL) / Math.max(height, width);
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const base = state.base === "noise" ? "bits" : state.base; // noise is alike everywhere
    const laid = overlay.overlayOf(base, lane, scale, at) ?? overlay.overlayOf("flips", lane, scale, at); // no photographs
    if (!laid) return;
    const paper = dom.paperOf(canvas);
    paper.imageSmoothingEnabled = (laid.box[3] / laid.width) * scale < 1;
    paper.imageSmoothingQuality = "medium";
    paper.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
    paper.drawImage(
      overlay.painted(laid.width, laid.height, laid.fill), laid.box[1], laid.box[0], laid.box[3], laid.box[2],
    );
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
