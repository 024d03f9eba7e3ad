// Pure: the lines of the formula, symbols in braces. `fn` names the function in hidiff/diffusion/bernoulli.py that is it.

/** @typedef {"p" | "y" | "eps" | "y0" | "mu" | "u"} SymbolName */

/** The map that shows a symbol. @type {Record<SymbolName, Base>} */
const SYMBOL_BASES = { p: "prior", y: "bits", eps: "doubt", y0: "guess", mu: "mean", u: "noise" };

/** The symbols' rows in the list of a pixel's numbers. @type {Record<string, SymbolName>} */
const SYMBOL_FACTS = { p: "p", y: "y", eps: "eps", y0: "y0", mean: "mu", u: "u" };

const SYMBOL_MARKUP = {
  p: "<mi>p</mi>",
  y: "<msub><mi>y</mi><mi>t</mi></msub>",
  eps: '<mover accent="true"><mi>ε</mi><mo>^</mo></mover>',
  y0: '<msub><mover accent="true"><mi>y</mi><mo>^</mo></mover><mn>0</mn></msub>',
  mu: "<mi>μ</mi>",
  u: "<mi>u</mi>",
};

/** What stands in a formula beside the six symbols. @type {Record<string, string>} */
const OTHER_MARKUP = {
  ys: "<msub><mi>y</mi><mi>s</mi></msub>",
  yT: "<msub><mi>y</mi><mi>T</mi></msub>",
  clean: "<msub><mi>y</mi><mn>0</mn></msub>",
  last: "<msub><mi>y</mi><mrow><mi>t</mi><mo>-</mo><mn>1</mn></mrow></msub>",
  alpha: "<msub><mi>α</mi><mi>t</mi></msub>",
  alphaBar: "<msub><mi>ᾱ</mi><mi>t</mi></msub>",
  alphaBarS: "<msub><mi>ᾱ</mi><mi>s</mi></msub>",
  theta1: "<msub><mi>θ</mi><mn>1</mn></msub>",
  theta2: "<msub><mi>θ</mi><mn>2</mn></msub>",
  ifOff: "<mi>π</mi><mo>(</mo><mn>0</mn><mo>)</mo>",
  ifOn: "<mi>π</mi><mo>(</mo><mn>1</mn><mo>)</mo>",
  sigma: "<mi>σ</mi>",
};

const FORMULA_LINES = {
  forward: {
    fn: "step_mean",
    math: "<mi>q</mi><mo>(</mo>{y}<mo>=</mo><mn>1</mn><mo>)</mo><mo>=</mo>{alpha}{last}<mo>+</mo><mo>(</mo><mn>1</mn><mo>-</mo>{alpha}<mo>)</mo>{p}",
  },
  marginal: {
    fn: "marginal_mean",
    math: "<mi>q</mi><mo>(</mo>{y}<mo>=</mo><mn>1</mn><mo>|</mo>{clean}<mo>)</mo><mo>=</mo>{alphaBar}{clean}<mo>+</mo><mo>(</mo><mn>1</mn><mo>-</mo>{alphaBar}<mo>)</mo>{p}",
  },
  start: { fn: "draw", math: "{yT}<mo>=</mo><mo>[</mo>{u}<mo>&lt;</mo>{p}<mo>]</mo>" },
  guess: { fn: "estimate", math: "{y0}<mo>=</mo><mo>|</mo>{y}<mo>-</mo>{eps}<mo>|</mo>" },
  theta_off: {
    fn: "theta",
    math: "<mtable><mtr><mtd>{theta1}<mo>=</mo><mo>(</mo>{alpha}<mo>(</mo><mn>1</mn><mo>-</mo>{y}<mo>)</mo><mo>+</mo><mo>(</mo><mn>1</mn><mo>-</mo>{alpha}<mo>)</mo><mo>|</mo><mn>1</mn><mo>-</mo>{y}<mo>-</mo>{p}<mo>|</mo><mo>)</mo></mtd></mtr><mtr><mtd><mo>·</mo><mo>(</mo>{alphaBarS}<mo>(</mo><mn>1</mn><mo>-</mo>{clean}<mo>)</mo><mo>+</mo><mo>(</mo><mn>1</mn><mo>-</mo>{alphaBarS}<mo>)</mo><mo>(</mo><mn>1</mn><mo>-</mo>{p}<mo>)</mo><mo>)</mo></mtd></mtr></mtable>",
  },
  theta_on: {
    fn: "theta",
    math: "<mtable><mtr><mtd>{theta2}<mo>=</mo><mo>(</mo>{alpha}{y}<mo>+</mo><mo>(</mo><mn>1</mn><mo>-</mo>{alpha}<mo>)</mo><mo>|</mo><mn>1</mn><mo>-</mo>{y}<mo>-</mo>{p}<mo>|</mo><mo>)</mo></mtd></mtr><mtr><mtd><mo>·</mo><mo>(</mo>{alphaBarS}{clean}<mo>+</mo><mo>(</mo><mn>1</mn><mo>-</mo>{alphaBarS}<mo>)</mo>{p}<mo>)</mo></mtd></mtr></mtable>",
  },
  posterior: {
    fn: "posterior",
    math: "<mi>π</mi><mo>(</mo>{clean}<mo>)</mo><mo>=</mo><mfrac>{theta2}<mrow>{theta1}<mo>+</mo>{theta2}</mrow></mfrac>",
  },
  mean_ancestral: {
    fn: "mixture_mean",
    math: "{mu}<mo>=</mo>{y0}{times}{ifOn}<mo>+</mo><mo>(</mo><mn>1</mn><mo>-</mo>{y0}<mo>)</mo>{times}{ifOff}",
  },
  mean_plug_in: {
    fn: "plug_in_mean",
    math: "{mu}<mo>=</mo><mfrac>{theta2}<mrow>{theta1}<mo>+</mo>{theta2}</mrow></mfrac>",
  },
  mean_ddim: {
    fn: "ddim_mean",
    math: "{mu}<mo>=</mo>{sigma}{times}{y}<mo>+</mo><mo>(</mo>{alphaBarS}<mo>-</mo>{sigma}{times}{alphaBar}<mo>)</mo>{times}{y0}",
  },
  toss: { fn: "draw", math: "{ys}<mo>=</mo><mo>[</mo>{u}<mo>&lt;</mo>{mu}<mo>]</mo>" },
};

/** @typedef {keyof typeof FORMULA_LINES} LineName */

/**
 * The lines that make a step by a sampler's rule; all of them, or what is new in the step.
 * @param {string} sampler
 * @param {boolean} derived
 * @returns {LineName[]}
 */
function formulaLines(sampler, derived) {
  const mean = /** @type {LineName} */ (`mean_${sampler}`);
  if (!derived) return ["guess", mean, "toss"];
  /** @type {LineName[]} */
  const bayes = sampler === "ddim" ? [] : ["theta_off", "theta_on", "posterior"];
  return ["forward", "marginal", "start", "guess", ...bayes, mean, "toss"];
}

/**
 * A line as MathML. Where numbers are given they stand in the place of what they are of.
 * @param {LineName} name
 * @param {Record<string, string>} numbers
 */
function mathOf(name, numbers) {
  return FORMULA_LINES[name].math.replace(/\{(\w+)\}/g, (_, key) => {
    if (key === "times") return Object.keys(numbers).length ? "<mo>·</mo>" : "";
    const symbol = Object.hasOwn(SYMBOL_MARKUP, key) ? SYMBOL_MARKUP[/** @type {SymbolName} */ (key)] : null;
    const inner = Object.hasOwn(numbers, key) ? `<mn>${numbers[key]}</mn>` : (symbol ?? OTHER_MARKUP[key]);
    return symbol ? `<mrow class="sym" data-sym="${key}">${inner}</mrow>` : inner;
  });
}

/**
 * What stands in the lines for one pixel at one step, in words of numbers.
 * @param {Story} now
 * @param {(value: number) => string} said
 * @returns {Record<string, string>}
 */
function lineNumbers({ p, y, eps, y0, out, alpha, alphaBar, alphaBarS, theta: one, thetaIf, mean, u }, said) {
  const numbers = {
    p: said(p), y: String(y), eps: said(eps), y0: said(y0), ys: String(out),
    alpha: said(alpha), alphaBar: said(alphaBar), alphaBarS: said(alphaBarS),
  };
  if (mean === null || u === null) return numbers;
  const coin = { mu: said(mean), u: said(u), sigma: said((1 - alphaBarS) / (1 - alphaBar)) };
  /** @type {Record<string, string>} */
  const thetas = one ? { theta1: said(one[0]), theta2: said(one[1]) } : {};
  const [ifOff, ifOn] = (thetaIf ?? []).map(([off, on]) => said(on / (off + on)));
  /** @type {Record<string, string>} */
  const cases = thetaIf ? { ifOff, ifOn } : {};
  return { ...numbers, ...coin, ...thetas, ...cases };
}
