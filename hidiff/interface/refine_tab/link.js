// The body of a function that Gradio calls once: the address of what is on the screen, with the step, the layer and the
// pixel that the player shows, and a button that copies it.

/** @typedef {{ query: string, outer: string, note: Said }} Linked */

/** @param {{ element: HTMLElement, props: { value: string | null }, watch: (name: string, then: () => void) => void }} parts */
function makeLink({ element, props, watch }) {
  const KEPT = ["lesson", "view", "lang", "hide"]; // what the page was opened with and a link hands on
  const panel = /** @type {HTMLElement} */ (element.querySelector(".link"));
  const field = /** @type {HTMLInputElement} */ (element.querySelector("input"));
  const button = /** @type {HTMLButtonElement} */ (element.querySelector("button"));
  const said = /** @type {HTMLElement} */ (element.querySelector("[role=status]"));

  /** @returns {Linked | null} */
  const linked = () => (typeof props.value === "string" && props.value ? JSON.parse(props.value) : null);

  /** @param {Linked} value */
  function address({ query, outer }) {
    const asked = new URLSearchParams(query);
    const { at, frames, base, pixel } = /** @type {HTMLElement | null} */ (document.querySelector(".player"))?.dataset ?? {};
    if (at !== undefined && Number(at) < Number(frames) - 1) asked.set("at", at);
    if (base && base !== "bits") asked.set("base", base);
    if (pixel) asked.set("pixel", pixel);
    const own = new URLSearchParams(location.search);
    for (const name of KEPT) {
      const value = own.get(name);
      if (value !== null) asked.set(name, value);
    }
    return `${outer || location.origin + location.pathname}?${asked}`;
  }

  function show() {
    const value = linked();
    panel.hidden = !value;
    if (!value) return;
    const there = value.query !== "";
    field.disabled = button.disabled = !there;
    field.value = there ? address(value) : "";
    said.textContent = hidiffTexts.tell(value.note);
  }

  async function copy() {
    show();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = hidiffTexts.say("link.copied");
    } catch {
      // A frame or an old browser may refuse; what is selected can still be copied by its own keys.
      said.textContent = hidiffTexts.say(document.execCommand("copy") ? "link.copied" : "link.failed");
    }
  }

  button.addEventListener("click", copy);
  for (const event of ["pointerover", "focusin"]) {
    element.addEventListener(event, () => {
      const value = linked();
      if (value?.query) field.value = address(value);
    });
  }
  hidiffTexts.follow(show);
  watch("value", show);
  show();
}

makeLink({ element, props, watch });
