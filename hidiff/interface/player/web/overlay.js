// Colour maps and overlays: every map as something that fills a canvas, pixel by pixel.

/** @typedef {(out: Uint32Array) => void} Fill one word for each pixel */
/** @typedef {Grid & { fill: Fill }} Laid a picture of a map and where it lies */
/** @typedef {[red: number, green: number, blue: number]} Colour */
/** @typedef {ReturnType<typeof makeOverlay>} Overlay */

/** @param {{ dom: Dom, state: State }} parts */
function makeOverlay({ dom, state }) {
  /** @type {Colour} */
  const ON = [74, 168, 255];
  /** @type {Colour} */
  const OFF = [255, 157, 46];
  /** @type {Colour[]} */
  const ONLY = [[240, 228, 66], [214, 120, 190]]; // of two lanes: only in the first, only in the second
  /** @type {Colour} */
  const ACCENT = [167, 139, 250]; // strokes of a hand
  /** @type {Colour} */
  const MASK = [255, 255, 255]; // a guess
  /** @type {Colour} */
  const REFERENCE = [142, 240, 170];
  /** @type {Colour[]} */
  const ERRORS = [[88, 196, 138], [213, 94, 154], [240, 228, 66]]; // right, missed, false
  const FILLED = 150; // of 255: how a thin guess covers the photograph
  const CLEAR = 0;

  /** @param {Colour} colour */
  const pack = ([red, green, blue], alpha = 255) => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

  /** @param {Colour[]} stops */
  const ramp = (stops) =>
    Uint32Array.from({ length: 256 }, (_, i) => {
      const place = (i / 255) * (stops.length - 1);
      const from = Math.min(stops.length - 2, Math.floor(place));
      const mixed = stops[from].map((value, c) => Math.round(value + (place - from) * (stops[from + 1][c] - value)));
      return pack(/** @type {Colour} */ (mixed));
    });
  const GREY = ramp([[0, 0, 0], [255, 255, 255]]);
  const HEAT = ramp([[8, 8, 20], [75, 20, 100], [180, 45, 95], [245, 125, 60], [252, 245, 170]]);

  const black = pack([0, 0, 0]), white = pack([255, 255, 255]), dim = pack([30, 32, 36]), lit = pack([125, 128, 134]);
  const [on, off] = [pack(ON), pack(OFF)];

  const scratch = new OffscreenCanvas(1, 1);
  /** @type {ImageData | null} */
  let pixels = null;

  /**
   * Fills the scratch canvas with a colour for every pixel and gives it back.
   * @param {number} width
   * @param {number} height
   * @param {Fill} fill
   */
  function painted(width, height, fill) {
    if (scratch.width !== width || scratch.height !== height || !pixels) {
      scratch.width = width;
      scratch.height = height;
      pixels = new ImageData(width, height);
    }
    fill(new Uint32Array(pixels.data.buffer));
    dom.hiddenPaperOf(scratch).putImageData(pixels, 0, 0);
    return scratch;
  }

  /**
   * @param {Float32Array} map
   * @param {Uint32Array} colours
   * @returns {Fill}
   */
  const shaded = (map, colours) => (out) => {
    for (let i = 0; i < out.length; i++) out[i] = colours[Math.round(255 * map[i])];
  };

  /**
   * @param {Uint8Array} bits
   * @returns {Fill}
   */
  const blackAndWhite = (bits) => (out) => {
    for (let i = 0; i < out.length; i++) out[i] = bits[i] ? white : black;
  };

  /**
   * What a base lays over the photograph; null for the photograph itself.
   * @param {Base} base
   * @param {number} lane
   * @param {number} scale pixels of the page that an original pixel takes
   * @returns {Laid | null}
   */
  function overlayOf(base, lane, scale, at = state.at) {
    if (base === "errors") return errorsOverlay(lane, scale, at);
    if (base === "prior" || base === "noise") return chainOverlay(base, lane, at);
    const fill = fillOf(base, lane, scale, at);
    return fill && laid(state.shown(lane, at), fill);
  }

  /**
   * @param {Grid} grid
   * @param {Fill} fill
   * @returns {Laid}
   */
  const laid = ({ box, height, width }, fill) => ({ box, height, width, fill });

  /**
   * @param {Base} base
   * @param {number} lane
   * @param {number} scale
   * @param {number} at
   */
  function fillOf(base, lane, scale, at) {
    const frame = state.shown(lane, at);
    const { chain } = state.lanes[lane];
    if (base === "bits" && frame.kind === "prior") return shaded(frame.guess, GREY); // no coin has been tossed yet
    if (base === "bits") return blackAndWhite(frame.kind === "answer" ? frame.after : frame.before);
    if (base === "guess") return shaded(frame.guess, GREY);
    if (base === "doubt") return frame.kind === "step" ? shaded(frame.eps, HEAT) : null;
    if (base === "mean") return shaded(chain ? state.meanOf(frame, chain) : frame.guess, GREY);
    if (base === "flips") return flipsOf(frame, scale, [dim, lit]);
    if (base === "difference") return differenceOf(lane, at).fill;
    return null;
  }

  /** @type {WeakMap<ShownFrame, Float32Array>} */
  const drawnNumbers = new WeakMap(); // the random numbers of a frame, worked out when they are first looked at

  /**
   * The numbers that a frame's bits are compared with: u of the toss, or of the step's end; null where none are drawn.
   * @param {ShownFrame} frame
   * @param {ChainMaps} chain
   */
  function noiseOf(frame, chain) {
    const t = frame.kind === "toss" ? frame.t : frame.kind === "step" ? frame.s : 0;
    if (!t) return null;
    const known = drawnNumbers.get(frame);
    if (known) return known;
    const [, width] = chain.size;
    const { seed, sample, channel, origin: [top, left] } = chain;
    const numbers = Float32Array.from(chain.p, (_, i) =>
      uniform(seed, sample, t, channel, top + Math.floor(i / width), left + (i % width)));
    drawnNumbers.set(frame, numbers);
    return numbers;
  }

  /**
   * What belongs to the chain and not to its bits: the prior as it uses it, its random numbers.
   * @param {"prior" | "noise"} base
   * @param {number} lane
   * @param {number} at
   * @returns {Laid | null}
   */
  function chainOverlay(base, lane, at) {
    const { chain } = state.lanes[lane];
    const frame = state.shown(lane, at);
    if (!chain) return base === "prior" ? laid(frame, shaded(frame.guess, GREY)) : null;
    const map = base === "prior" ? chain.p : noiseOf(frame, chain);
    return map && laid({ box: chain.box, height: chain.size[0], width: chain.size[1] }, shaded(map, GREY));
  }

  /**
   * @param {SampleMap} name
   * @param {ShownSamples} samples
   */
  const samplesOverlay = (name, samples) => shaded(samples[name], name === "mean" ? GREY : HEAT);

  /**
   * @param {ShownFrame} frame
   * @param {number} scale
   */
  const flipsAlone = (frame, scale) => laid(frame, flipsOf(frame, scale, [CLEAR, CLEAR]));

  /** @type {WeakMap<ShownFrame, { side: number, marks: Marks }>} */
  const flipped = new WeakMap(); // as they were last grown

  /**
   * What changed, thick enough to be seen; where nothing did, a colour for 0 and one for 1.
   * @param {ShownFrame} frame
   * @param {number} scale
   * @param {[number, number]} stays
   * @returns {Fill}
   */
  function flipsOf(frame, scale, stays) {
    const { before, after, box, width, on: added, off: removed } = frame;
    const side = growthFor(added + removed, before.length, (scale * box[3]) / width);
    const known = flipped.get(frame);
    const marks = known?.side === side ? known.marks : thickened(changesOf(before, after), width, side);
    flipped.set(frame, { side, marks });
    const colours = [CLEAR, on, off];
    return (out) => {
      for (let i = 0; i < out.length; i++) out[i] = marks[i] ? colours[marks[i]] : stays[after[i]];
    };
  }

  /**
   * A guess as a translucent area: what a thin object is seen by, whose outline would hide it.
   * @param {ShownFrame} frame
   */
  function maskAlone(frame) {
    const colour = pack(MASK, FILLED);
    return laid(frame, (out) => {
      for (let i = 0; i < out.length; i++) out[i] = frame.guess[i] > 0.5 ? colour : CLEAR;
    });
  }

  /** @typedef {{ marks: Uint8Array, counts: number[] }} Errors counts: of right, missed and false pixels */
  /** @type {WeakMap<ShownFrame, Errors>} */
  const judged = new WeakMap();

  /**
   * The guess against the reference, on the reference's grid; beyond the frame's window the prior holds.
   * @param {number} lane
   * @returns {Errors | null} null without a reference
   */
  function errorsIn(lane, at = state.at) {
    const { reference, frames } = state.lanes[lane];
    const frame = state.shown(lane, at);
    if (!reference) return null;
    const known = judged.get(frame);
    if (known) return known;
    /**
     * @param {ShownFrame} of
     * @param {number} outside
     */
    const maskOf = (of, outside) => resampled(of.guess.map((share) => Number(share > 0.5)), of, reference, outside);
    const [here, beyond] = [maskOf(frame, 2), maskOf(frames[0], 0)];
    for (let i = 0; i < here.length; i++) if (here[i] > 1) here[i] = beyond[i];
    const marks = errorsOf(here, reference.bits);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < marks.length; i++) counts[marks[i]]++;
    const errors = { marks, counts: counts.slice(1) };
    judged.set(frame, errors);
    return errors;
  }

  /**
   * @param {number} lane
   * @param {number} scale
   * @param {number} at
   * @returns {Laid | null}
   */
  function errorsOverlay(lane, scale, at) {
    const [errors, { reference }] = [errorsIn(lane, at), state.lanes[lane]];
    if (!errors || !reference) return null;
    const { width, box } = reference;
    const { marks, counts } = errors;
    const side = growthFor(counts[1] + counts[2], marks.length, (scale * box[3]) / width);
    const grown = thickened(marks, width, side, [2, 3]);
    const colours = [CLEAR, ...ERRORS.map((colour) => pack(colour))];
    return laid(reference, (out) => {
      for (let i = 0; i < out.length; i++) out[i] = colours[grown[i]];
    });
  }

  /**
   * The masks of both lanes compared on the grid of one of them; where the other has no pixel they count as equal.
   * only: how many pixels are in one lane alone, counted by the fill.
   * @param {number} lane
   */
  function differenceOf(lane, at = state.at) {
    const [frame, other] = [state.shown(lane, at), state.shown(1 - lane, at)];
    const only = [0, 0];
    const colours = [pack(ONLY[lane]), pack(ONLY[1 - lane])];
    const there = resampled(other.guess.map((share) => Number(share > 0.5)), other, frame, 2);
    /** @type {Fill} */
    const fill = (out) => {
      for (let i = 0; i < out.length; i++) {
        const here = frame.guess[i] > 0.5;
        const same = there[i] > 1 || here === there[i] > 0;
        out[i] = same ? (here ? lit : dim) : colours[here ? 0 : 1];
        if (!same) only[here ? lane : 1 - lane]++;
      }
    };
    return { fill, only };
  }

  return {
    ACCENT, REFERENCE, pack, painted, blackAndWhite, overlayOf, samplesOverlay, flipsAlone, maskAlone, errorsIn,
    differenceOf,
  };
}
