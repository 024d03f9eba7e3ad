// The linked view: the step, the layer and the pixel that the page's address asks for, shown once, on the first run.

/** @param {{ dom: Dom, state: State, timeline: Timeline, pixel: Pixel }} parts */
function makeLinkedView({ dom, state, timeline, pixel }) {
  const asked = new URLSearchParams(location.search);
  let waits = ["at", "base", "pixel"].some((name) => asked.has(name));

  /** @param {string | null} said */
  const whole = (said) => (said !== null && /^\d{1,5}$/.test(said) ? Number(said) : null);

  function showPixel() {
    const [row, column, ...more] = (asked.get("pixel") ?? "").split(",").map(whole);
    const size = state.lanes[0].chain?.size;
    if (!size || row === null || column === null || column === undefined || more.length) return;
    if (row < size[0] && column < size[1]) pixel.pick([row, column], true);
  }

  function showBase() {
    const named = dom.all("[data-base]").find((button) => button.dataset.base === asked.get("base"));
    if (!named || named.hidden) return;
    state.chosen = true;
    timeline.choose(/** @type {Base} */ (named.dataset.base));
  }

  // Another run than the one that the page was opened with is nobody's link.
  function arrived() {
    if (!waits || !state.value || state.value.live) return;
    waits = false;
    const at = whole(asked.get("at"));
    if (at !== null) {
      timeline.play(false);
      timeline.take(at);
    }
    showBase();
    if (asked.has("pixel")) showPixel();
  }

  return { arrived };
}
