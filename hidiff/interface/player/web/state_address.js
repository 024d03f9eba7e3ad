// The address of what is shown: the page's own link where there is one, with the moment, the map, the pixel and a lesson.

/** @typedef {ReturnType<typeof makeStateAddress>} StateAddress */

/** @param {{ dom: Dom }} parts */
function makeStateAddress({ dom }) {
  const LEFT_OUT = ["teach", "lesson", "view"]; // what the address that is asked for says itself

  /** What the panel with the link says of the run; without it, or where nothing links to the run, this page. */
  function base() {
    const panel = document.querySelector("#link input");
    const said = panel instanceof HTMLInputElement ? panel.value : "";
    return new URL(said || location.href);
  }

  /**
   * @param {Record<string, string>} asked
   * @param {boolean} moment whether it leads to the moment, the map and the pixel too
   */
  function addressWith(asked, moment) {
    const address = base();
    const { at, base: map, pixel } = dom.root.dataset;
    for (const name of [...LEFT_OUT, "at", "base", "pixel"]) address.searchParams.delete(name);
    const shown = moment ? { at, base: map, pixel } : {};
    for (const [name, value] of Object.entries({ ...shown, ...asked })) if (value) address.searchParams.set(name, value);
    return address.href;
  }

  /**
   * Whether it could be copied.
   * @param {string} said
   */
  async function copied(said) {
    try {
      await navigator.clipboard.writeText(said);
      return true;
    } catch {
      return false; // a frame or an old browser may refuse
    }
  }

  return { addressWith, copied };
}
