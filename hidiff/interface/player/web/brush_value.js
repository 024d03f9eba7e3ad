// The body of a function that Gradio calls once: what is painted in a player becomes this component's value.

const { of } = /** @type {HTMLElement} */ (element.querySelector("[data-of]")).dataset;

document.addEventListener("hidiff-painted", (event) => {
  const { player, value } = /** @type {CustomEvent<{ player: string, value: Painted | null }>} */ (event).detail;
  if (player !== of) return;
  props.value = value;
  trigger("input");
});
watch("value", () => {
  if (!props.value) document.dispatchEvent(new CustomEvent("hidiff-unpaint", { detail: { player: of } }));
});
