// Which rectangle of the image the stage shows: by itself the whole or the closer look, or what a hand has chosen.

/** @typedef {ReturnType<typeof makeView>} View */

/** @param {{ dom: Dom, state: State, canvas: Canvas, onMove: () => void }} parts onMove: the ink is to follow */
function makeView({ dom, state, canvas, onMove }) {
  const ZOOM = 450; // milliseconds from the whole image to the closer look
  const NARROW = 480; // pixels of a stage on which two panes stand one above the other
  const LEAST = 96; // pixels of the page that a picture is high, at least: a long strip is scrolled
  const WIDEST = 16000; // device pixels of such a strip, which a canvas can still hold
  const CLOSEST = 8; // original pixels across the stage, at least
  const { root, stage } = dom;
  const { view } = state;
  const { cells } = canvas;
  let moving = 0;

  /** @returns {Rect} */
  function wholeRect() {
    const [height, width] = state.imageSize();
    return { x: 0, y: 0, width, height };
  }

  /**
   * A rectangle of the image's own proportions, moved so that it lies inside.
   * @param {{ x: number, y: number, width: number }} wanted
   * @returns {Rect}
   */
  function within({ x, y, width }) {
    const all = wholeRect();
    const size = Math.min(all.width, Math.max(Math.min(CLOSEST, all.width), width));
    const tall = (size * all.height) / all.width;
    /**
     * @param {number} start
     * @param {number} length
     * @param {number} most
     */
    const held = (start, length, most) => Math.min(Math.max(start, 0), most - length);
    return { x: held(x, size, all.width), y: held(y, tall, all.height), width: size, height: tall };
  }

  // The closer look belongs to the steps: the view moves in before the first and out after the last.
  function ownRect() {
    const all = wholeRect();
    const closer = state.lanes[0].closer ?? state.lanes[1]?.closer;
    if (!closer || !state.layers.closer || state.frameOf(0)?.kind !== "step") return all;
    const [top, left, height, width] = closer.box;
    return around({ x: left, y: top, width, height });
  }

  /**
   * The least rectangle of the image's own proportions around another.
   * @param {Rect} part
   */
  function around({ x, y, width, height }) {
    const all = wholeRect();
    const across = Math.max(width, (height * all.width) / all.height);
    const tall = (across * all.height) / all.width;
    return within({ x: x + width / 2 - across / 2, y: y + height / 2 - tall / 2, width: across });
  }

  /**
   * Looks at a part of the image, as if a hand had chosen it.
   * @param {Rect} part
   * @returns {Rect} what is looked at
   */
  function jump(part) {
    const goal = around(part);
    view.free = true;
    look(goal);
    return goal;
  }

  /**
   * @param {Rect} from
   * @param {Rect} to
   * @param {number} share
   * @returns {Rect}
   */
  function between(from, to, share) {
    /** @param {keyof Rect} key */
    const mixed = (key) => from[key] + share * (to[key] - from[key]);
    return { x: mixed("x"), y: mixed("y"), width: mixed("width"), height: mixed("height") };
  }

  function redraw() {
    canvas.draw();
    onMove();
    drawMap();
  }

  /** @param {Rect} at */
  function look(at, gently = true) {
    cancelAnimationFrame(moving);
    const from = view.now;
    /** @type {(keyof Rect)[]} */
    const keys = ["x", "y", "width", "height"];
    const still = !gently || !from || dom.calm() || keys.every((key) => Math.abs(from[key] - at[key]) < 0.01);
    const began = performance.now();
    /** @param {number} time */
    const move = (time) => {
      const share = still ? 1 : Math.min(1, Math.max(0, (time - began) / ZOOM));
      view.now = share === 1 || !from ? { ...at } : between(from, at, share * share * (3 - 2 * share));
      redraw();
      if (share < 1) moving = requestAnimationFrame(move);
    };
    view.goal = at;
    move(began);
  }

  // Before another picture, or none: a glide that is still on its way belongs to the one that was.
  function forget() {
    cancelAnimationFrame(moving);
    Object.assign(view, { now: null, goal: null, free: false });
  }

  // The first look at a picture is no glide.
  function begin() {
    view.now ??= ownRect();
    fit();
  }

  // A stage that moved under a hand that paints would tear its stroke.
  function lookByItself() {
    if (view.free || root.dataset.tool !== "point") return;
    const goal = ownRect();
    if (!view.now || JSON.stringify(goal) !== JSON.stringify(view.goal)) look(goal);
  }

  /**
   * Zooms by a factor and keeps the point (in original pixels) where it is on the stage.
   * @param {number} factor
   * @param {Point} [point]
   */
  function zoom(factor, point) {
    const now = view.goal ?? view.now;
    if (!now) return;
    const middle = point ?? { x: now.x + now.width / 2, y: now.y + now.height / 2 };
    const width = Math.min(wholeRect().width, Math.max(CLOSEST, now.width / factor));
    const share = width / now.width;
    view.free = true;
    const [x, y] = [middle.x - (middle.x - now.x) * share, middle.y - (middle.y - now.y) * share];
    look(within({ x, y, width }), !point);
  }

  /**
   * @param {number} across
   * @param {number} down
   */
  function pan(across, down) {
    const { now } = view;
    if (!now) return;
    view.free = true;
    look(within({ x: now.x - across, y: now.y - down, width: now.width }), false);
  }

  function unzoom() {
    view.free = false;
    look(ownRect());
  }

  const zoomed = () => view.now !== null && view.now.width < wholeRect().width - 0.01;

  /** @param {boolean} stacked */
  function tallestInPage(stacked) {
    const least = Math.min(stacked ? 180 : 260, window.innerHeight * 0.8);
    return Math.max(least, Math.min(620, (stacked ? 0.31 : 0.58) * window.innerHeight));
  }

  /**
   * What the presenter's view leaves to each of so many panes one above the other.
   * @param {number} rows
   */
  const roomBelow = (rows) => Math.max(80, (dom.find(".view").clientHeight - 6 * (rows - 1)) / rows);

  function fit() {
    if (!state.value) return;
    const [height, width] = state.imageSize();
    const large = root.classList.contains("large");
    const count = state.panes().length;
    const strip = (stage.clientWidth * height) / width < LEAST;
    const stacked = count > 1 && (strip || stage.clientWidth < NARROW);
    const tallest = large ? roomBelow(stacked ? count : 1) : tallestInPage(stacked);
    stage.classList.toggle("stacked", stacked);
    stage.classList.toggle("strip", strip);
    const room = stacked ? stage.clientWidth : (stage.clientWidth - 6 * (count - 1)) / count;
    const most = strip ? WIDEST / (window.devicePixelRatio || 1) : room;
    const across = Math.max(1, Math.min(most, ((strip ? LEAST : tallest) * width) / height));
    cells.forEach((cell) => size(cell, across, height, width));
    redraw();
  }

  /**
   * @param {Cell} cell
   * @param {number} across pixels of the page
   * @param {number} height of the image
   * @param {number} width
   */
  function size({ cell, canvas: shown, ink, map }, across, height, width) {
    const density = window.devicePixelRatio || 1;
    cell.style.width = `${across}px`;
    cell.style.height = `${(across * height) / width}px`;
    for (const one of [shown, ink]) {
      one.width = Math.round(across * density);
      one.height = Math.round((across * density * height) / width);
    }
    const small = Math.max(56, Math.min(130, 0.24 * across));
    map.style.width = `${small}px`;
    map.style.height = `${(small * height) / width}px`;
    map.width = Math.round(small * density);
    map.height = Math.round((small * density * height) / width);
  }

  // Where the view lies in the whole image.
  function drawMap() {
    const { now } = view;
    if (!now) return;
    const shown = zoomed();
    root.toggleAttribute("data-zoomed", shown);
    root.toggleAttribute("data-free", view.free); // then a finger moves the picture, not the page
    cells.forEach(({ map }, index) => {
      const pane = state.panes()[index];
      const whole = pane && state.lanes[pane.lane]?.whole;
      const once = pane && pane.lane === index; // of two panes of a lane the first has it
      map.hidden = !shown || !once;
      if (!shown || !once || !whole) return;
      const paper = dom.paperOf(map);
      const scale = map.width / wholeRect().width;
      paper.drawImage(whole, 0, 0, map.width, map.height);
      paper.fillStyle = "rgb(0 0 0 / 0.45)";
      paper.fillRect(0, 0, map.width, map.height);
      const { x, y, width, height } = now;
      /** @type {[number, number, number, number]} */
      const part = [x * scale, y * scale, width * scale, height * scale];
      const from = whole.width / wholeRect().width;
      paper.drawImage(whole, x * from, y * from, width * from, height * from, ...part);
      paper.strokeStyle = "#fff";
      paper.lineWidth = window.devicePixelRatio || 1;
      paper.strokeRect(...part);
    });
  }

  return {
    wholeRect, begin, forget, lookByItself, zoom, pan, jump, unzoom, zoomed, fit,
  };
}
