// The brush: strokes on a copy of the picture as large as it is shown, 255 on, 0 off, 128 free.

const FREE = 128;
const PAST = 60; // how many strokes can be taken back

const brush = {
  tool: null, // "add", "erase", or null: the pointer looks
  size: 24, // diameter in pixels of the copy
  marks: null, // Uint8Array
  width: 0,
  height: 0,
  past: [],
  future: [],
  stroke: null, // the one under way: last point and what it covered
  layer: null, // OffscreenCanvas with the strokes in colour
  pointer: null,
};
const paintable = root.hasAttribute("data-paintable");

function newPaper(bitmap) {
  const [width, height] = [bitmap.width, bitmap.height];
  Object.assign(brush, { width, height, past: [], future: [], stroke: null, marks: new Uint8Array(width * height).fill(FREE) });
  brush.layer = new OffscreenCanvas(width, height);
  tellTools();
}

const isPainted = () => brush.marks?.some((mark) => mark !== FREE) ?? false;

// Marks every pixel of the copy whose middle lies in a disc; remembers what was there.
function stamp(x, y, value) {
  const radius = brush.size / 2;
  const [left, right] = [Math.max(0, Math.ceil(x - radius - 0.5)), Math.min(brush.width - 1, Math.floor(x + radius - 0.5))];
  const [top, bottom] = [Math.max(0, Math.ceil(y - radius - 0.5)), Math.min(brush.height - 1, Math.floor(y + radius - 0.5))];
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      if ((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2 > radius * radius) continue;
      const at = row * brush.width + column;
      if (brush.marks[at] === value) continue;
      if (!brush.stroke.was.has(at)) brush.stroke.was.set(at, brush.marks[at]);
      brush.marks[at] = value;
    }
  }
  colourMarks(left, top, right - left + 1, bottom - top + 1);
}

// A point in original pixels -> the copy's.
const onCopy = ({ x, y }) => ({ x: (x * brush.width) / wholeRect().width, y: (y * brush.height) / wholeRect().height });

function beginStroke(point) {
  brush.stroke = { was: new Map(), last: point };
  stamp(point.x, point.y, brush.tool === "add" ? 255 : 0);
  drawInk();
}

function goOn(point) {
  const { last } = brush.stroke;
  const steps = Math.max(1, Math.ceil((2 * Math.hypot(point.x - last.x, point.y - last.y)) / Math.max(1, brush.size / 2)));
  for (let i = 1; i <= steps; i++) {
    stamp(last.x + ((point.x - last.x) * i) / steps, last.y + ((point.y - last.y) * i) / steps, brush.tool === "add" ? 255 : 0);
  }
  brush.stroke.last = point;
  drawInk();
}

function endStroke() {
  const { was } = brush.stroke;
  brush.stroke = null;
  if (was.size) remember(was);
}

function remember(was) {
  brush.past.push(was);
  if (brush.past.length > PAST) brush.past.shift();
  brush.future = [];
  handOut();
}

// Takes the last stroke back, or makes it again: both swap what a stroke covered with what is there.
function swap(from, to) {
  const was = from.pop();
  if (!was) return;
  const now = new Map();
  for (const [at, mark] of was) {
    now.set(at, brush.marks[at]);
    brush.marks[at] = mark;
  }
  to.push(now);
  colourMarks(0, 0, brush.width, brush.height);
  drawInk();
  handOut();
}

function clearMarks(quietly = false) {
  if (!brush.marks || !isPainted()) return;
  const was = new Map();
  brush.marks.forEach((mark, at) => mark !== FREE && was.set(at, mark));
  brush.marks.fill(FREE);
  colourMarks(0, 0, brush.width, brush.height);
  drawInk();
  if (quietly) {
    brush.past = [];
    brush.future = [];
    tellTools();
  } else remember(was);
}

// On: filled. Off: hatched, so that the two differ by more than a shade.
function colourMarks(left, top, width, height) {
  if (width < 1 || height < 1) return;
  const pixels = new ImageData(width, height);
  const out = new Uint32Array(pixels.data.buffer);
  const [fill, line] = [pack(ACCENT, 120), pack(ACCENT, 235)];
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const mark = brush.marks[(top + row) * brush.width + left + column];
      if (mark === 255) out[i] = fill;
      else if (mark === 0) out[i] = (top + row + left + column) % 8 < 3 ? line : pack([0, 0, 0], 90);
    }
  }
  brush.layer.getContext("2d").putImageData(pixels, left, top);
}

// --- ink: strokes, the pixel that is told of, the brush's circle

function drawInk() {
  if (!view.now || !state.value) return;
  const density = window.devicePixelRatio || 1;
  cells.slice(0, state.lanes.length).forEach(({ ink, cell }, index) => {
    const paper = ink.getContext("2d");
    const scale = ink.width / view.now.width;
    paper.setTransform(1, 0, 0, 1, 0, 0);
    paper.clearRect(0, 0, ink.width, ink.height);
    paper.setTransform(scale, 0, 0, scale, -view.now.x * scale, -view.now.y * scale);
    paper.imageSmoothingEnabled = false;
    if (brush.layer) paper.drawImage(brush.layer, 0, 0, wholeRect().width, wholeRect().height);
    const chain = state.lanes[index].chain;
    const grid = (one) => JSON.stringify([one?.box, one?.size]);
    if (chain && grid(chain) === grid(chainOf()) && pixel.place && !brush.tool) {
      const [top, left, height, width] = chain.box;
      const [down, across] = [height / chain.size[0], width / chain.size[1]];
      const around = Math.max(0, (5 * density) / scale - across / 2);
      const frame = [left + pixel.place[1] * across - around, top + pixel.place[0] * down - around, across + 2 * around, down + 2 * around];
      for (const [colour, thick] of [["#000", 4], ["#fff", 2]]) {
        paper.strokeStyle = colour;
        paper.lineWidth = (thick * density) / scale;
        paper.strokeRect(...frame);
      }
    }
    if (brush.tool && brush.pointer?.cell === cell) {
      paper.beginPath();
      paper.arc(brush.pointer.x, brush.pointer.y, (brush.size * wholeRect().width) / brush.width / 2, 0, 2 * Math.PI);
      for (const [colour, thick] of [["#000", 3], ["#fff", 1.5]]) {
        paper.strokeStyle = colour;
        paper.lineWidth = (thick * density) / scale;
        paper.stroke();
      }
    }
  });
}

// --- out of the player: a grey PNG, made here so that no browser can touch its levels

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function chunk(name, data) {
  const out = new Uint8Array(data.length + 12);
  const words = new DataView(out.buffer);
  words.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = name.charCodeAt(i);
  out.set(data, 8);
  let crc = 0xffffffff;
  for (let i = 4; i < data.length + 8; i++) crc = CRC[(crc ^ out[i]) & 255] ^ (crc >>> 8);
  words.setUint32(data.length + 8, (crc ^ 0xffffffff) >>> 0);
  return out;
}

async function greyPng(marks, width, height) {
  const rows = new Uint8Array(height * (width + 1)); // every row begins with the filter 0
  for (let y = 0; y < height; y++) rows.set(marks.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header[8] = 8;
  const parts = [
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk("IHDR", header),
    chunk("IDAT", await piped(rows, new CompressionStream("deflate"))),
    chunk("IEND", new Uint8Array(0)),
  ];
  let text = "";
  for (const part of parts) for (let i = 0; i < part.length; i += 8192) text += String.fromCharCode(...part.subarray(i, i + 8192));
  return `data:image/png;base64,${btoa(text)}`;
}

let handing = Promise.resolve();
function handOut() {
  tellTools();
  const { marks, width, height } = brush;
  const painted = isPainted() ? marks.slice() : null;
  const { run, picture: shown } = state;
  handing = handing.then(async () => {
    const value = painted && { run, picture: shown, size: [height, width], png: await greyPng(painted, width, height) };
    document.dispatchEvent(new CustomEvent("hidiff-painted", { detail: { player: owner, value } }));
  });
}

document.addEventListener("hidiff-unpaint", (event) => {
  if (event.detail.player === owner) clearMarks(true);
});

function chooseTool(tool) {
  brush.tool = brush.tool === tool ? null : tool;
  tellTools();
  drawInk();
}

function tellTools() {
  find(".tools").hidden = !paintable;
  for (const button of all("[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === (brush.tool ?? "look"));
  root.dataset.tool = brush.tool ?? "look";
  find("[data-do=undo]").disabled = !brush.past.length;
  find("[data-do=redo]").disabled = !brush.future.length;
  find("[data-do=clear]").disabled = !isPainted();
}
