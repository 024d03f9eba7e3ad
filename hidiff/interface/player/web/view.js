// Which rectangle of the image the stage shows: by itself the whole or the closer look, or what a hand has chosen.

const ZOOM = 450; // milliseconds from the whole image to the closer look
const NARROW = 480; // pixels of a stage on which two lanes stand one above the other
const CLOSEST = 8; // original pixels across the stage, at least

const view = { now: null, free: false, moving: 0 };

function wholeRect() {
  const [height, width] = state.value.size;
  return { x: 0, y: 0, width, height };
}

// A rectangle of the image's own proportions, moved so that it lies inside.
function within({ x, y, width }) {
  const all = wholeRect();
  const size = Math.min(all.width, Math.max(Math.min(CLOSEST, all.width), width));
  const tall = (size * all.height) / all.width;
  const held = (start, length, most) => Math.min(Math.max(start, 0), most - length);
  return { x: held(x, size, all.width), y: held(y, tall, all.height), width: size, height: tall };
}

// The closer look belongs to the steps: the view moves in before the first and out after the last.
function ownRect() {
  const all = wholeRect();
  const closer = state.lanes[0].closer ?? state.lanes[1]?.closer;
  if (!closer || !state.layers.closer || frameOf(0)?.kind !== "step") return all;
  const [top, left, height, width] = closer.box;
  const across = Math.max(width, (height * all.width) / all.height);
  const tall = (across * all.height) / all.width;
  return within({ x: left + width / 2 - across / 2, y: top + height / 2 - tall / 2, width: across });
}

function look(at, gently = true) {
  cancelAnimationFrame(view.moving);
  const from = view.now;
  const keys = ["x", "y", "width", "height"];
  const still = !gently || !from || calm() || keys.every((key) => Math.abs(from[key] - at[key]) < 0.01);
  const began = performance.now();
  const move = (time) => {
    const share = still ? 1 : Math.min(1, Math.max(0, (time - began) / ZOOM));
    const eased = share * share * (3 - 2 * share);
    view.now = share === 1 ? { ...at } : {};
    if (share < 1) for (const key of keys) view.now[key] = from[key] + eased * (at[key] - from[key]);
    draw();
    drawInk();
    drawMap();
    if (share < 1) view.moving = requestAnimationFrame(move);
  };
  view.goal = at;
  move(began);
}

// Before another picture, or none: a glide that is still on its way belongs to the one that was.
function forgetView() {
  cancelAnimationFrame(view.moving);
  Object.assign(view, { now: null, goal: null, free: false });
}

function lookByItself() {
  if (view.free) return;
  const goal = ownRect();
  if (!view.now || JSON.stringify(goal) !== JSON.stringify(view.goal)) look(goal);
}

// Zooms by a factor and keeps the point (in original pixels) where it is on the stage.
function zoom(factor, point) {
  const now = view.goal ?? view.now;
  const middle = point ?? { x: now.x + now.width / 2, y: now.y + now.height / 2 };
  const width = Math.min(wholeRect().width, Math.max(CLOSEST, now.width / factor));
  const share = width / now.width;
  view.free = true;
  look(within({ x: middle.x - (middle.x - now.x) * share, y: middle.y - (middle.y - now.y) * share, width }), !point);
}

function pan(across, down) {
  const now = view.now;
  view.free = true;
  look(within({ x: now.x - across, y: now.y - down, width: now.width }), false);
}

function unzoom() {
  view.free = false;
  look(ownRect());
}

const zoomed = () => view.now && view.now.width < wholeRect().width - 0.01;

// Original pixels, with fractions, under a pointer.
function imagePoint(cell, event) {
  const { left, top, width, height } = cell.canvas.getBoundingClientRect();
  return {
    x: view.now.x + ((event.clientX - left) / width) * view.now.width,
    y: view.now.y + ((event.clientY - top) / height) * view.now.height,
  };
}

const cellAt = (event) => cells.find(({ cell }) => cell.contains(event.target));

function fit() {
  if (!state.value) return;
  const [height, width] = state.value.size;
  const large = root.classList.contains("large");
  const tallest = large ? 0.72 * window.innerHeight : Math.max(260, Math.min(620, 0.62 * window.innerHeight));
  const stacked = state.lanes.length > 1 && stage.clientWidth < NARROW;
  stage.classList.toggle("stacked", stacked);
  const room = stacked ? stage.clientWidth : (stage.clientWidth - 6 * (state.lanes.length - 1)) / state.lanes.length;
  const across = Math.max(1, Math.min(room, (tallest * width) / height));
  const density = window.devicePixelRatio || 1;
  for (const { cell, canvas, ink, map } of cells) {
    cell.style.width = `${across}px`;
    cell.style.height = `${(across * height) / width}px`;
    for (const one of [canvas, ink]) {
      one.width = Math.round(across * density);
      one.height = Math.round((across * density * height) / width);
    }
    const small = Math.max(56, Math.min(130, 0.24 * across));
    map.style.width = `${small}px`;
    map.style.height = `${(small * height) / width}px`;
    map.width = Math.round(small * density);
    map.height = Math.round((small * density * height) / width);
  }
  draw();
  drawInk();
  drawMap();
}

// Where the view lies in the whole image.
function drawMap() {
  if (!view.now) return;
  const shown = zoomed();
  root.toggleAttribute("data-zoomed", Boolean(shown));
  root.toggleAttribute("data-free", view.free); // then a finger moves the picture, not the page
  cells.forEach(({ map }, index) => {
    map.hidden = !shown;
    const lane = state.lanes[index];
    if (!shown || !lane?.whole) return;
    const paper = map.getContext("2d");
    const scale = map.width / wholeRect().width;
    paper.drawImage(lane.whole, 0, 0, map.width, map.height);
    paper.fillStyle = "rgb(0 0 0 / 0.45)";
    paper.fillRect(0, 0, map.width, map.height);
    const { x, y, width, height } = view.now;
    const part = [x, y, width, height].map((value) => value * scale);
    const from = lane.whole.width / wholeRect().width;
    paper.drawImage(lane.whole, x * from, y * from, width * from, height * from, ...part);
    paper.strokeStyle = "#fff";
    paper.lineWidth = window.devicePixelRatio || 1;
    paper.strokeRect(...part);
  });
}

async function enlarge() {
  const large = !root.classList.contains("large");
  root.classList.toggle("large", large);
  find("[data-do=large]").setAttribute("aria-pressed", large);
  try {
    if (large && root.requestFullscreen) await root.requestFullscreen();
    else if (!large && document.fullscreenElement) await document.exitFullscreen();
  } catch {
    // A browser that refuses full screen still gets the large player: it fills the window.
  }
  fit();
}

document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement && root.classList.contains("large")) {
    root.classList.remove("large");
    find("[data-do=large]").setAttribute("aria-pressed", false);
    fit();
  }
});
