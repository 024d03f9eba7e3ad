// The presenter's view: picture, sentence and one panel in large type over the whole window, driven by a clicker's keys.

/** @typedef {ReturnType<typeof makePresenter>} Presenter */

/**
 * onReveal, onNext: of the question that is asked.
 * @param {{ dom: Dom, state: State, view: View, timeline: Timeline, onReveal: () => void, onNext: () => void }} parts
 */
function makePresenter({ dom, state, view, timeline, onReveal, onNext }) {
  const PANELS = ["none", "curves", "pixel"];
  const { root, stage } = dom;

  const presents = () => root.classList.contains("large");

  /** @param {boolean} large */
  function set(large) {
    root.classList.toggle("large", large);
    document.documentElement.toggleAttribute("data-presents", large); // the page behind does not scroll
    for (const button of dom.all("[data-do=large]")) button.setAttribute("aria-pressed", String(large));
    if (!large) {
      root.removeAttribute("data-blank");
      root.classList.remove("projector");
    }
    view.fit();
    if (large) stage.focus({ preventScroll: true });
  }

  async function toggle() {
    const large = !presents();
    set(large);
    try {
      if (large && "requestFullscreen" in root) await root.requestFullscreen();
      else if (!large && document.fullscreenElement) await document.exitFullscreen();
    } catch {
      // A browser that refuses full screen still gets the presenter's view: it fills the window.
    }
    view.fit();
  }

  // Full screen can also be left without the player's button.
  function leftFullscreen() {
    if (!document.fullscreenElement && presents()) set(false);
  }

  // The address may ask for this view: it needs no press, and no full screen, which a browser gives to a press alone.
  function openedByLink() {
    const asked = new URLSearchParams(location.search).get("view");
    if (asked !== "present" && asked !== "projector") return;
    root.classList.toggle("projector", asked === "projector");
    if (asked === "projector") root.dataset.panel = "curves";
    set(true);
  }

  function nextPanel() {
    const at = PANELS.indexOf(root.dataset.panel ?? "none");
    root.dataset.panel = PANELS[(at + 1) % PANELS.length];
    view.fit();
  }

  /** @param {number} by */
  function move(by) {
    if (root.dataset.asking !== undefined) return; // nothing is given away by stepping
    timeline.play(false);
    timeline.take(state.at + by);
  }

  /** @type {Record<string, () => unknown>} */
  const KEYS = {
    PageDown: () => move(1),
    PageUp: () => move(-1),
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    Home: () => move(-state.at),
    End: () => move(state.clock.length),
    " ": () => root.dataset.asking === undefined && timeline.play(!state.timer),
    r: onReveal,
    n: onNext,
    b: () => root.toggleAttribute("data-blank"),
    ".": () => root.toggleAttribute("data-blank"),
    p: nextPanel,
    Escape: () => void (presents() && toggle()),
  };

  /**
   * A clicker knows nothing of focus: while the view is on, its keys count wherever they arrive.
   * @param {KeyboardEvent} event
   */
  function press(event) {
    const target = /** @type {Element} */ (event.target);
    const chosen = target.matches("input[type=radio]") && ["r", "n", "b", "p"].includes(event.key); // a letter chooses none
    const typed = target.matches("input:not([type=range]), select, textarea") || event.ctrlKey || event.metaKey;
    const pressed = event.key === " " && target.closest("button");
    const taken = event.defaultPrevented && event.key !== "Escape"; // there is no way out but this
    if (!presents() || taken || (typed && !chosen) || pressed || event.shiftKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!state.clock.length || !Object.hasOwn(KEYS, key)) return;
    KEYS[key]();
    event.preventDefault();
  }

  return { toggle, leftFullscreen, openedByLink, nextPanel, press };
}
