// The body of a function that Gradio calls once: what is painted in a player becomes this component's value.

const { of } = element.querySelector("[data-of]").dataset;

document.addEventListener("hidiff-painted", (event) => {
  if (event.detail.player !== of) return;
  props.value = event.detail.value;
  trigger("input");
});
watch("value", () => {
  if (!props.value) document.dispatchEvent(new CustomEvent("hidiff-unpaint", { detail: { player: of } }));
});
