// A lesson's answer: the fields in which it is given, and its options in words.

/**
 * @param {{ dom: Dom, pixel: Pixel, brush: Brush, say: (key: string, values?: Record<string, unknown>) => string, words: Record<string, string> }} parts
 * say: of the lessons' own words. words: of all texts
 */
function makeLessonFields({ dom, pixel, brush, say, words }) {
  const SLIDER = 1000;
  const { make } = dom;

  /**
   * The fields of an answer; value: null as long as there is none.
   * @param {Posed} asked
   * @param {LessonTrace} trace
   * @returns {{ fields: Node[], value: () => number | null, follow?: () => void }}
   */
  function fieldsOf(asked, trace) {
    if (asked.question.kind === "number") return sliderOf(asked, trace);
    if (asked.question.kind === "place") return placeOf(trace);
    const inputs = asked.options.map((_, i) => make("input", { type: "radio", name: "answer", value: String(i), required: "" }));
    const labels = asked.options.map((option, i) => make("label", {}, inputs[i], ...labelOf(asked, option, i)));
    const chosen = () => inputs.findIndex((input) => input.checked);
    return { fields: [make("div", { class: `options ${asked.question.kind}` }, ...labels)], value: () => (chosen() < 0 ? null : chosen()) };
  }

  /**
   * An option in words; null of a place, which is seen in the picture alone.
   * @param {Posed} asked
   * @param {Posed["options"][number]} option
   * @param {number} i
   */
  function wordOf({ question, unit }, { name, value }, i) {
    if (question.kind === "most") return words[question.misconceptions[name]];
    if (typeof value === "number") return spelled(value, unit);
    return question.kind === "curve" ? say("curve", { letter: String.fromCharCode(65 + i) }) : null;
  }

  /**
   * @param {Posed} asked
   * @param {Posed["options"][number]} option
   * @param {number} i
   * @returns {(Node | string)[]}
   */
  function labelOf({ question, unit, options }, { name, value }, i) {
    if (question.kind === "most") return [words[question.misconceptions[name]]];
    if (typeof value === "number") return [spelled(value, unit)];
    const [curve, letter] = [Array.from(value), String.fromCharCode(65 + i)];
    const most = Math.max(1, ...options.flatMap((one) => Array.from(/** @type {number[]} */ (one.value)))); // one scale for all
    const points = curve.map((y, x) => `${4 + (92 * x) / Math.max(1, curve.length - 1)},${38 - (34 * y) / most}`);
    const svg = dom.drawn("svg", "drawing", { viewBox: "0 0 100 42", role: "img", "aria-label": curve.map(Math.round).join(", ") });
    svg.append(dom.drawn("polyline", "line", { points: points.join(" ") }));
    return [say("curve", { letter }), svg];
  }

  /**
   * @param {Posed} asked
   * @param {LessonTrace} trace
   */
  function sliderOf({ unit }, trace) {
    const all = bitsIn(trace);
    const slider = make("input", { type: "range", min: "0", max: String(SLIDER), value: String(SLIDER / 2), "aria-label": say("number") });
    const told = make("output", {}, "?");
    let touched = false;
    const value = () => {
      const share = Number(slider.value) / SLIDER;
      return unit === "count" ? Math.round(Math.exp(Math.log(1 + all) * share) - 1) : share;
    };
    slider.addEventListener("input", () => {
      touched = true;
      told.textContent = spelled(value(), unit);
      slider.setAttribute("aria-valuetext", told.textContent);
    });
    return { fields: [make("label", { class: "number" }, say("number"), slider, told)], value: () => (touched ? value() : null) };
  }

  /** @param {LessonTrace} trace */
  function placeOf({ chain }) {
    if (brush.tool) brush.choose(brush.tool);
    const told = make("p", { class: "place" });
    let before = JSON.stringify(pixel.place);
    /** @type {[number, number] | null} */
    let place = null;
    const follow = () => {
      if (pixel.held && pixel.place && (place || JSON.stringify(pixel.place) !== before)) place = pixel.place;
      if (!pixel.held) before = "";
      const [row, column] = place ?? [0, 0];
      told.textContent = say("place", { where: place ? say("place_at", { row, column }) : say("place_none") });
    };
    pixel.held = false;
    follow();
    return { fields: [told], value: () => place && place[0] * chain.size[1] + place[1], follow };
  }

  return { fieldsOf, wordOf, labelOf };
}
