// The teacher's page: plans, the link for the board, and the answers for the trace that is on the screen.

/** @typedef {ReturnType<typeof makeTeacher>} Teacher */

/** @param {{ dom: Dom, state: State, lessons: ReturnType<typeof makeLessons>, address: StateAddress, worksheet: Worksheet }} parts */
function makeTeacher({ dom, state, lessons, address, worksheet }) {
  const MINUTES = 4; // of a lesson in the short plan: one question
  const panel = dom.find(".teach");
  const { make, buttonOf } = dom;
  const { book, traceOf } = lessons;
  const wanted = new URLSearchParams(location.search).get("teach") === "1" && book.lessons.length > 0;
  const jump = buttonOf("", () => panel.scrollIntoView({ block: "start", behavior: dom.calm() ? "auto" : "smooth" }), "to-teach");
  let of = ""; // the run that the answers are of

  /** @param {string} key */
  const word = (key, values = /** @type {Record<string, unknown>} */ ({})) =>
    book.words[`teach.${key}`].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

  /** @param {LessonData[]} some */
  const listed = (some) => make("ol", {}, ...some.map((lesson) => make("li", {}, lessons.titleOf(lesson))));

  /** @param {LessonTrace} trace */
  function draw(trace) {
    const short = book.lessons.filter(({ fast }) => fast);
    const minutes = book.lessons.reduce((sum, lesson) => sum + lesson.minutes, 0);
    const goals = ["goal_chain", "goal_bayes", "goal_limits"].map((key) => make("li", {}, word(key)));
    panel.replaceChildren(
      make("h3", {}, word("heading")), make("p", {}, word("lead")), make("ul", {}, ...goals),
      make("h4", {}, word("plan", { minutes })), make("p", {}, word("rhythm")), listed(book.lessons),
      make("h4", {}, word("short", { minutes: MINUTES * short.length })), listed(short),
      make("h4", {}, word("offline_heading")), make("p", {}, word("offline")),
      make("p", { class: "doings" }, buttonOf(word("print"), () => worksheet.print(trace), "main")),
      make("h4", {}, word("answers")), ...book.lessons.map((lesson) => sheetOf(lesson, trace)),
    );
  }

  /**
   * @param {LessonData} lesson
   * @param {LessonTrace} trace
   */
  function sheetOf(lesson, trace) {
    const number = lesson.id.split("-")[0];
    const board = address.addressWith({ lesson: number, view: "projector" }, false);
    const field = make("input", { type: "text", readonly: "", value: board, "aria-label": word("board") });
    const copy = buttonOf(word("copy"), async () => {
      field.select();
      copy.textContent = word((await address.copied(field.value)) ? "copied" : "select");
    });
    return make(
      "details", { "data-teach": lesson.id }, make("summary", {}, lessons.titleOf(lesson)),
      make("p", {}, book.words[lesson.idea]), make("label", { class: "board" }, word("board"), field), copy,
      ...lesson.questions.flatMap((question) => answersTo(question, trace)),
      make("p", {}, word("discuss")), make("ul", {}, ...lesson.discuss.map((key) => make("li", {}, book.words[key]))),
    );
  }

  /**
   * @param {LessonQuestion} question
   * @param {LessonTrace} trace
   * @returns {HTMLElement[]}
   */
  function answersTo(question, trace) {
    const told = posed(question, trace);
    const asked = told && filled(book.words[told.question.ask], trace);
    if (!told || !asked) return [make("p", { class: "unfit" }, word("unfit"))];
    const rows = told.options.map((option, i) => {
      const idea = option.right ? word("right") : book.words[told.question.misconceptions[option.name]];
      const value = lessons.wordOf(told, option, i);
      return make("li", option.right ? { class: "holds" } : {}, ...(value ? [make("b", {}, value), " "] : []), idea);
    });
    const because = filled(book.words[told.question.because], trace);
    return [make("p", { class: "asked" }, asked), make("ul", {}, ...rows), ...(because ? [make("p", {}, because)] : [])];
  }

  /** Another run has come: the answers are of that. */
  function follow() {
    if (!wanted || !state.run || of === state.run) return;
    const trace = traceOf();
    if (!trace) return;
    of = state.run;
    panel.hidden = false;
    const first = !panel.childElementCount;
    setTimeout(() => { // after what came is shown: it takes a while to work all answers out
      draw(trace);
      if (first && window.scrollY === 0) panel.scrollIntoView({ block: "start" }); // whoever opens this address means it
    });
  }

  const nameJump = () => (jump.textContent = `${word("heading")} ↓`);

  /** The page speaks another language: what was unfolded stays so. */
  function retell() {
    nameJump();
    const trace = panel.childElementCount ? traceOf() : null;
    if (!trace) {
      of = ""; // of a run that is still under way: drawn when it has come
      return;
    }
    const unfolded = new Set([...panel.querySelectorAll("details[open]")].map((part) => part.getAttribute("data-teach")));
    draw(trace);
    for (const part of panel.querySelectorAll("details")) part.open = unfolded.has(part.getAttribute("data-teach"));
  }

  if (wanted) {
    nameJump();
    dom.root.prepend(jump);
  }

  return { follow, retell };
}
