// The static edition: the player and the lessons on a page of their own, without a server. What Gradio does in the app,
// giving the player its values, is done here: an example's value lies in a script of its own, or in the page.

/** @typedef {(element: HTMLElement, trigger: () => void, props: { value: unknown }, watch: (name: string, then: () => void) => void) => void} PlayerScript */

const hidiffEdition = (() => {
  /** @type {Record<number, Record<string, unknown>>} */
  const payloads = {};
  const props = { value: /** @type {unknown} */ (null) };
  /** @type {(() => void)[]} */
  const watchers = [];
  let asked = 0;

  /** @param {number} index */
  function show(index, play = "once") {
    asked = index;
    for (const button of document.querySelectorAll("[data-example]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-example") === String(index)));
    }
    if (payloads[index]) {
      props.value = { ...payloads[index], play };
      watchers.forEach((watcher) => watcher());
      return;
    }
    const script = document.createElement("script");
    script.src = `payloads/${index}.js`;
    script.onload = () => { if (asked === index) show(index, play); };
    document.head.append(script);
  }

  /** @param {Event} event */
  function picked(event) {
    const button = /** @type {Element} */ (event.target).closest("[data-example]");
    if (button) show(Number(button.getAttribute("data-example")));
  }

  function tendLanguages() {
    const list = /** @type {HTMLSelectElement} */ (document.querySelector("select.languages"));
    list.value = hidiffTexts.lang;
    document.title = hidiffTexts.say("edition.title");
  }

  /** The example that the address names, else the first. */
  function first() {
    const name = new URLSearchParams(location.search).get("example");
    const button = document.querySelector(`[data-name="${CSS.escape(name ?? "")}"]`) ?? document.querySelector("[data-example]");
    return Number(button?.getAttribute("data-example") ?? 0);
  }

  /** @param {PlayerScript} player */
  function begin(player) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const dress = () => document.body.classList.toggle("dark", dark.matches);
    dark.addEventListener("change", dress);
    dress();
    hidiffTexts.fill(document);
    hidiffTexts.follow(tendLanguages);
    tendLanguages();
    document.querySelector("select.languages")?.addEventListener("change", (event) => {
      hidiffTexts.choose(/** @type {HTMLSelectElement} */ (event.target).value);
    });
    document.addEventListener("click", picked);
    const host = /** @type {HTMLElement} */ (document.getElementById("player"));
    player(host, () => {}, props, (_, then) => watchers.push(then));
    show(first(), "loop");
  }

  return {
    begin,
    /** @param {number} index @param {Record<string, unknown>} payload */
    give: (index, payload) => { payloads[index] = payload; },
  };
})();
