// Pure: a lesson's question on a trace: which answers are offered, which of them is right, what an answer shows.

/** @typedef {"prior" | "toss" | "first" | "gap" | "answer"} Moment */
/**
 * As `lessons/__init__.py` has it.
 * @typedef {object} LessonQuestion
 * @property {"number" | "choice" | "curve" | "most" | "place"} kind
 * @property {string} ask
 * @property {string} truth
 * @property {Record<string, string>} misconceptions formula -> text of its idea
 * @property {string} because
 * @property {number} within
 * @property {Moment} before
 * @property {Moment} after
 * @property {Base} base
 * @property {"" | "layer" | "handles"} tool
 * @property {LessonQuestion | null} second
 */

/** @typedef {{ name: string, value: number, right: boolean }} NumberOption */
/** @typedef {{ name: string, value: number[], right: boolean }} CurveOption */
/** @typedef {{ name: string, value: Uint8Array, right: boolean }} PlaceOption */
/**
 * A question with its options: of numbers and curves each with its value, of places each with its marks.
 * @typedef {object} Posed
 * @property {LessonQuestion} question
 * @property {LessonUnit} unit
 * @property {(NumberOption | CurveOption | PlaceOption)[]} options one of them is right
 */

/**
 * @param {string} name
 * @param {LessonTrace} trace
 * @returns {number | number[] | Uint8Array | null}
 */
function worthOf(name, trace) {
  const formula = named(LESSON_FORMULAS, name);
  const value = (formula.of ?? formula.curve ?? formula.places)?.(trace) ?? null;
  const numbers = typeof value === "number" ? [value] : Array.isArray(value) ? value : [];
  return numbers.every(Number.isFinite) ? value : null;
}

/**
 * Whether two answers are no further apart than a tolerance.
 * @param {number} a
 * @param {number} b
 * @param {LessonUnit} unit
 * @param {number} within
 */
function alike(a, b, unit, within) {
  if (unit === "time") return a === b;
  if (unit === "sum") return Math.abs(a - b) <= 1 + within;
  if (unit !== "count") return Math.abs(a - b) <= within;
  return Math.abs(Math.log((1 + a) / (1 + b))) <= Math.log(1 + within);
}

/**
 * The same of what formulas give. Places never are: the truth is asked first.
 * @param {number | number[] | Uint8Array} a
 * @param {number | number[] | Uint8Array} b
 * @param {LessonUnit} unit
 * @param {number} within
 */
function alikeWorths(a, b, unit, within) {
  if (typeof a === "number" && typeof b === "number") return alike(a, b, unit, within);
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length <= within * Math.max(...a, ...b);
}

/**
 * The options of a question, or null where this trace has no answer or two of them are alike.
 * @param {LessonQuestion} question
 * @param {LessonTrace} trace
 * @returns {Posed | null}
 */
function posedAlone(question, trace) {
  const names = [...(question.truth ? [question.truth] : []), ...Object.keys(question.misconceptions)];
  const { unit } = named(LESSON_FORMULAS, names[0]);
  const worths = names.map((name) => worthOf(name, trace));
  if (worths[0] === null) return null;
  const [options, given] = [/** @type {string[]} */ ([]), /** @type {(number | number[] | Uint8Array)[]} */ ([])];
  for (const [i, worth] of worths.entries()) {
    if (worth === null && !question.truth) return null;
    if (worth === null) continue; // a misconception that says nothing of this trace
    if (question.truth && given.some((other) => alikeWorths(other, worth, unit, question.within))) return null;
    options.push(names[i]);
    given.push(worth);
  }
  let right = 0;
  if (!question.truth) {
    const order = [...given.keys()].sort((a, b) => Number(given[b]) - Number(given[a]));
    if (alikeWorths(given[order[0]], given[order[1]], unit, question.within)) return null;
    right = order[0];
  }
  if (options.length < 2) return null;
  const all = /** @type {(NumberOption | CurveOption | PlaceOption)[]} */ (
    options.map((name, i) => ({ name, value: given[i], right: i === right }))
  );
  return { question, unit, options: question.kind === "most" ? all : shuffled(all, trace.chain.seed) };
}

/**
 * The question on this trace, or its second form; null where neither has an answer.
 * @param {LessonQuestion} question
 * @param {LessonTrace} trace
 * @returns {Posed | null}
 */
function posed(question, trace) {
  return posedAlone(question, trace) ?? (question.second ? posed(question.second, trace) : null);
}

/**
 * In an order that the seed fixes.
 * @template Option
 * @param {Option[]} options
 * @param {number[]} seed
 */
function shuffled(options, seed) {
  const out = [...options];
  const numbers = philox([0, 0, 0, out.length], seed);
  for (let i = out.length - 1; i > 0; i--) {
    const j = numbers[i & 3] % (i + 1);
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

/**
 * The option that an answer stands for: the one that was chosen; the nearest to a number, if it is near; the one in
 * whose places it lies, the right one first. Null where it stands for none.
 * @param {Posed} posed
 * @param {number} answer of choices and curves the option's place in the row, of numbers the number, of places the place
 */
function meantBy({ question: { kind, within }, unit, options }, answer) {
  if (kind === "place") {
    const inside = options.filter(({ value }) => /** @type {Uint8Array} */ (value)[answer]);
    return inside.find(({ right }) => right) ?? inside[0] ?? null;
  }
  if (kind !== "number") return options[answer] ?? null;
  /** @param {{ value: number | ArrayLike<number> }} option */
  const off = ({ value }) => unit === "count" ? Math.abs(Math.log((1 + Number(value)) / (1 + answer))) : Math.abs(Number(value) - answer);
  const nearest = [...options].sort((a, b) => off(a) - off(b))[0];
  return alike(Number(nearest.value), answer, unit, within) ? nearest : null;
}

/**
 * The least and the greatest number that counts as right, as sentences have them; null where the question asks for none.
 * @param {Posed} asked
 */
function rightNumbers({ question: { kind, within }, unit, options }) {
  const truth = options.find(({ right }) => right)?.value;
  if (kind !== "number" || typeof truth !== "number") return null;
  const room = unit === "time" ? 0 : unit === "sum" ? 1 + within : within;
  const [low, high] = unit === "count"
    ? [Math.ceil((1 + truth) / (1 + within) - 1), Math.floor((1 + truth) * (1 + within) - 1)]
    : [truth - room, truth + room];
  return { low: spelled(low, unit), high: spelled(high, unit) };
}

/**
 * A number as a sentence has it.
 * @param {number} value
 * @param {LessonUnit} unit
 */
function spelled(value, unit) {
  if (unit === "share") return `${percent(value)} %`;
  if (unit === "dice") return hidiffTexts.number(value, 3);
  if (unit === "sum") return hidiffTexts.number(value, Number.isInteger(value) ? 0 : 3);
  if (unit === "gain") return hidiffTexts.number(value, 4, true);
  return hidiffTexts.number(Math.round(value));
}

/**
 * A text whose placeholders are names of formulas; null where this trace lacks one of them.
 * @param {string} text
 * @param {LessonTrace} trace
 */
function filled(text, trace) {
  let whole = true;
  const said = text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = worthOf(name, trace);
    if (typeof value === "number") return spelled(value, LESSON_FORMULAS[name].unit);
    whole = false;
    return "";
  });
  return whole ? said : null;
}
