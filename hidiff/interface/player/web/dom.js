// The player's elements and its texts: looking them up, and writing into them.

/** @typedef {ReturnType<typeof makeDom>} Dom */

/** @param {{ element: HTMLElement }} parts */
function makeDom({ element }) {
  const SVG = "http://www.w3.org/2000/svg";
  const MOST_LABELS = 10; // of an axis, that there is room for
  const BESIDE = 5; // places of a crowded axis that a word at its end covers

  /**
   * @param {ParentNode} within
   * @param {string} selector
   * @returns {HTMLElement}
   */
  function partOf(within, selector) {
    const found = within.querySelector(selector);
    if (!found) throw new Error(`the player has no ${selector}`);
    return /** @type {HTMLElement} */ (found);
  }

  const root = partOf(element, ".player");
  /** @param {string} selector */
  const find = (selector) => partOf(root, selector);
  /**
   * @param {string} selector
   * @returns {HTMLElement[]}
   */
  const all = (selector) => [...root.querySelectorAll(selector)].map((part) => /** @type {HTMLElement} */ (part));

  /**
   * Texts below a key, in the language that the page speaks when one is asked for.
   * @param {string} below
   * @returns {Record<string, string>}
   */
  const wordsBelow = (below) => new Proxy({}, { get: (_, key) => hidiffTexts.find(below + String(key)) });
  const words = wordsBelow("player.js.");
  /**
   * A text with its placeholders filled in.
   * @param {string} key
   * @param {Record<string, unknown>} values
   */
  const say = (key, values = {}) => hidiffTexts.say(`player.js.${key}`, values);
  const number = (/** @type {number} */ value, digits = 3) => hidiffTexts.number(value, digits);
  const many = (/** @type {number} */ value) => hidiffTexts.number(Math.round(value));
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  /**
   * Writes only what has changed: a page that is not laid out anew scrubs faster.
   * @param {Node} node
   * @param {string} text
   */
  function write(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {Record<string, string>} attributes
   * @param {(Node | string)[]} children
   * @returns {HTMLElementTagNameMap[Tag]}
   */
  function make(tag, attributes = {}, ...children) {
    const part = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    part.append(...children);
    return part;
  }

  /**
   * @param {string} word
   * @param {() => void} then
   */
  function buttonOf(word, then, kind = "") {
    const button = make("button", { type: "button", class: kind }, word);
    button.addEventListener("click", then);
    return button;
  }

  /** @param {string} hint what it means, see `hints.js` */
  function termButton(hint) {
    return make("button", { type: "button", class: "term", "data-hint": hint });
  }

  /**
   * @param {HTMLElement} list
   * @param {Fact[]} facts
   */
  function writeFacts(list, facts) {
    const known = /** @type {HTMLElement[]} */ ([...list.children]);
    if (known.map(({ dataset }) => dataset.fact).join() !== facts.map(([key]) => key).join()) {
      list.replaceChildren(...facts.map(([key]) => {
        const term = make("dt", {}, ...(words[`hint.${key}`] ? [termButton("")] : []));
        return make("div", { "data-fact": key }, term, make("dd"));
      }));
    }
    facts.forEach(([key, name, value], i) => {
      const [term, told] = list.children[i].children;
      const button = /** @type {HTMLElement | null} */ (term.firstElementChild);
      if (button) button.dataset.hint = words[`hint.${key}`];
      write(button ?? term, name);
      write(told, value);
    });
  }

  /**
   * Labels of an axis, one a column; of many every second, third, ... is written.
   * @param {HTMLElement} row
   * @param {string[]} labels "" where a column has none
   */
  function writeAxis(row, labels) {
    const every = Math.ceil(labels.length / MOST_LABELS);
    const crowded = every > 1;
    /** @param {string | undefined} label */
    const isWord = (label) => Boolean(label) && Number.isNaN(Number(label));
    /**
     * The words at both ends reach over the places beside them.
     * @param {string[]} all
     * @param {number} i
     */
    const roomAt = (all, i) => !(isWord(all[0]) && i < BESIDE) && !(isWord(all.at(-1)) && i >= all.length - BESIDE);
    const shown = labels.map((label, i) =>
      isWord(label) || !crowded || (Number(label) % every === 0 && roomAt(labels, i)) ? label : "",
    );
    if (row.dataset.labels === shown.join("|")) return;
    row.dataset.labels = shown.join("|");
    row.replaceChildren(...shown.map((label) => {
      const part = make("span", {}, label);
      part.toggleAttribute("data-word", isWord(label));
      return part;
    }));
  }

  /**
   * A shape of a drawing.
   * @param {string} shape
   * @param {string} kind
   * @param {Record<string, number | string>} attributes
   */
  function drawn(shape, kind, attributes) {
    const part = document.createElementNS(SVG, shape);
    part.setAttribute("class", kind);
    Object.entries(attributes).forEach(([name, value]) => part.setAttribute(name, String(value)));
    return part;
  }

  /** @param {HTMLCanvasElement} canvas */
  const paperOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @param {OffscreenCanvas} canvas */
  const hiddenPaperOf = (canvas) => /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));

  return {
    root, partOf, find, all, words, wordsBelow, say, number, many, calm, write, make, buttonOf, writeFacts, writeAxis, drawn,
    paperOf, hiddenPaperOf,
    owner: root.dataset.player, // the id of this component
    stage: find(".stage"),
    slider: /** @type {HTMLInputElement} */ (find(".track input")),
  };
}
