// What the player holds: the lanes, their frames decoded, and the clock that they share.

/**
 * What every frame has once it is decoded. mean is worked out when it is first looked at.
 * @typedef {object} Decoded
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} before
 * @property {Uint8Array} after
 * @property {Float32Array} guess
 * @property {Float32Array | null} mean
 * @property {string} label
 * @property {string} sentence
 * @property {string} alt
 * @property {Fact[]} facts
 * @property {Frame} raw as it came
 */
/** @typedef {"before" | "after" | "label" | "sentence" | "facts"} Coded what is decoded or said */
/** @typedef {Omit<PriorFrame, Coded | "guess"> & Decoded} ShownPrior */
/** @typedef {Omit<AnswerFrame, Coded | "guess"> & Decoded} ShownAnswer */
/** @typedef {{ eps: Float32Array, means: Map<number, number> }} Doubts */
/** @typedef {Omit<StepFrame, Coded | "eps"> & Decoded & Doubts} ShownStep */
/** @typedef {Omit<TossFrame, Coded> & Decoded} ShownToss its guess is the prior as the chain uses it */
/** @typedef {ShownPrior | ShownToss | ShownStep | ShownAnswer} ShownFrame */
/** @typedef {{ box: Box, height: number, width: number, bits: Uint8Array }} ShownReference of the whole image */

/** @typedef {{ height: number, width: number, masks: Uint8Array[] }} SampleMasks */
/** @typedef {{ mean: Float32Array, disagreement: Float32Array }} SampleMaps */
/** @typedef {Omit<Samples, "masks" | "mean" | "disagreement"> & SampleMasks & SampleMaps} ShownSamples */

/** @typedef {Omit<Neuron, "plus" | "seen" | "weights"> & { plus: Uint8Array, seen: Uint8Array, weights: Uint8Array }} ShownNeuron */
/**
 * @typedef {object} Lane
 * @property {((Payload | SecondLane) & Words) | null} value the last that came
 * @property {ImageBitmap | null} whole the photograph
 * @property {{ box: Box, picture: ImageBitmap } | null} closer
 * @property {ChainMaps | null} chain
 * @property {ShownSamples | null} samples
 * @property {ShownReference | null} reference
 * @property {ShownNeuron | null} neuron
 * @property {ShownFrame[]} frames
 */

/** @typedef {Record<"title" | "lead" | "badge" | "note", string>} Words as they are said */
/**
 * A value whose texts are said; raw: what they are said of.
 * @template Value
 * @typedef {Value & { raw?: Record<string, Said> }} Spoken
 */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ x: number, y: number, width: number, height: number }} Rect in original pixels */
/**
 * Which rectangle of the image the stage shows.
 * @typedef {object} Viewed
 * @property {Rect | null} now
 * @property {Rect | null} goal where it moves
 * @property {boolean} free whether a hand has chosen it
 */

/** @typedef {"image" | "bits" | "guess" | "doubt" | "mean" | "flips" | "errors" | "difference" | "prior" | "noise"} Base */
/** @typedef {"outline" | "flips" | "reference" | "closer"} Layer */
/** @typedef {"mean" | "disagreement"} SampleMap */
/** @typedef {{ lane: number, base: Base }} Pane what one cell of the stage shows */
/** @typedef {{ name: number, frames: number[], own: boolean[] }} Tick */

/**
 * @typedef {object} Held
 * @property {string | null} run which run the frames belong to
 * @property {string | null} picture which picture it shows
 * @property {(Payload & Words) | null} value the payload they came from
 * @property {Lane[]} lanes
 * @property {Tick[]} clock for every moment its name and, lane by lane, which frame is shown
 * @property {number} at
 * @property {boolean} follow show the newest frame until somebody takes the slider
 * @property {Base} base what lies beside the photograph, or on it in each of two lanes
 * @property {boolean} chosen whether somebody has chosen the base
 * @property {Record<Layer, boolean>} layers
 * @property {number} opacity
 * @property {number} split which share of a photograph lies before the divider of prior and answer
 * @property {number} pace
 * @property {boolean} loop
 * @property {Play} auto how it plays by itself at present
 * @property {number} timer
 * @property {SampleMap | null} sample which of the samples' maps lies on the answer
 * @property {Viewed} view
 */

/** @typedef {ReturnType<typeof makeState>} State */

function makeState() {
  /** @type {Held} */
  const state = {
    run: null,
    picture: null,
    value: null,
    lanes: [],
    clock: [],
    at: 0,
    follow: true,
    base: "bits",
    chosen: false,
    layers: { outline: true, flips: true, reference: false, closer: true },
    opacity: 1,
    split: 0.5,
    pace: 1,
    loop: false,
    auto: "no",
    timer: 0,
    sample: null,
    view: { now: null, goal: null, free: false },
  };

  /**
   * What a frame says, in the page's language.
   * @param {Frame} frame
   */
  function toldOf(frame) {
    const [label, sentence] = [hidiffTexts.tell(frame.label), hidiffTexts.tell(frame.sentence)];
    const facts = frame.facts.map((fact) => /** @type {Fact} */ (fact.map(hidiffTexts.tell)));
    return { label, sentence, facts, alt: hidiffTexts.say("player.js.alt", { title: label, sentence }) };
  }

  /**
   * What a value says, in the page's language.
   * @template {Payload | SecondLane} Value
   * @param {Value} value
   * @returns {Value & Words}
   */
  function spoken(value) {
    const { title, lead, badge, note } = value;
    const raw = /** @type {Spoken<Value>} */ (value).raw ?? { title, lead, badge, note };
    const said = Object.fromEntries(Object.entries(raw).map(([name, one]) => [name, hidiffTexts.tell(one)]));
    return /** @type {Value & Words} */ ({ ...value, ...said, raw });
  }

  // Everything that is held, said anew: the page speaks another language.
  function retell() {
    if (state.value) state.value = spoken(state.value);
    for (const lane of state.lanes) {
      if (lane.value) lane.value = spoken(lane.value);
      for (const frame of lane.frames) Object.assign(frame, toldOf(frame.raw));
    }
  }

  /** @param {Jpeg} base64 */
  function photograph(base64) {
    return createImageBitmap(new Blob([bytesOf(base64)], { type: "image/jpeg" }), { colorSpaceConversion: "none" });
  }

  /**
   * @param {Frame} frame
   * @param {ChainMaps | null} chain
   * @returns {Promise<ShownFrame>}
   */
  async function decoded(frame, chain) {
    const [height, width] = frame.size;
    const count = height * width;
    const [before, after] = await Promise.all([bitsOf(frame.before, count), bitsOf(frame.after, count)]);
    const maps = { height, width, before, after, mean: null, raw: frame, ...toldOf(frame) };
    if (frame.kind === "toss") return { ...frame, ...maps, guess: chain?.p ?? new Float32Array(count) };
    if (frame.kind !== "step") return { ...frame, ...maps, guess: await mapOf(frame.guess, count) };
    const eps = await mapOf(frame.eps, count);
    const means = await meansOf(frame.eps);
    const guess = new Float32Array(count);
    for (let i = 0; i < count; i++) guess[i] = Math.abs(before[i] - eps[i]);
    return { ...frame, ...maps, eps, means, guess };
  }

  /**
   * @param {Chain} chain
   * @returns {Promise<ChainMaps>}
   */
  async function decodedChain(chain) {
    named(SAMPLERS, chain.sampler); // a rule that is not known here is refused before anything is shown by it
    const [height, width] = chain.size;
    return { ...chain, p: await mapOf(chain.p, height * width) };
  }

  /**
   * @param {Samples} samples
   * @returns {Promise<ShownSamples>}
   */
  async function decodedSamples(samples) {
    const [height, width] = samples.size;
    const count = height * width;
    const coming = samples.masks.map((mask) => bitsOf(mask, count));
    const maps = [samples.mean, samples.disagreement].map((map) => mapOf(map, count));
    const [mean, disagreement] = await Promise.all(maps);
    return { ...samples, height, width, mean, disagreement, masks: await Promise.all(coming) };
  }

  /**
   * @param {Reference} reference
   * @param {Size} image
   * @returns {Promise<ShownReference>}
   */
  async function decodedReference({ size: [height, width], bits }, image) {
    return { box: [0, 0, ...image], height, width, bits: await bitsOf(bits, height * width) };
  }

  /**
   * @param {Neuron} neuron
   * @returns {Promise<ShownNeuron>}
   */
  async function decodedNeuron(neuron) {
    const codes = [neuron.plus, neuron.seen, neuron.weights].map((code) => bitsOf(code, 9 * neuron.channels));
    const [plus, seen, weights] = await Promise.all(codes);
    return { ...neuron, plus, seen, weights };
  }

  /** @returns {Lane} */
  const newLane = () => ({
    value: null, whole: null, closer: null, chain: null, samples: null, reference: null, neuron: null, frames: [],
  });

  /**
   * Brings a lane up to what came; `lane` is a new one where the run is new.
   * @param {Lane} lane
   * @param {Payload | SecondLane} value
   * @param {Lane | null} first the first lane, whose pictures a second shares
   */
  async function absorbLane(lane, value, first) {
    const [whole, closer] = [value.whole ?? first?.whole ?? null, value.closer];
    if (!lane.whole) lane.whole = typeof whole === "string" ? await photograph(whole) : whole;
    if (closer && !lane.closer) {
      const picture = closer.picture ? await photograph(closer.picture) : first?.closer?.picture;
      if (!picture) throw new Error("a closer look has a picture, its own or the first lane's");
      lane.closer = { box: closer.box, picture };
    }
    if (value.chain && !lane.chain) lane.chain = await decodedChain(value.chain);
    if (value.samples && !lane.samples) lane.samples = await decodedSamples(value.samples);
    lane.reference ??= value.reference ? await decodedReference(value.reference, value.size) : (first?.reference ?? null);
    if ("neuron" in value && value.neuron && !lane.neuron) lane.neuron = await decodedNeuron(value.neuron);
    const { chain } = lane;
    const news = await Promise.all(value.frames.slice(lane.frames.length).map((frame) => decoded(frame, chain)));
    lane.frames.push(...news);
    lane.value = spoken(value);
  }

  /**
   * The posterior mean of a whole frame, worked out when it is first looked at.
   * @param {ShownFrame} frame
   * @param {ChainMaps} chain
   */
  function meanOf(frame, chain) {
    if (frame.kind !== "step" || frame.s === 0) return frame.guess; // without a next toss the guess decides
    if (frame.mean) return frame.mean;
    const mean = new Float32Array(frame.guess.length);
    for (let i = 0; i < mean.length; i++) {
      mean[i] = reverseMean(
        frame.before[i], frame.guess[i], chain.p[i], frame.alpha_bar, frame.alpha_bar_s, chain.sampler,
      );
    }
    frame.means.forEach((sent, place) => (mean[place] = sent));
    frame.mean = mean;
    return mean;
  }

  /**
   * Moments of all lanes in order: the prior, the coin toss, every t that a lane has, the answer. A lane that skips a t
   * stays as it is; own: whether a lane's frame is not held from an earlier moment.
   * @param {Lane[]} lanes
   * @returns {Tick[]}
   */
  function clockOf(lanes) {
    /** @param {ShownFrame} frame */
    const name = (frame) =>
      frame.kind === "step" ? frame.t : frame.kind === "toss" ? frame.t + 0.5 : frame.kind === "prior" ? Infinity : -1;
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
      own: lanes.map((lane) => lane.frames.some((frame) => name(frame) === moment)),
    }));
  }

  /**
   * The frame that a lane shows at a moment, if there is one.
   * @param {number} lane
   * @returns {ShownFrame | undefined}
   */
  const frameOf = (lane, at = state.at) => state.lanes[lane]?.frames[state.clock[at]?.frames[lane]];

  /**
   * The same where there must be one.
   * @param {number} lane
   */
  function shown(lane, at = state.at) {
    const frame = frameOf(lane, at);
    if (!frame) throw new Error(`lane ${lane} has no frame at moment ${at}`);
    return frame;
  }

  /** @returns {Size} */
  function imageSize() {
    if (!state.value) throw new Error("no picture is shown");
    return state.value.size;
  }

  /**
   * What the cells of the stage show: two lanes the same base, one lane the photograph and beside it the base.
   * @returns {Pane[]}
   */
  function panes() {
    const { lanes, base } = state;
    if (lanes.length > 1) return lanes.map((_, lane) => ({ lane, base }));
    return base === "image" ? [{ lane: 0, base }] : [{ lane: 0, base: "image" }, { lane: 0, base }];
  }

  /**
   * The prior, where a pane compares the answer with it.
   * @param {Pane} pane
   * @returns {ShownPrior | null}
   */
  function comparedWith({ lane, base }) {
    const [frame, prior] = [frameOf(lane), state.lanes[lane]?.frames[0]];
    if (base !== "image" || !state.layers.outline || frame?.kind !== "answer" || prior?.kind !== "prior") return null;
    const covered = state.sample !== null && panes().length === 1;
    return covered || frame.on + frame.off === 0 ? null : prior;
  }

  const total = () => Math.max(state.value?.total ?? 0, state.clock.length);

  return Object.assign(state, { spoken, retell, newLane, absorbLane, meanOf, clockOf, frameOf, shown, imageSize, panes, comparedWith, total });
}
