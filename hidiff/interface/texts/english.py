"""English: every text of the interface, by key."""

from __future__ import annotations

from hidiff.tasks import DISCLAIMER

TITLE = "English"
TEXTS: dict[str, str] = {
    # the page
    "page.title": "HiDiff Studio",
    "page.lead": "A segmentor proposes a mask. A diffusion model then refines it, bit by bit, as you watch.",
    "page.terms": DISCLAIMER,
    "page.card": "Three masks of bits: the first full of errors, the last whole.",
    "page.missing": "Not available here: {title}. {reason}",
    "page.no_weights": "There are no weights here, so nothing can be segmented. See the terminal for what to do.",
    # the tab that refines
    "refine.tab": "Refine",
    "refine.task": "What to look for",
    "refine.examples": "Pick an example",
    "refine.no_examples": "There are no examples for this task here. Upload an image below.",
    "refine.synthetic": "synthetic",
    "refine.on_purpose": "broken on purpose",
    "refine.yours": "Your own image",
    "refine.upload": "Your own image",
    "refine.upload_hint": "Drop an image here\n\nor click to choose",
    "refine.refine": "Refine",
    "refine.again": "Again, with new noise",
    "refine.stale": "The picture is of other settings. Refine to see these.",
    "refine.new_noise": "New noise: seed {seed}. ",
    "refine.settings_lost": "The settings are this task's own again.",
    "refine.stop": "Stop",
    # how far a run is
    "status.heading": "The refinement",
    "status.asked": "Segmenting...",
    "status.prior": "Step 1 of {steps}",
    "status.step": "Step {step} of {steps}",
    "status.done": "Done, with seed {seed}.",
    "status.before_one": "One visitor is before you.",
    "status.before_many": "{count} visitors are before you.",
    "status.stopping": "Stopping after this step.",
    "status.given_up": "Stopped before there was a prior: the picture is as it was.",
    "status.lost": "The connection to the server is lost. The steps that have arrived can still be played; "
    "load the page again for more.",
    # what a press has changed below the window
    "pointer.pixel": "One pixel, explained",
    "pointer.samples": "The answers, side by side",
    "refine.steps": "Steps",
    "refine.steps_info": "of the reverse chain; fewer are faster",
    "refine.samples": "Samples",
    "refine.samples_info": "chains with noise of their own; the answer is their mean",
    "refine.seed": "Seed",
    "refine.seed_info": "the same seed gives the same bits",
    "refine.more": "All settings",
    "refine.sampler": "Sampler",
    "refine.sampler.ancestral": "ancestral, as in the paper",
    "refine.sampler.plug_in": "ancestral, the plug-in mean as published",
    "refine.sampler.ddim": "DDIM-like",
    "refine.aggregate": "Answer",
    "refine.aggregate.last": "the last step's guess",
    "refine.aggregate.mean": "the mean of every step's guess",
    "refine.aggregate.blend": "that mean and the prior, half and half",
    "refine.focus": "Look closer",
    "refine.focus_info": "refine in a window round what the prior found",
    "refine.mirror": "Turn the image over",
    "refine.mirror_info": "each chain sees a mirrored copy of its own",
    "refine.nothing": "There is no image yet: pick an example or upload one.",
    "refine.warning": "Nothing was changed",
    # where the chain starts
    "prior.title": "The start in detail",
    "prior.kind": "Start from",
    "prior.segmentor": "the segmentor's own guess",
    "prior.own": "my own mask",
    "prior.noise": "pure noise",
    "prior.broken": "a guess broken on purpose",
    "prior.calibrate": "too sure or too timid",
    "prior.shift": "shifted",
    "prior.erode": "shrunk",
    "prior.dilate": "grown",
    "prior.erase": "a part erased",
    "prior.false_blob": "a false blob",
    "prior.blur": "blurred",
    "prior.cut_segments": "vessels cut",
    "prior.drop_thin": "thin vessels lost",
    "prior.speckle": "false specks",
    "prior.thicken": "vessels too wide",
    "prior.upload": "A mask of any tool",
    "prior.upload_hint": "Drop a mask here\n\nor click: white is on",
    "prior.no_mask": "There is no mask yet: upload one, or start from another prior.",
    "prior.error": "How it is broken",
    "prior.seed": "Seed of the damage",
    "prior.seed_info": "apart from the seed of the noise",
    "refine.confidence": "Confidence in my mask",
    "refine.confidence_info": "the probability inside a given mask; outside it is one minus this",
    "prior.reset": "Reset to the segmentor's",
    # what is going on, for people
    "lead.segmentor": "The segmentor has made its guess. Watch the network look for what is wrong with it, bit by bit.",
    "lead.noise": "Nobody has guessed anything: every bit starts as a fair coin. Watch the network find the {object} "
    "in the noise.",
    "lead.broken": "The segmentor's guess was broken on purpose ({error}). Watch the network mend it, bit by bit.",
    "lead.own": "You brought the mask. Watch the network look for what is wrong with it, bit by bit.",
    "lead.alone": "The segmentor answers alone: nothing is refined.",
    # the engine
    "engine.title": "One bit for real",
    "engine.kind": "What computes",
    "engine.kind_info": "the denoiser's weights and signals are bits; both give the same picture",
    "backend.packed": "packed bits",
    "backend.simulation": "float simulation",
    "backend.torch": "PyTorch",
    "backend.real": "real-valued twin",
    "engine.both": "Time both, side by side",
    "engine.nothing_timed": "Refine, and the time of a step appears here.",
    "engine.timed": "**{engine}**: {ms:,.0f} ms a step",
    "engine.ratio": "On this picture packed bits are {ratio:.1f} times as fast.",
    "engine.same": "All {bits} bits of all steps are the same.",
    "engine.differ": "{differ} of {bits} bits differ over all steps.",
    "engine.not_ready": "The packed engine is not ready on this computer, so the float simulation ran.",
    "engine.step": "Step",
    "engine.channel": "Channel",
    "engine.look": "Look inside one layer",
    "engine.nothing_inside": "There is no answer yet: let a refinement run to its end, then look inside.",
    "engine.not_inside": "There is no step {step} with a channel {channel} here; choose smaller numbers.",
    "engine.warning": "Nothing to look into",
    "engine.inside_where": "Step {number} (t = {t}), at row {row}, column {column} of the working frame: the flip that "
    "the denoiser doubted most. The first binary layer, channel {channel}:",
    "engine.inside_signs": "Signs in: 3 x 3 places (rows), every channel (columns). Filled is +1, pale is -1.",
    "engine.inside_weights": "Weights of this channel: one bit each.",
    "engine.inside_agree": "XNOR: filled where sign and weight agree.",
    "engine.inside_count": "{agree} of {seen} agree and {differ} do not, so the sum is {total}. Scaled, shifted for "
    "t = {t} and joined with the {x:.2f} that came in, it becomes {value:.2f}. The threshold adds {threshold:.2f}: "
    "{side} zero, so the next layer reads {sign}.",
    "engine.inside_above": "not below",
    "engine.inside_below": "below",
    "engine.inside_mask": "The mask now",
    "engine.inside_sums": "The sums",
    "engine.inside_out": "The signs out",
    "engine.inside_note": "Four channels share a byte; one look-up in a table of sixteen answers four of them at once.",
    # two lanes
    "compare.title": "Compare two settings",
    "compare.difference": "What differs",
    "compare.difference_info": "both lanes meet the same noise, so nothing else does",
    "compare.run": "Compare side by side",
    "difference.seed": "the seed",
    "difference.sampler": "the sampler",
    "difference.steps": "the number of steps",
    "difference.noise": "start from noise",
    "difference.broken": "start from a broken prior",
    "difference.alone": "no refinement: the segmentor, four views",
    "difference.focus": "the closer look",
    "difference.aggregate": "what counts as the answer",
    "difference.backend": "the engine",
    "difference.twin": "binary or real-valued denoiser",
    "difference.user": "without my mask and scribbles",
    # many answers
    "many.title": "Many answers",
    "many.draw": "Draw {samples} answers",
    "many.sure": "Measured on validation images: where the answer gave 90 % or more, {percent:.0f} % of the pixels "
    "belonged to the {object}.",
    "many.split": "Where it was split (30 to 70 %), {percent:.0f} % did.",
    # what can be taken home
    "take.title": "Take it home",
    "take.mask": "Mask",
    "take.prob": "Probability",
    "take.overlay": "Overlay",
    "take.animation": "WebP",
    "take.gif": "GIF",
    "take.sheet": "Sheet",
    "take.trace": "Trace",
    "take.settings": "Settings",
    "take.scribbles": "Scribbles",
    "take.command": "The same files from the command line",
    "take.command_info": "in a copy of this project, with your image beside it",
    "take.nothing": "There is no answer yet: let a refinement run to its end, then choose again.",
    "take.warning": "No file",
    "take.no_command": "No command line gives this: the run was stopped, or the segmentor answered alone.",
    # two lanes
    "lane.seed": "seed {seed}",
    "lane.steps": "{steps} steps",
    "lane.closer": "closer look",
    "lane.whole": "whole image",
    "lane.binary": "binary denoiser",
    "lane.twin": "real-valued twin",
    "lane.refined": "refined",
    "lane.alone": "segmentor alone, four views",
    "lane.with_scribbles": "with your scribbles",
    # the player
    "player.label": "Refinement, step by step",
    "player.empty": "Pick an example or upload an image. The prior appears at once, then every step.",
    "player.keys": "Left and right arrow: one step. Home, End: first, last. Space: play. Shift and arrows: another "
    "pixel. Enter: hold it. Plus, minus: zoom.",
    "player.back": "One step back",
    "player.play": "Play",
    "player.pause": "Pause",
    "player.ahead": "One step ahead",
    "player.scrub": "Step",
    "player.loop": "Play again and again",
    "player.pace": "Speed",
    "player.film": "All steps",
    "player.zoom": "Zoom",
    "player.in": "Zoom in",
    "player.out": "Zoom out",
    "player.fit": "Whole view",
    "player.large": "Full screen",
    "player.map": "Where the view lies in the whole image",
    "player.show": "Show",
    "player.base.image": "Image",
    "player.base.image_hint": "The photograph, the outline of the guess, and what this step flips",
    "player.base.bits": "Bits",
    "player.base.bits_hint": "The mask as it is now, noise included: white is on",
    "player.base.guess": "Guess",
    "player.base.guess_hint": "What the denoiser takes the clean mask to be",
    "player.base.doubt": "Doubt",
    "player.base.doubt_hint": "Which bits the denoiser believes to be wrong",
    "player.base.mean": "Probability",
    "player.base.mean_hint": "The chance of every bit to be on after this step: the posterior mean",
    "player.base.flips": "Flips",
    "player.base.flips_hint": "What this step switches on and off",
    "player.base.difference": "Difference",
    "player.base.difference_hint": "Where the masks of the two lanes differ",
    "player.key.grey": "black off, white on",
    "player.key.heat": "the brighter, the more doubtful",
    "player.outline": "outline of the guess",
    "player.flips": "flips",
    "player.on": "switched on",
    "player.off": "switched off",
    "player.closer": "closer look",
    "player.opacity": "opacity",
    "player.tools": "Brush",
    "player.tool.look": "Look",
    "player.tool.add": "Add",
    "player.tool.erase": "Erase",
    "player.size": "size",
    "player.undo": "Undo",
    "player.redo": "Redo",
    "player.clear": "Clear",
    "player.samples": "Many answers",
    "player.pixel": "One pixel",
    "player.pixel.hint": "Hover over the picture, or tap it, and read why a bit flipped.",
    "player.strip": "This pixel over all steps: its probability of on, the number drawn, the bit",
    "player.strip.mean": "probability of on",
    "player.strip.u": "number drawn",
    "player.strip.bit": "bit after the step",
    "player.curves": "Over the steps",
    "player.curve.flips": "flips",
    "player.curve.area": "area, %",
    "player.curve.entropy": "entropy of the guess, bits",
    "player.curve.alpha_bar": "ᾱ: what is left of the clean mask",
    "player.curve.dice": "Dice",
    "player.curve.prior": "prior",
    "player.prior": "Prior",
    "player.toss": "Coin toss",
    "player.step": "Step {number} of {steps}",
    "player.answer": "Answer",
    "player.stopped": "Stopped",
    "player.fact.time": "time t",
    "player.fact.time_value": "{t} → {s}",
    "player.fact.alpha_bar": "ᾱ of t",
    "player.fact.expected": "expected flips",
    "player.fact.area": "area",
    "player.fact.prior_area": "area of the prior",
    "player.fact.seconds": "computed in",
    "player.fact.seconds_value": "{seconds:.1f} s",
    "player.fact.area_value": "{percent:.2f} % of the image",
    "player.fact.chain": "chain",
    "player.fact.chain_value": "{chain} of {samples}",
    "player.note": "{title}: {width} x {height} pixels, seed {seed}",
    "player.note_lanes": "In the curves, solid lines are of the first lane, {first}; "
    "dashed ones of the second, {second}.",
    "player.note_closer": "{title}: {width} x {height} pixels, closer look at {across} x {down}, seed {seed}",
    "player.alt": "{title}. {sentence}",
    "player.error.scribbles": "The scribbles are not what the brush sends; paint them in the player and try again.",
    "player.error.scribbles_size": "The scribbles are {width} x {height} and the picture {across} x {down}; "
    "paint on the picture that is shown.",
    # put together in the browser
    "player.js.toss": "y_T",
    "player.js.pane_image": "Photograph",
    "player.js.pane_bits": "Bits",
    "player.js.pane_guess": "The network's guess",
    "player.js.pane_doubt": "The network's doubt",
    "player.js.pane_mean": "Probability of on",
    "player.js.pane_flips": "Flips",
    "player.js.measure_dice": "Dice",
    "player.js.measure_changed": "pixels changed",
    "player.js.of_pixels": "of {pixels}",
    "player.js.since": "from {from}",
    "player.js.since_better": "from {from}: better by {by}",
    "player.js.since_worse": "from {from}: worse by {by}",
    "player.js.since_level": "from {from}: as good",
    "player.js.where": "row {row}, column {column}",
    "player.js.held": "held; tap it again to let go",
    "player.js.bit_on": "on",
    "player.js.bit_off": "off",
    "player.js.out": "bit after",
    "player.js.answer": "answer",
    "player.js.if": "if y₀ = 0 | 1",
    "player.js.below": "below that",
    "player.js.not_below": "not below that",
    "player.js.why_prior": "The prior gives this pixel a chance of {percent} % to be on.",
    "player.js.why_start_on": "The prior gives {percent} %. The number drawn, {u}, is below {p}: the chain starts "
    "with this bit on.",
    "player.js.why_start_off": "The prior gives {percent} %. The number drawn, {u}, is not below {p}: the chain starts "
    "with this bit off.",
    "player.js.why_flips": "The bit was {before}. The denoiser thinks it wrong with a chance of {doubt} %, so it "
    "guesses {guess} % on; with that, the probability of on after this step is {mean}. The number drawn, {u}, is "
    "{relation}: the bit flips to {after}.",
    "player.js.why_stays": "The bit is {before}. The denoiser thinks it wrong with a chance of {doubt} %, so it "
    "guesses {guess} % on; with that, the probability of on after this step is {mean}. The number drawn, {u}, is "
    "{relation}: the bit stays {after}.",
    "player.js.why_last": "The last step tosses no coin. The bit was {before} and the denoiser thinks it wrong with a "
    "chance of {doubt} %: the guess is {guess} % on, so it ends {after}.",
    "player.js.why_answer_on": "The answer: {percent} % on, more than one half, so the pixel belongs to the mask. "
    "Flips on the way: {flips}.",
    "player.js.why_answer_off": "The answer: {percent} % on, not more than one half, so the pixel is left out. "
    "Flips on the way: {flips}.",
    "player.js.why_painted": "A hand painted this bit {bit}, and painted bits hold in every step.",
    "player.js.only": "only in {lane}",
    "player.js.sample": "Sample {number}",
    "player.js.samples_mean": "Share of samples",
    "player.js.samples_disagreement": "Disagreement",
    "player.js.samples_area": "Areas: {span} % of the image.",
    "player.js.samples_dice": "Dice: {span}.",
    "player.js.representative": "agrees most with the others",
    "say.prior": "The prior, from which the chain starts: inside the line, each pixel is more likely than not to "
    "belong to the {object}.",
    "say.toss": "The coin toss y_T: every pixel throws a coin of its own, loaded with the prior's probability. {on} of "
    "{bits} bits land on.",
    "say.first": "The denoiser sees the tossed bits. It expects {expected} of {bits} to be wrong; "
    "this step switches {on} on and {off} off.",
    "say.step": "The denoiser expects {expected} of {bits} bits to be wrong; this step switches {on} on and {off} off.",
    "say.last": "No coin is tossed any more: a bit is on where the guess is above one half. "
    "{on} are switched on, {off} off.",
    "say.answer": "The answer. {change}",
    "say.answer_mean": "The answer is the mean of all {steps} guesses. {change}",
    "say.answer_blend": "The answer is the mean of all {steps} guesses, halfway to the prior. {change}",
    "say.answer_many": "The answer is the mean of {samples} chains, whose areas span {low:.2f} to {high:.2f} %. "
    "{change}",
    "say.stopped": "Stopped after {done} of {steps} steps: this is the guess so far. {change}",
    "say.alone": "The segmentor's answer from four views; nothing was refined. {change}",
    "say.change": "Pixels of the image added to the prior: {on}; taken away: {off}.",
    "say.nothing": "Nothing was found: no bit is more likely on than off.",
    # the tab that explains
    "about.tab": "About",
    "about.chain": "From the photograph to the mask",
    "about.chain_alt": "A photograph becomes a prior, the prior a mask of tossed bits, and steps that repeat make the "
    "answer of it.",
    "about.figure.image": "image",
    "about.figure.prior": "prior p",
    "about.figure.mask": "bits",
    "about.figure.answer": "answer",
    "about.figure.segmentor": "segmentor",
    "about.figure.toss": "coin toss",
    "about.figure.steps": "T steps",
    "about.equation.forward": "The forward process melts the true mask into the prior; B is Bernoulli's law, a coin "
    "for every pixel.",
    "about.equation.start": "The chain starts with one toss of the prior; u is a random number between 0 and 1.",
    "about.equation.guess": "The denoiser's doubt turns bits over: its guess of the clean mask.",
    "about.equation.mean": "Bayes' rule weighs the guess against the bits and the prior: the probability that the next "
    "bit is on.",
    "about.equation.next": "The next mask is one toss of it.",
    "about.results": "What was measured",
    "about.results_info": "Dice over test images at their own size; in brackets a 95 % interval of the mean over "
    "the images.",
    "about.column.set": "data set",
    "about.column.cases": "images",
    "about.column.prior": "segmentor",
    "about.column.refined": "refined",
    "about.column.change": "change",
    "about.score": "{mean:.3f}",
    "about.score_span": "{mean:.3f} [{low:.3f}, {high:.3f}]",
    "about.change": "{mean:+.3f} [{low:+.3f}, {high:+.3f}]",
    "about.links": """
## Read more

- [HiDiff](https://arxiv.org/abs/2407.03548), the paper: a segmentor's mask refined by Bernoulli diffusion
- [BerDiff](https://arxiv.org/abs/2304.04429), the same chain from pure noise
- [D3PM](https://arxiv.org/abs/2107.03006), diffusion of discrete states in general
""",
    "about.body": """
## What you see

1. **The prior.** A segmentor looks at the image once and gives every pixel a probability.
2. **The chain.** A mask is drawn from the prior by tossing a coin for every pixel. A binary denoiser then looks at
   image, mask and prior, says which bits are probably wrong, and a new mask is drawn. This is repeated down to t = 1.
3. **The answer.** What the denoiser believes, cut at one half: at the end, or on the mean over all steps, whichever
   served better when the weights were chosen. With several samples it is their mean.

*Outline*: the mask the denoiser believes in at this step. *Blue*: bits that the step switches on.
*Orange*: bits that it switches off. *Bits*: the mask y<sub>t</sub> itself, noise included.
*Guess*: the denoiser's probability of the clean mask. On the answer, blue and orange compare it with the prior.

Where the prior found something small, the chain works in a window round it, cut from the original pixels: the
*closer look*. The files to download always have the size of your image.

## What you can change

- **Start from another mask**: your own, of any tool, trusted as far as you say; noise, which is BerDiff, the chain
  without a prior; or the segmentor's proposal broken on purpose. Or paint on the picture: painted bits hold, and on
  solid objects speak for those beside them.
- **Compare two settings** side by side on one clock. Both lanes meet the same random numbers, so what comes out
  differently comes from what was changed.
- **Many answers**: chains with noise of their own. Where they agree the model is sure of itself, which is not the
  same as being right.
- **Take it home**: masks, pictures, the trace with every number, and the settings from which the same bytes can be
  made again, with the command line that does so.

The method is HiDiff (Chen, Wang, Chen, Lei, Shan: IEEE TMI 2024, arXiv 2407.03548).

## Use it from a program

`/prior`, `/refine` (streams its steps) and `/refine_prior` (starts from your own mask) can be called with
`gradio_client`; *Use via API* at the foot of this page lists what they take and give.

## Your images

An upload is read on this server, kept for about an hour so that you can download the result, and then
deleted. Nothing is recorded.
""",
    "about.weights": "\n## Weights\n",
    "about.weights_of": "- {note}",
    "weights.folder": "Weights of {task}: a folder of this server's own.",
    "weights.unknown": "Weights of {task}: made in this process.",
    "about.failures": "\n## Known failures\n",
    "about.failures_of": "- **{task}.**",
    "about.failure": "  - {sentence}",
    "about.examples": "\n## Examples\n",
    "about.example": "- **{title}{synthetic}.** {source}. Licence: {licence}. {note}",
    "about.example_short": "{source}. Licence: {licence}.",
    "about.synthetic": " (synthetic)",
    # errors of this package
    "error.image_missing": "There is no image; send one as a file.",
    "error.address": "This server fetches no addresses; send the image itself as a file.",
    "error.task": "There is no task called {task!r} here; choose one of {tasks}.",
    "error.canvas": "{name} would have to be enlarged beyond {limit} million pixels, because its field of view fills "
    "too little of it; crop it and try again.",
    "error.no_scribbles": "Nothing was painted, so there are no scribbles to save.",
    "error.nothing_of_yours": "There is no mask and no scribble of yours to leave out; bring a mask or paint, "
    "then compare.",
    "error.no_step": "No step was made, so there is nothing of the kind; refine first.",
    "error.kind": "There is no file of the kind {kind!r} here.",
    "error.difference": "Two lanes cannot differ in {difference!r} here; choose one of those that are offered.",
    "error.backend": "There is no engine called {backend!r}; choose packed or simulation.",
    "error.samples_here": "{name} is too large for so many samples at once; choose {limit} at most.",
}
