// Lines of masks: the border of a guess, and the reference's own line, dashed.

/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Paper */
/** @typedef {{ colour: string, width: number, dashes?: number[] }} Stroke in pixels of the page */
/** @typedef {ReturnType<typeof makeContour>} Contour */

/** @param {{ state: State, overlay: Overlay }} parts */
function makeContour({ state, overlay }) {
  /** @type {Stroke[]} */
  const GUESS = [{ colour: "rgb(0 0 0 / 0.6)", width: 3 }, { colour: "#fff", width: 1.5 }];
  /** @type {Stroke[]} */
  const REFERENCE = [
    { colour: "rgb(0 0 0 / 0.75)", width: 3.5 },
    { colour: `rgb(${overlay.REFERENCE.join(" ")})`, width: 2, dashes: [5, 4] },
  ];
  const CENTRE = REFERENCE.map((stroke) => ({ ...stroke, width: 0.75 * stroke.width, dashes: [4, 5] }));
  /** @type {WeakMap<object, Path2D>} */
  const paths = new WeakMap();

  /**
   * The path of a mask, in pixels of its map; made once.
   * @param {ShownFrame | ShownReference} of
   * @param {() => Path2D} made
   */
  function pathOf(of, made) {
    const path = paths.get(of) ?? made();
    paths.set(of, path);
    return path;
  }

  /** @typedef {(x: number, y: number) => boolean} Holds */
  /**
   * Runs of places along lines where two neighbours differ.
   * @param {number} lines
   * @param {number} length
   * @param {Holds} differs
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
   * The border of a mask along the edges of its pixels, as one path; an edge of the map itself is none.
   * @param {Grid} grid
   * @param {Holds} inside
   */
  function borderOf({ width, height }, inside) {
    const path = new Path2D();
    trace(height, width, (y, x) => inside(x, y) !== inside(x, y - 1), (y, from, to) => {
      path.moveTo(from, y);
      path.lineTo(to, y);
    });
    trace(width, height, (x, y) => inside(x, y) !== inside(x - 1, y), (x, from, to) => {
      path.moveTo(x, from);
      path.lineTo(x, to);
    });
    return path;
  }

  /** @param {ShownFrame} frame */
  const guessOf = (frame) =>
    pathOf(frame, () => borderOf(frame, (x, y) => frame.guess[y * frame.width + x] > 0.5));

  /**
   * What stands for a reference: its border, or of a thin object its centre line.
   * @param {ShownReference} reference
   */
  const referenceOf = (reference) =>
    pathOf(reference, () => {
      const { bits, width } = reference;
      return state.value?.thin ? centreOf(bits, width) : borderOf(reference, (x, y) => bits[y * width + x] > 0);
    });

  /**
   * @param {Uint8Array} bits
   * @param {number} width
   */
  function centreOf(bits, width) {
    const path = new Path2D();
    for (const chain of chainsOf(centreLine(bits, width), width)) {
      chain.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
      if (chain.length === 1) path.lineTo(...chain[0]); // a point, which square ends make visible
    }
    return path;
  }

  /**
   * @param {Paper} context
   * @param {Path2D} path in pixels of the grid
   * @param {Grid} grid
   * @param {Rect} now
   * @param {number} scale pixels of the canvas that an original pixel takes
   * @param {Stroke[]} strokes one above the other
   */
  function stroke(context, path, { box: [top, left, height, width], height: rows, width: columns }, now, scale, strokes) {
    const density = window.devicePixelRatio || 1;
    const placed = new Path2D();
    placed.addPath(path, {
      a: (width / columns) * scale, d: (height / rows) * scale,
      e: (left - now.x) * scale, f: (top - now.y) * scale,
    });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.lineCap = "square";
    for (const { colour, width: wide, dashes } of strokes) {
      context.strokeStyle = colour;
      context.lineWidth = wide * density;
      context.lineCap = dashes ? "butt" : "square";
      context.setLineDash((dashes ?? []).map((length) => length * density));
      context.stroke(placed);
    }
    context.setLineDash([]);
  }

  /**
   * @param {Paper} context
   * @param {ShownFrame} frame
   * @param {Rect} now
   * @param {number} scale
   */
  const strokeGuess = (context, frame, now, scale) => stroke(context, guessOf(frame), frame, now, scale, GUESS);

  /**
   * @param {Paper} context
   * @param {ShownReference} reference
   * @param {Rect} now
   * @param {number} scale
   */
  const strokeReference = (context, reference, now, scale) =>
    stroke(context, referenceOf(reference), reference, now, scale, state.value?.thin ? CENTRE : REFERENCE);

  return { strokeGuess, strokeReference };
}
