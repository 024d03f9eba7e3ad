// Everything that is clicked or moved beside the stage: buttons, switches, sliders.

/**
 * @param {{ dom: Dom, state: State, canvas: Canvas, view: View, timeline: Timeline, brush: Brush, ink: Ink,
 *   presenter: Presenter, samples: ReturnType<typeof makeSamples>, divider: Divider, spotlight: Spotlight }} parts
 */
function makeControls({
  dom, state, canvas, view, timeline, brush, ink, presenter, samples, divider, spotlight,
}) {
  /** @type {Record<string, () => void>} */
  const doings = {
    undo: brush.undo,
    redo: brush.redo,
    clear: () => brush.clear(),
    in: () => view.zoom(1.6),
    out: () => view.zoom(1 / 1.6),
    fit: view.unzoom,
    large: presenter.toggle,
    panel: presenter.nextPanel,
    most: spotlight.toggle,
    unfold: () => {
      const open = dom.root.toggleAttribute("data-unfolded");
      dom.find(".unfold").setAttribute("aria-expanded", String(open));
    },
    keys: () => {
      const help = dom.find(".keyhelp");
      help.hidden = !help.hidden;
      dom.find("[data-do=keys]").setAttribute("aria-expanded", String(!help.hidden));
    },
    loop: () => {
      state.loop = !state.loop;
      dom.find("[data-do=loop]").setAttribute("aria-pressed", String(state.loop));
    },
  };

  /** @param {number} index */
  function halt(index) {
    timeline.play(false);
    timeline.take(index);
  }

  /** @param {string} tool */
  function chooseTool(tool) {
    brush.choose(tool === "add" || tool === "erase" ? tool : brush.tool);
  }

  /** @param {Base} base */
  function chooseBase(base) {
    state.chosen = true;
    timeline.choose(base);
  }

  /** @param {Event} event */
  function click(event) {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (!button || !dom.root.contains(button)) return;
    const { move, base, tool, at, sample, map } = button.dataset;
    if (move) halt(state.at + Number(move));
    else if (base) chooseBase(/** @type {Base} */ (base));
    else if (tool) chooseTool(tool);
    else if (button.dataset.do) doings[button.dataset.do]();
    else if (map) samples.chooseMap(/** @type {SampleMap} */ (map));
    else if (sample) samples.choose(Number(sample));
    else if (at && button.closest(".film")) halt(Number(at));
    else if (button.classList.contains("play")) timeline.play(!state.timer);
  }

  const scrub = () => halt(Number(dom.slider.value));

  /** @param {Event} event */
  function input(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.matches("[data-set=opacity]")) {
      state.opacity = Number(field.value) / 100;
      canvas.draw();
    } else if (field.matches("[data-set=split]")) {
      divider.move(Number(field.value) / 100);
    } else if (field.matches("[data-set=size]")) {
      brush.size = Number(field.value);
      ink.draw();
    }
  }

  /** @param {Event} event */
  function change(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const { layer } = field.dataset;
    if (layer) {
      state.layers[/** @type {Layer} */ (layer)] = field.checked;
      if (layer === "closer") view.unzoom();
      else canvas.draw();
      divider.show();
    } else if (field.matches("[data-set=meaning]")) brush.mean(field.value === "holds");
    else if (field.matches("[data-set=answering]")) brush.answer(field.checked);
    else if (field.matches("[data-set=pace]")) {
      state.pace = Number(field.value);
      if (state.timer) timeline.play(true);
    }
  }

  return { click, scrub, input, change, halt };
}
