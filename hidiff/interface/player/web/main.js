// What comes from the server, and what hands and keys do. This is the end of the function that Gradio calls once
// with (element, trigger, props, server, upload, watch); nothing here makes a request to scrub, play or look.

function forget() {
  play(false);
  Object.assign(state, { run: null, picture: null, value: null, lanes: [], clock: [], sample: null });
  forgetView();
  Object.assign(pixel, { place: null, lane: 0, held: false, chosen: false });
  clearMarks(true);
  handOut();
  root.dataset.state = "empty";
}

async function absorb(value) {
  if (!value?.frames) {
    if (state.run !== null) forget();
    root.dataset.state = "empty";
    return;
  }
  const fresh = value.run !== state.run;
  const samePicture = value.picture === state.picture;
  const known = !fresh && state.clock.length;
  const second = value.second;
  const lanes = fresh ? [newLane(), ...(second ? [newLane()] : [])] : state.lanes;
  if (fresh && samePicture && state.lanes[0]) lanes[0].whole = state.lanes[0].whole;
  await absorbLane(lanes[0], value, null);
  if (second) await absorbLane(lanes[1], second, lanes[0]);
  const stay = fresh && samePicture && !state.follow && !value.live ? state.at : null;
  if (fresh) {
    play(false);
    Object.assign(state, { run: value.run, picture: value.picture, at: 0, follow: stay === null, sample: null });
    if (!samePicture) {
      forgetView();
      Object.assign(pixel, { place: null, lane: 0, held: false, chosen: false });
      const painted = isPainted();
      newPaper(lanes[0].whole);
      if (painted) handOut();
    }
  }
  state.value = value;
  state.lanes = lanes;
  state.clock = clockOf(lanes);
  root.dataset.state = value.live ? "live" : "done";
  root.dataset.run = value.run;
  root.dataset.frames = value.frames.length;
  root.dataset.lanes = lanes.length;
  slider.max = Math.max(0, total() - 1);
  find(".badge").textContent = value.badge;
  find(".note").textContent = value.note;
  find(".for-closer").hidden = !lanes.some((lane) => lane.closer);
  layOut(lanes);
  pickForThem();
  if (fresh) {
    view.now ??= ownRect();
    fit();
  }
  drawFilm(second ? 0 : known || 0); // a second lane may add to moments that are there
  show(state.follow ? state.clock.length - 1 : Math.min(stay ?? state.at, state.clock.length - 1), value.live);
  drawCurves();
  moveCursors();
  if (fresh && !samePicture) {
    const { top, bottom } = stage.getBoundingClientRect();
    if (top < 0 || bottom > window.innerHeight) root.scrollIntoView({ block: "nearest" });
  }
}

const newLane = () => ({ value: null, whole: null, closer: null, chain: null, samples: null, frames: [] });

// What there is one of a lane, and what only two lanes have.
function layOut(lanes) {
  const two = lanes.length > 1;
  if (!two) pixel.lane = 0;
  for (const name of [".cell", ".sentence", ".facts"]) all(name).forEach((part, i) => (part.hidden = i >= lanes.length));
  all(".for-two").forEach((part) => (part.hidden = !two));
  if (!two && state.base === "difference") choose("image");
  lanes.forEach((lane, i) => {
    const name = lane.value.title || String(i + 1);
    all(`[data-only="${i}"]`).forEach((part) => (part.textContent = say("only", { lane: name })));
  });
}

let line = Promise.resolve();
const arrive = () => {
  const value = props.value;
  line = line.then(() => absorb(value)).catch((error) => console.error(error));
};

function choose(base) {
  state.base = base;
  state.sample = null;
  root.dataset.base = base;
  for (const other of all("[data-base]")) other.setAttribute("aria-pressed", other.dataset.base === base);
  if (!state.clock.length) return;
  show(state.at, true);
  drawFilm();
}

// --- keys

const inFilm = (target) => Boolean(target.closest(".film"));

root.addEventListener("keydown", (event) => {
  const onStage = event.target === stage;
  if (!state.clock.length || (!onStage && event.target !== slider && !inFilm(event.target))) return;
  const arrows = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const moves = { ArrowLeft: state.at - 1, ArrowRight: state.at + 1, Home: 0, End: state.clock.length - 1 };
  const by = event.ctrlKey ? 8 : 1;
  if (onStage && event.shiftKey && event.key in arrows) movePixel(...arrows[event.key].map((way) => by * way));
  else if (onStage && event.key === "Enter") dab();
  else if (onStage && event.key === "Escape") letGo();
  else if (onStage && (event.key === "+" || event.key === "=")) zoom(1.5);
  else if (onStage && event.key === "-") zoom(1 / 1.5);
  else if (onStage && event.key === "0") unzoom();
  else if (onStage && paintable && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    if (event.shiftKey) swap(brush.future, brush.past);
    else swap(brush.past, brush.future);
  } else if (event.key === " ") play(!state.timer);
  else if (event.key in moves && event.target !== slider) {
    play(false);
    take(moves[event.key]);
    if (inFilm(event.target)) film.children[state.at].focus();
  } else return;
  event.preventDefault();
});

// Enter on the stage: paints at the pixel that is told of, or holds it.
function dab() {
  if (!pixel.place) return;
  if (!brush.tool) {
    pickPixel(pixel.place, !pixel.held);
    return;
  }
  const [top, left, height, width] = chainOf().box;
  const [rows, columns] = chainOf().size;
  beginStroke(onCopy({ x: left + ((pixel.place[1] + 0.5) * width) / columns, y: top + ((pixel.place[0] + 0.5) * height) / rows }));
  endStroke();
}

function letGo() {
  pixel.held = false;
  if (brush.tool) chooseTool(brush.tool);
  tellPixel();
}

// --- hands on the stage: one pointer looks, paints or pans, two zoom

const pointers = new Map();
let gesture = null;

stage.addEventListener("pointerdown", (event) => {
  const cell = cellAt(event);
  if (!cell || !view.now || event.button > 0) return;
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  cell.cell.setPointerCapture?.(event.pointerId);
  if (pointers.size === 2) {
    if (brush.stroke) endStroke();
    gesture = { kind: "pinch", apart: apart() };
  } else if (brush.tool) {
    gesture = { kind: "paint" };
    beginStroke(onCopy(imagePoint(cell, event)));
  } else gesture = { kind: "look", moved: 0 };
});

stage.addEventListener("pointermove", (event) => {
  const cell = cellAt(event);
  if (!cell || !view.now) return;
  const point = imagePoint(cell, event);
  const last = pointers.get(event.pointerId);
  if (brush.tool) brush.pointer = { ...point, cell: cell.cell };
  if (!last) {
    if (brush.tool) drawInk();
    else if (!pixel.held && event.pointerType === "mouse") pointAt(cell, point, false);
    return;
  }
  const [across, down] = [event.clientX - last.x, event.clientY - last.y];
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  const scale = view.now.width / cell.canvas.getBoundingClientRect().width;
  if (gesture?.kind === "pinch" && pointers.size === 2) {
    const wide = apart();
    zoom(wide / gesture.apart, point);
    gesture.apart = wide;
    pan((across * scale) / 2, (down * scale) / 2);
  } else if (gesture?.kind === "paint" && brush.stroke) goOn(onCopy(point));
  else if (gesture?.kind === "look") {
    gesture.moved += Math.hypot(across, down);
    if (zoomed() && gesture.moved > 4 && (event.pointerType === "mouse" || view.free)) pan(across * scale, down * scale);
  }
});

function pointAt(cell, point, held) {
  const lane = cells.indexOf(cell);
  if (!state.lanes[lane]?.chain) return;
  pixel.lane = lane;
  pickPixel(placeAt(point), held);
}

function lift(event) {
  if (!pointers.delete(event.pointerId)) return;
  const cell = cellAt(event);
  if (gesture?.kind === "paint" && brush.stroke) endStroke();
  else if (event.type === "pointerup" && gesture?.kind === "look" && gesture.moved < 5 && cell) {
    const before = pixel.held && [pixel.lane, ...pixel.place].join();
    pointAt(cell, imagePoint(cell, event), true);
    if (before === [pixel.lane, ...(pixel.place ?? [])].join()) letGo();
  }
  if (!pointers.size) gesture = null;
}
stage.addEventListener("pointerup", lift);
stage.addEventListener("pointercancel", lift);
stage.addEventListener("pointerleave", () => {
  brush.pointer = null;
  drawInk();
});

const apart = () => {
  const [one, two] = [...pointers.values()];
  return Math.max(1, Math.hypot(one.x - two.x, one.y - two.y));
};

// A wheel scrolls the page unless somebody is at work on the picture.
stage.addEventListener("wheel", (event) => {
  const cell = cellAt(event);
  const meant = event.ctrlKey || event.metaKey || view.free || root.classList.contains("large") || stage === document.activeElement;
  if (!cell || !view.now || !meant) return;
  event.preventDefault();
  zoom(Math.exp(-Math.sign(event.deltaY) * Math.min(0.25, Math.abs(event.deltaY) / 300)), imagePoint(cell, event));
}, { passive: false });

// --- everything that is clicked or moved

const doings = {
  undo: () => swap(brush.past, brush.future),
  redo: () => swap(brush.future, brush.past),
  clear: () => clearMarks(),
  in: () => zoom(1.6),
  out: () => zoom(1 / 1.6),
  fit: unzoom,
  large: enlarge,
  loop: () => {
    state.loop = !state.loop;
    find("[data-do=loop]").setAttribute("aria-pressed", state.loop);
  },
};

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !root.contains(button)) return;
  const { move, base, tool, at, sample, map } = button.dataset;
  if (move) {
    play(false);
    take(state.at + Number(move));
  } else if (base) choose(base);
  else if (tool) chooseTool(tool === "look" ? brush.tool : tool);
  else if (button.dataset.do) doings[button.dataset.do]();
  else if (map) chooseMap(map);
  else if (sample) chooseSample(Number(sample));
  else if (at && inFilm(button)) {
    play(false);
    take(Number(at));
  } else if (button.classList.contains("play")) play(!state.timer);
});

slider.addEventListener("input", () => {
  play(false);
  take(Number(slider.value));
});

root.addEventListener("input", (event) => {
  const { value } = event.target;
  if (event.target.matches("[data-set=opacity]")) {
    state.opacity = Number(value) / 100;
    draw();
  } else if (event.target.matches("[data-set=size]")) {
    brush.size = Number(value);
    drawInk();
  }
});

root.addEventListener("change", (event) => {
  const { layer } = event.target.dataset;
  if (layer) {
    state.layers[layer] = event.target.checked;
    if (layer === "closer") unzoom();
    else draw();
  } else if (event.target.matches("[data-set=pace]")) {
    state.pace = Number(event.target.value);
    if (state.timer) play(true);
  }
});

for (const figure of all(".curves figure")) {
  const seek = (event) => {
    const { left, width } = figure.querySelector("svg").getBoundingClientRect();
    play(false);
    take(Math.floor(((event.clientX - left) / width) * total()));
  };
  figure.addEventListener("pointerdown", seek);
  figure.addEventListener("pointermove", (event) => event.buttons && seek(event));
}

new ResizeObserver(fit).observe(stage);
watch("value", arrive);
tellTools();
arrive();
