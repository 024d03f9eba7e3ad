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

/** @param {{ dom: Dom, state: State, overlay: Overlay }} parts */
function makeCanvas({ dom, state, overlay }) {
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

  /** @typedef {(x: number, y: number) => boolean} Differs */
  /**
   * Runs of places along lines where two neighbours differ.
   * @param {number} lines
   * @param {number} length
   * @param {Differs} differs
   * @param {(line: number, from: number, to: number) => void} segment
   */
  function trace(lines, length, differs, segment) {
    for (let line = 1; line < lines; line++) {
      for (let i = 0; i < length; i++) {
        if (!differs(line, i)) continue;
        const start = i;
        while (i < length && differs(line, i)) i++;
        segment(line, start, i);
      }
    }
  }

  /**
   * The border of (guess > 1/2) along the edges of its pixels, as one path; an edge of the map itself is none.
   * @param {ShownFrame} frame
   */
  function outlineOf(frame) {
    if (frame.outline) return frame.outline;
    const { width, height, guess } = frame;
    const path = new Path2D();
    /** @type {Differs} */
    const inside = (x, y) => guess[y * width + x] > 0.5;
    trace(height, width, (y, x) => inside(x, y) !== inside(x, y - 1), (y, from, to) => {
      path.moveTo(from, y);
      path.lineTo(to, y);
    });
    trace(width, height, (x, y) => inside(x, y) !== inside(x - 1, y), (x, from, to) => {
      path.moveTo(x, from);
      path.lineTo(x, to);
    });
    frame.outline = path;
    return path;
  }

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
   * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
   * @param {ShownFrame} frame
   * @param {Rect} now
   * @param {number} scale
   */
  function strokeOutline(context, frame, now, scale) {
    const density = window.devicePixelRatio || 1;
    const thin = state.value?.thin;
    const [top, left, height, width] = frame.box;
    const path = new Path2D();
    path.addPath(outlineOf(frame), {
      a: (width / frame.width) * scale, d: (height / frame.height) * scale,
      e: (left - now.x) * scale, f: (top - now.y) * scale,
    });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.lineCap = "square";
    if (!thin) {
      context.strokeStyle = "rgb(0 0 0 / 0.6)";
      context.lineWidth = 3 * density;
      context.stroke(path);
    }
    context.strokeStyle = "#fff";
    context.lineWidth = (thin ? 1 : 1.5) * density;
    context.stroke(path);
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
      strokeOutline(hiddenPaperOf(layer), frame, now, cell.canvas.width / now.width);
      cell.outlines.set(frame, layer);
    }
    return layer;
  }

  let waits = 0; // the idle callback that strokes the next one

  // Strokes the outlines that a hand on the slider will ask for, one at a time when nothing else is to be done.
  function strokeAhead() {
    cancelIdleCallback(waits);
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
   */
  function laidOn({ lane: index, base }, lane, frame) {
    const beside = base !== "image" || state.panes().length === 1;
    if (beside && frame.kind === "answer" && state.sample !== null && lane.samples) {
      return { chosen: true, fill: overlay.samplesOverlay(state.sample, lane.samples) };
    }
    return { chosen: false, fill: overlay.overlayOf(base, index) };
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
   * @param {Pane} pane
   * @param {Cell} cell
   */
  function drawPane(pane, cell) {
    const lane = state.lanes[pane.lane];
    const frame = state.frameOf(pane.lane);
    const { now, goal } = view;
    if (!lane || !frame || !lane.whole || !now) return;
    const context = paperOf(cell.canvas);
    const scale = cell.canvas.width / now.width;
    const [top, left, height, width] = frame.box;
    const inImage = () => context.setTransform(scale, 0, 0, scale, -now.x * scale, -now.y * scale);
    /** @param {Fill} fill */
    const paint = (fill) => {
      context.drawImage(overlay.painted(frame.width, frame.height, fill), left, top, width, height);
    };
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = false;
    context.drawImage(groundFor(cell, lane, now), 0, 0);
    inImage();
    context.imageSmoothingEnabled = (width / frame.width) * scale < 1; // pixels are squares once they can be seen
    context.globalAlpha = state.opacity;
    const { chosen, fill } = laidOn(pane, lane, frame);
    const plain = !chosen && (pane.base === "image" || pane.base === "bits");
    const flips = plain && state.layers.flips && frame.on + frame.off > 0;
    if (fill) {
      const [wholeHeight, wholeWidth] = state.imageSize();
      context.fillStyle = "rgb(0 0 0 / 0.75)";
      context.fillRect(0, 0, wholeWidth, wholeHeight);
      paint(fill);
    } else if (flips) {
      context.fillStyle = "rgb(0 0 0 / 0.25)";
      context.fillRect(left, top, width, height);
    }
    drawWindow(context, frame.box, now, scale);
    const outlined = pane.base === "image" || pane.base === "flips" || (plain && state.lanes.length > 1);
    if (state.layers.outline && outlined && !chosen) {
      const settled = goal && now.x === goal.x && now.width === goal.width;
      if (settled) context.drawImage(outlineLayer(cell, frame, now), 0, 0);
      else strokeOutline(context, frame, now, scale);
    }
    if (flips) {
      inImage();
      paint(overlay.flipsAlone(frame));
    }
    context.globalAlpha = 1;
  }

  function draw() {
    state.panes().forEach((pane, index) => drawPane(pane, cells[index]));
    if ("requestIdleCallback" in window) strokeAhead();
  }

  return { cells, draw };
}
