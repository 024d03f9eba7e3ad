// What the player holds: the lanes, their frames decoded, and the clock that they share.

const root = element.querySelector(".player");
const find = (selector) => root.querySelector(selector);
const all = (selector) => [...root.querySelectorAll(selector)];
const words = JSON.parse(root.dataset.words);
const owner = root.dataset.player; // the id of this component

const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const number = (value, digits = 3) => value.toFixed(digits);
const many = (value) => value.toLocaleString("en");
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const state = {
  run: null, // which run the frames belong to
  picture: null, // which picture it shows
  value: null, // the payload they came from
  lanes: [],
  clock: [], // for every moment its name and, lane by lane, which frame is shown
  at: 0,
  follow: true, // show the newest frame until somebody takes the slider
  base: "image",
  layers: { outline: true, flips: true, closer: true },
  opacity: 1,
  pace: 1,
  loop: false,
  timer: 0,
  sample: null, // which of the samples' maps lies on the answer: "mean", "disagreement", or none
};

async function picture(base64) {
  return createImageBitmap(new Blob([bytesOf(base64)], { type: "image/jpeg" }), { colorSpaceConversion: "none" });
}

async function decoded(frame) {
  const [height, width] = frame.size;
  const count = height * width;
  const out = { ...frame, height, width, outline: null, mean: null };
  [out.before, out.after] = await Promise.all([bitsOf(frame.before, count), bitsOf(frame.after, count)]);
  if (frame.eps) {
    out.eps = await mapOf(frame.eps, count);
    out.means = await meansOf(frame.eps);
    out.guess = new Float32Array(count);
    for (let i = 0; i < count; i++) out.guess[i] = Math.abs(out.before[i] - out.eps[i]);
  } else out.guess = await mapOf(frame.guess, count);
  return out;
}

// Brings a lane up to what came; `lane` is a new one where the run is new.
async function absorbLane(lane, value, first) {
  const [whole, closer] = [value.whole ?? first?.whole, value.closer];
  if (!lane.whole) lane.whole = typeof whole === "string" ? await picture(whole) : whole;
  if (closer && !lane.closer) {
    const shown = closer.picture ? await picture(closer.picture) : first.closer.picture;
    lane.closer = { box: closer.box, picture: shown };
  }
  if (value.chain && !lane.chain) {
    const [height, width] = value.chain.size;
    lane.chain = { ...value.chain, p: await mapOf(value.chain.p, height * width) };
  }
  if (value.samples && !lane.samples) {
    const [height, width] = value.samples.size;
    const count = height * width;
    const maps = ["mean", "disagreement"].map((name) => mapOf(value.samples[name], count));
    const masks = value.samples.masks.map((mask) => bitsOf(mask, count));
    const [mean, disagreement] = await Promise.all(maps);
    lane.samples = { ...value.samples, height, width, mean, disagreement, masks: await Promise.all(masks) };
  }
  const news = await Promise.all(value.frames.slice(lane.frames.length).map(decoded));
  lane.frames.push(...news);
  lane.value = value;
}

// The posterior mean of a whole frame, worked out when it is first looked at.
function meanOf(frame, chain) {
  if (!frame.eps || frame.s === 0) return frame.guess; // without a next toss the guess decides
  if (!frame.mean) {
    frame.mean = new Float32Array(frame.guess.length);
    for (let i = 0; i < frame.mean.length; i++) {
      frame.mean[i] = reverseMean(
        frame.before[i], frame.guess[i], chain.p[i], frame.alpha_bar, frame.alpha_bar_s, chain.sampler, chain.mean,
      );
    }
    frame.means.forEach((mean, place) => (frame.mean[place] = mean));
  }
  return frame.mean;
}

// Moments of all lanes in order: the prior, every t that a lane has, the answer. A lane that skips a t stays as it is.
function clockOf(lanes) {
  const name = (frame) => (frame.kind === "step" ? frame.t : frame.kind === "prior" ? Infinity : -1);
  const names = [...new Set(lanes.flatMap((lane) => lane.frames.map(name)))].sort((a, b) => b - a);
  return names.map((moment) => ({
    name: moment,
    frames: lanes.map((lane) => {
      let at = -1;
      lane.frames.forEach((frame, i) => {
        if (name(frame) >= moment) at = i;
      });
      return Math.max(0, at);
    }),
    own: lanes.map((lane) => lane.frames.some((frame) => name(frame) === moment)), // not held from an earlier moment
  }));
}

const frameOf = (lane, at = state.at) => state.lanes[lane]?.frames[state.clock[at]?.frames[lane]];
const total = () => Math.max(state.value?.total ?? 0, state.clock.length);
