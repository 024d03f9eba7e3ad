// The forward process by hand: the reference forgotten up to a time, towards the prior and towards a fair coin.

/** @param {{ dom: Dom, say: (key: string, values?: Record<string, unknown>) => string }} parts */
function makeForwardByHand({ dom, say }) {
  const { make } = dom;

  /**
   * @param {Posed} asked
   * @param {LessonTrace} trace
   * @returns {HTMLElement[]}
   */
  function forwardOf({ question }, trace) {
    if (!question.truth.startsWith("forgotten_") || !trace.reference) return [];
    const times = [{ t: 0, alpha_bar: 1 }, ...[...trace.steps].reverse()];
    const [rows, columns] = trace.chain.size;
    const slider = make("input", { type: "range", min: "0", max: String(times.length - 1), value: "0" });
    const lanes = [null, 0.5].map((towards) => {
      const canvas = make("canvas", { width: String(columns), height: String(rows) });
      const told = make("figcaption");
      return { towards, canvas, told, figure: make("figure", {}, canvas, told) };
    });
    const draw = () => {
      const { t, alpha_bar } = times[Number(slider.value)];
      slider.setAttribute("aria-valuetext", `t = ${t}`);
      for (const { towards, canvas, told } of lanes) {
        const bits = forwardBits(trace, t, alpha_bar, towards) ?? new Uint8Array(0);
        const picture = new ImageData(columns, rows);
        bits.forEach((bit, i) => picture.data.set(bit ? [255, 255, 255, 255] : [0, 0, 0, 255], 4 * i));
        dom.paperOf(canvas).putImageData(picture, 0, 0);
        const wrong = spelled(summed(bits.length, (i) => bits[i] !== trace.reference?.[i]), "count");
        told.textContent = `t = ${t}, ${say(towards === null ? "forward_prior" : "forward_coin", { wrong })}`;
      }
    };
    slider.addEventListener("input", draw);
    draw();
    const label = make("label", {}, say("forward", { first: 0, last: times.at(-1)?.t }), slider);
    return [make("div", { class: "forward" }, label, ...lanes.map(({ figure }) => figure))];
  }

  return { forwardOf };
}
