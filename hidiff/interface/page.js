// The page around the player: the body of a function that the browser calls once, when the page has been laid out.
//
// What a press starts is told at once and brought into view; Gradio's radios and dropdowns are helped where keys and
// screen readers need it; and a page that no longer hears from its server says so.

function tendPage() {
  const STARTS = "#refine, #many, #compare, #both-engines, #reset, [data-example]"; // what is pressed to start a run
  const QUIET = 4000; // milliseconds without a word of a run after which the server is asked whether it is there
  const SHOWN = 9000; // milliseconds that a pointer stays

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @param {string} selector */
  const find = (selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));

  /**
   * @param {Said} sentence
   * @param {boolean} busy
   */
  function say(sentence, busy) {
    find("#status .told-line")?.parentElement?.dispatchEvent(
      new CustomEvent("hidiff-say", { detail: { text: sentence, busy } }),
    );
  }

  // ------------------------------------------------------------------------------------------------ what is in view

  /** @param {Element} part */
  function unseen(part) {
    const { top, bottom, height } = part.getBoundingClientRect();
    const room = Math.min(height, window.innerHeight) - 2;
    return Math.min(bottom, window.innerHeight) - Math.max(top, 0) < room;
  }

  /** @param {Element | null} part */
  function bring(part) {
    if (!part || !unseen(part)) return;
    const tall = part.getBoundingClientRect().height > window.innerHeight;
    part.scrollIntoView({ block: tall ? "start" : "nearest", behavior: calm() ? "auto" : "smooth" });
  }

  /** @type {HTMLButtonElement | null} */
  let pointer = null;
  let fading = 0;

  function unpoint() {
    clearTimeout(fading);
    pointer?.remove();
    pointer = null;
  }

  /**
   * Says at the window's edge that something beyond it has changed; a press goes there.
   * @param {Element} part
   * @param {string} name
   */
  function pointTo(part, name) {
    unpoint();
    if (!unseen(part)) return;
    const button = document.createElement("button");
    const below = part.getBoundingClientRect().top > 0;
    Object.assign(button, { type: "button", id: "pointer", textContent: `${name} ${below ? "↓" : "↑"}` });
    button.addEventListener("click", () => {
      unpoint();
      part.scrollIntoView({ block: below ? "end" : "start", behavior: calm() ? "auto" : "smooth" });
    });
    document.querySelector(".gradio-container")?.append(button);
    pointer = button;
    fading = window.setTimeout(unpoint, SHOWN);
  }

  // ------------------------------------------------------------------------------------------------- what is pressed

  /** @type {string | null} */
  let awaited = null; // the run on the screen when something was pressed that starts another
  let sampled = false; // whether several answers are awaited

  const runShown = () => find(".player")?.dataset.run ?? "";

  /** @param {boolean} several */
  function begin(several) {
    awaited = runShown();
    sampled = several;
    unpoint();
    dismissWarnings();
    say({ say: "status.asked" }, true);
    bring(find(".player .view"));
  }

  // What was refused is over once something else is asked for; a warning would stand its ten seconds beside the answer.
  function dismissWarnings() {
    for (const close of document.querySelectorAll(".toast-body.warning [data-testid=toast-close]")) {
      if (close instanceof HTMLElement) close.click();
    }
  }

  // A run has come that a hand has asked for: the player, or the sheet of answers, is where it can be seen.
  function arrived() {
    const sheet = find(".player .samples:not([hidden])");
    if (sampled && sheet && find('.player[data-state="done"]')) {
      sampled = false;
      pointTo(sheet, hidiffTexts.say("pointer.samples"));
    }
    if (awaited === null || runShown() === awaited || find('.player[data-state="empty"]')) return;
    awaited = null;
    bring(find(".player .view"));
  }

  /** @param {Element} target */
  function pressed(target) {
    const button = target.closest("button");
    const start = /** @type {HTMLElement | null} */ (target.closest(STARTS));
    if (start && !(/** @type {HTMLButtonElement} */ (start).disabled)) begin(start.id === "many");
    else if (button?.id === "stop") say({ say: "status.stopping" }, true);
  }

  /** @param {PointerEvent} event */
  function lifted(event) {
    const target = /** @type {Element} */ (event.target);
    const looks = find('.player[data-tool="point"]') && target.closest(".player .cell") && !target.closest(".divider");
    const panel = find(".player .pixel");
    if (looks && panel) setTimeout(() => pointTo(panel, hidiffTexts.say("pointer.pixel")), 60);
  }

  // ---------------------------------------------------------------------------------------------- what is brought

  /**
   * Refuses a file that is no picture in the visitor's language; the slot itself would do it in English, and after what
   * has been asked for seems to be under way.
   * @param {Event} event
   * @param {FileList | null | undefined} files
   * @returns {boolean} whether one was refused
   */
  function refused(event, files) {
    const target = /** @type {HTMLElement} */ (event.target);
    const wrong = [...(files ?? [])].find(({ type }) => !type.startsWith("image/"));
    if (!wrong || !target.closest("#upload, #own, #reference")) return false;
    event.preventDefault();
    event.stopImmediatePropagation();
    say({ say: "library.unknown", with: { name: wrong.name } }, false);
    return true;
  }

  // A press on what is chosen already changes nothing, and starts nothing.
  /** @param {Event} event */
  function chosen(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.type === "file" && refused(event, input.files)) input.value = "";
    else if (input.matches("#upload input[type=file], #own input[type=file], #task input, #start input")) begin(false);
  }

  /** @param {DragEvent} event */
  function dropped(event) {
    const target = /** @type {Element} */ (event.target);
    if (refused(event, event.dataTransfer?.files)) target.dispatchEvent(new DragEvent("dragleave", { bubbles: true }));
    else if (event.dataTransfer?.files.length && target.closest("#upload, #own")) begin(false);
  }

  // --------------------------------------------------------------------------------------------- Gradio's own widgets

  // Radios of one question are one group, so that arrows go from one to the next and their number is told.
  /** @param {Element} group */
  function groupRadios(group) {
    const radios = /** @type {HTMLInputElement[]} */ ([...group.querySelectorAll('input[type="radio"]')]);
    if (group.closest(".player") || radios.length === 0) return; // the player's own have names, and mean them
    const name = `group-${group.id || radios[0].name.replace(/^(group-)+/, "")}`;
    for (const radio of radios) if (radio.name !== name) radio.name = name;
    if (group.getAttribute("role") === "radiogroup") return;
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", group.querySelector("[data-testid=block-info]")?.textContent?.trim() ?? "");
  }

  // What the address asks to leave out, for a class: "hide=more,take".
  const HIDES = ["start", "many", "compare", "take", "more", "engine", "reference"]; // panels by their names
  const named = (new URLSearchParams(location.search).get("hide") ?? "").split(",");
  const hides = HIDES.filter((name) => named.includes(name)).map((name) => `#${name}-panel`);
  if (named.includes("upload")) hides.push("#upload", "#examples [data-own]");
  if (named.includes("examples")) hides.push("#examples");

  function tendWidgets() {
    if (hides.length) for (const part of document.querySelectorAll(hides.join())) part.setAttribute("data-hide", "");
    for (const group of document.querySelectorAll(".studio fieldset:has(input[type=radio])")) groupRadios(group);
    for (const button of document.querySelectorAll(".studio .upload-container > button[aria-label]")) {
      button.removeAttribute("aria-label"); // what is written on it is its name
    }
  }

  // A dropdown opens when it gets the focus; after Escape it has it still.
  /** @param {Element} target */
  function reopen(target) {
    const box = /** @type {HTMLInputElement | null} */ (target.closest("input[role=combobox]"));
    if (box && box === document.activeElement && box.getAttribute("aria-expanded") === "false") box.blur();
  }

  // -------------------------------------------------------------------------------------------------- the language

  // What Gradio's own widgets say: it has a function for its languages, and loads it under a name of its own.
  /** @param {string} code */
  async function speakNatively(code) {
    const names = performance.getEntriesByType("resource").map(({ name }) => name);
    const core = names.find((name) => /\/assets\/core-[\w-]+\.js$/.test(name));
    try {
      await (await import(core ?? "")).changeLocale(code);
      nameTabs();
    } catch {
      location.reload(); // it asks the browser for its language when the page is loaded
    }
  }

  // Gradio itself renames a tab only when it is opened; the id of each is the key of its text.
  function nameTabs() {
    for (const tab of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[role=tab]"))) {
      const named = /** @type {Text | undefined} */ ([...tab.childNodes].find((node) => node instanceof Text && node.data.trim()));
      if (named && tab.dataset.tabId) named.data = hidiffTexts.find(tab.dataset.tabId);
    }
  }

  function tendLanguages() {
    const list = /** @type {HTMLSelectElement | null} */ (find("select.languages"));
    if (list) list.value = hidiffTexts.lang;
  }

  /** @param {Element} notice */
  function sayNotice(notice) {
    const { says, heading } = JSON.parse(notice.getAttribute("title") ?? "{}");
    notice.removeAttribute("title");
    notice.textContent = hidiffTexts.tell(says);
    const title = notice.closest("[data-testid=toast-body]")?.querySelector(".toast-title-row span");
    if (title && heading) title.textContent = hidiffTexts.tell(heading);
  }

  // What the server has sent since is in English, and says what it means. Where an element can stay, Gradio changes its
  // words and attributes in place. What stands in the player is the player's own.
  /** @param {MutationRecord[]} changes */
  function translate(changes) {
    for (const { target, addedNodes } of changes) {
      const owner = target instanceof Element ? target : target.parentElement;
      if (owner?.hasAttribute("data-says") && !owner.closest(".player")) hidiffTexts.fill(owner);
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        hidiffTexts.fill(node);
        for (const notice of node.querySelectorAll('[data-testid=toast-text] span[title^="{"]')) sayNotice(notice);
      }
    }
  }

  new MutationObserver(translate).observe(document.body, {
    childList: true, subtree: true, characterData: true, attributeFilter: ["data-says", "aria-label", "title"],
  });
  hidiffTexts.fill(document);
  hidiffTexts.follow((code) => {
    tendLanguages();
    speakNatively(code);
  });
  find("select.languages")?.addEventListener("change", (event) => {
    hidiffTexts.choose(/** @type {HTMLSelectElement} */ (event.target).value);
  });
  tendLanguages();

  // ----------------------------------------------------------------------------------------------------- the server

  let heard = Date.now();
  let lost = false;

  async function look() {
    if (lost || !find("#status [data-busy]") || Date.now() - heard < QUIET) return;
    heard = Date.now();
    try {
      await fetch("favicon.ico", { cache: "no-store", signal: AbortSignal.timeout(QUIET) });
    } catch (error) {
      if (/** @type {Error} */ (error).name === "TimeoutError") return; // it may only be slow
      lost = true;
      say({ say: "status.lost" }, false);
      const player = find('.player[data-state="live"]');
      if (player) player.dataset.state = "done";
    }
  }

  document.addEventListener("click", (event) => pressed(/** @type {Element} */ (event.target)), true);
  document.addEventListener("pointerdown", (event) => reopen(/** @type {Element} */ (event.target)), true);
  document.addEventListener("pointerup", lifted, true);
  document.addEventListener("change", chosen, true);
  document.addEventListener("drop", dropped, true);

  let waits = false;
  function changed() {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      tendWidgets();
      arrived();
    });
  }
  const studio = find(".studio");
  const player = find(".player");
  if (studio) new MutationObserver(changed).observe(studio, { childList: true, subtree: true });
  const states = { attributes: true, attributeFilter: ["data-run", "data-state", "data-frames"] };
  if (player) {
    new MutationObserver(() => {
      heard = Date.now();
      changed();
    }).observe(player, states);
  }
  setInterval(look, 1000);
  tendWidgets();
}

tendPage();
