"""Every text of the interface, by key. Nothing else in this package holds a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

from hidiff.tasks import DISCLAIMER

ENGLISH: Mapping[str, str] = {
    # the page
    "page.title": "HiDiff Studio",
    "page.lead": "A segmentor proposes a mask. A diffusion model then refines it, bit by bit, as you watch.",
    "page.terms": DISCLAIMER,
    "page.missing": "Not available here: {title}. {reason}",
    "page.no_weights": "There are no weights here, so nothing can be segmented. See the terminal for what to do.",
    # the tab that segments
    "segment.tab": "Segment",
    "segment.task": "What to look for",
    "segment.examples": "Pick an example",
    "segment.no_examples": "There are no examples for this task here. Upload an image below.",
    "segment.synthetic": "synthetic",
    "segment.upload": "Or upload an image of your own",
    "segment.upload_hint": "Drop an image here\n\nor click to choose one",
    "segment.refine": "Refine",
    "segment.stop": "Stop",
    "segment.steps": "Steps",
    "segment.steps_info": "of the reverse chain; fewer are faster",
    "segment.samples": "Samples",
    "segment.samples_info": "chains; the answer is their mean",
    "segment.seed": "Seed",
    "segment.seed_info": "the same seed gives the same bits",
    "segment.more": "More settings",
    "segment.sampler": "Sampler",
    "segment.sampler.ancestral": "ancestral, as in the paper",
    "segment.sampler.ddim": "DDIM-like",
    "segment.mean": "Mean of a step",
    "segment.mean.mixture": "mixture, exact",
    "segment.mean.plug_in": "plug-in, as published",
    "segment.focus": "Look closer",
    "segment.focus_info": "refine in a window round what the prior found",
    "segment.flips": "Turn the image over",
    "segment.flips_info": "each chain sees a mirrored copy of its own",
    "segment.mask": "Download mask",
    "segment.probability": "Download probability",
    "segment.nothing": "There is no image yet: pick an example or upload one.",
    "segment.warning": "Nothing was changed",
    # the player
    "player.label": "Refinement, step by step",
    "player.empty": "Pick an example or upload an image. The prior appears at once, then every step.",
    "player.keys": "Left and right arrow: one step. Space: play.",
    "player.back": "One step back",
    "player.play": "Play",
    "player.pause": "Pause",
    "player.ahead": "One step ahead",
    "player.scrub": "Step",
    "player.show": "Show",
    "player.base.image": "Image",
    "player.base.bits": "Bits",
    "player.base.guess": "Guess",
    "player.outline": "outline of the guess",
    "player.on": "switched on",
    "player.off": "switched off",
    "player.closer": "closer look",
    "player.prior": "Prior",
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
    "player.fact.chain_value": "1 of {samples}",
    "player.note": "{title}: {width} x {height} pixels, seed {seed}",
    "player.note_closer": "{title}: {width} x {height} pixels, closer look at {across} x {down}, seed {seed}",
    "player.alt": "{title}. {sentence}",
    "say.prior": "The segmentor's proposal: inside the line, {object} is more likely than not.",
    "say.first": "Every bit is tossed with the prior's odds. The denoiser expects {expected} of {bits} to be wrong; "
    "this step switches {on} on and {off} off.",
    "say.step": "The denoiser expects {expected} of {bits} bits to be wrong; this step switches {on} on and {off} off.",
    "say.last": "No coin is tossed any more: a bit is on where the guess is above one half. "
    "{on} are switched on, {off} off.",
    "say.answer": "The answer. {change}",
    "say.answer_votes": "The answer is the mean of all {steps} guesses. {change}",
    "say.answer_many": "The answer is the mean of {samples} chains, whose areas span {low:.2f} to {high:.2f} %. "
    "{change}",
    "say.stopped": "Stopped after {done} of {steps} steps: this is the guess so far. {change}",
    "say.change": "Against the prior, {on} bits were added and {off} taken away.",
    "say.nothing": "Nothing was found: no bit is more likely on than off.",
    # the tab that explains
    "about.tab": "About",
    "about.body": """
### What you see

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

The method is HiDiff (Chen, Wang, Chen, Lei, Shan: IEEE TMI 2024, arXiv 2407.03548).

### Use it from a program

`/prior`, `/refine` (streams its steps) and `/refine_prior` (starts from your own mask) can be called with
`gradio_client`; *Use via API* at the foot of this page lists what they take and give.

### Your images

An upload is read on this server, kept for about an hour so that you can download the result, and then
deleted. Nothing is recorded.
""",
    "about.weights": "### Weights",
    "about.weights_of": "- {note}",
    "weights.folder": "Weights of {task}: a folder of this server's own.",
    "weights.unknown": "Weights of {task}: made in this process.",
    "about.examples": "### Examples",
    "about.example": "- **{title}{synthetic}.** {source}. Licence: {licence}. {note}",
    "about.synthetic": " (synthetic)",
    # errors of this package
    "error.image_missing": "There is no image; send one as a file.",
    "error.address": "This server fetches no addresses; send the image itself as a file.",
    "error.task": "There is no task called {task!r} here; choose one of {tasks}.",
    "error.canvas": "{name} would have to be enlarged beyond {limit} million pixels, because its field of view fills "
    "too little of it; crop it and try again.",
    "error.confidence": "The confidence is no number; choose one between 0.5 and 1.",
    "error.samples": "samples is {samples}; choose a whole number from 1 to {limit}.",
}


def text(key: str, **values: object) -> str:
    """The text of a key, its placeholders filled in. Raises KeyError for a key or a value that is missing."""
    return ENGLISH[key].format(**values)
