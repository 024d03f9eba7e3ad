// Pure: binary masks as sets of pixels. Changes, dilation, the densest window, thinning, resampling, errors.

/**
 * Which change a pixel has: 0 none, 1 switched on, 2 switched off.
 * @typedef {Uint8Array} Marks
 */
/** @typedef {{ box: Box, height: number, width: number }} Grid a map's box in the image and its size */

const SEEN = 2.5; // pixels of the page that a change is to be wide
const EXACT = 2; // pixels of the page from which on a pixel of the mask is seen as it is
const COVERED = 0.25; // the share of a map that changes may cover once they are grown

/**
 * @param {ArrayLike<number>} before bits
 * @param {ArrayLike<number>} after bits
 * @returns {Marks}
 */
function changesOf(before, after) {
  const marks = new Uint8Array(before.length);
  for (let i = 0; i < marks.length; i++) if (before[i] !== after[i]) marks[i] = after[i] ? 1 : 2;
  return marks;
}

/**
 * How many pixels of a map wide a change is to be drawn. Many changes grow less, lest they cover what did not change.
 * @param {number} count of changes
 * @param {number} pixels of the map
 * @param {number} wide pixels of the page that a pixel of the map takes
 */
function growthFor(count, pixels, wide) {
  if (wide >= EXACT || count === 0) return 1;
  return Math.max(1, Math.min(Math.ceil(SEEN / wide), Math.floor(Math.sqrt((COVERED * pixels) / count))));
}

/**
 * Dilation by a square. Where two kinds would grow into one place, the rarer is seen; a mark that grows keeps its place,
 * one of a kind that does not may be covered.
 * @param {Marks} marks
 * @param {number} width
 * @param {number} side of the square, in pixels
 * @param {number[]} kinds that grow
 * @returns {Marks}
 */
function thickened(marks, width, side, kinds = [1, 2]) {
  if (side <= 1) return marks;
  const height = marks.length / width;
  const reach = (side - 1) >> 1;
  const places = kinds.map((kind) => {
    const found = [];
    for (let i = 0; i < marks.length; i++) if (marks[i] === kind) found.push(i);
    return found;
  });
  const out = marks.slice();
  for (const found of places.sort((a, b) => b.length - a.length)) {
    for (const place of found) {
      const column = place % width;
      const row = (place - column) / width;
      const [left, right] = [Math.max(0, column - reach), Math.min(width, column - reach + side)];
      const [top, bottom] = [Math.max(0, row - reach), Math.min(height, row - reach + side)];
      for (let y = top; y < bottom; y++) out.fill(marks[place], y * width + left, y * width + right);
    }
  }
  for (const found of places) for (const place of found) out[place] = marks[place];
  return out;
}

/**
 * The integral image, one row and one column larger: at (y, x) how many marks lie above and left of it.
 * @param {Marks} marks
 * @param {number} width
 */
function summedAreas(marks, width) {
  const height = marks.length / width;
  const sums = new Uint32Array((width + 1) * (height + 1));
  for (let y = 0, i = 0; y < height; y++) {
    const row = (y + 1) * (width + 1);
    for (let x = 0, inRow = 0; x < width; x++, i++) {
      if (marks[i]) inRow++;
      sums[row + x + 1] = sums[row - width + x] + inRow;
    }
  }
  return sums;
}

/**
 * The window with most changes among windows of several sizes, all of the map's own proportions; a larger one has to
 * hold more by as much as its sides are longer. It is moved so that its changes lie in its middle, and stays inside.
 * @param {Marks} marks
 * @param {number} width
 * @param {number} least pixels that the longer side has at least
 * @returns {{ x: number, y: number, width: number, height: number } | null} in pixels; null without changes
 */
function densestWindow(marks, width, least) {
  const height = marks.length / width;
  const longer = Math.max(width, height);
  const stride = Math.ceil(longer / 512); // a window is many times as wide
  const sums = summedAreas(marks, width);
  let best = null;
  let most = 0;
  for (const part of [8, 6, 5, 4, 3, 2.5]) {
    const share = Math.min(1, Math.max(least / longer, 1 / part));
    const [across, down] = [Math.max(1, Math.round(share * width)), Math.max(1, Math.round(share * height))];
    for (let y = 0; y + down <= height; y += stride) {
      const [top, bottom] = [y * (width + 1), (y + down) * (width + 1)];
      for (let x = 0; x + across <= width; x += stride) {
        const held = sums[bottom + x + across] - sums[bottom + x] - sums[top + x + across] + sums[top + x];
        if (held / share <= most) continue;
        most = held / share;
        best = { x, y, width: across, height: down };
      }
    }
  }
  return best && centred(best, marks, width);
}

/**
 * A window moved so that the mean place of its changes is its middle.
 * @param {{ x: number, y: number, width: number, height: number }} found
 * @param {Marks} marks
 * @param {number} width of the map
 */
function centred(found, marks, width) {
  const height = marks.length / width;
  let [count, across, down] = [0, 0, 0];
  for (let y = found.y; y < found.y + found.height; y++) {
    for (let x = found.x; x < found.x + found.width; x++) {
      if (!marks[y * width + x]) continue;
      count++;
      across += x + 0.5;
      down += y + 0.5;
    }
  }
  /**
   * @param {number} middle
   * @param {number} length
   * @param {number} most
   */
  const held = (middle, length, most) => Math.min(Math.max(Math.round(middle - length / 2), 0), most - length);
  return {
    ...found,
    x: held(across / count, found.width, width),
    y: held(down / count, found.height, height),
  };
}

/**
 * For each of the 256 neighbourhoods whether Zhang and Suen's passes take the middle away: bit 0 the first, bit 1 the
 * second. Bits of a neighbourhood go clockwise from the one above.
 */
const THINS = Uint8Array.from({ length: 256 }, (_, code) => {
  const on = Array.from({ length: 8 }, (_, i) => (code >> i) & 1);
  const [above, , right, , below, , left] = on;
  const neighbours = on.reduce((sum, bit) => sum + bit, 0);
  const rises = on.filter((bit, i) => !bit && on[(i + 1) % 8]).length;
  if (neighbours < 2 || neighbours > 6 || rises !== 1) return 0;
  const first = !(above && right && below) && !(right && below && left);
  const second = !(above && right && left) && !(above && below && left);
  return Number(first) + 2 * Number(second);
});

/**
 * The centre line of a mask, by Zhang and Suen's thinning.
 * @param {ArrayLike<number>} mask bits
 * @param {number} width
 * @returns {Uint8Array} bits
 */
function centreLine(mask, width) {
  const height = mask.length / width;
  const wide = width + 2; // a border of zeros, so that every pixel has eight neighbours
  const on = new Uint8Array(wide * (height + 2));
  let living = [];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!mask[i]) continue;
      on[(y + 1) * wide + x + 1] = 1;
      living.push((y + 1) * wide + x + 1);
    }
  }
  const going = new Uint32Array(living.length);
  for (let idle = 0, pass = 1; idle < 2; pass = 3 - pass) {
    let gone = 0;
    for (const at of living) {
      const code = on[at - wide] | (on[at - wide + 1] << 1) | (on[at + 1] << 2) | (on[at + wide + 1] << 3) |
        (on[at + wide] << 4) | (on[at + wide - 1] << 5) | (on[at - 1] << 6) | (on[at - wide - 1] << 7);
      if (THINS[code] & pass) going[gone++] = at;
    }
    for (let i = 0; i < gone; i++) on[going[i]] = 0;
    if (gone) living = living.filter((at) => on[at]);
    idle = gone ? 0 : idle + 1;
  }
  const out = new Uint8Array(mask.length);
  for (const at of living) out[(Math.floor(at / wide) - 1) * width + (at % wide) - 1] = 1;
  return out;
}

/**
 * A line of single pixels as chains of neighbours, so that it can be stroked.
 * @param {Uint8Array} line bits
 * @param {number} width
 * @returns {[x: number, y: number][][]} middles of pixels
 */
function chainsOf(line, width) {
  const height = line.length / width;
  const left = line.slice(); // what is in no chain yet
  /** @type {[number, number][]} straight neighbours first, lest a corner be cut */
  const around = [[1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [-1, 1], [-1, -1], [1, -1]];
  /**
   * @param {number} x
   * @param {number} y
   * @param {Uint8Array} within
   */
  const neighbours = (x, y, within) =>
    around.map(([dx, dy]) => [x + dx, y + dy])
      .filter(([column, row]) => column >= 0 && row >= 0 && column < width && row < height && within[row * width + column]);
  /** @param {number} at */
  function walk(at) {
    let [x, y] = [at % width, Math.floor(at / width)];
    const [from] = neighbours(x, y, line).filter(([column, row]) => !left[row * width + column]);
    const chain = from ? [from] : [];
    for (let next = [[x, y]]; next.length; next = neighbours(x, y, left)) {
      [x, y] = next[0];
      left[y * width + x] = 0;
      chain.push([x, y]);
    }
    return chain.map(([column, row]) => /** @type {[number, number]} */ ([column + 0.5, row + 0.5]));
  }
  const all = [];
  for (let at = 0; at < left.length; at++) {
    if (left[at] && neighbours(at % width, Math.floor(at / width), line).length === 1) all.push(walk(at));
  }
  for (let at = 0; at < left.length; at++) if (left[at]) all.push(walk(at));
  return all;
}

/**
 * A map on another map's grid, nearest pixel; outside of its own box it is `outside`.
 * @param {ArrayLike<number>} values
 * @param {Grid} from
 * @param {Grid} onto
 * @param {number} outside
 * @returns {Uint8Array}
 */
function resampled(values, from, onto, outside) {
  const [top, left, height, width] = onto.box;
  const [fromTop, fromLeft, fromHeight, fromWidth] = from.box;
  const columns = Int32Array.from({ length: onto.width }, (_, x) => {
    const at = Math.floor(((left + ((x + 0.5) * width) / onto.width - fromLeft) * from.width) / fromWidth);
    return at < from.width ? at : -1;
  });
  const out = new Uint8Array(onto.width * onto.height);
  for (let y = 0, i = 0; y < onto.height; y++) {
    const row = Math.floor(((top + ((y + 0.5) * height) / onto.height - fromTop) * from.height) / fromHeight);
    const known = row >= 0 && row < from.height;
    for (let x = 0; x < onto.width; x++, i++) {
      out[i] = known && columns[x] >= 0 ? values[row * from.width + columns[x]] : outside;
    }
  }
  return out;
}

/**
 * A mask against a reference: 0 both off, 1 right (both on), 2 missed (the reference alone), 3 false (the mask alone).
 * @param {ArrayLike<number>} mask bits
 * @param {ArrayLike<number>} reference bits
 */
function errorsOf(mask, reference) {
  const errors = new Uint8Array(mask.length);
  for (let i = 0; i < errors.length; i++) errors[i] = mask[i] ? (reference[i] ? 1 : 3) : reference[i] ? 2 : 0;
  return errors;
}
