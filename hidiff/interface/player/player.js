// The body of a function that Gradio calls once with (element, trigger, props, server, upload, watch).
// Everything it shows lies in props.value (see payload.py); no request is made to scrub, play or change layers.

const PACE = 700; // milliseconds a frame while playing
const ZOOM = 450; // milliseconds from the whole image to the closer look
const ON = [74, 168, 255];
const OFF = [255, 157, 46];

const root = element.querySelector(".player");
const find = (selector) => root.querySelector(selector);
const stage = find(".stage");
const canvas = find("canvas");
const context = canvas.getContext("2d");
const slider = find(".track input");
const bars = find(".bars");

const state = {
  run: null, // which run the frames belong to
  value: null, // the payload they came from
  whole: null, // the picture, and the part of it that is looked at closer
  closer: null,
  frames: [],
  at: 0,
  follow: true, // show the newest frame until somebody takes the slider
  base: "image",
  layers: { outline: true, flips: true, closer: true },
  view: null, // the rectangle of the image on the stage, in original pixels
  timer: 0,
  zoom: 0,
};

// --- reading what the server sent

async function picture(base64, type) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type }), { colorSpaceConversion: "none" });
}

async function levels(base64) {
  const bitmap = await picture(base64, "image/png");
  const paper = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  paper.drawImage(bitmap, 0, 0);
  const rgba = paper.getImageData(0, 0, bitmap.width, bitmap.height).data;
  const out = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < out.length; i++) out[i] = rgba[4 * i];
  return { width: bitmap.width, height: bitmap.height, data: out };
}

async function decoded(frame) {
  const [guess, before, after] = await Promise.all([frame.guess, frame.before, frame.after].map(levels));
  const { width, height } = guess;
  const grey = (map) => (i) => [map.data[i], map.data[i], map.data[i], 255];
  const flips = (i) => {
    if (before.data[i] === after.data[i]) return [0, 0, 0, 0];
    return [...(after.data[i] ? ON : OFF), 255];
  };
  return {
    ...frame,
    width,
    height,
    outline: outline(guess),
    maps: {
      bits: painted(width, height, grey(before)),
      guess: painted(width, height, grey(guess)),
      flips: painted(width, height, flips),
    },
  };
}

function painted(width, height, colour) {
  const paper = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) pixels.data.set(colour(i), 4 * i);
  paper.getContext("2d").putImageData(pixels, 0, 0);
  return paper;
}

// The border of (guess > 127) along the edges of its pixels, as one path; an edge of the map itself is none.
function outline({ width, height, data }) {
  const path = new Path2D();
  const on = (x, y) => data[y * width + x] > 127;
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
  trace(height, width, (y, x) => on(x, y) !== on(x, y - 1), (y, from, to) => {
    path.moveTo(from, y);
    path.lineTo(to, y);
  });
  trace(width, height, (x, y) => on(x, y) !== on(x - 1, y), (x, from, to) => {
    path.moveTo(x, from);
    path.lineTo(x, to);
  });
  return path;
}

// --- drawing

function whole() {
  const [height, width] = state.value.size;
  return { x: 0, y: 0, width, height };
}

// The smallest rectangle with the image's own proportions that holds the closer look.
function target() {
  const all = whole();
  if (!state.closer || !state.layers.closer) return all;
  const [top, left, height, width] = state.closer.box;
  const scale = Math.min(1, Math.max(width / all.width, height / all.height));
  const size = { width: all.width * scale, height: all.height * scale };
  const within = (middle, length, most) => Math.min(Math.max(middle - length / 2, 0), most - length);
  return {
    x: within(left + width / 2, size.width, all.width),
    y: within(top + height / 2, size.height, all.height),
    ...size,
  };
}

function look() {
  cancelAnimationFrame(state.zoom);
  const from = state.view;
  const to = target();
  const still = !from || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const began = performance.now();
  const move = (now) => {
    const share = still ? 1 : Math.min(1, Math.max(0, (now - began) / ZOOM));
    const eased = share * share * (3 - 2 * share);
    state.view = {};
    for (const key of ["x", "y", "width", "height"]) {
      state.view[key] = still ? to[key] : from[key] + eased * (to[key] - from[key]);
    }
    draw();
    if (share < 1) state.zoom = requestAnimationFrame(move);
  };
  move(began);
}

function fit() {
  if (!state.value) return;
  const [height, width] = state.value.size;
  const tallest = Math.max(260, Math.min(620, 0.62 * window.innerHeight));
  const across = Math.max(1, Math.min(stage.clientWidth, (tallest * width) / height));
  const density = window.devicePixelRatio || 1;
  canvas.style.width = `${across}px`;
  canvas.style.height = `${(across * height) / width}px`;
  canvas.width = Math.round(across * density);
  canvas.height = Math.round((across * density * height) / width);
  draw();
}

function draw() {
  const frame = state.frames[state.at];
  if (!frame || !state.whole || !state.view) return;
  const density = window.devicePixelRatio || 1;
  const scale = canvas.width / state.view.width;
  const [top, left, height, width] = frame.box;
  context.setTransform(scale, 0, 0, scale, -state.view.x * scale, -state.view.y * scale);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  const all = whole();
  context.drawImage(state.whole, 0, 0, all.width, all.height);
  if (state.closer) {
    const [y, x, h, w] = state.closer.box;
    context.drawImage(state.closer.picture, x, y, w, h);
  }
  const part = width < all.width || height < all.height;
  if (state.base !== "image") {
    context.fillStyle = "rgb(0 0 0 / 0.75)";
    context.fillRect(0, 0, all.width, all.height);
  }
  context.imageSmoothingEnabled = (width / frame.width) * scale < 1; // pixels are squares once they can be seen
  const paint = (map) => context.drawImage(map, left, top, width, height);
  if (state.base !== "image") paint(frame.maps[state.base]);
  const flips = state.layers.flips && frame.on + frame.off > 0;
  if (flips && state.base === "image") {
    context.fillStyle = "rgb(0 0 0 / 0.25)";
    context.fillRect(left, top, width, height);
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  const place = (x, y) => [(x - state.view.x) * scale, (y - state.view.y) * scale];
  if (part) {
    context.strokeStyle = "rgb(255 255 255 / 0.55)";
    context.lineWidth = density;
    context.setLineDash([4 * density, 4 * density]);
    context.strokeRect(...place(left, top), width * scale, height * scale);
    context.setLineDash([]);
  }
  if (state.layers.outline) {
    const [x, y] = place(left, top);
    const path = new Path2D();
    path.addPath(frame.outline, {
      a: (width / frame.width) * scale, d: (height / frame.height) * scale, e: x, f: y,
    });
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
  if (flips) {
    context.setTransform(scale, 0, 0, scale, -state.view.x * scale, -state.view.y * scale);
    paint(frame.maps.flips);
  }
}

// --- the frame that is shown

function show(index) {
  const frame = state.frames[index];
  if (!frame) return;
  state.at = index;
  slider.value = index;
  slider.setAttribute("aria-valuetext", frame.label);
  find(".label").textContent = frame.label;
  find(".sentence").textContent = frame.sentence;
  canvas.setAttribute("aria-label", frame.alt);
  for (const kind of ["on", "off"]) find(`[data-count=${kind}]`).textContent = frame[kind].toLocaleString("en");
  const facts = frame.facts.map(([key, name, value]) => {
    const pair = document.createElement("div");
    pair.dataset.fact = key;
    pair.append(document.createElement("dt"), document.createElement("dd"));
    pair.firstChild.textContent = name;
    pair.lastChild.textContent = value;
    return pair;
  });
  find(".facts").replaceChildren(...facts);
  [...bars.children].forEach((bar, i) => bar.toggleAttribute("aria-current", i === index));
  root.dataset.at = index;
  draw();
}

function drawBars() {
  const most = Math.max(1, ...state.frames.map((frame) => frame.on + frame.off));
  const columns = Array.from({ length: state.value.total }, (_, i) => {
    const column = document.createElement("span");
    for (const kind of ["off", "on"]) {
      const bar = document.createElement("i");
      bar.className = kind;
      bar.style.height = `${state.frames[i] ? (94 * state.frames[i][kind]) / most : 0}%`;
      column.append(bar);
    }
    column.dataset.at = i;
    return column;
  });
  bars.replaceChildren(...columns);
}

function take(index) {
  state.follow = false;
  show(Math.max(0, Math.min(state.frames.length - 1, index)));
}

function play(on) {
  clearInterval(state.timer);
  state.timer = 0;
  root.toggleAttribute("data-playing", on);
  const button = find(".play");
  button.setAttribute("aria-label", on ? button.dataset.pause : button.dataset.play);
  if (!on) return;
  if (state.at >= state.frames.length - 1) take(0);
  state.timer = setInterval(() => {
    if (state.at < state.frames.length - 1) take(state.at + 1);
    else if (!state.value.live) play(false);
  }, PACE);
}

// --- what comes from the server: the same run with more frames, a new run, or nothing

async function absorb(value) {
  if (!value || !value.frames) {
    play(false);
    Object.assign(state, { run: null, value: null, frames: [] });
    root.dataset.state = "empty";
    return;
  }
  const fresh = value.run !== state.run;
  if (fresh) {
    play(false);
    const picked = await picture(value.whole, "image/jpeg");
    Object.assign(state, { run: value.run, frames: [], at: 0, follow: true, closer: null, view: null, whole: picked });
  }
  const first = value.closer && !state.closer;
  if (first) state.closer = { box: value.closer.box, picture: await picture(value.closer.picture, "image/jpeg") };
  const news = await Promise.all(value.frames.slice(state.frames.length).map(decoded));
  state.value = value;
  state.frames.push(...news);
  root.dataset.state = value.live ? "live" : "done";
  root.dataset.frames = state.frames.length;
  slider.max = value.total - 1;
  find(".badge").textContent = value.badge;
  find(".note").textContent = value.note;
  find(".for-closer").hidden = !value.closer;
  drawBars();
  show(state.follow ? state.frames.length - 1 : state.at);
  if (fresh) {
    fit();
    const { top, bottom } = stage.getBoundingClientRect();
    if (top < 0 || bottom > window.innerHeight) root.scrollIntoView({ block: "nearest" });
  }
  if (fresh || first) look();
}

let line = Promise.resolve();
const arrive = () => {
  const value = props.value;
  line = line.then(() => absorb(value)).catch((error) => console.error(error));
};

// --- hands and keys

slider.addEventListener("input", () => {
  play(false);
  take(Number(slider.value));
});
root.addEventListener("keydown", (event) => {
  const onStage = event.target === stage;
  if (!onStage && event.target !== slider) return;
  const moves = { ArrowLeft: state.at - 1, ArrowRight: state.at + 1, Home: 0, End: state.frames.length - 1 };
  if (event.key === " ") play(!state.timer);
  else if (onStage && event.key in moves) {
    play(false);
    take(moves[event.key]);
  } else return;
  event.preventDefault();
});
root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const bar = event.target.closest(".bars span");
  if (bar) {
    play(false);
    take(Number(bar.dataset.at));
  } else if (button?.dataset.move) {
    play(false);
    take(state.at + Number(button.dataset.move));
  } else if (button?.dataset.base) {
    state.base = button.dataset.base;
    for (const other of root.querySelectorAll("[data-base]")) other.setAttribute("aria-pressed", other === button);
    draw();
  } else if (button?.classList.contains("play")) play(!state.timer);
});
root.addEventListener("change", (event) => {
  const layer = event.target.dataset.layer;
  if (!layer) return;
  state.layers[layer] = event.target.checked;
  if (layer === "closer") look();
  else draw();
});
new ResizeObserver(fit).observe(stage);
watch("value", arrive);
arrive();
