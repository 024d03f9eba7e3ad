// The body of a function that Gradio calls once: a button that copies the citation.

/** @param {{ element: HTMLElement }} parts */
function makeCitation({ element }) {
  const button = /** @type {HTMLButtonElement} */ (element.querySelector("button"));
  const entry = /** @type {HTMLElement} */ (element.querySelector("pre"));
  const said = /** @type {HTMLElement} */ (element.querySelector("[role=status]"));

  button.addEventListener("click", async () => {
    getSelection()?.selectAllChildren(entry);
    try {
      await navigator.clipboard.writeText(entry.textContent ?? "");
      said.textContent = hidiffTexts.say("link.copied");
    } catch {
      // A frame or an old browser may refuse; what is selected can still be copied by its own keys.
      said.textContent = hidiffTexts.say(document.execCommand("copy") ? "link.copied" : "link.failed");
    }
  });
}

makeCitation({ element });
