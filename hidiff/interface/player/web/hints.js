// Hints: what a symbol or a term means, where it stands: on hover, on focus and on a tap.

/** @param {{ dom: Dom }} parts */
function makeHints({ dom }) {
  const GONE = 150; // milliseconds in which a pointer may go from the term to its hint
  const GAP = 6; // pixels between the two
  const { root } = dom;

  const hint = dom.make("p", { class: "hinted", id: `${dom.owner}-hint`, role: "tooltip", hidden: "" });
  root.append(hint);

  /** @type {HTMLElement | null} */
  let of = null;
  let leaving = 0;

  /** @param {Event} event */
  const termOf = (event) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-hint]"));

  /** @param {HTMLElement} term */
  function show(term) {
    clearTimeout(leaving);
    if (!term.dataset.hint) return;
    if (of && of !== term) of.removeAttribute("aria-describedby");
    of = term;
    hint.textContent = term.dataset.hint;
    term.setAttribute("aria-describedby", hint.id);
    hint.hidden = false;
    place(term);
  }

  // Below the term, or above it where the window ends; within the player from left to right.
  /** @param {HTMLElement} term */
  function place(term) {
    const [here, all] = [term.getBoundingClientRect(), root.getBoundingClientRect()];
    const { width, height } = hint.getBoundingClientRect();
    const below = here.bottom + GAP + height < window.innerHeight;
    const left = Math.max(0, Math.min(here.left - all.left, all.width - width));
    hint.style.left = `${left}px`;
    hint.style.top = `${(below ? here.bottom + GAP : here.top - GAP - height) - all.top}px`;
  }

  function hide() {
    clearTimeout(leaving);
    of?.removeAttribute("aria-describedby");
    of = null;
    hint.hidden = true;
  }

  /** @param {Event} event */
  function come(event) {
    const term = termOf(event);
    if (term) show(term);
    else if (event.target === hint) clearTimeout(leaving);
  }

  // A hint stays while the keyboard is on its term.
  /** @param {PointerEvent} event */
  function leave(event) {
    if (event.pointerType !== "mouse" || (of && of === document.activeElement)) return;
    if (!termOf(event) && event.target !== hint) return;
    clearTimeout(leaving);
    leaving = window.setTimeout(hide, GONE);
  }

  // A tap on a term shows its hint, another tap anywhere takes it away.
  /** @param {MouseEvent} event */
  function tap(event) {
    const term = termOf(event);
    if (term) show(term);
    else if (event.target !== hint) hide();
  }

  root.addEventListener("pointerover", come);
  root.addEventListener("pointerout", leave);
  root.addEventListener("focusin", (event) => (termOf(event) ? come(event) : hide()));
  root.addEventListener("focusout", hide);
  root.addEventListener("click", tap);
  root.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
