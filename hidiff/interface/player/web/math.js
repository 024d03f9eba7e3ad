// Pure: what the server coded, and the equations of hidiff/diffusion (bernoulli.py, noise.py) for one pixel.

/** @param {string} base64 */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {CompressionStream | DecompressionStream} through
 */
async function piped(bytes, through) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer());
}

/** @param {string} base64 zlib */
function unpacked(base64) {
  return piped(bytesOf(base64), new DecompressionStream("deflate"));
}

/**
 * One byte a bit, 0 or 1.
 * @param {Bits} code
 * @param {number} count
 */
async function bitsOf(code, count) {
  const packed = await unpacked(code);
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (packed[i >> 3] >> (7 - (i & 7))) & 1;
  return out;
}

/**
 * The inverse of `bitsOf`: eight bits a byte, zlib, base64.
 * @param {ArrayLike<number>} bits
 * @returns {Promise<Bits>}
 */
async function codeOf(bits) {
  const packed = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) if (bits[i]) packed[i >> 3] |= 128 >> (i & 7);
  const bytes = await piped(packed, new CompressionStream("deflate"));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/**
 * Numbers in 0..1; see encoding.py.
 * @param {CodedMap} code
 * @param {number} count
 */
async function mapOf({ top, odds, data, at, exact }, count) {
  const planes = await unpacked(data);
  const table = new Float32Array(top + 1);
  for (let level = 0; level <= top; level++) {
    const share = level / top;
    table[level] = odds && level > 0 && level < top ? 1 / (1 + Math.exp(-odds * (2 * share - 1))) : share;
  }
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = table[top > 255 ? planes[i] + 256 * planes[count + i] : planes[i]];
  if (at && exact) {
    const places = new Uint32Array((await unpacked(at)).buffer);
    const values = new Float32Array((await unpacked(exact)).buffer);
    places.forEach((place, i) => (out[place] = values[i]));
  }
  return out;
}

/**
 * Where the trace's own mean was sent along with eps_hat: place -> mean.
 * @param {CodedDoubt} code
 * @returns {Promise<Map<number, number>>}
 */
async function meansOf({ at, mean }) {
  if (!at || !mean) return new Map();
  const places = new Uint32Array((await unpacked(at)).buffer);
  const values = new Float32Array((await unpacked(mean)).buffer);
  return new Map(Array.from(places, (place, i) => [place, values[i]]));
}

// --- the curves' numbers

/**
 * The least and the most of an axis that holds the values and spans at least so much, within two ends.
 * @param {number[]} values
 * @param {number} span
 * @param {number} floor
 * @param {number} ceiling
 */
function axisOf(values, span, floor, ceiling) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const wide = Math.min(Math.max(high - low, span), ceiling - floor);
  const least = Math.min(Math.max((low + high - wide) / 2, floor), ceiling - wide);
  return { low: least, high: least + wide };
}

/** The entropy in bits of 0/1024, 1/1024, ... 1. */
const ENTROPIES = Float64Array.from({ length: 1025 }, (_, level) => {
  const share = level / 1024;
  return level % 1024 ? -share * Math.log2(share) - (1 - share) * Math.log2(1 - share) : 0;
});

/**
 * The mean entropy of a map of shares in 0..1, in bits a pixel.
 * @param {Float32Array} map
 */
function entropyOf(map) {
  let sum = 0;
  for (let i = 0; i < map.length; i++) sum += ENTROPIES[Math.round(1024 * map[i])];
  return sum / map.length;
}

// --- the noise: Philox 4x32-10

/**
 * The two halves of a product of whole numbers below 2^32.
 * @param {number} a
 * @param {number} b
 */
function product(a, b) {
  const low = a & 0xffff, high = a >>> 16, right = b & 0xffff, left = b >>> 16;
  const first = low * right;
  const middle = low * left + high * right + Math.floor(first / 65536);
  return [high * left + Math.floor(middle / 65536), ((middle % 65536) * 65536 + (first % 65536)) >>> 0];
}

/**
 * @param {number[]} counter four words
 * @param {number[]} key two words
 */
function philox(counter, key) {
  let [x0, x1, x2, x3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = product(0xd2511f53, x0);
    const [high1, low1] = product(0xcd9e8d57, x2);
    [x0, x1, x2, x3] = [(high1 ^ x1 ^ k0) >>> 0, low1, (high0 ^ x3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [x0, x1, x2, x3];
}

/**
 * u at an address.
 * @param {number[]} seed two words, the low one first
 * @param {number} sample
 * @param {number} t
 * @param {number} channel
 * @param {number} row
 * @param {number} column
 */
function uniform(seed, sample, t, channel, row, column) {
  const block = philox([column >>> 2, row, t, (sample * 65536 + channel) >>> 0], seed);
  return ((block[column & 3] >>> 8) | 1) / 16777216;
}

// --- the reverse step

/** @typedef {[theta_1: number, theta_2: number]} Theta the unnormalised probabilities of y_s = 0 and of y_s = 1 */

/**
 * @param {number} y y_t
 * @param {number} y0 y_0
 * @param {number} p
 * @param {number} alpha
 * @param {number} alphaBarS
 * @returns {Theta}
 */
function theta(y, y0, p, alpha, alphaBarS) {
  const redrawn = Math.abs(1 - y - p);
  return [
    (alpha * (1 - y) + (1 - alpha) * redrawn) * (alphaBarS * (1 - y0) + (1 - alphaBarS) * (1 - p)),
    (alpha * y + (1 - alpha) * redrawn) * (alphaBarS * y0 + (1 - alphaBarS) * p),
  ];
}

/** @typedef {(y: number, y0: number, p: number, alpha: number, alphaBarS: number) => number} PosteriorMean */

/** @type {PosteriorMean} */
function posterior(y, y0, p, alpha, alphaBarS) {
  const [theta_1, theta_2] = theta(y, y0, p, alpha, alphaBarS);
  return theta_1 + theta_2 > 0 ? theta_2 / (theta_1 + theta_2) : alphaBarS * y0 + (1 - alphaBarS) * p;
}

/** @type {PosteriorMean} */
function mixtureMean(y, y0, p, alpha, alphaBarS) {
  return y0 * posterior(y, 1, p, alpha, alphaBarS) + (1 - y0) * posterior(y, 0, p, alpha, alphaBarS);
}

/** @type {PosteriorMean} */
function plugInMean(y, y0, p, alpha, alphaBarS) {
  return posterior(y, y0, p, alpha, alphaBarS);
}

/**
 * @param {number} y
 * @param {number} y0
 * @param {number} alphaBarT
 * @param {number} alphaBarS
 */
function ddimMean(y, y0, alphaBarT, alphaBarS) {
  const sigma = (1 - alphaBarS) / (1 - alphaBarT);
  return sigma * y + (alphaBarS - sigma * alphaBarT) * y0;
}

/**
 * The samplers, by the names they have in hidiff/diffusion/samplers.py. thetas: what the posterior is told of y_0, y0_hat
 * itself or either clean bit; null where the mean is not one of the posterior's.
 * @typedef {object} SamplerRule
 * @property {(y: number, y0: number, p: number, alphaBarT: number, alphaBarS: number) => number} mean
 * @property {"of y0_hat" | "of 0 and 1" | null} thetas
 */
/** @type {Record<string, SamplerRule>} */
const SAMPLERS = {
  ancestral: {
    mean: (y, y0, p, alphaBarT, alphaBarS) => mixtureMean(y, y0, p, alphaBarT / alphaBarS, alphaBarS),
    thetas: "of 0 and 1",
  },
  plug_in: {
    mean: (y, y0, p, alphaBarT, alphaBarS) => plugInMean(y, y0, p, alphaBarT / alphaBarS, alphaBarS),
    thetas: "of y0_hat",
  },
  ddim: {
    mean: (y, y0, _p, alphaBarT, alphaBarS) => ddimMean(y, y0, alphaBarT, alphaBarS),
    thetas: null,
  },
};

/**
 * The entry of a table. A name that is not in it is an error: nothing runs in its place.
 * @template Entry
 * @param {Record<string, Entry>} table
 * @param {string} name
 */
function named(table, name) {
  if (!Object.hasOwn(table, name)) throw new Error(`"${name}" is none of ${Object.keys(table).join(", ")}`);
  return table[name];
}

/**
 * The mean of y_s.
 * @param {number} y
 * @param {number} y0
 * @param {number} p
 * @param {number} alphaBarT
 * @param {number} alphaBarS
 * @param {string} sampler
 */
function reverseMean(y, y0, p, alphaBarT, alphaBarS, sampler) {
  return named(SAMPLERS, sampler).mean(y, y0, p, alphaBarT, alphaBarS);
}

/**
 * What a story needs of a step and of its chain, decoded.
 * @typedef {object} StepMaps
 * @property {number} t
 * @property {number} s
 * @property {number} alpha_bar
 * @property {number} alpha_bar_s
 * @property {Uint8Array} before
 * @property {Uint8Array} after
 * @property {Float32Array} eps
 * @property {Map<number, number>} means
 */
/** @typedef {Omit<Chain, "p"> & { p: Float32Array }} ChainMaps */

/**
 * What made one bit of one step; thetas as the mean's form needs them, and no toss in the last step.
 * @typedef {object} Story
 * @property {number} t
 * @property {number} s
 * @property {number} p
 * @property {number} y
 * @property {number} eps
 * @property {number} y0
 * @property {number} out
 * @property {number} alphaBar
 * @property {number} alphaBarS
 * @property {number} alpha
 * @property {Theta | null} theta
 * @property {[Theta, Theta] | null} thetaIf
 * @property {number | null} mean
 * @property {number | null} u
 */

/**
 * Everything that made one bit of one step.
 * @param {StepMaps} frame
 * @param {ChainMaps} chain
 * @param {number} place index in the chain's grid
 * @returns {Story}
 */
function story(frame, chain, place) {
  const width = chain.size[1];
  const y = frame.before[place];
  const eps = frame.eps[place];
  /** @type {Story} */
  const out = {
    t: frame.t, s: frame.s, p: chain.p[place], y, eps, y0: Math.abs(y - eps), out: frame.after[place],
    alphaBar: frame.alpha_bar, alphaBarS: frame.alpha_bar_s, alpha: frame.alpha_bar / frame.alpha_bar_s,
    theta: null, thetaIf: null, mean: null, u: null,
  };
  if (frame.s === 0) return out;
  const { y0, p, alpha, alphaBar, alphaBarS } = out;
  const sampler = named(SAMPLERS, chain.sampler);
  if (sampler.thetas === "of y0_hat") out.theta = theta(y, y0, p, alpha, alphaBarS);
  else if (sampler.thetas) out.thetaIf = [theta(y, 0, p, alpha, alphaBarS), theta(y, 1, p, alpha, alphaBarS)];
  out.mean = frame.means.get(place) ?? sampler.mean(y, y0, p, alphaBar, alphaBarS);
  const row = chain.origin[0] + Math.floor(place / width);
  out.u = uniform(chain.seed, chain.sample, frame.s, chain.channel, row, chain.origin[1] + (place % width));
  return out;
}

/**
 * The same with other numbers in the place of the trace's own, and the same coin.
 * @param {StepMaps} frame
 * @param {ChainMaps} chain
 * @param {number} place
 * @param {{ p: number, y: number, eps: number }} given
 * @returns {Story}
 */
function storyWith(frame, chain, place, { p, y, eps }) {
  const width = chain.size[1];
  /** @type {[number, number]} */
  const origin = [chain.origin[0] + Math.floor(place / width), chain.origin[1] + (place % width)];
  const alone = { before: Uint8Array.of(y), after: Uint8Array.of(y), eps: Float32Array.of(eps), means: new Map() };
  const told = story({ ...frame, ...alone }, { ...chain, size: [1, 1], p: Float32Array.of(p), origin }, 0);
  return { ...told, out: Number(told.mean === null || told.u === null ? told.y0 > 0.5 : told.u < told.mean) };
}

/**
 * The pixel that tells most: it flips, but once or twice if there is such a one; the last guess of it is decided, and
 * on the way it was in doubt.
 * @param {Pick<StepMaps, "before" | "after" | "eps">[]} steps
 * @returns {number} its place in the grid
 */
function tellingPixel(steps) {
  const last = steps[steps.length - 1];
  const flips = new Uint16Array(last.eps.length);
  const doubt = new Float32Array(last.eps.length);
  for (const { before, after, eps } of steps) {
    for (let i = 0; i < flips.length; i++) {
      if (before[i] !== after[i]) flips[i]++;
      doubt[i] = Math.max(doubt[i], 4 * eps[i] * (1 - eps[i]));
    }
  }
  let [best, most] = [0, -Infinity];
  for (let i = 0; i < flips.length; i++) {
    const often = flips[i] === 0 ? 1e6 : flips[i] === 1 ? 0 : flips[i] === 2 ? 0.4 : 2 * flips[i];
    const late = last.before[i] !== last.after[i] ? 0.5 : 0; // without a coin there is less to tell
    const score = Math.abs(1 - 2 * last.eps[i]) + doubt[i] - often - late;
    if (score > most) [best, most] = [i, score];
  }
  return best;
}

/**
 * Nothing is rounded to a certainty, nor to the half at which an answer is cut.
 * @param {number} share
 */
function percent(share) {
  if (share > 0.995 && share < 1) return ">99";
  if (share < 0.005 && share > 0) return "<1";
  const off = Math.abs(share - 0.5);
  return hidiffTexts.number(100 * share, off === 0 || off >= 0.005 ? 0 : off >= 0.0005 ? 1 : 2);
}
