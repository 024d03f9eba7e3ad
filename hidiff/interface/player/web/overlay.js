// Colour maps and overlays: every map as something that fills a canvas, pixel by pixel.

/** @typedef {(out: Uint32Array) => void} Fill one word for each pixel */
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
   * What a base lays over the photograph, as something to fill the scratch with; null for the photograph itself.
   * @param {Base} base
   * @param {number} lane
   * @returns {Fill | null}
   */
  function overlayOf(base, lane, at = state.at) {
    const frame = state.shown(lane, at);
    const { chain } = state.lanes[lane];
    if (base === "bits" && frame.kind === "prior") return shaded(frame.guess, GREY); // no coin has been tossed yet
    if (base === "bits") return blackAndWhite(frame.kind === "answer" ? frame.after : frame.before);
    if (base === "guess") return shaded(frame.guess, GREY);
    if (base === "doubt") return frame.kind === "step" ? shaded(frame.eps, HEAT) : null;
    if (base === "mean") return shaded(chain ? state.meanOf(frame, chain) : frame.guess, GREY);
    if (base === "flips") return flipsOf(frame, [dim, lit]);
    if (base === "difference") return differenceOf(lane, at).fill;
    return null;
  }

  /**
   * @param {SampleMap} name
   * @param {ShownSamples} samples
   */
  const samplesOverlay = (name, samples) => shaded(samples[name], name === "mean" ? GREY : HEAT);

  /** @param {ShownFrame} frame */
  const flipsAlone = (frame) => flipsOf(frame, [CLEAR, CLEAR]);

  /**
   * @param {ShownFrame} frame
   * @param {[number, number]} stays
   * @returns {Fill}
   */
  function flipsOf({ before, after }, [stays0, stays1]) {
    return (out) => {
      for (let i = 0; i < out.length; i++) {
        out[i] = before[i] === after[i] ? (before[i] ? stays1 : stays0) : after[i] ? on : off;
      }
    };
  }

  /**
   * The masks of both lanes compared on the grid of one of them; where the other has no pixel they count as equal.
   * only: how many pixels are in one lane alone, counted by the fill.
   * @param {number} lane
   */
  function differenceOf(lane, at = state.at) {
    const [frame, other] = [state.shown(lane, at), state.shown(1 - lane, at)];
    const [top, left, height, width] = frame.box;
    const [otherTop, otherLeft, otherHeight, otherWidth] = other.box;
    const only = [0, 0];
    const colours = [pack(ONLY[lane]), pack(ONLY[1 - lane])];
    /** @type {Fill} */
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

  return { ACCENT, pack, painted, blackAndWhite, overlayOf, samplesOverlay, flipsAlone, differenceOf };
}
