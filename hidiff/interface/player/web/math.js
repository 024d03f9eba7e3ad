// Pure: what the server coded, and the equations of hidiff/bernoulli.py and hidiff/noise.py for one pixel.

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

async function piped(bytes, through) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer());
}

function unpacked(base64) {
  return piped(bytesOf(base64), new DecompressionStream("deflate"));
}

// One byte a bit, 0 or 1.
async function bitsOf(code, count) {
  const packed = await unpacked(code);
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (packed[i >> 3] >> (7 - (i & 7))) & 1;
  return out;
}

// Numbers in 0..1; see coding.py.
async function mapOf({ top, odds, data, at, exact }, count) {
  const planes = await unpacked(data);
  const table = new Float32Array(top + 1);
  for (let level = 0; level <= top; level++) {
    const share = level / top;
    table[level] = odds && level > 0 && level < top ? 1 / (1 + Math.exp(-odds * (2 * share - 1))) : share;
  }
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = table[top > 255 ? planes[i] + 256 * planes[count + i] : planes[i]];
  if (at) {
    const places = new Uint32Array((await unpacked(at)).buffer);
    const values = new Float32Array((await unpacked(exact)).buffer);
    places.forEach((place, i) => (out[place] = values[i]));
  }
  return out;
}

// Where the trace's own mean was sent along with eps_hat: place -> mean.
async function meansOf({ at, mean }) {
  if (!mean) return new Map();
  const places = new Uint32Array((await unpacked(at)).buffer);
  const values = new Float32Array((await unpacked(mean)).buffer);
  return new Map([...places].map((place, i) => [place, values[i]]));
}

// --- the noise: Philox 4x32-10

// The two halves of a product of whole numbers below 2^32.
function product(a, b) {
  const low = a & 0xffff, high = a >>> 16, right = b & 0xffff, left = b >>> 16;
  const first = low * right;
  const middle = low * left + high * right + Math.floor(first / 65536);
  return [high * left + Math.floor(middle / 65536), ((middle % 65536) * 65536 + (first % 65536)) >>> 0];
}

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

// u at an address; seed as two words, the low one first.
function uniform(seed, sample, t, channel, row, column) {
  const block = philox([column >>> 2, row, t, (sample * 65536 + channel) >>> 0], seed);
  return ((block[column & 3] >>> 8) | 1) / 16777216;
}

// --- the reverse step

// [theta_1, theta_2]
function theta(y, y0, p, alpha, alphaBarS) {
  const redrawn = Math.abs(1 - y - p);
  return [
    (alpha * (1 - y) + (1 - alpha) * redrawn) * (alphaBarS * (1 - y0) + (1 - alphaBarS) * (1 - p)),
    (alpha * y + (1 - alpha) * redrawn) * (alphaBarS * y0 + (1 - alphaBarS) * p),
  ];
}

function posterior(y, y0, p, alpha, alphaBarS) {
  const [off, on] = theta(y, y0, p, alpha, alphaBarS);
  return off + on > 0 ? on / (off + on) : alphaBarS * y0 + (1 - alphaBarS) * p;
}

function reverseMean(y, y0, p, alphaBarT, alphaBarS, sampler, mean) {
  if (sampler === "ddim") {
    const sigma = (1 - alphaBarS) / (1 - alphaBarT);
    return sigma * y + (alphaBarS - sigma * alphaBarT) * y0;
  }
  const alpha = alphaBarT / alphaBarS;
  if (mean === "plug_in") return posterior(y, y0, p, alpha, alphaBarS);
  return y0 * posterior(y, 1, p, alpha, alphaBarS) + (1 - y0) * posterior(y, 0, p, alpha, alphaBarS);
}

// Everything that made one bit of one step. place: index in the chain's grid; chain: see payload.py.
function story(frame, chain, place) {
  const width = chain.size[1];
  const y = frame.before[place];
  const eps = frame.eps[place];
  const out = {
    t: frame.t, s: frame.s, p: chain.p[place], y, eps, y0: Math.abs(y - eps), out: frame.after[place],
    alphaBar: frame.alpha_bar, alphaBarS: frame.alpha_bar_s, alpha: frame.alpha_bar / frame.alpha_bar_s,
    theta: null, thetaIf: null, mean: null, u: null,
  };
  if (frame.s === 0) return out;
  const rule = [out.p, out.alpha, out.alphaBarS];
  if (chain.sampler === "ancestral") {
    if (chain.mean === "plug_in") out.theta = theta(y, out.y0, ...rule);
    else out.thetaIf = [theta(y, 0, ...rule), theta(y, 1, ...rule)];
  }
  const { alphaBar, alphaBarS } = out;
  out.mean = frame.means.get(place) ?? reverseMean(y, out.y0, out.p, alphaBar, alphaBarS, chain.sampler, chain.mean);
  const row = chain.origin[0] + Math.floor(place / width);
  out.u = uniform(chain.seed, chain.sample, frame.s, chain.channel, row, chain.origin[1] + (place % width));
  return out;
}

// Nothing is rounded to a certainty, nor to the half at which an answer is cut.
function percent(share) {
  if (share > 0.995 && share < 1) return ">99";
  if (share < 0.005 && share > 0) return "<1";
  const off = Math.abs(share - 0.5);
  return (100 * share).toFixed(off === 0 || off >= 0.005 ? 0 : off >= 0.0005 ? 1 : 2);
}
