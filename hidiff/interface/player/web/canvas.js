// The pictures: one cell a pane, each a canvas and above it one for ink (strokes, the pixel, the brush).

/**
 * @typedef {object} Cell
 * @property {HTMLElement} cell
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLCanvasElement} ink
 * @property {HTMLCanvasElement} map
 * @property {OffscreenCanvas} ground the photograph as the view shows it
 * @property {string} groundOf what the ground was drawn for
 * @property {Map<ShownFrame, OffscreenCanvas>} outlines for the view of the ground
 */
/** @typedef {ReturnType<typeof makeCanvas>} Canvas */

/** @param {{ dom: Dom, state: State, overlay: Overlay, contour: Contour }} parts */
function makeCanvas({ dom, state, overlay, contour }) {
  const { paperOf, hiddenPaperOf } = dom;
  const { view } = state;

  /**
   * @param {HTMLElement} cell
   * @param {string} name
   */
  const canvasOf = (cell, name) => /** @type {HTMLCanvasElement} */ (dom.partOf(cell, `canvas.${name}`));
  /** @type {Cell[]} */
  const cells = dom.all(".cell").map((cell) => ({
    cell,
    canvas: canvasOf(cell, "shown"),
    ink: canvasOf(cell, "ink"),
    map: canvasOf(cell, "map"),
    ground: new OffscreenCanvas(1, 1),
    groundOf: "",
    outlines: new Map(),
  }));

  /**
   * The photograph is scaled once a view, not once a frame.
   * @param {Cell} cell
   * @param {Lane} lane
   * @param {Rect} now
   */
  function groundFor(cell, lane, now) {
    const { canvas, ground } = cell;
    const key = [state.run, lane.closer ? 1 : 0, canvas.width, canvas.height, ...Object.values(now)].join();
    if (cell.groundOf === key || !lane.whole) return ground;
    cell.groundOf = key;
    cell.outlines.clear();
    ground.width = canvas.width;
    ground.height = canvas.height;
    const paper = hiddenPaperOf(ground);
    const scale = canvas.width / now.width;
    paper.setTransform(scale, 0, 0, scale, -now.x * scale, -now.y * scale);
    paper.imageSmoothingQuality = "high";
    const [height, width] = state.imageSize();
    paper.drawImage(lane.whole, 0, 0, width, height);
    if (lane.closer) {
      const [y, x, h, w] = lane.closer.box;
      paper.drawImage(lane.closer.picture, x, y, w, h);
    }
    return ground;
  }

  /**
   * A jagged outline is slow to stroke, so one is kept for every frame while the view stands still.
   * @param {Cell} cell
   * @param {ShownFrame} frame
   * @param {Rect} now
   */
  function outlineLayer(cell, frame, now) {
    let layer = cell.outlines.get(frame);
    if (!layer) {
      layer = new OffscreenCanvas(cell.canvas.width, cell.canvas.height);
      contour.strokeGuess(hiddenPaperOf(layer), frame, now, cell.canvas.width / now.width);
      cell.outlines.set(frame, layer);
    }
    return layer;
  }

  let waits = 0; // the idle callback that strokes the next one

  // Strokes the outlines that a hand on the slider will ask for, one at a time when nothing else is to be done.
  function strokeAhead() {
    cancelIdleCallback(waits);
    if (state.value?.thin) return; // a thin guess has no outline
    const outlined = state.panes().flatMap((pane, index) => (index === pane.lane ? [pane.lane] : []));
    const frames = outlined.flatMap((lane) => state.lanes[lane].frames.map((frame) => ({ cell: cells[lane], frame })));
    const next = frames.find(({ cell, frame }) => !cell.outlines.has(frame));
    if (!next || !view.now || JSON.stringify(view.now) !== JSON.stringify(view.goal)) return;
    waits = requestIdleCallback(() => {
      if (!view.now) return; // emptied meanwhile
      outlineLayer(next.cell, next.frame, view.now);
      strokeAhead();
    });
  }

  /**
   * The samples' map or the base that lies on the photograph, if any. chosen: whether it is the samples'.
   * @param {Pane} pane
   * @param {Lane} lane
   * @param {ShownFrame} frame
   * @param {number} scale pixels of the page that an original pixel takes
   * @returns {{ chosen: boolean, laid: Laid | null }}
   */
  function laidOn({ lane: index, base }, lane, frame, scale) {
    const beside = base !== "image" || state.panes().length === 1;
    if (beside && frame.kind === "answer" && state.sample !== null && lane.samples) {
      return { chosen: true, laid: { ...lane.samples, fill: overlay.samplesOverlay(state.sample, lane.samples) } };
    }
    return { chosen: false, laid: overlay.overlayOf(base, index, scale) };
  }

  /**
   * Draws on a part of the canvas alone, from one column to another.
   * @param {CanvasRenderingContext2D} context
   * @param {number} from
   * @param {number} to
   * @param {() => void} draws
   */
  function within(context, from, to, draws) {
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(from, 0, to - from, context.canvas.height);
    context.clip();
    draws();
    context.restore();
  }

  /**
   * A dashed border around what the frame covers, unless that is the whole image.
   * @param {CanvasRenderingContext2D} context
   * @param {Box} box
   * @param {Rect} now
   * @param {number} scale
   */
  function drawWindow(context, [top, left, height, width], now, scale) {
    const density = window.devicePixelRatio || 1;
    const [wholeHeight, wholeWidth] = state.imageSize();
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (width >= wholeWidth && height >= wholeHeight) return;
    context.strokeStyle = "rgb(255 255 255 / 0.55)";
    context.lineWidth = density;
    context.setLineDash([4 * density, 4 * density]);
    context.strokeRect((left - now.x) * scale, (top - now.y) * scale, width * scale, height * scale);
    context.setLineDash([]);
  }

  /**
   * A map in its place in the image.
   * @param {CanvasRenderingContext2D} context
   * @param {Laid} laid
   * @param {Rect} now
   * @param {number} scale
   */
  function paint(context, { box: [top, left, height, width], height: rows, width: columns, fill }, now, scale) {
    context.setTransform(scale, 0, 0, scale, -now.x * scale, -now.y * scale);
    context.imageSmoothingEnabled = (width / columns) * scale < 1; // pixels are squares once they can be seen
    context.drawImage(overlay.painted(columns, rows, fill), left, top, width, height);
  }

  /**
   * The guess of a frame: its outline, or of a thin object its area.
   * @param {CanvasRenderingContext2D} context
   * @param {Cell} cell
   * @param {ShownFrame} frame
   * @param {Rect} now
   * @param {number} scale
   */
  function drawGuess(context, cell, frame, now, scale) {
    const { goal } = view;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (state.value?.thin) paint(context, overlay.maskAlone(frame), now, scale);
    else if (goal && now.x === goal.x && now.width === goal.width) {
      context.drawImage(outlineLayer(cell, frame, now), 0, 0);
    } else contour.strokeGuess(context, frame, now, scale);
  }

  /**
   * What lies on a map or on the photograph: guess, flips, reference. An answer that is compared with the prior lies right
   * of the divider, and the prior's mask left of it.
   * @param {CanvasRenderingContext2D} context
   * @param {Cell} cell
   * @param {Pane} pane
   * @param {ShownFrame} frame
   * @param {{ guess: boolean, flips: boolean }} layers
   */
  function drawMarks(context, cell, pane, frame, layers) {
    const { now } = view;
    if (!now) return;
    const { width } = cell.canvas;
    const scale = width / now.width;
    const prior = state.comparedWith(pane);
    const split = prior ? state.split * width : 0;
    if (prior) within(context, 0, split, () => drawGuess(context, cell, prior, now, scale));
    within(context, split, width, () => {
      if (layers.guess) drawGuess(context, cell, frame, now, scale);
      if (layers.flips) paint(context, overlay.flipsAlone(frame, scale / (window.devicePixelRatio || 1)), now, scale);
    });
    const { reference } = state.lanes[pane.lane];
    if (state.layers.reference && reference && pane.base !== "errors") contour.strokeReference(context, reference, now, scale);
  }

  /**
   * @param {Pane} pane
   * @param {Cell} cell
   */
  function drawPane(pane, cell) {
    const lane = state.lanes[pane.lane];
    const frame = state.frameOf(pane.lane);
    const { now } = view;
    if (!lane || !frame || !lane.whole || !now) return;
    const context = paperOf(cell.canvas);
    const scale = cell.canvas.width / now.width;
    const [top, left, height, width] = frame.box;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = false;
    context.drawImage(groundFor(cell, lane, now), 0, 0);
    context.setTransform(scale, 0, 0, scale, -now.x * scale, -now.y * scale);
    context.globalAlpha = state.opacity;
    const { chosen, laid } = laidOn(pane, lane, frame, scale / (window.devicePixelRatio || 1));
    const plain = !chosen && (pane.base === "image" || pane.base === "bits");
    // While a lesson asks, what flips is not shown: to count it would be the answer.
    const flips = plain && state.layers.flips && frame.on + frame.off > 0 && dom.root.dataset.asking === undefined;
    if (laid) {
      const [wholeHeight, wholeWidth] = state.imageSize();
      context.fillStyle = "rgb(0 0 0 / 0.75)";
      context.fillRect(0, 0, wholeWidth, wholeHeight);
      paint(context, laid, now, scale);
    } else if (flips) {
      context.fillStyle = "rgb(0 0 0 / 0.25)";
      context.fillRect(left, top, width, height);
    }
    drawWindow(context, frame.box, now, scale);
    const outlined = pane.base === "image" || pane.base === "flips" || (plain && state.lanes.length > 1);
    drawMarks(context, cell, pane, frame, { guess: state.layers.outline && outlined && !chosen, flips });
    context.globalAlpha = 1;
  }

  function draw() {
    state.panes().forEach((pane, index) => drawPane(pane, cells[index]));
    if ("requestIdleCallback" in window) strokeAhead();
  }

  return { cells, draw };
}
