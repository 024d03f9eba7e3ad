// The body of a function that Gradio calls once with (element, trigger, ...): a click on a thumbnail picks it.

element.addEventListener("click", (event) => {
  if (event.target.closest("[data-own]")) document.querySelector("#upload input[type=file]")?.click();
  const picked = event.target.closest("[data-example]");
  if (!picked) return;
  for (const button of element.querySelectorAll("[data-example]")) {
    button.setAttribute("aria-pressed", button === picked);
  }
  trigger("click", { index: Number(picked.dataset.example) });
});
