// Composition root: builds the player's parts, gives each what it needs, and connects the events.
//
// The files of this folder are the body of one function that Gradio calls once with (element, trigger, props, server,
// upload, watch). Nothing here makes a request to scrub, play or look.

/**
 * @param {{ element: HTMLElement, trigger: (event: string, data?: unknown) => void, props: { value: Payload | Emptied | Over | null },
 *   watch: (name: string, then: () => void) => void }} parts
 */
function makePlayer({ element, trigger, props, watch }) {
  const dom = makeDom({ element });
  makeHints({ dom });
  const state = makeState();
  const overlay = makeOverlay({ dom, state });
  const contour = makeContour({ state, overlay });
  const canvas = makeCanvas({ dom, state, overlay, contour });
  const { cells } = canvas;
  const view = makeView({ dom, state, canvas, onMove: followView });
  const divider = makeDivider({ dom, state, canvas });
  const spotlight = makeSpotlight({ dom, state, view });
  const film = makeFilm({ dom, state, overlay });
  const curves = makeCurves({ dom, state });
  const headline = makeHeadline({ dom, state });
  const timeline = makeTimeline({
    dom, state, overlay, cells, film, curves, headline, onShow: followClock, onPanes: followPanes,
  });
  const pixel = makePixel({ dom, state, onPick: followPixel });
  const handles = makeHandles({ dom, state, pixel });
  const formula = makeFormula({ dom, state, timeline, pixel });
  const brush = makeBrush({ dom, state, overlay, view, onPaint: drawInk, onHandOut: handOut });
  const ink = makeInk({ dom, state, cells, view, pixel, brush });
  const samples = makeSamples({ dom, state, overlay, timeline, onSelect: askFor });
  const hands = makeHands({ dom, state, cells, view, pixel, brush, ink });
  const keys = makeKeys({ dom, state, view, film, timeline, pixel, brush, hands });
  const presenter = makePresenter({ dom, state, view, timeline, onReveal: revealAnswer, onNext: nextQuestion });
  const controls = makeControls({
    dom, state, canvas, view, timeline, brush, ink, presenter, samples, divider, spotlight,
  });
  const address = makeStateAddress({ dom });
  const lessons = makeLessons({ dom, state, timeline, pixel, brush, handles, address });
  const worksheet = makeWorksheet({ dom, state, timeline, lessons, address });
  const teacher = makeTeacher({ dom, state, lessons, address, worksheet });
  const linkedView = makeLinkedView({ dom, state, timeline, pixel });
  const arrival = makeArrival({ dom, state, view, film, curves, timeline, pixel, brush, linkedView });

  // --- what an earlier part asks of later ones

  function drawInk() {
    ink.draw();
  }

  function followPixel() {
    ink.draw();
    handles.follow();
    formula.tell();
    lessons.follow();
  }

  function revealAnswer() {
    lessons.reveal();
  }

  function nextQuestion() {
    lessons.goOn();
  }

  function followView() {
    ink.draw();
    spotlight.tell();
  }

  function followPanes() {
    arrival.layOutPanes();
  }

  function followClock() {
    samples.show();
    view.lookByItself();
    canvas.draw();
    divider.show();
    spotlight.tell();
    pixel.tell();
    handles.follow();
    formula.tell();
    lessons.follow();
    teacher.follow();
  }

  // --- out of the player

  /** @param {Omit<Handed, "player">} handed */
  function handOut(handed) {
    /** @type {Handed} */
    const detail = { player: dom.owner, ...handed };
    document.dispatchEvent(new CustomEvent("hidiff-painted", { detail }));
  }

  /** @param {number} sample */
  function askFor(sample) {
    trigger("select", { sample, run: state.run });
  }

  // --- into the player

  // What is pressed and shown stays as it is; what is written is said anew.
  function retell() {
    arrival.retell();
    if (state.lanes.length) samples.retell();
    lessons.retell();
    teacher.retell();
  }

  function receive() {
    arrival.arrive(props.value);
  }

  function connectStage() {
    const { stage } = dom;
    stage.addEventListener("pointerdown", timeline.touched);
    stage.addEventListener("pointerdown", hands.down);
    stage.addEventListener("pointermove", hands.move);
    stage.addEventListener("pointerup", hands.lift);
    stage.addEventListener("pointercancel", hands.lift);
    stage.addEventListener("pointerleave", hands.leave);
    stage.addEventListener("wheel", hands.wheel, { passive: false });
    new ResizeObserver(view.fit).observe(stage);
  }

  function connectControls() {
    dom.root.addEventListener("keydown", keys.press);
    dom.root.addEventListener("click", controls.click);
    dom.slider.addEventListener("input", controls.scrub);
    dom.root.addEventListener("input", controls.input);
    dom.root.addEventListener("change", controls.change);
    for (const figure of dom.all(".curves figure")) {
      /** @param {PointerEvent} event */
      const seek = (event) => {
        if (!(/** @type {Element} */ (event.target).closest(".term"))) controls.halt(curves.momentAt(figure, event));
      };
      figure.addEventListener("pointerdown", seek);
      figure.addEventListener("pointermove", (event) => event.buttons && seek(event));
    }
  }

  function connectPage() {
    document.addEventListener("fullscreenchange", presenter.leftFullscreen);
    document.addEventListener("keydown", presenter.press);
    document.addEventListener("hidiff-unpaint", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.player === dom.owner) brush.clear(true);
    });
    hidiffTexts.follow(retell);
    watch("value", receive);
  }

  connectStage();
  connectControls();
  connectPage();
  hidiffTexts.fill(dom.root);
  brush.tellTools();
  presenter.openedByLink();
  receive();
}

makePlayer({ element, trigger, props, watch });
