// The headline: what is going on in one sentence, and one large number a lane that counts along with the steps.

/** @typedef {"dice" | "guess_dice" | "changed"} Measure Dice where there is a reference, else pixels unlike the prior's */
/** @typedef {ReturnType<typeof makeHeadline>} Headline */

/** @param {{ dom: Dom, state: State }} parts */
function makeHeadline({ dom, state }) {
  const COUNTING = 350; // milliseconds from one number to the next
  const LEVEL = 0.0005; // less than the last digit shown
  const { find, all, say, write, many, words } = dom;
  const figures = all(".figure");
  /** @type {{ measure: Measure | null, shown: number, goal: number, moving: number }[]} */
  const counters = figures.map(() => ({ measure: null, shown: NaN, goal: NaN, moving: 0 }));

  /**
   * @param {ShownFrame} frame
   * @returns {{ measure: Measure, value: number }}
   */
  function measured({ numbers }) {
    const { dice, guess_dice: guess } = numbers;
    if (dice === null || guess === null) return { measure: "changed", value: numbers.changed };
    return ofGuess() ? { measure: "guess_dice", value: guess } : { measure: "dice", value: dice };
  }

  // The number is of what lies beside the photograph.
  const ofGuess = () => state.base === "guess" || state.base === "errors";

  /**
   * @param {Measure} measure
   * @param {number} value
   */
  const worded = (measure, value) => (measure === "changed" ? many(value) : dom.number(value));

  // Writes the numbers of the present moment.
  function show() {
    write(find(".lead"), state.value?.lead ?? "");
    state.lanes.forEach((_, lane) => showLane(lane));
  }

  /** @param {number} lane */
  function showLane(lane) {
    const figure = figures[lane];
    const frame = state.shown(lane);
    const { measure, value } = measured(frame);
    figure.dataset.measure = measure;
    figure.dataset.value = worded(measure, value);
    const title = state.lanes.length > 1 ? `${state.lanes[lane].value?.title}: ` : "";
    const name = dom.partOf(figure, ".name");
    write(name, title + words[`measure_${measure}`]);
    name.dataset.hint = words[`hint.${measure}`];
    const { change, meanwhile, verdict } = comparison(lane, frame, value);
    figure.dataset.verdict = verdict;
    const since = dom.partOf(figure, ".since");
    write(since, meanwhile);
    const jumps = frame.kind === "prior"; // the film begins anew: nothing became anything
    count(lane, measure, value, jumps, () => write(since, change)); // else the sum would not come out as long as it counts
  }

  /**
   * What has come of the prior so far, in words: better, worse or as good where there is a reference. And what is said
   * of it while the number still counts.
   * @param {number} lane
   * @param {ShownFrame} frame
   * @param {number} value the number that is shown
   */
  function comparison(lane, frame, value) {
    const prior = state.lanes[lane].frames[0];
    const [height, width] = state.imageSize();
    if (!prior || prior.kind !== "prior") return { change: "", meanwhile: "", verdict: "" };
    if (frame.numbers.dice === null || prior.numbers.dice === null) {
      const change = frame === prior ? "" : say("of_pixels", { pixels: many(height * width) });
      return { change, meanwhile: change, verdict: "" };
    }
    const [from, now] = [prior.numbers.dice, value].map((one) => Number(one.toFixed(3)));
    const gain = now - from; // of the numbers as they are shown, so that a reader's sum comes out
    if (frame === prior) return { change: "", meanwhile: "", verdict: "" };
    const verdict = Math.abs(gain) < LEVEL ? "level" : gain > 0 ? "better" : "worse";
    const values = { from: dom.number(from), by: dom.number(Math.abs(gain)) };
    const meanwhile = say("since", values);
    return { change: frame.kind === "answer" ? say(`since_${verdict}`, values) : meanwhile, meanwhile, verdict };
  }

  /**
   * @param {number} lane
   * @param {Measure} measure
   * @param {number} goal
   * @param {boolean} jumps
   * @param {() => void} arrived is called when the number is there
   */
  function count(lane, measure, goal, jumps, arrived) {
    const counter = counters[lane];
    const place = dom.partOf(figures[lane], ".now");
    const same = counter.measure === measure;
    if (same && counter.goal === goal) {
      if (counter.shown !== goal) return;
      write(place, worded(measure, goal)); // in another language, perhaps
      arrived();
      return;
    }
    cancelAnimationFrame(counter.moving);
    const from = counter.shown;
    Object.assign(counter, { measure, goal });
    const began = performance.now();
    /** @param {number} time */
    const move = (time) => {
      const share = Math.min(1, Math.max(0, (time - began) / COUNTING));
      counter.shown = share < 1 ? from + share * (goal - from) : goal;
      write(place, worded(measure, counter.shown));
      if (share < 1) counter.moving = requestAnimationFrame(move);
      else arrived();
    };
    if (!same || jumps || dom.calm() || !state.timer) {
      counter.shown = goal;
      write(place, worded(measure, goal));
      arrived();
    } else move(began);
  }

  return { show };
}
