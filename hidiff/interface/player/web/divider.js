// Before and after: the handle on a photograph that shows the prior's mask left of it and the answer's right of it.

/** @typedef {ReturnType<typeof makeDivider>} Divider */

/** @param {{ dom: Dom, state: State, canvas: Canvas }} parts */
function makeDivider({ dom, state, canvas }) {
  // Shows a handle on every photograph whose answer is compared with the prior.
  function show() {
    const panes = state.panes();
    canvas.cells.forEach(({ cell }, i) => {
      const prior = panes[i] && state.comparedWith(panes[i]);
      cell.toggleAttribute("data-divided", Boolean(prior));
      dom.partOf(cell, ".divider").hidden = !prior;
      dom.write(dom.partOf(cell, ".before"), prior ? prior.label : "");
    });
    place();
  }

  // There may be two of them, for two lanes; they go together.
  function place() {
    dom.stage.style.setProperty("--split", `${100 * state.split}%`);
    for (const handle of dom.all("[data-set=split]")) {
      const input = /** @type {HTMLInputElement} */ (handle);
      input.value = String(Math.round(100 * state.split));
      input.setAttribute("aria-valuetext", dom.say("split", { percent: input.value }));
    }
  }

  /** @param {number} share of the photograph that shows the prior */
  function move(share) {
    state.split = share;
    place();
    canvas.draw();
  }

  return { show, move };
}
