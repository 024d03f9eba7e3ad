// The brush: strokes on a copy of the picture as large as it is shown, 255 on, 0 off, 128 free.

/** @typedef {Map<number, number>} Covered place -> the mark that was there */
/**
 * @typedef {object} Easel
 * @property {"add" | "erase" | null} tool null: the pointer points
 * @property {boolean} hold whether strokes hold, or are a proposal that the network may undo
 * @property {number} size diameter in pixels of the copy
 * @property {Uint8Array} marks
 * @property {number} width
 * @property {number} height
 * @property {Covered[]} past
 * @property {Covered[]} future
 * @property {{ was: Covered, last: Point } | null} stroke the one under way
 * @property {OffscreenCanvas | null} layer the strokes in colour
 * @property {Point & { cell: HTMLElement } | null} pointer
 */
/**
 * What the brush hands out.
 * @typedef {object} Handed
 * @property {string | undefined} player the owner's name
 * @property {Painted | null} value
 * @property {boolean} byHand whether a hand did it, and not the page
 * @property {boolean} asks whether that hand waits for an answer
 */
/** @typedef {ReturnType<typeof makeBrush>} Brush */

/**
 * onPaint: the ink is to be drawn anew. onHandOut: what is painted has changed, see `Handed`.
 * @param {{ dom: Dom, state: State, overlay: Overlay, view: View,
 *   onPaint: () => void, onHandOut: (handed: Omit<Handed, "player">) => void }} parts
 */
function makeBrush({ dom, state, overlay, view, onPaint, onHandOut }) {
  const ON = 255, OFF = 0, FREE = 128;
  const PAST = 60; // how many strokes can be taken back
  const { root, find } = dom;
  const paintable = root.hasAttribute("data-paintable");
  const answering = { solid: true, thin: false }; // thin objects fill large pictures, whose refinements take seconds
  let thin = false;
  /** @type {string | null} */
  let paintedOn = null; // the run that was on the stage when a hand last painted
  /** @type {Easel} */
  const brush = {
    tool: null,
    hold: false,
    size: 24,
    marks: new Uint8Array(0),
    width: 0,
    height: 0,
    past: [],
    future: [],
    stroke: null,
    layer: null,
    pointer: null,
  };

  /** @param {ImageBitmap} bitmap */
  function newPaper({ width, height }) {
    const marks = new Uint8Array(width * height).fill(FREE);
    Object.assign(brush, { width, height, marks, past: [], future: [], stroke: null });
    brush.layer = new OffscreenCanvas(width, height);
    tellTools();
  }

  const isPainted = () => brush.marks.some((mark) => mark !== FREE);

  /**
   * Marks every pixel of the copy whose middle lies in a disc; remembers what was there.
   * @param {Covered} was
   * @param {number} x
   * @param {number} y
   */
  function stamp(was, x, y) {
    const { marks, width, height } = brush;
    const radius = brush.size / 2;
    const mark = brush.tool === "add" ? ON : OFF;
    /**
     * @param {number} middle
     * @param {number} length
     */
    const span = (middle, length) => [
      Math.max(0, Math.ceil(middle - radius - 0.5)), Math.min(length - 1, Math.floor(middle + radius - 0.5)),
    ];
    const [left, right] = span(x, width);
    const [top, bottom] = span(y, height);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        if ((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2 > radius * radius) continue;
        const at = row * width + column;
        if (marks[at] === mark) continue;
        if (!was.has(at)) was.set(at, marks[at]);
        marks[at] = mark;
      }
    }
    colourMarks(left, top, right - left + 1, bottom - top + 1);
  }

  /**
   * A point in original pixels -> the copy's.
   * @param {Point} point
   */
  function onCopy({ x, y }) {
    const all = view.wholeRect();
    return { x: (x * brush.width) / all.width, y: (y * brush.height) / all.height };
  }

  /** @param {Point} point in original pixels */
  function beginStroke(point) {
    const last = onCopy(point);
    brush.stroke = { was: new Map(), last };
    stamp(brush.stroke.was, last.x, last.y);
    onPaint();
  }

  /** @param {Point} point in original pixels */
  function goOn(point) {
    if (!brush.stroke) return;
    const { was, last } = brush.stroke;
    const next = onCopy(point);
    const [across, down] = [next.x - last.x, next.y - last.y];
    const steps = Math.max(1, Math.ceil((2 * Math.hypot(across, down)) / Math.max(1, brush.size / 2)));
    for (let i = 1; i <= steps; i++) stamp(was, last.x + (across * i) / steps, last.y + (down * i) / steps);
    brush.stroke.last = next;
    onPaint();
  }

  function endStroke() {
    if (!brush.stroke) return;
    const { was } = brush.stroke;
    brush.stroke = null;
    if (was.size) remember(was);
  }

  /** @param {Covered} was */
  function remember(was) {
    brush.past.push(was);
    if (brush.past.length > PAST) brush.past.shift();
    brush.future = [];
    handOut();
  }

  /**
   * Takes the last stroke back, or makes it again: both swap what a stroke covered with what is there.
   * @param {Covered[]} from
   * @param {Covered[]} to
   */
  function swap(from, to) {
    const was = from.pop();
    if (!was) return;
    /** @type {Covered} */
    const now = new Map();
    for (const [at, mark] of was) {
      now.set(at, brush.marks[at]);
      brush.marks[at] = mark;
    }
    to.push(now);
    colourMarks(0, 0, brush.width, brush.height);
    onPaint();
    handOut();
  }

  const undo = () => swap(brush.past, brush.future);
  const redo = () => swap(brush.future, brush.past);

  // quietly: as if nothing had ever been painted, and without telling anybody.
  function clear(quietly = false) {
    if (!isPainted()) return;
    /** @type {Covered} */
    const was = new Map();
    brush.marks.forEach((mark, at) => mark !== FREE && was.set(at, mark));
    brush.marks.fill(FREE);
    colourMarks(0, 0, brush.width, brush.height);
    onPaint();
    if (quietly) {
      brush.past = [];
      brush.future = [];
      tellTools();
    } else remember(was);
  }

  /**
   * On: filled. Off: hatched, so that the two differ by more than a shade.
   * @param {number} left
   * @param {number} top
   * @param {number} width
   * @param {number} height
   */
  function colourMarks(left, top, width, height) {
    if (width < 1 || height < 1 || !brush.layer) return;
    const pixels = new ImageData(width, height);
    const out = new Uint32Array(pixels.data.buffer);
    const [fill, line] = [overlay.pack(overlay.ACCENT, 120), overlay.pack(overlay.ACCENT, 235)];
    const gap = overlay.pack([0, 0, 0], 90);
    for (let row = 0, i = 0; row < height; row++) {
      for (let column = 0; column < width; column++, i++) {
        const mark = brush.marks[(top + row) * brush.width + left + column];
        if (mark === ON) out[i] = fill;
        else if (mark === OFF) out[i] = (top + row + left + column) % 8 < 3 ? line : gap;
      }
    }
    dom.hiddenPaperOf(brush.layer).putImageData(pixels, left, top);
  }

  let handing = Promise.resolve(); // one after the other, so that the last is what is painted last

  // quietly: no hand did it, so nobody waits for an answer.
  function handOut(quietly = false) {
    tellTools();
    const { width, height, hold } = brush;
    const byHand = !quietly, asks = byHand && answers();
    paintedOn = state.run;
    const marks = isPainted() ? brush.marks.slice() : null;
    const { run, picture } = state;
    handing = handing.then(async () => {
      if (!marks) return onHandOut({ value: null, byHand, asks });
      const [on, off] = await Promise.all([ON, OFF].map((bit) => codeOf(marks.map((mark) => Number(mark === bit)))));
      onHandOut({ value: { run, picture, size: [height, width], on, off, hold }, byHand, asks });
    });
  }

  const answers = () => answering[thin ? "thin" : "solid"];

  /**
   * What strokes mean from now on, those that are there among them.
   * @param {boolean} hold
   */
  function mean(hold) {
    brush.hold = hold;
    onPaint();
    if (isPainted()) handOut();
  }

  /**
   * Whether every stroke is answered from now on, those that are there among them.
   * @param {boolean} wanted
   */
  function answer(wanted) {
    answering[thin ? "thin" : "solid"] = wanted;
    tellTools();
    if (isPainted()) handOut();
  }

  /**
   * Each kind of picture keeps its own choice.
   * @param {boolean} isThin whether the objects of the picture are
   */
  function suit(isThin) {
    thin = isThin;
    tellTools();
  }

  // What may be undone steps back once there is an answer, so that the answer is seen through it.
  const faint = () => !brush.hold && !brush.stroke && state.run !== paintedOn;

  /** @param {"add" | "erase" | null} tool the one in hand is put down */
  function choose(tool) {
    brush.tool = brush.tool === tool ? null : tool;
    tellTools();
    onPaint();
  }

  function tellTools() {
    const tool = brush.tool ?? "point";
    find(".tools").hidden = !paintable;
    for (const button of dom.all("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
    root.dataset.tool = tool;
    /** @type {HTMLInputElement} */ (find("[data-set=answering]")).checked = answers();
    find(".tools .slow").hidden = !thin || answers();
    find("[data-do=undo]").toggleAttribute("disabled", !brush.past.length);
    find("[data-do=redo]").toggleAttribute("disabled", !brush.future.length);
    find("[data-do=clear]").toggleAttribute("disabled", !isPainted());
  }

  return Object.assign(brush, {
    paintable, newPaper, isPainted, beginStroke, goOn, endStroke, undo, redo, clear, handOut, mean, answer, suit, faint,
    choose, tellTools,
  });
}
