// The worksheet: boxes for every guess, and on a page of its own the key with all it follows from. In a frame, to print.

/** @typedef {ReturnType<typeof makeWorksheet>} Worksheet */

/** @param {{ dom: Dom, state: State, timeline: Timeline, lessons: ReturnType<typeof makeLessons>, address: StateAddress }} parts */
function makeWorksheet({ dom, state, timeline, lessons, address }) {
  const STYLE = `
    body { margin: 0; font: 11pt/1.4 system-ui, sans-serif; color: #000; background: #fff; }
    h1 { font-size: 16pt; } h2 { margin: 6mm 0 1mm; font-size: 12pt; }
    img { display: block; max-width: 100%; max-height: 75mm; border: 1px solid #000; }
    li, .question { break-inside: avoid; } .question { margin: 3mm 0; }
    .box { height: 12mm; margin: 1mm 0; border: 1px solid #000; } .line { height: 8mm; border-bottom: 1px solid #888; }
    svg { width: 30mm; border: 1px solid #888; } svg polyline { fill: none; stroke: #000; stroke-width: 2; }
    ol.options { columns: 2; list-style: upper-alpha; } .key { break-before: page; } code { overflow-wrap: anywhere; }
    @page { margin: 14mm; }`;
  const { make } = dom;
  const { book, traceOf } = lessons;

  /** @param {string} key */
  const word = (key, values = /** @type {Record<string, unknown>} */ ({})) =>
    book.words[`teach.${key}`].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

  /** The picture as it is before anything is tossed. The player is then as it was. */
  function picture() {
    const { at, base, chosen } = state;
    timeline.play(false);
    if (state.lanes.length > 1) timeline.choose("image"); // else the photograph is there
    timeline.take(0);
    const canvas = /** @type {HTMLCanvasElement} */ (dom.find(".cell canvas.shown"));
    const image = make("img", { src: canvas.toDataURL("image/png"), alt: word("picture") });
    if (state.lanes.length > 1) timeline.choose(base);
    timeline.take(at);
    state.chosen = chosen;
    return image;
  }

  /**
   * @param {LessonTrace} trace
   * @returns {{ lesson: LessonData, told: Posed, asked: string }[]}
   */
  function questionsOf(trace) {
    return book.lessons.flatMap((lesson) => lesson.questions.flatMap((question) => {
      const told = posed(question, trace);
      const asked = told && filled(book.words[told.question.ask], trace);
      return told && asked && !lessons.isRecalled(lesson, told.question) ? [{ lesson, told, asked }] : [];
    }));
  }

  /** @param {ReturnType<typeof questionsOf>[number] & { number: number }} one */
  function blankOf({ told, asked, number }) {
    const choices = ["choice", "most", "curve"].includes(told.question.kind);
    const options = choices ? told.options.map((option, i) => make("li", {}, ...lessons.labelOf(told, option, i))) : [];
    const place = told.question.kind === "place" ? [make("p", {}, word("mark"))] : [make("div", { class: "box" })];
    return make(
      "div", { class: "question" }, make("b", {}, `${number}. `), asked,
      ...(choices ? [make("ol", { class: "options" }, ...options)] : place),
      word("reason"), make("div", { class: "line" }),
    );
  }

  /**
   * @param {ReturnType<typeof questionsOf>[number] & { number: number }} one
   * @param {LessonTrace} trace
   */
  function keyOf({ told, number }, trace) {
    const at = told.options.findIndex(({ right }) => right);
    const letter = ["choice", "most", "curve"].includes(told.question.kind) ? `${String.fromCharCode(65 + at)}. ` : "";
    const answer = lessons.wordOf(told, told.options[at], at);
    const because = filled(book.words[told.question.because], trace) ?? "";
    return make("li", { value: String(number) }, make("b", {}, `${letter}${answer ?? ""}`), ` ${because}`);
  }

  /** @param {LessonTrace} trace */
  function bodyOf(trace) {
    const all = questionsOf(trace).map((one, i) => ({ ...one, number: i + 1 }));
    const blanks = all.flatMap((one, i) => [
      ...(one.lesson === all[i - 1]?.lesson ? [] : [make("h2", {}, lessons.titleOf(one.lesson))]), blankOf(one),
    ]);
    const { chain, steps } = trace;
    const seed = chain.seed[0] + chain.seed[1] * 2 ** 32;
    const from = word("from", { seed, steps: steps.length, sampler: dom.say(`rule_${chain.sampler}`) });
    const key = make(
      "section", { class: "key" }, make("h1", {}, word("key")), make("p", {}, state.value?.note ?? ""), make("p", {}, from),
      make("p", {}, make("code", {}, address.addressWith({}, false))), make("ol", {}, ...all.map((one) => keyOf(one, trace))),
    );
    return [make("h1", {}, word("sheet")), make("p", {}, word("name")), picture(), ...blanks, key];
  }

  /**
   * Asks the browser to print it; the page itself is not what is printed.
   * @param {LessonTrace | null} trace
   */
  function print(trace = traceOf()) {
    if (!trace) return;
    document.querySelector("iframe.hidiff-worksheet")?.remove();
    const frame = make("iframe", { class: "hidiff-worksheet", title: word("sheet"), "aria-hidden": "true", tabindex: "-1" });
    frame.style.cssText = "position:fixed;width:210mm;height:297mm;left:-300mm;top:0;border:0";
    document.body.append(frame);
    const page = /** @type {Document} */ (frame.contentDocument);
    page.documentElement.lang = document.documentElement.lang || "en";
    page.title = word("sheet");
    page.head.append(make("style", {}, STYLE));
    page.body.append(...bodyOf(trace));
    const image = /** @type {HTMLImageElement} */ (page.querySelector("img"));
    image.decode().finally(() => frame.contentWindow?.print());
  }

  return { print };
}
