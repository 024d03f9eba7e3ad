// Hands on the stage: one pointer looks, paints or pans, two zoom.

/** @typedef {{ kind: "pinch", apart: number } | { kind: "paint" } | { kind: "look", moved: number }} Gesture */
/** @typedef {ReturnType<typeof makeHands>} Hands */

/**
 * @param {{ dom: Dom, state: State, cells: Cell[], view: View, pixel: Pixel, brush: Brush, ink: Ink }} parts
 */
function makeHands({ dom, state, cells, view, pixel, brush, ink }) {
  /** @type {Map<number, Point>} */
  const pointers = new Map();
  /** @type {Gesture | null} */
  let gesture = null;

  /** @param {Event} event */
  const cellAt = (event) => cells.find(({ cell }) => cell.contains(/** @type {Node} */ (event.target)));

  /**
   * Original pixels, with fractions, under a pointer.
   * @param {Cell} cell
   * @param {MouseEvent} event
   * @param {Rect} now
   */
  function imagePoint(cell, event, now) {
    const { left, top, width, height } = cell.canvas.getBoundingClientRect();
    return {
      x: now.x + ((event.clientX - left) / width) * now.width,
      y: now.y + ((event.clientY - top) / height) * now.height,
    };
  }

  const apart = () => {
    const [one, two] = [...pointers.values()];
    return Math.max(1, Math.hypot(one.x - two.x, one.y - two.y));
  };

  /** @param {PointerEvent} event */
  function down(event) {
    const cell = cellAt(event);
    const { now } = state.view;
    if (!cell || !now || event.button > 0) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    cell.cell.setPointerCapture?.(event.pointerId);
    if (pointers.size === 2) {
      brush.endStroke();
      gesture = { kind: "pinch", apart: apart() };
    } else if (brush.tool) {
      gesture = { kind: "paint" };
      brush.beginStroke(imagePoint(cell, event, now));
    } else gesture = { kind: "look", moved: 0 };
  }

  /** @param {PointerEvent} event */
  function move(event) {
    const cell = cellAt(event);
    const { now } = state.view;
    if (!cell || !now) return;
    const point = imagePoint(cell, event, now);
    const last = pointers.get(event.pointerId);
    if (brush.tool) brush.pointer = { ...point, cell: cell.cell };
    if (!last) hover(cell, point, event);
    else drag(cell, point, event, event.clientX - last.x, event.clientY - last.y);
  }

  /**
   * @param {Cell} cell
   * @param {Point} point
   * @param {PointerEvent} event
   */
  function hover(cell, point, event) {
    if (brush.tool) ink.draw();
    else if (!pixel.held && event.pointerType === "mouse") pointAt(cell, point, false);
  }

  /**
   * @param {Cell} cell
   * @param {Point} point
   * @param {PointerEvent} event
   * @param {number} across since the last move, in pixels of the page
   * @param {number} down
   */
  function drag(cell, point, event, across, down) {
    const { now, free } = state.view;
    if (!now) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const scale = now.width / cell.canvas.getBoundingClientRect().width;
    if (gesture?.kind === "pinch" && pointers.size === 2) {
      const wide = apart();
      view.zoom(wide / gesture.apart, point);
      gesture.apart = wide;
      view.pan((across * scale) / 2, (down * scale) / 2);
    } else if (gesture?.kind === "paint") brush.goOn(point);
    else if (gesture?.kind === "look") {
      gesture.moved += Math.hypot(across, down);
      const meant = gesture.moved > 4 && (event.pointerType === "mouse" || free);
      if (view.zoomed() && meant) view.pan(across * scale, down * scale);
    }
  }

  /**
   * @param {Cell} cell
   * @param {Point} point
   * @param {boolean} held
   */
  function pointAt(cell, point, held) {
    const lane = state.panes()[cells.indexOf(cell)]?.lane;
    if (lane === undefined || !state.lanes[lane]?.chain) return;
    pixel.lane = lane;
    pixel.pick(pixel.placeAt(point), held);
  }

  /** @param {PointerEvent} event */
  function lift(event) {
    if (!pointers.delete(event.pointerId)) return;
    if (gesture?.kind === "paint") brush.endStroke();
    else if (event.type === "pointerup" && gesture?.kind === "look" && gesture.moved < 5) tap(event);
    if (!pointers.size) gesture = null;
  }

  // Holds the pixel under a pointer, or lets it go if it is held already.
  /** @param {PointerEvent} event */
  function tap(event) {
    const cell = cellAt(event);
    const { now } = state.view;
    if (!cell || !now) return;
    const name = () => [pixel.lane, ...(pixel.place ?? [])].join();
    const before = pixel.held && name();
    pointAt(cell, imagePoint(cell, event, now), true);
    if (before === name()) letGo();
  }

  function leave() {
    brush.pointer = null;
    ink.draw();
  }

  // A wheel scrolls the page unless somebody is at work on the picture.
  /** @param {WheelEvent} event */
  function wheel(event) {
    const cell = cellAt(event);
    const { now, free } = state.view;
    const atWork = free || dom.root.classList.contains("large") || dom.stage === document.activeElement;
    if (!cell || !now || !(event.ctrlKey || event.metaKey || atWork)) return;
    event.preventDefault();
    const by = Math.min(0.25, Math.abs(event.deltaY) / 300);
    view.zoom(Math.exp(-Math.sign(event.deltaY) * by), imagePoint(cell, event, now));
  }

  // Paints at the pixel that is told of, or holds it.
  function dab() {
    const middle = pixel.middle();
    if (!pixel.place || !middle) return;
    if (!brush.tool) {
      pixel.pick(pixel.place, !pixel.held);
      return;
    }
    brush.beginStroke(middle);
    brush.endStroke();
  }

  function letGo() {
    pixel.held = false;
    if (brush.tool) brush.choose(brush.tool);
    pixel.tell();
  }

  return { down, move, lift, leave, wheel, dab, letGo };
}
