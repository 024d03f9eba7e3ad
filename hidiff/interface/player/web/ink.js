// Ink above the pictures: strokes, the pixel that is told of, the brush's circle.

/** @typedef {ReturnType<typeof makeInk>} Ink */

/** @param {{ dom: Dom, state: State, cells: Cell[], view: View, pixel: Pixel, brush: Brush }} parts */
function makeInk({ dom, state, cells, view, pixel, brush }) {
  function draw() {
    const { now } = state.view;
    if (!now || !state.value) return;
    state.panes().forEach(({ lane }, index) => drawCell(cells[index], lane, now));
  }

  /**
   * @param {Cell} cell
   * @param {number} lane
   * @param {Rect} now
   */
  function drawCell({ ink, cell }, lane, now) {
    const paper = dom.paperOf(ink);
    const scale = ink.width / now.width;
    const thin = (window.devicePixelRatio || 1) / scale; // a pixel of the page, in original pixels
    const all = view.wholeRect();
    paper.setTransform(1, 0, 0, 1, 0, 0);
    paper.clearRect(0, 0, ink.width, ink.height);
    paper.setTransform(scale, 0, 0, scale, -now.x * scale, -now.y * scale);
    paper.imageSmoothingEnabled = false;
    if (brush.layer) paper.drawImage(brush.layer, 0, 0, all.width, all.height);
    if (!brush.tool) framePixel(paper, state.lanes[lane].chain, thin);
    else if (brush.pointer?.cell === cell) {
      const radius = (brush.size * all.width) / brush.width / 2;
      paper.beginPath();
      paper.arc(brush.pointer.x, brush.pointer.y, radius, 0, 2 * Math.PI);
      twice(paper, [3 * thin, 1.5 * thin], () => paper.stroke());
    }
  }

  /**
   * A frame around the pixel, in every lane whose chain has the same grid.
   * @param {CanvasRenderingContext2D} paper
   * @param {ChainMaps | null} chain
   * @param {number} thin
   */
  function framePixel(paper, chain, thin) {
    const told = pixel.chainOf();
    if (!chain || !told || !pixel.place) return;
    if (JSON.stringify([chain.box, chain.size]) !== JSON.stringify([told.box, told.size])) return;
    const [top, left, height, width] = chain.box;
    const [down, across] = [height / chain.size[0], width / chain.size[1]];
    const [row, column] = pixel.place;
    const around = Math.max(0, 5 * thin - across / 2);
    const [x, y] = [left + column * across - around, top + row * down - around];
    twice(paper, [4 * thin, 2 * thin], () => paper.strokeRect(x, y, across + 2 * around, down + 2 * around));
  }

  /**
   * A line that is seen on any ground: white on black.
   * @param {CanvasRenderingContext2D} paper
   * @param {[number, number]} widths
   * @param {() => void} stroke
   */
  function twice(paper, widths, stroke) {
    ["#000", "#fff"].forEach((colour, i) => {
      paper.strokeStyle = colour;
      paper.lineWidth = widths[i];
      stroke();
    });
  }

  return { draw };
}
