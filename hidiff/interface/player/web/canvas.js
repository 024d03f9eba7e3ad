// The pictures: one cell a lane, each a canvas and above it one for ink (strokes, the pixel, the brush).

const ON = [74, 168, 255];
const OFF = [255, 157, 46];
const ONLY = [[240, 228, 66], [214, 120, 190]]; // of two lanes: only in the first, only in the second
const ACCENT = [167, 139, 250]; // strokes of a hand

const pack = ([red, green, blue], alpha = 255) => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
const ramp = (stops) =>
  Uint32Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(place));
    const mixed = stops[from].map((value, c) => Math.round(value + (place - from) * (stops[from + 1][c] - value)));
    return pack(mixed);
  });
const GREY = ramp([[0, 0, 0], [255, 255, 255]]);
const HEAT = ramp([[8, 8, 20], [75, 20, 100], [180, 45, 95], [245, 125, 60], [252, 245, 170]]);
const CLEAR = 0;

const stage = find(".stage");
const cells = all(".cell").map((cell) => ({
  cell,
  canvas: cell.querySelector("canvas.shown"),
  ink: cell.querySelector("canvas.ink"),
  map: cell.querySelector("canvas.map"),
  ground: new OffscreenCanvas(1, 1), // the photograph as the view shows it
  groundOf: "",
  outlines: new Map(), // frame -> canvas, for the view of the ground
}));
const scratch = new OffscreenCanvas(1, 1);
const rgba = { pixels: null, words: null };

// Fills the scratch canvas with a colour for every pixel and gives it back.
function painted(width, height, fill) {
  if (scratch.width !== width || scratch.height !== height || !rgba.pixels) {
    scratch.width = width;
    scratch.height = height;
    rgba.pixels = new ImageData(width, height);
    rgba.words = new Uint32Array(rgba.pixels.data.buffer);
  }
  fill(rgba.words);
  scratch.getContext("2d").putImageData(rgba.pixels, 0, 0);
  return scratch;
}

const shaded = (map, colours) => (out) => {
  for (let i = 0; i < out.length; i++) out[i] = colours[Math.round(255 * map[i])];
};
const black = pack([0, 0, 0]), white = pack([255, 255, 255]), dim = pack([30, 32, 36]), lit = pack([125, 128, 134]);
const [on, off] = [pack(ON), pack(OFF)];

// What a base lays over the photograph, as something to fill the scratch with; null for the photograph itself.
function overlayOf(base, lane) {
  const frame = frameOf(lane);
  const chain = state.lanes[lane].chain;
  if (base === "bits") {
    return (out) => {
      for (let i = 0; i < out.length; i++) out[i] = frame.before[i] ? white : black;
    };
  }
  if (base === "guess") return shaded(frame.guess, GREY);
  if (base === "doubt") return frame.eps ? shaded(frame.eps, HEAT) : null;
  if (base === "mean") return shaded(chain ? meanOf(frame, chain) : frame.guess, GREY);
  if (base === "flips") return flipsOf(frame, [dim, lit]);
  if (base === "difference") return differenceOf(frame, lane).fill;
  return null;
}

function flipsOf(frame, [stays0, stays1]) {
  return (out) => {
    const { before, after } = frame;
    for (let i = 0; i < out.length; i++) {
      out[i] = before[i] === after[i] ? (before[i] ? stays1 : stays0) : after[i] ? on : off;
    }
  };
}

// The masks of both lanes compared on the grid of one of them; where the other has no pixel they count as equal.
function differenceOf(frame, lane) {
  const other = frameOf(1 - lane);
  const [top, left, height, width] = frame.box;
  const [otherTop, otherLeft, otherHeight, otherWidth] = other.box;
  const only = [0, 0];
  const colours = [pack(ONLY[lane]), pack(ONLY[1 - lane])];
  const fill = (out) => {
    for (let y = 0, i = 0; y < frame.height; y++) {
      const row = Math.floor(((top + ((y + 0.5) * height) / frame.height - otherTop) * other.height) / otherHeight);
      for (let x = 0; x < frame.width; x++, i++) {
        const column = Math.floor(
          ((left + ((x + 0.5) * width) / frame.width - otherLeft) * other.width) / otherWidth,
        );
        const known = row >= 0 && column >= 0 && row < other.height && column < other.width;
        const here = frame.guess[i] > 0.5;
        const there = known ? other.guess[row * other.width + column] > 0.5 : here;
        out[i] = here === there ? (here ? lit : dim) : colours[here ? 0 : 1];
        if (here !== there) only[here ? lane : 1 - lane]++;
      }
    }
  };
  return { fill, only };
}

// The border of (guess > 1/2) along the edges of its pixels, as one path; an edge of the map itself is none.
function outlineOf(frame) {
  if (frame.outline) return frame.outline;
  const { width, height, guess } = frame;
  const path = new Path2D();
  const inside = (x, y) => guess[y * width + x] > 0.5;
  const trace = (lines, length, differs, segment) => {
    for (let line = 1; line < lines; line++) {
      for (let i = 0; i < length; i++) {
        if (!differs(line, i)) continue;
        const start = i;
        while (i < length && differs(line, i)) i++;
        segment(line, start, i);
      }
    }
  };
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

// The photograph is scaled once a view, not once a frame.
function groundFor(cell, lane, scale) {
  const { canvas, ground } = cell;
  const key = [state.run, lane.closer ? 1 : 0, canvas.width, canvas.height, ...Object.values(view.now)].join();
  if (cell.groundOf === key) return ground;
  cell.groundOf = key;
  cell.outlines.clear();
  ground.width = canvas.width;
  ground.height = canvas.height;
  const paper = ground.getContext("2d");
  paper.setTransform(scale, 0, 0, scale, -view.now.x * scale, -view.now.y * scale);
  paper.imageSmoothingQuality = "high";
  const [height, width] = state.value.size;
  paper.drawImage(lane.whole, 0, 0, width, height);
  if (lane.closer) {
    const [y, x, h, w] = lane.closer.box;
    paper.drawImage(lane.closer.picture, x, y, w, h);
  }
  return ground;
}

function strokeOutline(context, frame, scale) {
  const density = window.devicePixelRatio || 1;
  const [top, left, height, width] = frame.box;
  const path = new Path2D();
  path.addPath(outlineOf(frame), {
    a: (width / frame.width) * scale, d: (height / frame.height) * scale,
    e: (left - view.now.x) * scale, f: (top - view.now.y) * scale,
  });
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.lineCap = "square";
  if (!state.value.thin) {
    context.strokeStyle = "rgb(0 0 0 / 0.6)";
    context.lineWidth = 3 * density;
    context.stroke(path);
  }
  context.strokeStyle = "#fff";
  context.lineWidth = (state.value.thin ? 1 : 1.5) * density;
  context.stroke(path);
}

// A jagged outline is slow to stroke, so one is kept for every frame while the view stands still.
function outlineLayer(cell, frame, scale) {
  let layer = cell.outlines.get(frame);
  if (!layer) {
    layer = new OffscreenCanvas(cell.canvas.width, cell.canvas.height);
    strokeOutline(layer.getContext("2d"), frame, scale);
    cell.outlines.set(frame, layer);
  }
  return layer;
}

// Strokes the outlines that a hand on the slider will ask for, one at a time when nothing else is to be done.
function strokeAhead() {
  cancelIdleCallback(strokeAhead.waits);
  const next = state.lanes.flatMap((lane, index) => lane.frames.map((frame) => [cells[index], frame]))
    .find(([cell, frame]) => !cell.outlines.has(frame));
  if (!next || !view.now || JSON.stringify(view.now) !== JSON.stringify(view.goal)) return;
  strokeAhead.waits = requestIdleCallback(() => {
    if (!view.now) return; // emptied meanwhile
    outlineLayer(next[0], next[1], next[0].canvas.width / view.now.width);
    strokeAhead();
  });
}

function drawLane(index) {
  const lane = state.lanes[index];
  const frame = frameOf(index);
  if (!lane || !frame || !lane.whole || !view.now) return;
  const cell = cells[index];
  const { canvas } = cell;
  const context = canvas.getContext("2d");
  const density = window.devicePixelRatio || 1;
  const scale = canvas.width / view.now.width;
  const [top, left, height, width] = frame.box;
  const inImage = () => context.setTransform(scale, 0, 0, scale, -view.now.x * scale, -view.now.y * scale);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = 1;
  context.imageSmoothingEnabled = false;
  context.drawImage(groundFor(cell, lane, scale), 0, 0);
  inImage();
  context.imageSmoothingEnabled = (width / frame.width) * scale < 1; // pixels are squares once they can be seen
  context.globalAlpha = state.opacity;
  const chosen = frame.kind === "answer" && state.sample !== null && lane.samples;
  const overlay = chosen ? shaded(lane.samples[state.sample], state.sample === "mean" ? GREY : HEAT)
    : overlayOf(state.base, index);
  const paint = (fill) => context.drawImage(painted(frame.width, frame.height, fill), left, top, width, height);
  const [wholeHeight, wholeWidth] = state.value.size;
  const plain = !chosen && (state.base === "image" || state.base === "bits");
  const flips = plain && state.layers.flips && frame.on + frame.off > 0;
  if (overlay) {
    context.fillStyle = "rgb(0 0 0 / 0.75)";
    context.fillRect(0, 0, wholeWidth, wholeHeight);
    paint(overlay);
  } else if (flips) {
    context.fillStyle = "rgb(0 0 0 / 0.25)";
    context.fillRect(left, top, width, height);
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  const place = (x, y) => [(x - view.now.x) * scale, (y - view.now.y) * scale];
  if (width < wholeWidth || height < wholeHeight) {
    context.strokeStyle = "rgb(255 255 255 / 0.55)";
    context.lineWidth = density;
    context.setLineDash([4 * density, 4 * density]);
    context.strokeRect(...place(left, top), width * scale, height * scale);
    context.setLineDash([]);
  }
  if (state.layers.outline && (plain || state.base === "flips")) {
    const settled = view.goal && view.now.x === view.goal.x && view.now.width === view.goal.width;
    if (settled) context.drawImage(outlineLayer(cell, frame, scale), 0, 0);
    else strokeOutline(context, frame, scale);
  }
  if (flips) {
    inImage();
    paint(flipsOf(frame, [CLEAR, CLEAR]));
  }
  context.globalAlpha = 1;
}

function draw() {
  state.lanes.forEach((_, index) => drawLane(index));
  if (window.requestIdleCallback) strokeAhead();
}
