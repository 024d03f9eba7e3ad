// What comes from the server: values one after the other, each of them the whole of a run so far.

/**
 * @param {{ dom: Dom, state: State, view: View, film: Film, curves: Curves, timeline: Timeline, pixel: Pixel,
 *   brush: Brush, linkedView: ReturnType<typeof makeLinkedView> }} parts
 */
function makeArrival({ dom, state, view, film, curves, timeline, pixel, brush, linkedView }) {
  const { root, find, all } = dom;

  /** @type {Ticket | null} */
  let newest = null;

  /**
   * Whether something newer of the same visit has come; if not, this is the newest now.
   * @param {Ticket} ticket
   */
  function superseded(ticket) {
    if (newest && newest[0] === ticket[0] && ticket[1] < newest[1]) return true;
    newest = ticket;
    return false;
  }

  function forget() {
    timeline.play(false);
    Object.assign(state, { run: null, picture: null, value: null, lanes: [], clock: [], sample: null });
    view.forget();
    pixel.forget();
    brush.clear(true);
    brush.handOut(true);
    root.dataset.state = "empty";
  }

  /**
   * The lanes, brought up to a value.
   * @param {Payload} value
   * @param {boolean} fresh whether its run is another
   */
  async function lanesOf(value, fresh) {
    const { second } = value;
    const lanes = fresh ? [state.newLane(), ...(second ? [state.newLane()] : [])] : state.lanes;
    if (fresh && value.picture === state.picture && state.lanes[0]) lanes[0].whole = state.lanes[0].whole;
    await state.absorbLane(lanes[0], value, null);
    if (second) await state.absorbLane(lanes[1], second, lanes[0]);
    return lanes;
  }

  /** @param {ImageBitmap | null} whole the photograph of another picture */
  function newPicture(whole) {
    view.forget();
    pixel.forget();
    const painted = brush.isPainted();
    if (whole) brush.newPaper(whole);
    if (painted) brush.handOut(true);
  }

  /** @param {Payload | Emptied | Over | null} value */
  async function absorb(value) {
    if (value && "over" in value) { // what was given up has shown nothing, so an answer before it may still be on its way
      if (root.dataset.state === "live") root.dataset.state = "done";
      if (state.value) state.value = { ...state.value, live: false };
      return;
    }
    if (value?.ticket && superseded(value.ticket)) return;
    if (!value || !("frames" in value) || !value.frames) {
      if (state.run !== null) forget();
      if (value) {
        dom.write(find(".empty"), find(".empty").dataset.emptied ?? "");
        delete root.dataset.opening;
      }
      root.dataset.state = "empty";
      return;
    }
    const fresh = value.run !== state.run;
    const samePicture = value.picture === state.picture;
    const known = !fresh && state.clock.length;
    const lanes = await lanesOf(value, fresh);
    const plays = value.play === "once" || value.play === "loop";
    const stay = fresh && samePicture && !state.follow && !value.live && !plays ? state.at : null;
    if (fresh) {
      timeline.play(false);
      Object.assign(state, { run: value.run, picture: value.picture, at: 0, follow: stay === null, sample: null, split: 0.5 });
      if (!samePicture) newPicture(lanes[0].whole);
    }
    Object.assign(state, { value: state.spoken(value), lanes, clock: state.clockOf(lanes) });
    describe(value, lanes);
    brush.suit(value.thin);
    pixel.pickForThem();
    if (fresh) view.begin();
    film.draw(value.second ? 0 : known || 0); // a second lane may add to moments that are there
    const last = state.clock.length - 1;
    timeline.show(state.follow ? last : Math.min(stay ?? state.at, last), value.live);
    curves.draw();
    curves.moveCursors();
    if (state.follow && !value.live) timeline.playByItself(value.play ?? "no");
    linkedView.arrived();
  }

  /**
   * What does not depend on the moment.
   * @param {Payload} value
   * @param {Lane[]} lanes
   */
  function describe(value, lanes) {
    delete root.dataset.opening;
    root.dataset.state = value.live ? "live" : "done";
    root.dataset.run = value.run;
    root.dataset.frames = String(value.frames.length);
    root.dataset.lanes = String(lanes.length);
    dom.slider.max = String(Math.max(0, state.total() - 1));
    find(".for-closer").hidden = !lanes.some((lane) => lane.closer);
    const judged = lanes.every((lane) => lane.reference);
    all(".for-reference").forEach((part) => (part.hidden = !judged));
    if (!judged && state.base === "errors") timeline.choose(lanes.length > 1 ? "image" : "bits");
    layOut(lanes);
    nameLanes();
  }

  function nameLanes() {
    find(".badge").textContent = state.value?.badge ?? "";
    find(".note").textContent = state.value?.note ?? "";
    state.lanes.forEach((lane, i) => {
      const name = lane.value?.title || String(i + 1);
      all(`[data-only="${i}"]`).forEach((part) => (part.textContent = dom.say("only", { lane: name })));
    });
  }

  // The page speaks another language.
  function retell() {
    state.retell();
    timeline.namePlay();
    if (!state.clock.length) return;
    nameLanes();
    film.draw();
    curves.draw();
    timeline.show(state.at, true);
    pixel.tell();
  }

  /**
   * What there is one of a lane, and what only two lanes have.
   * @param {Lane[]} lanes
   */
  function layOut(lanes) {
    const two = lanes.length > 1;
    if (!two) pixel.lane = 0;
    for (const name of [".figure", ".sentence", ".facts"]) {
      all(name).forEach((part, i) => (part.hidden = i >= lanes.length));
    }
    all(".for-two").forEach((part) => (part.hidden = !two));
    const usual = two ? "image" : "bits";
    const unfit = state.chosen ? !two && state.base === "difference" : state.base !== usual;
    if (unfit) timeline.choose(usual);
    layOutPanes();
  }

  function layOutPanes() {
    const panes = state.panes().length;
    all(".cell").forEach((cell, i) => (cell.hidden = i >= panes));
    root.dataset.panes = String(panes);
    view.fit();
  }

  let line = Promise.resolve();

  // What was being decoded while the page changed its language is told anew.
  /** @param {Payload | Emptied | Over | null} value */
  async function inOneLanguage(value) {
    const { lang } = hidiffTexts;
    await absorb(value);
    if (hidiffTexts.lang !== lang) retell();
  }

  /** @param {Payload | Emptied | Over | null} value is shown after those that came before it */
  function arrive(value) {
    line = line.then(() => inOneLanguage(value)).catch((error) => console.error(error));
  }

  return { arrive, retell, layOutPanes };
}
