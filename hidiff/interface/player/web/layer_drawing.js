// One layer's bits as drawings: signs in, weights, and where they agree. The sum is not among them.

/** @param {{ dom: Dom }} parts */
function makeLayerDrawing({ dom }) {
  const [CELL, APART, GROUP] = [5, 2, 4]; // of the drawn bits: side, and the gap after every so many

  /**
   * Nine rows of a bit a channel; what is beyond the map's border is left out.
   * @param {ShownNeuron} neuron
   * @param {(i: number) => boolean} filled
   */
  function stripe({ channels, seen }, filled) {
    const paths = { plus: "", minus: "" };
    for (let i = 0; i < seen.length; i++) {
      if (!seen[i]) continue;
      const [channel, row] = [Math.floor(i / 9), i % 9];
      const x = channel * CELL + Math.floor(channel / GROUP) * APART;
      paths[filled(i) ? "plus" : "minus"] += `M${x} ${row * (CELL + 1)}h${CELL - 1}v${CELL}h-${CELL - 1}z`;
    }
    const across = channels * CELL + Math.floor((channels - 1) / GROUP) * APART;
    const svg = dom.drawn("svg", "stripe", { viewBox: `0 0 ${across} ${9 * (CELL + 1)}`, "aria-hidden": "true" });
    svg.append(dom.drawn("path", "minus", { d: paths.minus }), dom.drawn("path", "plus", { d: paths.plus }));
    return svg;
  }

  /**
   * @param {ShownNeuron} neuron
   * @param {(key: string) => string} say
   */
  function stripesOf(neuron, say) {
    const { plus, weights } = neuron;
    /** @type {[string, (i: number) => boolean][]} */
    const drawings = [
      ["layer_signs", (i) => plus[i] === 1],
      ["layer_weights", (i) => weights[i] === 1],
      ["layer_agree", (i) => plus[i] === weights[i]],
    ];
    const figures = drawings.map(([key, filled]) =>
      dom.make("figure", {}, dom.make("figcaption", {}, say(key)), stripe(neuron, filled)),
    );
    return dom.make("div", { class: "layer" }, ...figures);
  }

  return { stripesOf };
}
