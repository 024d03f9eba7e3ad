// Lessons: asks before it shows. Everything is worked out on the trace that the player holds; nothing is sent.

/**
 * As `lessons/__init__.py` has it.
 * @typedef {object} LessonData
 * @property {string} id
 * @property {string} title
 * @property {string} idea
 * @property {LessonQuestion[]} questions
 * @property {string} text
 * @property {number} minutes
 * @property {Record<string, unknown>} setup
 * @property {boolean} fast
 * @property {string[]} discuss
 */
/** @typedef {{ lessons: LessonData[], report: string, task: Said, examples: Record<string, number>, reported: Record<string, number> }} LessonWords */

/** @param {{ dom: Dom, state: State, timeline: Timeline, pixel: Pixel, brush: Brush, handles: Handles, address: StateAddress }} parts */
function makeLessons({ dom, state, timeline, pixel, brush, handles, address }) {
  const KEPT = "hidiff-lessons"; // where the browser keeps what was done
  const { root, find, make, buttonOf } = dom;
  const drawing = makeLayerDrawing({ dom });
  const [invite, section] = [find(".invite"), find(".lessons")];
  /** @type {LessonWords} */
  const { lessons, task, examples, reported, report } = JSON.parse(section.dataset.lessons || '{"lessons":[]}');
  /** @param {string} key */
  const say = (key, values = /** @type {Record<string, unknown>} */ ({})) => hidiffTexts.say(`lesson.js.${key}`, values);
  const words = wordsOfLessons();
  const { fieldsOf, wordOf, labelOf } = makeLessonFields({ dom, pixel, brush, say, words });
  const { forwardOf } = makeForwardByHand({ dom, say });
  /** @type {{ lesson: LessonData, at: number, run: string | null, posed: Posed | null, answered: boolean, asked: string[] } | null} */
  let open = null;
  /** @type {() => number | null} */
  let valueNow = () => null; // of the answer, as long as there is a question
  /** @type {(() => void) | null} */
  let followPlace = null;
  /** @type {((value: number | null, calmly?: boolean) => void) | null} */
  let settleNow = null; // as long as a question waits for its answer
  /** @type {{ base: Base, chosen: boolean, shown: Base } | null} */
  let lent = null; // the map that was shown before the lesson, and the one that it shows instead
  /** @type {string | null} */
  let offered = null; // the picture for which it is known whether the first lesson can ask about it

  // Texts by key, the name of the task that the reports are of put in; asked for when one is needed.
  function wordsOfLessons() {
    /** @param {string} key */
    const word = (key) => hidiffTexts.find(key.startsWith("js.") ? `lesson.${key}` : key).replace("{task}", hidiffTexts.tell(task));
    return /** @type {Record<string, string>} */ (new Proxy({}, { get: (_, key) => word(String(key)) }));
  }

  // --- what the browser keeps

  /** @returns {{ done: string[], skipped: boolean }} */
  function kept() {
    try {
      const { done, skipped } = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
      return { done: Array.isArray(done) ? done : [], skipped: skipped === true };
    } catch {
      return { done: [], skipped: false };
    }
  }

  /** @param {Partial<ReturnType<typeof kept>>} news */
  function keep(news) {
    try {
      localStorage.setItem(KEPT, JSON.stringify({ ...kept(), ...news }));
    } catch {
      // Storage is blocked in some frames: then nothing is kept.
    }
  }

  // --- the trace

  /** @returns {LessonTrace | null} */
  function traceOf() {
    const lane = state.lanes[0];
    const last = lane?.frames.at(-1);
    if (!lane?.chain || !state.value || state.value.live || last?.kind !== "answer") return null;
    const { chain } = lane;
    const steps = lane.frames.filter((frame) => frame.kind === "step");
    if (!steps.length || last.after.length !== chain.p.length) return null;
    const prior = Uint8Array.from(chain.p, (p) => Number(p > 0.5));
    return { chain, steps, prior, answer: last.after, reference: referenceOf(lane, chain), neuron: lane.neuron, reported };
  }

  /**
   * The reference on the chain's grid, by the nearest pixel.
   * @param {Lane} lane
   * @param {ChainMaps} chain
   */
  function referenceOf({ reference, value }, chain) {
    if (!reference || !value) return null;
    const [[top, left, tall, wide], [rows, columns], [height, width]] = [chain.box, chain.size, value.size];
    return Uint8Array.from({ length: rows * columns }, (_, i) => {
      const y = top + ((Math.floor(i / columns) + 0.5) * tall) / rows;
      const x = left + (((i % columns) + 0.5) * wide) / columns;
      const [row, column] = [Math.floor((y * reference.height) / height), Math.floor((x * reference.width) / width)];
      return reference.bits[row * reference.width + column] ?? 0;
    });
  }

  // --- what the player shows

  /**
   * @param {Moment} moment
   * @param {Base} base
   * @param {LessonTrace} trace
   */
  function showMoment(moment, base, trace) {
    const { frames } = state.lanes[0];
    const kind = moment === "first" ? "step" : moment;
    const gap = moment === "gap" ? widestGap(trace) : null;
    const frame = Math.max(0, frames.findIndex((one) => (gap ? one === trace.steps[gap.at] : one.kind === kind)));
    timeline.play(false);
    if (gap) pixel.pick([Math.floor(gap.place / trace.chain.size[1]), gap.place % trace.chain.size[1]], true);
    lent = { base: lent?.base ?? state.base, chosen: lent?.chosen ?? state.chosen, shown: base };
    state.chosen = true;
    timeline.choose(base);
    timeline.take(Math.max(0, state.clock.findIndex((tick) => tick.frames[0] === frame && tick.own[0])));
  }

  // --- the list

  function drawList() {
    const { done } = kept();
    const fast = make("input", { type: "checkbox" });
    const list = make("ol", {}, ...lessons.map((lesson) => entryOf(lesson, done.includes(lesson.id))));
    const choose = () => list.toggleAttribute("data-fast", fast.checked);
    fast.checked = /** @type {HTMLInputElement | null} */ (section.querySelector(".fast input"))?.checked ?? false;
    fast.addEventListener("change", choose);
    choose();
    section.replaceChildren(
      make("h3", {}, say("heading")), make("p", {}, say("lead")),
      make("label", { class: "fast" }, fast, say("fast_only")), list,
    );
  }

  /**
   * @param {LessonData} lesson
   * @param {boolean} done
   */
  function entryOf(lesson, done) {
    const marks = [say("minutes", lesson), ...(lesson.fast ? [say("fast")] : []), ...(done ? [say("done")] : [])];
    const button = buttonOf("", () => begin(lesson));
    button.append(make("b", {}, titleOf(lesson)), make("small", {}, marks.join(" · ")));
    const item = make("li", { "data-lesson": lesson.id }, button);
    item.toggleAttribute("data-short", lesson.fast);
    item.toggleAttribute("data-done", done);
    return item;
  }

  /** @param {LessonData} lesson */
  const titleOf = ({ id, title }) => say("lesson", { number: parseInt(id, 10), title: words[title] });

  // Above the player: the lesson that is open, else the first one's offer as long as it is new.
  function drawInvite() {
    const [first, lane] = [lessons[0], state.lanes[0]];
    invite.hidden = !first || kept().skipped || kept().done.includes(first.id) || (lane && !lane.reference);
    invite.replaceChildren();
    if (invite.hidden) return;
    const skip = () => {
      keep({ skipped: true });
      shut();
    };
    invite.replaceChildren(
      make("p", {}, say("invite"), buttonOf(say("begin"), () => begin(first), "main"), buttonOf(say("skip"), skip)),
    );
  }

  // --- a lesson

  /** @param {LessonData} lesson */
  function begin(lesson) {
    shut();
    open = { lesson, at: 0, run: null, posed: null, answered: false, asked: [] };
    ask();
  }

  function shut() {
    open = null;
    followPlace = settleNow = null;
    if (root.dataset.asking !== undefined) {
      delete root.dataset.asking;
      timeline.show(state.at);
    }
    if (lent) {
      const { base, chosen, shown } = lent;
      lent = null;
      if (state.base === shown) {
        state.chosen = chosen;
        timeline.choose(base);
      }
    }
    drawInvite();
  }

  /** Where a lesson unfolds: above the picture that it asks about. */
  function hostOf() {
    const there = invite.querySelector(".lesson");
    if (there) return there;
    const host = make("div", { class: "lesson" });
    invite.replaceChildren(host);
    invite.hidden = false;
    return host;
  }

  // The question and the picture together, where they fit into the window.
  function bring() {
    const [top, bottom] = [invite.getBoundingClientRect().top, dom.stage.getBoundingClientRect().bottom];
    if (top < 0 || bottom > window.innerHeight) invite.scrollIntoView({ block: "start", behavior: dom.calm() ? "auto" : "smooth" });
  }

  /** @param {boolean} calmly without moving the page or the keyboard's focus */
  function ask(calmly = false) {
    if (!open) return;
    valueNow = () => null;
    const { lesson, at } = open;
    const trace = traceOf();
    const host = /** @type {HTMLElement} */ (hostOf());
    open.run = state.run;
    open.answered = false;
    open.posed = trace && posed(lesson.questions[at], trace);
    const head = make("header", {}, make("h3", { tabindex: "-1" }, titleOf(lesson)), buttonOf(say("close"), shut));
    /** @type {HTMLElement[]} */
    const parts = [head];
    const asked = open.posed && trace ? filled(words[open.posed.question.ask], trace) : null;
    if (open.posed && isRecalled(lesson, open.posed.question)) parts.push(make("p", { class: "recall" }, say("recall")));
    if (open.posed && trace && asked) parts.push(...formOf(open.posed, trace, asked, host));
    else parts.push(...unfit(lesson));
    host.replaceChildren(...parts);
    if (calmly) return;
    dom.partOf(host, "h3").focus({ preventScroll: true });
    bring();
  }

  /**
   * Whether a question is an earlier lesson's: its text is.
   * @param {LessonData} lesson
   * @param {LessonQuestion} question
   */
  const isRecalled = (lesson, question) => lessonOf(question) !== lesson;

  /** @param {LessonQuestion} question */
  const lessonOf = (question) => lessons.find(({ title }) => title.split(".")[1] === question.ask.split(".")[1]);

  /**
   * @param {LessonData} lesson
   * @returns {HTMLElement[]}
   */
  function unfit(lesson) {
    delete root.dataset.asking;
    const place = examples[String(lesson.setup.prior_source)];
    const button = document.querySelector(`button[data-example="${place}"]`);
    const said = make("p", { class: "unfit" }, say("unfit"));
    if (!(button instanceof HTMLElement)) return [said];
    return [said, make("p", { class: "doings" }, buttonOf(say("example"), () => button.click(), "main"))];
  }

  /**
   * @param {Posed} asked
   * @param {LessonTrace} trace
   * @param {string} legend
   * @param {HTMLElement} host
   * @returns {HTMLElement[]}
   */
  function formOf(asked, trace, legend, host) {
    const { question } = asked;
    root.dataset.asking = question.kind;
    showMoment(question.before, question.base === "image" ? "image" : "bits", trace);
    const answer = fieldsOf(asked, trace);
    const submit = make("button", { type: "submit", class: "main" }, say("show"));
    const missing = make("span", { class: "missing" }, say("missing"));
    const shows = make("p", { class: "shows" }, submit, missing);
    const sure = ["guess", "rather", "certain"].map((name) =>
      make("label", {}, make("input", { type: "radio", name: "sure", value: name, required: "" }), say(`sure_${name}`)));
    const form = make(
      "form", {},
      ...(question.tool === "layer" && trace.neuron ? [drawing.stripesOf(trace.neuron, say)] : []),
      make("fieldset", {}, make("legend", {}, legend), ...answer.fields),
      make("fieldset", { class: "sure" }, make("legend", {}, say("sure")), ...sure),
      shows,
    );
    const tell = () => (submit.disabled = !(missing.hidden = answer.value() !== null));
    form.addEventListener("input", tell);
    followPlace = () => {
      answer.follow?.();
      tell();
    };
    tell();
    valueNow = answer.value;
    /** @param {number | null} value null: nobody has answered, a teacher reveals it */
    const settle = (value, calmly = false) => {
      if (open?.answered) return;
      for (const field of form.querySelectorAll("fieldset")) field.disabled = true;
      shows.remove();
      reveal(asked, trace, value, String(new FormData(form).get("sure") ?? sureOf(form)), host, calmly);
    };
    settleNow = settle;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const value = answer.value();
      if (value !== null) settle(value);
    });
    return [form];
  }

  /** @param {HTMLFormElement} form fields that are disabled are not in its data */
  const sureOf = (form) => form.querySelector("[name=sure]:checked")?.getAttribute("value") ?? "";

  // --- the answer

  /**
   * @param {Posed} asked
   * @param {LessonTrace} trace
   * @param {number | null} value
   * @param {string} sure
   * @param {HTMLElement} host
   * @param {boolean} calmly without playing
   */
  function reveal(asked, trace, value, sure, host, calmly) {
    if (!open) return;
    const { lesson, at } = open;
    const { question } = asked;
    const taught = lessonOf(question) ?? lesson;
    const meant = value === null ? null : meantBy(asked, value);
    open.answered = true;
    valueNow = () => value;
    followPlace = settleNow = null;
    delete root.dataset.asking;
    const plays = question.before === "prior" && question.after === "answer" && !calmly && !dom.calm();
    showMoment(plays ? question.before : question.after, question.base, trace);
    if (plays) timeline.play(true);
    const lines = [say(value === null ? "revealed" : meant?.right ? "right" : "other")];
    if (meant && !meant.right && question.truth) lines.push(words[question.misconceptions[meant.name]]);
    const counts = rightNumbers(asked);
    if (counts && value !== null && !meant?.right) lines.push(say("counts", counts));
    const because = filled(words[question.because], trace);
    const said = make("p", { class: meant?.right ? "verdict right" : "verdict" }, lines.join(" "));
    const parts = [said, ...(because ? [make("p", {}, because)] : []), make("p", { class: "idea" }, words[taught.idea])];
    if (sure === "certain" && value !== null && !meant?.right) parts.push(make("p", { class: "sureness" }, say("confident")));
    if (sure === "guess" && meant?.right) parts.push(make("p", { class: "sureness" }, say("modest")));
    const why = make("details", {}, make("summary", {}, say("why")), make("p", {}, words[taught.text]));
    open.asked.push(question.ask);
    const next = nextQuestion(lesson, at, trace);
    const doings = [buttonOf(say("again"), () => ask())];
    if (question.tool === "handles") doings.unshift(buttonOf(say("handles"), handles.open));
    if (next !== null) doings.unshift(buttonOf(say("next"), () => goTo(lesson, next), "main"));
    else if (nextOf(lesson)) doings.unshift(buttonOf(say("next_lesson"), () => begin(/** @type {LessonData} */ (nextOf(lesson))), "main"));
    const box = make("div", { class: "answer", role: "status" });
    for (const option of host.querySelectorAll(".options label")) option.toggleAttribute("data-right", isRight(asked, option));
    host.append(box, ...(forwardOf(asked, trace)), why, make("p", { class: "doings" }, ...doings), reportOf(lesson));
    box.append(...parts); // into a region that is there already, so that it is read out
    if (next === null) finish(lesson);
    if (plays) dom.stage.scrollIntoView({ block: "nearest", behavior: "smooth" }); // it happens before one's eyes
  }

  /**
   * The place of the next question that this trace has an answer to, and not one whose second form was asked; or null.
   * @param {LessonData} lesson
   * @param {number} at
   * @param {LessonTrace} trace
   */
  function nextQuestion({ questions }, at, trace) {
    const next = questions.findIndex((one, i) => i > at && !open?.asked.includes(posed(one, trace)?.question.ask ?? one.ask));
    return next < 0 ? null : next;
  }

  /**
   * @param {Posed} asked
   * @param {Element} label
   */
  const isRight = ({ options }, label) => options[Number(label.querySelector("input")?.value)]?.right ?? false;

  /** @param {LessonData} lesson */
  const nextOf = (lesson) => lessons[lessons.indexOf(lesson) + 1];

  /**
   * @param {LessonData} lesson
   * @param {number} at
   */
  function goTo(lesson, at) {
    if (!open) return;
    open = { ...open, lesson, at };
    ask();
  }

  /** @param {LessonData} lesson */
  function finish(lesson) {
    keep({ done: [...new Set([...kept().done, lesson.id])] });
    const item = section.querySelector(`[data-lesson="${lesson.id}"]`);
    item?.replaceWith(entryOf(lesson, true));
  }

  /**
   * Where a mistake is told of: the Space's own pages, else what is said is copied.
   * @param {LessonData} lesson
   */
  function reportOf(lesson) {
    const asked = open?.posed?.question.ask ?? lesson.id;
    const link = address.addressWith({ lesson: lesson.id.split("-")[0] }, true);
    const said = say("report_text", { title: titleOf(lesson), question: asked, link });
    if (report) {
      const query = new URLSearchParams({ title: titleOf(lesson), description: said });
      return make("p", { class: "report" }, make("a", { href: `${report}?${query}`, target: "_blank", rel: "noopener" }, say("report")));
    }
    const field = make("textarea", { readonly: "", rows: "3", hidden: "", "aria-label": say("report") }, said);
    const button = buttonOf(say("report"), async () => {
      field.hidden = false;
      field.select();
      button.textContent = say((await address.copied(said)) ? "report_copied" : "report_select");
    });
    return make("p", { class: "report" }, button, field);
  }

  // --- from the player

  // An address may name a lesson by its number: it opens as soon as there is a trace.
  const number = new URLSearchParams(location.search).get("lesson");
  let linked = lessons.find(({ id }) => id.split("-")[0] === number);

  /** Another pixel or moment is shown, or another run has come. */
  function follow() {
    followPlace?.();
    if (lessons.length && !open && state.picture && offered !== state.picture) {
      offered = state.picture; // not at every run of it: the page would move under a hand that paints
      drawInvite();
    }
    if (linked && traceOf()) {
      const lesson = linked;
      linked = undefined;
      setTimeout(() => begin(lesson));
    }
    if (open && open.run !== state.run && traceOf()) {
      open.run = state.run;
      setTimeout(ask); // after what came has begun to play by itself
    }
  }

  if (lessons.length) {
    drawList();
    drawInvite();
  } else invite.hidden = section.hidden = true;
  // The page speaks another language: a question that is open is asked in it, and what was answered stays answered.
  function retell() {
    if (open) askAnew(open.answered);
    else drawInvite();
    drawList();
  }

  /** @param {boolean} answered */
  function askAnew(answered) {
    const fields = () => /** @type {HTMLInputElement[]} */ ([...invite.querySelectorAll(".lesson form input")]);
    const held = fields().map(({ checked, value }) => ({ checked, value }));
    const [value, at, trace, plays] = [valueNow(), state.at, traceOf(), root.hasAttribute("data-playing")];
    ask(true);
    fields().forEach((field, i) => Object.assign(field, held[i]));
    if (value !== null && trace && open?.posed?.question.kind === "place") {
      pixel.pick([Math.floor(value / trace.chain.size[1]), value % trace.chain.size[1]], true);
    } else if (value !== null) fields()[0]?.dispatchEvent(new Event("input", { bubbles: true }));
    if (!answered) return;
    settleNow?.(value, true);
    timeline.show(at);
    if (plays) timeline.play(true);
  }

  /** What a press on the newest of the answer's buttons does: the next question, the next lesson. */
  const goOn = () => /** @type {HTMLButtonElement | null} */ (invite.querySelector(".doings button.main"))?.click();

  return {
    follow, retell, traceOf, titleOf, wordOf, labelOf, isRecalled, goOn,
    book: { lessons, words },
    /** Shows the answer, whether somebody has guessed or not. */
    reveal: () => settleNow?.(null),
  };
}
