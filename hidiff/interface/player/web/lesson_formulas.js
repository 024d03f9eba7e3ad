// Pure: what lessons ask of a trace, by name. Truths and what follows from usual misconceptions, from the same numbers.

/** @typedef {StepMaps & { guess: Float32Array }} LessonStep */

/**
 * What the formulas read.
 * @typedef {object} LessonTrace
 * @property {ChainMaps} chain
 * @property {LessonStep[]} steps
 * @property {Uint8Array | null} prior the prior's mask, on the chain's grid
 * @property {Uint8Array | null} answer null as long as there is none
 * @property {Uint8Array | null} reference y_0 on the chain's grid; null where there is none
 * @property {ShownNeuron | null} neuron one of the denoiser's, opened; null where none came
 * @property {Record<string, number>} reported figures of the report, by name
 */

/** @typedef {"count" | "sum" | "share" | "time" | "dice" | "gain" | "curve" | "places"} LessonUnit */
/**
 * of: null where this trace has no such number. A curve has a number a step; places are marks on the chain's grid.
 * @typedef {object} LessonFormula
 * @property {LessonUnit} unit
 * @property {(trace: LessonTrace) => number | null} [of]
 * @property {(trace: LessonTrace) => number[] | null} [curve]
 * @property {(trace: LessonTrace) => Uint8Array | null} [places]
 */

const FINGERTIP = 9; // pixels of the chain's grid across

/**
 * @param {number} count
 * @param {(i: number) => number | boolean} of
 */
function summed(count, of) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Number(of(i));
  return sum;
}

/** @param {LessonTrace} trace */
const bitsIn = ({ chain }) => chain.size[0] * chain.size[1];

/** @param {LessonTrace} trace */
const tossed = ({ steps }) => steps[0]?.before ?? null;

/**
 * Dice of two masks; 1 where both are empty.
 * @param {ArrayLike<number | boolean>} one
 * @param {ArrayLike<number | boolean>} other
 */
function diceOf(one, other) {
  const [both, first, second] = [
    summed(one.length, (i) => Boolean(one[i]) && Boolean(other[i])),
    summed(one.length, (i) => Boolean(one[i])),
    summed(other.length, (i) => Boolean(other[i])),
  ];
  return first + second ? (2 * both) / (first + second) : 1;
}

/**
 * @param {LessonTrace} trace
 * @param {(trace: LessonTrace) => Float32Array | null} guess
 */
function diceWith(trace, guess) {
  const map = trace.reference && guess(trace);
  return map && trace.reference ? diceOf(Array.from(map, (share) => share > 0.5), trace.reference) : null;
}

/**
 * The mean of every step's guess.
 * @param {LessonTrace} trace
 */
function votesOf({ steps }) {
  if (!steps.length) return null;
  const out = new Float32Array(steps[0].guess.length);
  for (const { guess } of steps) for (let i = 0; i < out.length; i++) out[i] += guess[i] / steps.length;
  return out;
}

/**
 * The forward process at a time of the chain, with the chain's own random numbers: [u < alpha_bar y_0 + (1 - alpha_bar) p].
 * @param {LessonTrace} trace
 * @param {number} t
 * @param {number} alphaBar
 * @param {number | null} towards null: the prior; else one share for every bit
 * @returns {Uint8Array | null}
 */
function forwardBits({ chain, reference }, t, alphaBar, towards) {
  if (!reference) return null;
  const [, width] = chain.size;
  return Uint8Array.from(reference, (bit, i) => {
    const [row, column] = [chain.origin[0] + Math.floor(i / width), chain.origin[1] + (i % width)];
    const mean = alphaBar * bit + (1 - alphaBar) * (towards ?? chain.p[i]);
    return Number(uniform(chain.seed, chain.sample, t, chain.channel, row, column) < mean);
  });
}

/**
 * How many bits the forward process has wrong at the first time of the chain.
 * @param {LessonTrace} trace
 * @param {number | null} towards
 */
function forgotten(trace, towards) {
  const first = trace.steps[0];
  const bits = first && forwardBits(trace, first.t, first.alpha_bar, towards);
  const { reference } = trace;
  return bits && reference ? summed(bits.length, (i) => bits[i] !== reference[i]) : null;
}

/**
 * The connected parts of a mask that are no specks, neighbours by side: a mark a pixel, 0 outside.
 * @param {Uint8Array} mask
 * @param {number} width
 */
function partsOf(mask, width) {
  const marks = new Int32Array(mask.length);
  const least = Math.max(2, mask.length / 4000);
  let parts = 0;
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || marks[start]) continue;
    const own = [start];
    marks[start] = parts + 1;
    for (let k = 0; k < own.length; k++) {
      const at = own[k];
      const column = at % width;
      const beside = [at - width, at + width, column ? at - 1 : -1, column < width - 1 ? at + 1 : -1];
      for (const next of beside) {
        if (next < 0 || next >= mask.length || !mask[next] || marks[next]) continue;
        marks[next] = parts + 1;
        own.push(next);
      }
    }
    if (own.length >= least) parts++;
    else for (const at of own) marks[at] = -1;
  }
  return { marks, parts };
}

/**
 * The parts of the prior's mask of which more than half is on in the answer, or the others; null unless there are both.
 * @param {LessonTrace} trace
 * @param {boolean} survive
 */
function partsThat({ chain, prior, answer }, survive) {
  if (!prior || !answer) return null;
  const { marks, parts } = partsOf(prior, chain.size[1]);
  const [all, kept] = [new Float64Array(parts + 1), new Float64Array(parts + 1)];
  marks.forEach((mark, i) => {
    if (mark < 1) return;
    all[mark]++;
    kept[mark] += answer[i];
  });
  const survives = Array.from(all, (size, mark) => mark > 0 && kept[mark] > size / 2);
  if (!survives.slice(1).includes(true) || !survives.slice(1).includes(false)) return null;
  return Uint8Array.from(marks, (mark) => Number(mark > 0 && survives[mark] === survive));
}

/**
 * Means over 3 x 3 pixels, fewer at the border.
 * @param {ArrayLike<number>} map
 * @param {number} width
 */
function smoothed(map, width) {
  const height = map.length / width;
  return Float64Array.from(map, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    let [sum, count] = [0, 0];
    for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
      for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
        sum += map[r * width + c];
        count++;
      }
    }
    return sum / count;
  });
}

/**
 * Marks the highest hundredth of a smoothed map and what a fingertip there may touch, and nothing where it is flat.
 * @param {ArrayLike<number>} map
 * @param {number} width
 */
function highest(map, width) {
  const means = smoothed(map, width);
  const sorted = Float64Array.from(means).sort();
  const [bar, middle] = [sorted[Math.floor(0.99 * (sorted.length - 1))], sorted[sorted.length >> 1]];
  if (!(bar > middle)) return null;
  return thickened(Uint8Array.from(means, (mean) => Number(mean >= bar)), width, FINGERTIP, [1]);
}

/**
 * The mean of a bit by a sampler's rule.
 * @param {LessonTrace} trace
 * @param {LessonStep} step
 * @param {number} i
 * @param {string} sampler
 */
function meanBy({ chain }, step, i, sampler) {
  return reverseMean(step.before[i], step.guess[i], chain.p[i], step.alpha_bar, step.alpha_bar_s, sampler);
}

/** @typedef {(trace: LessonTrace) => number | null} Counted */

/** @type {Counted} */
const layerSeen = ({ neuron }) => neuron && summed(neuron.seen.length, (i) => neuron.seen[i]);

/** @type {Counted} */
const layerAgree = ({ neuron }) =>
  neuron && summed(neuron.seen.length, (i) => neuron.seen[i] && neuron.plus[i] === neuron.weights[i]);

/**
 * How many of the first bits are the answer's.
 * @type {Counted}
 */
function bitsAgree(trace) {
  const [bits, { answer }] = [tossed(trace), trace];
  return bits && answer && summed(bits.length, (i) => bits[i] === answer[i]);
}

/**
 * The sum of products of signs, of which so many agree.
 * @param {Counted} agree
 * @param {Counted} seen
 * @returns {Counted}
 */
const signSum = (agree, seen) => (trace) => {
  const [same, all] = [agree(trace), seen(trace)];
  return same === null || all === null ? null : 2 * same - all;
};

/**
 * @param {Counted} agree
 * @param {Counted} seen
 * @returns {Counted}
 */
const signAverage = (agree, seen) => (trace) => {
  const [same, all] = [agree(trace), seen(trace)];
  return same === null || !all ? null : same / all;
};

/** @type {WeakMap<LessonStep[], { at: number, place: number } | null>} */
const GAPS = new WeakMap(); // of a trace's steps, found once

/**
 * The step and the pixel at which the exact mean and the published one lie furthest apart; null where no coin is tossed.
 * @param {LessonTrace} trace
 */
function widestGap(trace) {
  const { steps } = trace;
  const known = GAPS.get(steps);
  if (known !== undefined) return known;
  let [found, widest] = [/** @type {{ at: number, place: number } | null} */ (null), 0];
  steps.forEach((step, at) => {
    if (step.s === 0) return;
    for (let place = 0; place < step.before.length; place++) {
      const gap = Math.abs(meanBy(trace, step, place, "ancestral") - meanBy(trace, step, place, "plug_in"));
      if (gap > widest) [found, widest] = [{ at, place }, gap];
    }
  });
  GAPS.set(steps, found);
  return found;
}

/**
 * @param {(trace: LessonTrace, step: LessonStep, place: number) => number} of
 * @returns {(trace: LessonTrace) => number | null}
 */
const atGap = (of) => (trace) => {
  const gap = widestGap(trace);
  return gap && of(trace, trace.steps[gap.at], gap.place);
};

/** @param {string} sampler */
const meanAtGap = (sampler) => atGap((trace, step, place) => meanBy(trace, step, place, sampler));

/** @param {LessonTrace} trace */
function flipCounts({ steps }) {
  return steps.length > 2
    ? steps.map(({ before, after }) => summed(before.length, (i) => before[i] !== after[i]))
    : null;
}

/**
 * What a rule expects to flip in a step.
 * @param {LessonTrace} trace
 * @param {LessonStep | undefined} step
 * @param {string} sampler
 */
function expectedFlips(trace, step, sampler) {
  if (!step) return null;
  if (step.s === 0) return summed(step.before.length, (i) => (step.guess[i] > 0.5) !== (step.before[i] > 0.5));
  return summed(step.before.length, (i) => Math.abs(step.before[i] - meanBy(trace, step, i, sampler)));
}

/**
 * The coin of which a lesson tells: its p is nearest to one quarter from one half; null where none is undecided.
 * @param {LessonTrace} trace
 */
function coinOf({ chain }) {
  let [best, off] = [-1, 0.1];
  chain.p.forEach((p, i) => {
    const away = Math.abs(Math.abs(p - 0.5) - 0.25);
    if (away < off) [best, off] = [i, away];
  });
  return best < 0 ? null : best;
}

const SEEDS = 1000; // of which a lesson counts

/** @param {LessonTrace} trace */
function coinOn(trace) {
  const place = coinOf(trace);
  const first = trace.steps[0];
  if (place === null || !first) return null;
  const { chain } = trace;
  const row = chain.origin[0] + Math.floor(place / chain.size[1]);
  const column = chain.origin[1] + (place % chain.size[1]);
  const on = summed(SEEDS, (seed) => uniform([seed, 0], chain.sample, first.t, chain.channel, row, column) < chain.p[place]);
  return on / SEEDS;
}

/**
 * Of the prior's mask, or of the part of it that the reference does not have, the share that is on in the answer.
 * @param {LessonTrace} trace
 * @param {boolean} wrong
 */
function keptOf({ prior, answer, reference }, wrong) {
  if (!prior || !answer || (wrong && !reference)) return null;
  const counts = Uint8Array.from(prior, (bit, i) => Number(bit && !(wrong && reference?.[i])));
  const all = summed(counts.length, (i) => counts[i]);
  return all ? summed(counts.length, (i) => counts[i] && answer[i]) / all : null;
}

/**
 * The chain's own time at which the share of the mask that is left is nearest to one half.
 * @param {LessonTrace} trace
 */
function halfTime({ steps }) {
  if (steps.length < 3) return null;
  return [...steps].sort((a, b) => Math.abs(a.alpha_bar - 0.5) - Math.abs(b.alpha_bar - 0.5))[0].t;
}

/**
 * @param {LessonUnit} unit
 * @param {(trace: LessonTrace) => number | null} of
 * @returns {LessonFormula}
 */
const numeric = (unit, of) => ({ unit, of });

/**
 * @param {LessonTrace} trace
 * @param {(step: LessonStep, i: number) => number | boolean} of
 */
function inFirst({ steps }, of) {
  const step = steps[0];
  return step ? summed(step.before.length, (i) => of(step, i)) : null;
}

/** @param {string} name of a figure */
const reportedAs = (name) => (/** @type {LessonTrace} */ trace) => trace.reported[name] ?? null;

/** @type {Record<string, LessonFormula>} */
const LESSON_FORMULAS = {
  nothing: numeric("share", () => 0),
  half: numeric("share", () => 0.5),
  whole: numeric("share", () => 1),
  no_bit: numeric("count", () => 0),
  all_bits: numeric("count", bitsIn),
  half_of_bits: numeric("count", (trace) => bitsIn(trace) / 2),
  seeds: numeric("count", () => SEEDS),
  // the toss
  tossed_across: numeric("count", (trace) => {
    const bits = tossed(trace);
    return bits && summed(bits.length, (i) => bits[i] !== Number(trace.chain.p[i] > 0.5));
  }),
  tossed_across_expected: numeric("count", ({ chain: { p } }) => summed(p.length, (i) => Math.min(p[i], 1 - p[i]))),
  undecided_bits: numeric("count", ({ chain: { p } }) => summed(p.length, (i) => p[i] > 0.05 && p[i] < 0.95)),
  coin_on: numeric("share", coinOn),
  coin_p: numeric("share", (trace) => {
    const place = coinOf(trace);
    return place === null ? null : trace.chain.p[place];
  }),
  coin_thresholded: numeric("share", (trace) => {
    const place = coinOf(trace);
    return place === null ? null : Number(trace.chain.p[place] > 0.5);
  }),
  // the forward process
  forgotten_to_prior: numeric("count", (trace) => forgotten(trace, null)),
  forgotten_to_coin: numeric("count", (trace) => forgotten(trace, 0.5)),
  reference_area: numeric("count", ({ reference }) => reference && summed(reference.length, (i) => reference[i])),
  half_forgotten_time: numeric("time", halfTime),
  first_time: numeric("time", ({ steps }) => steps.at(-1)?.t ?? null),
  last_time: numeric("time", ({ steps }) => steps[0]?.t ?? null),
  // the denoiser
  doubted_bits: numeric("count", (trace) => inFirst(trace, (step, i) => step.eps[i])),
  doubted_above_half: numeric("count", (trace) => inFirst(trace, (step, i) => step.eps[i] > 0.5)),
  flipping_first: numeric("count", (trace) => inFirst(trace, (step, i) => step.before[i] !== step.after[i])),
  doubted_that_stay: numeric("count", (trace) =>
    inFirst(trace, (step, i) => step.eps[i] > 0.5 && step.before[i] === step.after[i])),
  trusted_that_flip: numeric("count", (trace) =>
    inFirst(trace, (step, i) => step.eps[i] <= 0.5 && step.before[i] !== step.after[i])),
  wrong_bits: numeric("count", (trace) => {
    const { reference } = trace;
    return reference && inFirst(trace, (step, i) => step.before[i] !== reference[i]);
  }),
  changed_in_all: numeric("count", ({ prior, answer }) =>
    prior && answer && summed(prior.length, (i) => prior[i] !== answer[i])),
  // one pixel
  mean_exact: numeric("share", meanAtGap("ancestral")),
  mean_plug_in: numeric("share", meanAtGap("plug_in")),
  mean_ddim: numeric("share", meanAtGap("ddim")),
  mean_guess: numeric("share", atGap((_, step, place) => step.guess[place])),
  gap_p: numeric("share", atGap(({ chain }, _, place) => chain.p[place])),
  gap_doubt: numeric("share", atGap((_, step, place) => step.eps[place])),
  gap_bit: numeric("count", atGap((_, step, place) => step.before[place])),
  gap_time: numeric("time", atGap((_, step) => step.t)),
  doubted_at_gap: numeric("count", atGap((_, { eps }) => summed(eps.length, (i) => eps[i]))),
  expected_flips: numeric("count", atGap((trace, step) => expectedFlips(trace, step, "ancestral") ?? 0)),
  expected_flips_plug_in: numeric("count", atGap((trace, step) => expectedFlips(trace, step, "plug_in") ?? 0)),
  // one layer's bits
  layer_agree: numeric("count", layerAgree),
  layer_seen: numeric("count", layerSeen),
  layer_sum: numeric("sum", signSum(layerAgree, layerSeen)),
  layer_average: numeric("sum", signAverage(layerAgree, layerSeen)),
  bits_agree: numeric("count", bitsAgree),
  bits_sum: numeric("sum", signSum(bitsAgree, bitsIn)),
  bits_average: numeric("sum", signAverage(bitsAgree, bitsIn)),
  // the whole chain
  never_flipped: numeric("share", ({ steps }) => steps.length
    ? summed(steps[0].before.length, (i) => steps.every(({ before, after }) => before[i] === after[i])) /
      steps[0].before.length
    : null),
  flips_in_all: numeric("count", (trace) => flipCounts(trace)?.reduce((sum, count) => sum + count, 0) ?? null),
  dice_prior: numeric("dice", (trace) => diceWith(trace, ({ chain }) => chain.p)),
  dice_first: numeric("dice", (trace) => diceWith(trace, ({ steps }) => steps[0]?.guess ?? null)),
  dice_last: numeric("dice", (trace) => diceWith(trace, ({ steps }) => steps.at(-1)?.guess ?? null)),
  dice_mean: numeric("dice", (trace) => diceWith(trace, votesOf)),
  kept_of_prior: numeric("share", (trace) => keptOf(trace, false)),
  kept_of_false: numeric("share", (trace) => keptOf(trace, true)),
  // the report
  reported_better: numeric("share", reportedAs("better")),
  reported_worse: numeric("share", reportedAs("worse")),
  reported_cases: numeric("count", reportedAs("cases")),
  reported_gain: numeric("gain", reportedAs("gain")),
  reported_low: numeric("gain", reportedAs("low")),
  reported_high: numeric("gain", reportedAs("high")),
  // curves
  flips_by_step: { unit: "curve", curve: flipCounts },
  flips_falling: { unit: "curve", curve: (trace) => flipCounts(trace)?.sort((a, b) => b - a) ?? null },
  flips_constant: {
    unit: "curve",
    curve: (trace) => {
      const flips = flipCounts(trace);
      return flips && flips.map(() => flips.reduce((sum, count) => sum + count, 0) / flips.length);
    },
  },
  flips_ddim: {
    unit: "curve",
    curve: (trace) => flipCounts(trace) && trace.steps.map((step) => expectedFlips(trace, step, "ddim") ?? 0),
  },
  // places
  surviving_pieces: { unit: "places", places: (trace) => partsThat(trace, true) },
  vanishing_pieces: { unit: "places", places: (trace) => partsThat(trace, false) },
  most_doubted: {
    unit: "places",
    places: ({ chain, steps }) => steps[0] ? highest(steps[0].eps, chain.size[1]) : null,
  },
  most_undecided: {
    unit: "places",
    places: ({ chain }) => highest(Float32Array.from(chain.p, (p) => p * (1 - p)), chain.size[1]),
  },
  flipping_bits: {
    unit: "places",
    places: ({ steps: [step] }) => step ? Uint8Array.from(step.before, (bit, i) => Number(bit !== step.after[i])) : null,
  },
};
