// The body of a function that Gradio calls once: what is painted in a player becomes this component's value.

const { of } = /** @type {HTMLElement} */ (element.querySelector("[data-of]")).dataset;

const PAUSE = 150; // milliseconds without another stroke, after which the strokes so far are to be answered
let waiting = 0;

document.addEventListener("hidiff-painted", (event) => {
  const { player, value, byHand, asks } = /** @type {CustomEvent<Handed>} */ (event).detail;
  if (player !== of) return;
  props.value = value;
  clearTimeout(waiting);
  if (asks) waiting = setTimeout(() => trigger("input"), PAUSE);
  else if (byHand) trigger("release");
});
watch("value", () => {
  if (!props.value) document.dispatchEvent(new CustomEvent("hidiff-unpaint", { detail: { player: of } }));
});
