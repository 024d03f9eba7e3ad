// The body of a function that Gradio calls once: a line's value becomes its text, in the element that is read aloud.

/** @typedef {{ text: Said, busy: boolean }} Told */

/** @param {{ element: HTMLElement, props: { value: Told | null }, watch: (name: string, then: () => void) => void }} parts */
function makeStatusLine({ element, props, watch }) {
  const words = /** @type {HTMLElement} */ (element.querySelector("[role=status]"));

  /** @type {Told | null} */
  let now = null;

  /** @param {Told | null} told */
  function show(told) {
    now = told;
    words.textContent = hidiffTexts.tell(told?.text);
    element.toggleAttribute("data-busy", Boolean(told?.busy));
    element.toggleAttribute("data-told", Boolean(told?.text));
  }

  watch("value", () => show(props.value));
  // What the page knows before its server has answered, or when that no longer does.
  element.addEventListener("hidiff-say", (event) => show(/** @type {CustomEvent<Told>} */ (event).detail));
  hidiffTexts.follow(() => show(now));
  show(props.value);
}

makeStatusLine({ element, props, watch });
