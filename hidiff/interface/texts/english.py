"""English: every text of the interface, by key."""

from __future__ import annotations

from hidiff.tasks import DISCLAIMER, TASKS

CODE, TITLE = "en", "English"
TEXTS: dict[str, str] = {
    **{f"task.{name}.title": task.title for name, task in TASKS.items()},
    # the page
    "page.between": " ",
    "page.language": "Language",
    "page.title": "HiDiff Studio",
    "page.lead": "A segmentor proposes a mask. A diffusion model then refines it, bit by bit, as you watch.",
    "page.terms": DISCLAIMER,
    "page.card": "Three masks of bits: the first full of errors, the last whole.",
    "page.missing": "Not available here: {title}. {reason}",
    "page.no_weights": "There are no weights here, so nothing can be segmented. See the terminal for what to do.",
    # the lessons on a page of their own, without a server
    "edition.title": "HiDiff lessons",
    "edition.lead": "How a diffusion model refines a mask, bit by bit: guess first, then look.",
    "edition.missing": "This edition needs no server and no network. Your own images, other settings and the engines "
    "are in the app.",
    # the tab that refines
    "refine.tab": "Refine",
    "refine.task": "What to look for",
    "refine.examples": "Pick an example",
    "refine.no_examples": "There are no examples for this task here. Upload an image below.",
    "refine.synthetic": "synthetic",
    "refine.on_purpose": "broken on purpose",
    "refine.both_marks": "{first} · {second}",
    "refine.yours": "Your own image",
    "refine.upload": "Your own image",
    "refine.upload_hint": "Drop an image here\n\nor click to choose",
    "refine.refine": "Refine",
    "refine.again": "Again, with new noise",
    "refine.stale": "The picture is of other settings. Refine to see these.",
    "refine.new_noise": "New noise: seed {seed:d}.",
    "refine.settings_lost": "The settings are this task's own again.",
    "refine.stop": "Stop",
    # how far a run is
    "status.heading": "The refinement",
    "status.asked": "Segmenting...",
    "status.prior": "Step 1 of {steps}",
    "status.step": "Step {step} of {steps}",
    "status.done": "Done, with seed {seed:d}.",
    "status.before": "{count} visitors are before you.",
    "status.before#one": "One visitor is before you.",
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
    "refine.both_looks": "Start from both looks",
    "refine.both_looks_info": "the mean of what the segmentor sees in the whole image and in the window",
    "refine.corrects": "What the network may correct",
    "refine.corrects.every": "every prior",
    "refine.corrects.given": "all but the segmentor's own",
    "refine.mirror": "Turn the image over",
    "refine.mirror_info": "the prior is the mean over the image and its mirror images, and each chain sees one of them",
    "refine.nothing": "There is no image yet: pick an example or upload one.",
    "refine.warning": "Nothing was changed",
    # the wrong kind of picture
    "picture.looks": "This looks like a {found}, and you are looking for {sought}.",
    "picture.small": "{width:d} x {height:d} pixels are too few to find {sought} in; take a picture that is {least:d} "
    "or more across.",
    "picture.neither": "This looks like neither a colonoscopy image nor a retina, and you are looking for {sought}.",
    "picture.switch": "Look for that instead",
    "task.polyp.switch": "Look for polyps instead",
    "task.fundus.switch": "Look for vessels instead",
    "picture.keep": "Keep it as it is",
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
    "prior.inverted": "{name} was inverted.",
    "prior.anyway": "Use it anyway",
    "prior.invert": "Invert it",
    "prior.error": "How it is broken",
    "prior.seed": "Seed of the damage",
    "prior.seed_info": "apart from the seed of the noise",
    "refine.confidence": "Confidence in my mask",
    "refine.confidence_info": "the probability inside a given mask; outside it is one minus this",
    "prior.reset": "Reset to the segmentor's",
    # what is going on, for people
    "lead.segmentor": "The segmentor has made its guess. Watch the network look for what is wrong with it, bit by bit.",
    "lead.left": "The segmentor has made its guess, and the bits are tossed by it. The network knows no better "
    "and leaves its guess of the {object} as it is: start from a broken one to see it mend.",
    "lead.noise": "Nobody has guessed anything: every bit starts as a fair coin. Watch the network look for the "
    "{object} in the noise; from the segmentor's guess it gets further.",
    "lead.broken": "The segmentor's guess was broken on purpose ({error}). Watch the network mend it, bit by bit.",
    "lead.own": "You brought the mask. Watch the network look for what is wrong with it, bit by bit.",
    "lead.painted": "You drew on the prior. Watch what the network makes of it.",
    "lead.held": "You drew, and your strokes hold. Watch the rest follow, bit by bit.",
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
    "engine.timed": "{engine}: {ms:,.0f} ms a step",
    "engine.ratio": "On this picture packed bits are {ratio:.1f} times as fast.",
    "engine.same": "All {bits} bits of all steps are the same.",
    "engine.differ": "{differ} of {bits} bits differ over all steps.",
    "engine.not_ready": "The packed engine is not ready on this computer, so the float simulation ran.",
    "engine.step": "Step",
    "engine.channel": "Channel",
    "engine.look": "Look inside one layer",
    "engine.nothing_inside": "There is no answer yet: let a refinement run to its end, then look inside.",
    "engine.not_inside": "There is no step {step:d} with a channel {channel:d} here; choose smaller numbers.",
    "engine.warning": "Nothing to look into",
    "engine.inside_where": "Step {number:d} (t = {t:d}), at row {row:d}, column {column:d} of the working frame: the "
    "flip that the denoiser doubted most. The first binary layer, channel {channel:d}:",
    "engine.inside_signs": "Signs in: 3 x 3 places (rows), every channel (columns). Filled is +1, pale is -1.",
    "engine.inside_weights": "Weights of this channel: one bit each.",
    "engine.inside_agree": "XNOR: filled where sign and weight agree.",
    "engine.inside_count": "{agree} of {seen} agree and {differ} do not, so the sum is {total:+d}. Scaled, shifted for "
    "t = {t:d} and joined with the {x:.2f} that came in, it becomes {value:.2f}. The threshold adds {threshold:.2f}: "
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
    "difference.alone": "no refinement: the segmentor, all views",
    "difference.focus": "the closer look",
    "difference.aggregate": "what counts as the answer",
    "difference.backend": "the engine",
    "difference.twin": "binary or real-valued denoiser",
    "difference.user": "without my mask and scribbles",
    # many answers
    "many.title": "Many answers",
    "many.draw": "Draw several answers",
    "many.sure": "Measured on validation images: where the answer gave 90 % or more, {percent:.0f} % of the pixels "
    "belonged to the {object}.",
    "many.split": "Where it was split (30 to 70 %), {percent:.0f} % did.",
    # a reference to compare with
    "reference.title": "Compare with a reference",
    "reference.upload": "Reference mask",
    "reference.upload_hint": "Drop a mask here\n\nor click to choose one",
    "reference.same": "The prior is this very reference, so the answer can only be as good or worse.",
    "reference.none": "With a reference mask, which may come from any tool, prior and answer are scored here.",
    "reference.no_image": "There is no image yet to compare with: pick an example or upload one.",
    "reference.left": "{name} belonged to the picture before and was put away; bring the new picture's reference.",
    "reference.warning": "Not compared",
    "reference.prior": "prior",
    "reference.refined": "refined",
    "reference.difference": "difference",
    "reference.dice": "Dice",
    "reference.iou": "IoU",
    "reference.hd95": "HD95, pixels",
    "reference.missed": "missed pixels",
    "reference.false": "false pixels",
    "reference.no_number": "-",
    "reference.digits_0": "{value:,.0f}",
    "reference.digits_1": "{value:,.1f}",
    "reference.digits_3": "{value:,.3f}",
    "reference.gain_0": "{value:+,.0f}",
    "reference.gain_1": "{value:+,.1f}",
    "reference.gain_3": "{value:+,.3f}",
    # what can be taken home
    "take.title": "Take it home",
    "take.all": "All files",
    "take.all_hint": "One ZIP of every file here, with the light trace in the place of the full one",
    "take.mask": "Mask",
    "take.mask_hint": "The refined mask: a PNG of your image's size, 255 on and 0 off",
    "take.prior": "Prior",
    "take.prior_hint": "The mask before the refinement: a PNG of your image's size, 255 on and 0 off",
    "take.prob": "Probability",
    "take.prob_hint": "The refined probability of every pixel: a PNG with 16 bits, 65535 is certainty",
    "take.overlay": "Overlay",
    "take.overlay_hint": "The refined mask drawn on your image",
    "take.difference": "Difference",
    "take.difference_hint": "The refined mask against the reference: grey is right, blue is false, orange is missed",
    "take.animation": "WebP",
    "take.animation_hint": "The refinement as a moving picture, step by step",
    "take.gif": "GIF",
    "take.gif_hint": "The same moving picture as a GIF, for programs that know no WebP",
    "take.sheet": "Sheet",
    "take.sheet_hint": "Every step, or every sample, on one sheet to print",
    "take.light": "Trace",
    "take.light_hint": "Every bit of every step, and the probabilities rounded to 0.001; opens with Trace.load",
    "take.trace": "Full trace",
    "take.trace_hint": "Every bit and every number of every step, for any program that reads numpy's .npz; large, and "
    "slow to make",
    "take.settings": "Settings",
    "take.settings_hint": "What made this, as JSON: settings, digests, scores, versions, and the command line",
    "take.scribbles": "Scribbles",
    "take.scribbles_hint": "What you painted, as a PNG for --scribbles: 255 on, 0 off, 128 free",
    "take.megabytes": "~{number} MB",
    "take.command": "The same files from the command line",
    "take.command_info": "in a copy of this project, with your image beside it",
    "take.command_tab": "Command line",
    "take.python": "The same mask in Python, from this app",
    "take.python_info": "pip install gradio_client; with your image beside it",
    "take.python_tab": "Python",
    "take.curl": "The same mask in a shell, from this app",
    "take.curl_info": "needs curl and nothing else; with your image beside it",
    "take.curl_tab": "curl",
    "take.nothing": "There is no answer yet: let a refinement run to its end, then choose again.",
    "take.warning": "No file",
    "link.title": "A link to what you see",
    "link.copy": "Copy link",
    "link.copied": "Copied.",
    "link.failed": "Your browser does not let the page copy: press Ctrl+C, or Cmd+C on a Mac.",
    "link.upload": "Your own image stays with you, so no link leads to it. Take the settings file instead: with your "
    "image it gives the same bits.",
    "link.painted": "Strokes do not fit into a link. Take the settings and the scribbles instead: with the image they "
    "give the same bits.",
    "link.own": "A mask of your own does not fit into a link. Take the settings file instead: with your files it gives "
    "the same bits.",
    "link.refused": "The link's {name} could not be used, so the usual one is shown.",
    "link.warning": "The link",
    "take.no_command": "No command line gives this: the run was stopped, or the segmentor answered alone.",
    # two lanes
    "lane.seed": "seed {seed:d}",
    "lane.steps": "{steps} steps",
    "lane.closer": "closer look",
    "lane.whole": "whole image",
    "lane.binary": "binary denoiser",
    "lane.twin": "real-valued twin",
    "lane.refined": "refined",
    "lane.alone": "segmentor alone, all views",
    "lane.with_scribbles": "with your scribbles",
    # the player
    "player.lessons": "Lessons",
    "player.stage": "{label}. {keys}",
    "player.label": "Refinement, step by step",
    "player.empty": "Pick an example or upload an image. The prior appears at once, then every step.",
    "player.opening": "One moment: the first example is on its way.",
    "player.keys": "Left and right arrow: one step. Home, End: first, last. Space: play. Shift and arrows: another "
    "pixel. Enter: hold it. Plus, minus: zoom.",
    "player.help": "Keys",
    "player.help.step": "one step back, one step ahead",
    "player.help.ends": "the first moment, the last",
    "player.help.play": "play, pause",
    "player.help.pixel": "on the picture: another pixel",
    "player.help.hold": "on the picture: hold the pixel or dab with the brush, let go",
    "player.help.zoom": "on the picture: closer, further, the whole view",
    "player.help.clicker": "in the presenter's view, and on a clicker: step",
    "player.help.panels": "in the presenter's view: next panel, blank",
    "player.help.reveal": "in the presenter's view: reveal the answer, next question",
    "player.teach": "For teachers",
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
    "player.large": "Presenter's view, full screen",
    "player.leave": "Leave the presenter's view",
    "player.panel": "Next panel",
    "player.panel_hint": "Next panel: none, the curves, one pixel (key p)",
    "player.most": "Most changed",
    "player.most_hint": "Look at the part where most changed; again: back",
    "player.split": "Before | after: the prior's mask left of the handle, the answer's right of it",
    "player.map": "Where the view lies in the whole image",
    "player.skip": "Skip the player",
    "player.show": "Show",
    "player.unfold": "Maps, one pixel, curves",
    "player.base.image": "Image",
    "player.base.image_hint": "The photograph, the mask of the guess, and what this step flips",
    "player.base.bits": "Bits",
    "player.base.bits_hint": "The mask as it is now, noise included: white is on",
    "player.base.guess": "Guess",
    "player.base.guess_hint": "What the denoiser takes the clean mask to be",
    "player.base.doubt": "Doubt",
    "player.base.doubt_hint": "Which bits the denoiser believes to be wrong",
    "player.base.mean": "Probability",
    "player.base.mean_hint": "The chance of every bit to be on after this step: the posterior mean",
    "player.base.prior": "Prior",
    "player.base.prior_hint": "The odds that the chain starts from: white is surely on, black surely off",
    "player.base.noise": "Noise",
    "player.base.noise_hint": "The random number of every pixel at this moment: a bit is on where it lies below the "
    "probability",
    "player.base.flips": "Flips",
    "player.base.flips_hint": "What this step switches on and off",
    "player.base.errors": "Errors",
    "player.base.errors_hint": "The guess against the reference: what it misses, what it wrongly takes, what is right",
    "player.base.difference": "Difference",
    "player.base.difference_hint": "Where the masks of the two lanes differ",
    "player.key.grey": "black off, white on",
    "player.key.heat": "the brighter, the more doubtful",
    "player.outline": "mask of the guess",
    "player.flips": "flips",
    "player.reference": "reference",
    "player.missed": "missed",
    "player.false": "false",
    "player.right": "right",
    "player.on": "switched on",
    "player.off": "switched off",
    "player.closer": "closer look",
    "player.opacity": "opacity",
    "player.tools": "Brush",
    "player.tool.point": "Point",
    "player.tool.add": "Add",
    "player.tool.erase": "Erase",
    "player.size": "size",
    "player.undo": "Undo",
    "player.redo": "Redo",
    "player.clear": "Clear",
    "player.meaning": "What a stroke means",
    "player.meaning.proposes": "the network may undo it",
    "player.meaning.holds": "my strokes hold",
    "player.answering": "Answer every stroke",
    "player.answering_slow": "off here, where an answer takes seconds; the large button gives it",
    "player.samples": "Many answers",
    "player.pixel": "One pixel",
    "player.pixel.hint": "Hover over the picture, or tap it, and read why a bit flipped.",
    "player.formula": "The formula",
    "player.depth.look": "Look",
    "player.depth.count": "Count",
    "player.depth.derive": "Derive",
    "player.handles": "Change its numbers",
    "player.handles_hint": "What if this pixel had another prior, bit or doubt, or stood at another time? The coin "
    "stays the same.",
    "player.handles.time": "time t",
    "player.handles.p": "prior p",
    "player.handles.y": "bit yₜ is on",
    "player.handles.eps": "doubt ε̂",
    "player.handles.back": "Back to the trace",
    "player.strip": "This pixel over all steps: its probability of on, the number drawn, the bit",
    "player.strip.mean": "probability of on",
    "player.strip.u": "number drawn",
    "player.strip.bit": "bit after the step",
    "player.strip.mean_hint": "The bar: how likely the bit is to be on after the step.",
    "player.strip.u_hint": "The line: the random number. Below the top of the bar the bit is on.",
    "player.strip.bit_hint": "The square: white is on, black is off; blue and orange have just flipped.",
    "player.curves": "Over the steps",
    "player.curve.flips": "flips",
    "player.curve.flips_hint": "How many bits each step switches on (blue) and off (orange).",
    "player.curve.area_hint": "How much of the image is on: in the bits of the step (thin) and in the guess (thick).",
    "player.curve.entropy_hint": "How undecided the guess is, in bits a pixel: 0 is sure, 1 is a fair coin.",
    "player.curve.alpha_bar_hint": "How much of the clean mask is left at each time; it rises as t falls.",
    "player.curve.dice_hint": "The overlap with the reference, 0 to 1: of the bits (thin), of the guess (thick).",
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
    "player.fact.time_start": "{t:d}",
    "player.fact.time_value": "{t:d} → {s:d}",
    "player.fact.alpha_bar": "ᾱ of t",
    "player.fact.alpha_bar_value": "{alpha_bar:.3g}",
    "player.fact.expected_value": "{expected}",
    "player.fact.expected": "bits in doubt",
    "player.fact.area": "area",
    "player.fact.prior_area": "area of the prior",
    "player.fact.seconds": "computed in",
    "player.fact.seconds_value": "{seconds:.1f} s",
    "player.fact.area_value": "{percent:.2f} % of the image",
    "player.fact.chain": "chain",
    "player.fact.chain_value": "{chain} of {samples}",
    "player.note": "{title}: {width:d} x {height:d} pixels, seed {seed:d}.",
    "player.note_whole": "{title}: {width:d} x {height:d} pixels, refined as {wide:d} x {tall:d} bits, seed {seed:d}.",
    "player.note_lanes": "In the curves, solid lines are of the first lane, {first}; "
    "dashed ones of the second, {second}.",
    "player.note_closer": "{title}: {width:d} x {height:d} pixels, closer look at {across:d} x {down:d}, refined as "
    "{wide:d} x {tall:d} bits, seed {seed:d}.",
    "player.js.alt": "{title}. {sentence}",
    "player.error.scribbles": "The scribbles are not what the brush sends; paint them in the player and try again.",
    "player.error.scribbles_size": "The scribbles are {width:d} x {height:d} and the picture {across:d} x {down:d}; "
    "paint on the picture that is shown.",
    # put together in the browser
    "player.js.toss": "y_T",
    "player.js.pane_image": "Photograph",
    "player.js.pane_bits": "Bits",
    "player.js.pane_guess": "The network's guess",
    "player.js.pane_doubt": "The network's doubt",
    "player.js.pane_mean": "Probability of on",
    "player.js.pane_prior": "The prior",
    "player.js.pane_noise": "Random numbers",
    "player.js.pane_flips": "Flips",
    "player.js.pane_errors": "Errors",
    "player.js.split": "prior {percent} %, answer the rest",
    "player.js.measure_dice": "Dice with the reference",
    "player.js.measure_guess_dice": "Dice of the guess",
    "player.js.hint.guess_dice": "How well the network's guess and the reference overlap: 1 is the same, 0 is no pixel "
    "in common.",
    "player.js.measure_changed": "pixels changed",
    "player.js.of_pixels": "of {pixels}",
    "player.js.since": "from {from}",
    "player.js.since_better": "from {from}: better by {by}",
    "player.js.since_worse": "from {from}: worse by {by}",
    "player.js.since_level": "from {from}: as good",
    "player.js.hint.dice": "How well mask and reference overlap: 1 is the same, 0 is no pixel in common.",
    "player.js.hint.changed": "Pixels that were on in the prior's mask and are off now, or were off and are on.",
    "player.js.hint.time": "The chain counts down from T: at T the mask is a toss of the prior, at 0 it is clean.",
    "player.js.hint.alpha-bar": "How much of the clean mask is left at time t. The rest has melted into the prior.",
    "player.js.hint.expected": "The sum of all doubts: so many bits the denoiser takes to be wrong. Fewer are flipped, "
    "since a step goes only part of the way and some tosses keep the old bit.",
    "player.js.hint.area": "The share of the image that the mask covers.",
    "player.js.hint.prior_area": "The share of the image that the prior's mask covers, before anything is refined.",
    "player.js.hint.seconds": "The time of the steps on this server, without what the segmentor took.",
    "player.js.hint.chain": "Each chain has noise of its own; the answer is their mean.",
    "player.js.hint.p": "The prior: the probability that this pixel is on, before the chain begins.",
    "player.js.hint.y": "The bit at time t, with which the step begins: 1 is on, 0 is off.",
    "player.js.hint.eps": "The denoiser's doubt: the probability that this bit is wrong.",
    "player.js.hint.y0": "The guess of the clean mask: the bit, turned over as far as it is doubted.",
    "player.js.hint.alpha": "How much of a bit's memory the step from t to the next keeps.",
    "player.js.hint.theta-1": "How well an off bit would explain what is seen: the evidence for off, not yet divided.",
    "player.js.hint.theta-2": "How well an on bit would explain what is seen: the evidence for on, not yet divided.",
    "player.js.hint.mean": "The probability that the bit is on after this step: the posterior's mean, from θ₁ and θ₂.",
    "player.js.hint.u": "The coin: a random number between 0 and 1. The bit is on where it lies below μ.",
    "player.js.hint.out": "The bit with which the next step begins.",
    "player.js.hint.answer": "The probability in the answer; above one half the pixel belongs to the mask.",
    "player.js.where": "row {row:d}, column {column:d}",
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
    "player.js.line_forward": "In training: one step keeps a bit, or draws it anew from the prior.",
    "player.js.line_marginal": "Many such steps are one: by induction over the step before.",
    "player.js.line_start": "The chain begins with one toss of the prior.",
    "player.js.line_guess": "The guess is the bit, turned over as far as it is doubted.",
    "player.js.line_theta_off": "The weight of off: how well it explains the bit that is there, times its own odds.",
    "player.js.line_theta_on": "The weight of on, likewise.",
    "player.js.line_posterior": "Bayes' rule: the weight of on among both, if the clean bit were known.",
    "player.js.line_mean_ancestral": "The clean bit is not known: both cases, mixed as the guess says.",
    "player.js.line_mean_plug_in": "The published short cut: the guess stands in the weights as if it were a bit.",
    "player.js.line_mean_ddim": "The DDIM-like step moves towards the guess; the prior has no part in it.",
    "player.js.line_toss": "The next bit is one toss of that mean.",
    "player.js.line_last": "In the last step no coin is tossed: the bit is on where the guess is above one half.",
    "player.js.line_no_step": "Go to a step of the chain, and the numbers of this pixel stand here.",
    "player.js.spoken_forward": "q of y t equals one is alpha t times the bit before, plus one minus alpha t, times p",
    "player.js.spoken_marginal": "q of y t equals one, given y zero, is alpha bar t times y zero, plus one minus alpha "
    "bar t, times p",
    "player.js.spoken_start": "y T is one where u is below p",
    "player.js.spoken_guess": "y zero hat is the distance between y t and epsilon hat",
    "player.js.spoken_theta_off": "theta one is alpha t times one minus y t, plus one minus alpha t times the distance "
    "of y t plus p from one; all this times alpha bar s times one minus y zero, plus one minus alpha bar s times one "
    "minus p",
    "player.js.spoken_theta_on": "theta two is alpha t times y t, plus one minus alpha t times the distance of y t "
    "plus p from one; all this times alpha bar s times y zero, plus one minus alpha bar s times p",
    "player.js.spoken_posterior": "pi of y zero is theta two over the sum of theta one and theta two",
    "player.js.spoken_mean_ancestral": "mu is y zero hat times pi of one, plus one minus y zero hat, times pi of zero",
    "player.js.spoken_mean_plug_in": "mu is theta two over the sum of theta one and theta two",
    "player.js.spoken_mean_ddim": "mu is sigma times y t, plus alpha bar s minus sigma times alpha bar t, times y zero "
    "hat",
    "player.js.spoken_toss": "y s is one where u is below mu",
    "player.js.counted_guess": "The bit is {y} and its doubt {eps}, so the guess is {y0}.",
    "player.js.counted_mean_ancestral": "With an on clean bit Bayes' rule gives {ifOn}, with an off one {ifOff}; mixed "
    "by the guess {y0} that is {mu}.",
    "player.js.counted_mean_plug_in": "The weights are {theta1} for off and {theta2} for on: {mu}.",
    "player.js.counted_mean_ddim": "From the bit {y} towards the guess {y0}: {mu}.",
    "player.js.counted_toss": "The number drawn is {u} and the mean {mu}: the bit is {ys}.",
    "player.js.handled": "With these numbers the bit is {after} after the step.",
    "player.js.handled_same": "These are the trace's own numbers: the bit is {after} after the step.",
    "player.js.other_mean": "μ, {rule}",
    "player.js.rule_ancestral": "exact",
    "player.js.rule_plug_in": "as published",
    "player.js.rule_ddim": "DDIM-like",
    "player.js.axis_prior": "prior",
    "player.js.axis_answer": "answer",
    "player.js.only": "only in {lane}",
    "player.js.sample": "Sample {number:d}",
    "player.js.samples_mean": "Share of samples",
    "player.js.samples_disagreement": "Disagreement",
    "player.js.samples_area": "Areas: {span} % of the image.",
    "player.js.samples_dice": "Dice: {span}.",
    "player.js.representative": "agrees most with the others",
    "player.js.samples_star": "★ agrees most with the others.",
    "say.prior": "The prior, which the chain is to refine: inside the line, each pixel is more likely than not to "
    "belong to the {object}.",
    "say.prior_painted": "The prior with your strokes in it, from which the chain starts: inside the line, each pixel "
    "is more likely than not to belong to the {object}.",
    "say.toss": "The coin toss y_T: every pixel throws a coin of its own, loaded with the prior's probability. {on} of "
    "{bits} bits land on.",
    "say.toss_looks": "The coin toss y_T: every pixel throws a coin of its own, loaded with the mean of the prior and "
    "of what the segmentor sees in the closer look. {on} of {bits} bits land on.",
    "say.first": "The denoiser sees the tossed bits. It expects {expected} of {bits} to be wrong; "
    "this step switches {on} on and {off} off.",
    "say.step": "The denoiser expects {expected} of {bits} bits to be wrong; this step switches {on} on and {off} off.",
    "say.step_left": "The network is not asked: the guess stays the prior, by which {expected} of {bits} bits are "
    "expected to be wrong. This step switches {on} on and {off} off.",
    "say.last": "No coin is tossed any more: a bit is on where the guess is above one half. "
    "{on} are switched on, {off} off.",
    "say.answer": "The answer. {change}",
    "say.answer_mean": "The answer is the mean of all {steps} guesses. {change}",
    "say.answer_blend": "The answer is the mean of all {steps} guesses, halfway to the prior. {change}",
    "say.answer_many": "The answer is the mean of {samples} chains, whose areas span {low:.2f} to {high:.2f} %. "
    "{change}",
    "say.stopped": "Stopped after {done} of {steps} steps: this is the guess so far. {change}",
    "say.alone": "The segmentor's answer from all its views; nothing was refined. {change}",
    "say.change": "Pixels of the image added to the prior: {on}; taken away: {off}.",
    "say.looks": "The closer look changed {looks} before the first step, the chain {chain}.",
    "say.nothing": "Nothing was found: no bit is more likely on than off.",
    "stroke.added_none": "You painted {painted} pixels on: the network kept all of them.",
    "stroke.added_some": "You painted {painted} pixels on: the network took {back} of them out again.",
    "stroke.added_all": "You painted {painted} pixels on: the network took all of them out again.",
    "stroke.added_none#one": "You painted 1 pixel on: the network kept it.",
    "stroke.added_all#one": "You painted 1 pixel on: the network took it out again.",
    "stroke.erased_none": "You erased {painted} pixels: none of them came back.",
    "stroke.erased_some": "You erased {painted} pixels: {back} of them came back.",
    "stroke.erased_all": "You erased {painted} pixels: all of them came back.",
    "stroke.erased_none#one": "You erased 1 pixel: it did not come back.",
    "stroke.erased_all#one": "You erased 1 pixel: it came back.",
    "stroke.nothing": "Your strokes changed nothing: the prior had it so already.",
    "stroke.holds": "Your {painted} painted pixels hold.",
    "stroke.holds#one": "Your painted pixel holds.",
    "stroke.others": "Against the prior, {others} others changed.",
    "stroke.others#one": "Against the prior, 1 other changed.",
    "stroke.others_none": "Against the prior, no other changed.",
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
    "about.cite": "Cite this",
    "about.cite_copy": "Copy BibTeX",
    "about.links": """
## Read more

- [HiDiff](https://arxiv.org/abs/2407.03548), the paper: a segmentor's mask refined by Bernoulli diffusion
- [BerDiff](https://arxiv.org/abs/2304.04429), the same chain from pure noise
- [D3PM](https://arxiv.org/abs/2107.03006), diffusion of discrete states in general
""",
    "about.body": """
## What you see

1. **The prior.** A segmentor looks at the image, for some tasks at its mirror images too, and gives every pixel a
   probability.
2. **The chain.** A mask is drawn from the prior by tossing a coin for every pixel. A binary denoiser then looks at
   image, mask and prior, says which bits are probably wrong, and a new mask is drawn. This is repeated down to t = 1.
3. **The answer.** What the denoiser believes, cut at one half: at the end, or on the mean over all steps, whichever
   served better when the weights were chosen. With several samples it is their mean.

The denoiser is told **whose prior it is**: the segmentor's own, anybody's (noise, a broken one, a mask of any tool,
what you painted as a proposal), or one with strokes that hold. A segmentor's own prior is right nearly everywhere, so
little of the correction is taken; on vessels none, because there the refinement did not beat its prior. Strokes that
hold on a solid object meet the answer that they point at.

*Outline*: the mask the denoiser believes in at this step. *Blue*: bits that the step switches on.
*Orange*: bits that it switches off. *Bits*: the mask y<sub>t</sub> itself, noise included.
*Guess*: the denoiser's probability of the clean mask. On the answer, blue and orange compare it with the prior.

Where the prior found something small, the chain works in a window round it, cut from the original pixels: the
*closer look*. The files to download always have the size of your image.

## What you can change

- **Start from another mask**: your own, of any tool, trusted as far as you say; noise, which is BerDiff, the chain
  without a prior; or the segmentor's proposal broken on purpose. Or paint on the picture: what you paint is a
  proposal that the network may undo, or it holds, and on solid objects speaks for what lies beside it.
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
    "about.weights": "Weights",
    "weights.folder": "Weights of {task}: a folder of this server's own.",
    "weights.unknown": "Weights of {task}: made in this process.",
    "about.failures": "Known failures",
    "about.examples": "Examples",
    "about.example": "{title}{synthetic}: {source}. Licence: {licence}. {note}",
    "about.example_short": "{source}. Licence: {licence}.",
    "about.synthetic": " (synthetic)",
    # errors of this package
    "error.image_missing": "There is no image; send one as a file.",
    "error.address": "This server fetches no addresses; send the image itself as a file.",
    "error.task": "There is no task called {task!r} here; choose one of {tasks}.",
    "error.canvas": "{name} would have to be enlarged beyond {limit} million pixels, because its field of view fills "
    "too little of it; crop it and try again.",
    "error.no_scribbles": "Nothing was painted, so there are no scribbles to save.",
    "error.no_reference": "There is no reference to compare with; bring a reference mask first.",
    "error.nothing_of_yours": "There is no mask and no scribble of yours to leave out; bring a mask or paint, "
    "then compare.",
    "error.no_step": "No step was made, so there is nothing of the kind; refine first.",
    "error.kind": "There is no file of the kind {kind!r} here.",
    "error.difference": "Two lanes cannot differ in {difference!r} here; choose one of those that are offered.",
    "error.backend": "There is no engine called {backend!r}; choose packed or simulation.",
    "error.samples_here": "{name} is too large for so many samples at once; choose {limit} at most.",
    "error.work": "{name} with these settings would take about {seconds} seconds here, and {limit} are allowed; choose "
    "fewer samples, fewer steps or the packed engine.",
    "error.trace_size": "The whole trace would be larger than the {limit} MB that this server makes; take the light "
    "trace, from which the same steps follow.",
    "error.explain_size": "{name} with so many samples and steps is too large to be explained; choose fewer of them.",
    "error.switch": "{name} is neither true nor false; give one of them.",
    "error.call": "This could not be understood; check what was sent and try again.",
    "server.too_large": "This is larger than the {limit:g} MB that are allowed; send less and try again.",
    "server.no_endpoint": "There is no such endpoint here; the page of the API lists them.",
    "server.no_json": "This is no JSON that could be meant; check its numbers and its nesting and try again.",
    "server.session": "The name of a session is a word of 128 letters at most; choose another.",
    "server.host": "This server does not go by that name; open it by its own address. (Who runs it can name more in "
    "HIDIFF_HOSTS.)",
    "server.origin": "A page of another site may not send anything to this server; open its own page.",
    "server.disk": "Too much was uploaded within an hour; come back in {minutes} minutes.",
    "server.closing": "The server is being stopped; try again when it is back.",
    "server.full": "{waiting} pieces of work are waiting already; come back in about {seconds} seconds.",
    "server.full_title": "Busy",
    "server.no_space": "This server has no space for another file; come back in an hour, when old ones are deleted.",
    "server.time_limit": "The refinement was ended after {seconds:g} seconds, as Stop does; what there is counts.",
    # what the library says of weights and of a visitor's files; its words, so that they are known again
    "library.weights_alone": "Weights of {task}: the embedded copy (no Hub repository is named).",
    "library.weights_embedded": "Weights of {task}: the embedded copy ({reason}).",
    "library.weights_hub": "Weights of {task}: Hub repository {repo} at commit {commit}.",
    "library.broken": "{name} could not be decoded; it may be damaged, so save it again as a PNG and try once more.",
    "library.cut": "{name} is damaged or cut off; save it again from its source and try once more.",
    "library.unknown": "{name} is not a PNG, JPEG, WebP, BMP or TIFF picture; save it as one of these and try again.",
    "library.empty_file": "{name} is empty; choose a PNG, JPEG, WebP, BMP or TIFF picture.",
    "library.gone": "{name} was not found; check the path and try again.",
    "library.too_many_bytes": "{name} has {size} MB, more than the {limit} MB that are allowed; make it smaller and "
    "try again.",
    "library.too_many_pixels": "{name} has {size} pixels, more than the {limit} megapixels that are allowed; make it "
    "smaller and try again.",
    "library.out_of_range": "{name} holds samples outside 0..1 and 0..255; scale them and try again.",
    "library.proportions": "{name} is {size} and the image {other}, which are other proportions; choose the mask of "
    "this image, of its size or scaled as a whole.",
    "library.resampled": "{name} is {size} and was resampled to the image's {other}.",
    "library.sizes": "{name} is {size} and {other} {wanted}; give both one size.",
    "library.photograph": "{name} looks like a photograph, not like a mask: it has many colours or greys.",
    "library.inverted": "{name} covers {percent} % of the image; it may be inverted.",
    "library.nothing_on": "{name} is empty: no pixel of it is on.",
    "library.all_on": "{name} is on everywhere.",
    "library.little_on": "{name} is nearly empty: {on} of its {total} pixels are on.",
    "library.little_off": "{name} is nearly full: all but {off} of its {total} pixels are on.",
    "library.whole": "{name} is {value}; choose a whole number from {low} to {high}.",
    # the lessons; a placeholder is the name of a formula that the browser works out on the trace it shows
    "lesson.survives.discuss_one": "Which part would you have bet on, and what in the image made you?",
    "lesson.survives.discuss_two": "Would the same part survive with another seed? Try three, and say why.",
    "lesson.survives.title": "Which part survives?",
    "lesson.survives.idea": "The chain keeps what the image supports and lets go of the rest.",
    "lesson.survives.ask": "This outline was broken on purpose. Which part of it will still be there in the end?",
    "lesson.survives.vanishes": "You trusted the outline. The denoiser also looks at the image, and there it found "
    "nothing to hold this part.",
    "lesson.survives.because": "Of all that was outlined, {kept_of_prior} is still on in the answer.",
    "lesson.survives.kept": "Of the pixels in the first outline, what share is still on in the answer?",
    "lesson.survives.all": "You expected everything to stay. The prior is only where the chain starts: each step may "
    "turn any bit over.",
    "lesson.survives.none": "You expected nothing to stay. The chain does not begin anew: it starts from the prior and "
    "mends it.",
    "lesson.survives.kept_because": "{kept_of_prior} of the first outline is still on.",
    "lesson.survives.text": "The outline is the prior: a map of odds. The chain tosses a coin for every pixel, and a "
    "denoiser says, step after step, which bits look wrong in this image. What it can see, it keeps.",
    "lesson.coin.discuss_one": "Where in the picture are the coins that matter?",
    "lesson.coin.discuss_two": "Why not simply use the outline at one half? What would a segmentor need for this "
    "lesson to be useless?",
    "lesson.coin.title": "A mask is a coin in every pixel",
    "lesson.coin.idea": "The prior gives the odds, and the chain starts from one toss of all the coins.",
    "lesson.coin.ask": "All {all_bits} pixels are about to be tossed, each by its own odds. How many inside the "
    "outline will come up off, or outside it on?",
    "lesson.coin.fair": "You expected fair coins. Those would be pure noise, which is how BerDiff starts. Here each "
    "coin is loaded with the prior.",
    "lesson.coin.threshold": "You expected the outline itself. A prior is not a finished mask: even a sure pixel "
    "keeps a small chance.",
    "lesson.coin.undecided": "You counted every pixel that is undecided. Such a pixel may flip, but most of them land "
    "on their likelier side.",
    "lesson.coin.because": "{tossed_across} came up against the outline. The odds alone say {tossed_across_expected}.",
    "lesson.coin.one": "One pixel has a chance of {coin_p} to be on. With {seeds} seeds, in what share of the tosses "
    "is it on?",
    "lesson.coin.one_because": "It was on in {coin_on} of {seeds} tosses, all tossed here in your browser. The more "
    "tosses, the nearer to {coin_p}.",
    "lesson.coin.text": "For each pixel a random number u between zero and one is drawn. The bit is on if u is "
    "below the odds p. Where p is near nought or one, the coin is nearly decided; in play are those between: along "
    "the outline, and wherever the prior is grey. The spread of one bit is p times one minus p: largest at one half.",
    "lesson.forgetting.discuss_one": "Show that two forward steps make one. What is left when a great many are made?",
    "lesson.forgetting.discuss_two": "Which choice of p gives BerDiff? And what does its chain have to learn more "
    "than this one?",
    "lesson.forgetting.title": "Forgetting towards the prior",
    "lesson.forgetting.idea": "In training the true mask is forgotten bit by bit, but it ends at the prior, not at "
    "snow.",
    "lesson.forgetting.ask": "In training, the true mask is forgotten until only the prior is left. How many of the "
    "{all_bits} bits are wrong then?",
    "lesson.forgetting.random": "You expected that what is forgotten is random. Forgotten bits are drawn anew from the "
    "prior, and the prior is mostly right.",
    "lesson.forgetting.nothing": "You expected nothing to be lost. The mask is lost, and the prior is not the mask.",
    "lesson.forgetting.erased": "You expected the mask to be erased. Its bits are not set to off: they are drawn anew "
    "from the prior.",
    "lesson.forgetting.because": "{forgotten_to_prior} bits are wrong. The prior is a much better place to begin than "
    "snow.",
    "lesson.forgetting.coin": "And if it were forgotten towards fair coins instead: how many bits would be wrong?",
    "lesson.forgetting.same": "You expected the prior's number again. A fair coin knows nothing of the image, so it is "
    "wrong every other time.",
    "lesson.forgetting.coin_because": "{forgotten_to_coin} of {all_bits} bits: about every second one. That is "
    "BerDiff. Towards the prior it was {forgotten_to_prior}.",
    "lesson.forgetting.half": "At which time t is about half of the true mask forgotten?",
    "lesson.forgetting.early": "You expected almost all to go at once. The schedule begins slowly.",
    "lesson.forgetting.late": "You expected it to last to the end. By then nearly nothing of the mask is left.",
    "lesson.forgetting.half_because": "Of the times of this chain, t = {half_forgotten_time} leaves the share that is "
    "nearest to one half.",
    "lesson.forgetting.text": "At time t a bit is on with chance ᾱ times the true bit plus one minus ᾱ times p. As ᾱ "
    "falls to zero, only p is left. Forgetting happens in training alone: when you press Refine, the chain runs the "
    "other way.",
    "lesson.doubt.discuss_one": "Why does the network predict the mistake and not the mask?",
    "lesson.doubt.discuss_two": "If the doubts were honest, what would their sum tell you? Where would a network be "
    "paid for always answering no?",
    "lesson.doubt.title": "Which bits are wrong?",
    "lesson.doubt.idea": "The denoiser does not draw a mask. It says of each bit how likely it is to be wrong.",
    "lesson.doubt.ask": "You see the first bits of the chain. Point at the place that the denoiser doubts most.",
    "lesson.doubt.undecided": "You looked where the prior is undecided. The denoiser looks at the bit that was tossed "
    "and at the image: a bit on the wrong side of a clear edge is doubted more.",
    "lesson.doubt.flips": "You looked at what flips in this step. Doubt is an opinion; whether a bit flips is decided "
    "by a coin.",
    "lesson.doubt.because": "In all it doubts {doubted_bits} bits. The brightest places are those it doubts most.",
    "lesson.doubt.count": "Of {all_bits} bits, how many does the denoiser think are wrong at the first step, if all "
    "its doubts are added up?",
    "lesson.doubt.yes_no": "You counted the bits that it doubts above one half. Small doubts count too: many small "
    "ones make a large sum.",
    "lesson.doubt.correction": "You counted what changes from the prior to the answer. The doubt is about the bits of "
    "this step, and those were just tossed.",
    "lesson.doubt.any": "You expected it to be lost. The first bits come from the prior, and most of them are right.",
    "lesson.doubt.trusts": "You expected no doubt. The bits were tossed, so some are wrong, and the denoiser knows it.",
    "lesson.doubt.count_because": "{doubted_bits} by the sum of its doubts. {doubted_that_stay} bits doubted above one "
    "half stay all the same, and {trusted_that_flip} that it trusts flip: each step still tosses its coins.",
    "lesson.doubt.text": "The network answers one question: is this bit wrong? From the bit and the doubt follows its "
    "guess of the clean mask: turn the bit over as far as it is doubted. If its doubts are honest, their sum is the "
    "number of wrong bits.",
    "lesson.bayes.discuss_one": "When do the two rules agree? Try it with the handles.",
    "lesson.bayes.discuss_two": "Which witness wins as p goes to nought? Why is the last step made without a coin?",
    "lesson.bayes.title": "Bayes at one pixel",
    "lesson.bayes.idea": "A step weighs three witnesses: the bit as it is, the guess, and the prior.",
    "lesson.bayes.ask": "Look at the ringed pixel, at t = {gap_time}. Its bit is {gap_bit} (one is on), the denoiser "
    "doubts it by {gap_doubt}, and the prior gives it {gap_p}. With what chance is the bit on after this step, by "
    "Bayes' rule?",
    "lesson.bayes.decides": "You let the denoiser decide alone. Its guess is one witness; the bit and the prior are "
    "heard too.",
    "lesson.bayes.plug_in": "This is what comes out if the guess is put into Bayes' rule as if it were a bit. That is "
    "the rule as it was published. The exact rule weighs both possible clean bits.",
    "lesson.bayes.ddim": "This is the rule of the DDIM-like sampler, which does not hear the prior.",
    "lesson.bayes.because": "{mean_exact} by the exact rule. The published short cut gives {mean_plug_in}, and the "
    "denoiser alone would say {mean_guess}. Of all pixels and steps of this chain, here the two rules differ most.",
    "lesson.bayes.flips": "The step on the picture goes on from t = {gap_time}. How many of the {all_bits} bits "
    "should flip in it, by Bayes' rule?",
    "lesson.bayes.flips_because": "{expected_flips} are expected by the exact rule, and {expected_flips_plug_in} "
    "by the published short cut, which puts the guess into the rule as if it were a bit. The denoiser doubts "
    "{doubted_at_gap}.",
    "lesson.bayes.text": "The clean bit is on or off. For each case Bayes' rule gives a chance, and the guess says how "
    "to mix the two. Putting the guess itself into the rule is not the same, because the rule divides by a sum that "
    "depends on the clean bit. When the guess is sure, both agree.",
    "lesson.motion.discuss_one": "Why do bits become stickier on the way, and why do flips not die out at the end?",
    "lesson.motion.discuss_two": "Why may a chain skip steps, and what does it lose by it?",
    "lesson.motion.title": "How a chain moves",
    "lesson.motion.idea": "Most bits never flip, and the flips do not simply fade away.",
    "lesson.motion.ask": "Which curve shows the number of flips from the first step to the last?",
    "lesson.motion.falling": "You expected each step to do less than the one before. These are the same numbers, "
    "sorted. Each step tosses coins again, and near the end the guess weighs more.",
    "lesson.motion.constant": "You expected every step to do the same. How sticky a bit is changes with time.",
    "lesson.motion.ddim": "This is what the DDIM-like sampler would flip on the same bits. It keeps more of them.",
    "lesson.motion.because": "{flips_in_all} flips in all, counted on this chain.",
    "lesson.motion.never": "What share of all bits never flips, in the whole chain?",
    "lesson.motion.half": "You expected every other bit to move. Coins are in play only where the prior or the "
    "denoiser is undecided.",
    "lesson.motion.repainted": "You expected the whole picture to be repainted. A loaded coin mostly falls as before.",
    "lesson.motion.never_because": "{never_flipped} of the bits never flip. What moves lies along the edges and where "
    "the prior was wrong.",
    "lesson.motion.text": "At the first step nearly nothing is remembered, so it is a second toss. Later a bit keeps "
    "more of itself. Near the end the mean follows the guess, and what is still wrong is turned over.",
    "lesson.votes.discuss_one": "Why does a mean of guesses that resemble each other help at all?",
    "lesson.votes.discuss_two": "What would make all chains wrong together? Does agreement then mean anything?",
    "lesson.votes.title": "Every step votes",
    "lesson.votes.idea": "The mean of all guesses is often safer than the last one. One picture proves nothing.",
    "lesson.votes.ask": "Which is nearest to the reference on this picture?",
    "lesson.votes.prior": "The prior, before any step",
    "lesson.votes.first": "The guess of the first step",
    "lesson.votes.last": "The guess of the last step",
    "lesson.votes.mean": "The mean of the guesses of all steps",
    "lesson.votes.because": "Dice with the reference: prior {dice_prior}, last guess {dice_last}, mean {dice_mean}. On "
    "another picture the order may turn round.",
    "lesson.votes.two": "Which is nearer to the reference on this picture?",
    "lesson.votes.two_because": "Dice with the reference: first guess {dice_first}, last guess {dice_last}. On another "
    "picture it may be the other way round.",
    "lesson.votes.text": "The guesses of one chain err partly alike and partly by chance. The mean takes away what is "
    "chance. What they all have wrong stays wrong: agreement is not correctness.",
    "lesson.engine.discuss_one": "Why are there fewer pairs at the border?",
    "lesson.engine.discuss_two": "What in this network still has to be a real number? Who pays for the signs in "
    "training?",
    "lesson.engine.title": "One bit for real",
    "lesson.engine.idea": "With signs alone, multiplying and adding is asking how many agree.",
    "lesson.engine.ask": "These are the signs that one binary convolution sees at one place, and its weights. "
    "{layer_agree} of {layer_seen} agree. What does the convolution give?",
    "lesson.engine.count": "You counted what agrees. What differs counts too: each such pair takes one away.",
    "lesson.engine.all": "You counted every pair as plus one. That happens only where all of them agree.",
    "lesson.engine.average": "You took a share. A convolution adds its products up; nothing is divided.",
    "lesson.engine.because": "{layer_sum}: twice those that agree, less all of them. So no multiplication is needed, "
    "only a look at which bits are equal and a count.",
    "lesson.engine.bits": "Write on as plus one and off as minus one, multiply each of the chain's {all_bits} first "
    "bits by the answer's bit at the same place, and add up. {bits_agree} of them agree. What is the sum?",
    "lesson.engine.bits_because": "{bits_sum}: twice those that agree, less all of them. The denoiser's convolutions "
    "count like this, on their own signs.",
    "lesson.engine.text": "Sign times sign is plus one where both are equal and minus one where they differ. So the "
    "sum of the products is twice the number of equal pairs less the number of all pairs. Equal pairs are what XNOR "
    "marks, and counting marks is one instruction. At the border some signs are missing, so there are fewer pairs. "
    "The panel on the engine times both ways on this picture and counts the bits that differ.",
    "lesson.limits.discuss_one": "Pixel, lesion, patient: of which one does a share of right pixels speak?",
    "lesson.limits.discuss_two": "Which failure would harm whom? What would a clinic have to see before it used this?",
    "lesson.limits.title": "When it does not help",
    "lesson.limits.idea": "Refining mends many outlines and harms some. It never makes a diagnosis.",
    "lesson.limits.kept": "Some of the first outline is wrong by the reference. What share of that is still on in the "
    "answer?",
    "lesson.limits.half": "You expected it to be a toss. The coins are loaded with what the denoiser sees: it keeps a "
    "wrong part or lets go of it.",
    "lesson.limits.mends": "You expected every mistake to be mended. What looks like the real thing to the denoiser, "
    "it keeps.",
    "lesson.limits.kept_because": "{kept_of_false} of the wrong part is still on.",
    "lesson.limits.ask": "These weights were measured on {reported_cases} test images ({task}) that they had never "
    "seen. On what share of them was the refined mask better than its prior?",
    "lesson.limits.always": "You expected it always to help. A refiner also changes outlines that were right.",
    "lesson.limits.never": "You expected it never to help. The prior leaves something to mend on many images.",
    "lesson.limits.because": "Better on {reported_better}, worse on {reported_worse}. Dice changes by "
    "{reported_gain} on average; the interval is {reported_low} to {reported_high}.",
    "lesson.limits.text": "The odds are about pixels of a few hospitals and cameras. They say nothing of a patient. "
    "Given a picture of something else, the network still answers, and the answer means nothing.",
    # the teacher's page and the worksheet
    "teach.heading": "For teachers",
    "teach.lead": "All answers below are worked out on the picture that is shown now. Choose another example and they "
    "change with it.",
    "teach.goal_chain": "A learner can say what a step of a discrete diffusion does to one bit, and with what chance.",
    "teach.goal_bayes": "A learner can tell Bayes' rule from a short cut that looks like it, and show where they "
    "differ.",
    "teach.goal_limits": "A learner can say what a share of right pixels proves, and what it does not.",
    "teach.plan": "The whole way: {minutes} minutes",
    "teach.rhythm": "For each question: put the link on the board, let everybody guess alone and say how sure they "
    "are, count hands, let neighbours talk for two minutes, count again, then reveal with the key R. Stepping gives "
    "nothing away while a question is open. N goes on.",
    "teach.short": "The short way: {minutes} minutes, the first question of each of these",
    "teach.offline_heading": "Without a network",
    "teach.offline": "Installed on one computer, the app needs no network: start it before the class and project it. "
    "Or print the worksheet with its key beforehand; the guesses can be made on paper.",
    "teach.print": "Print the worksheet and its key",
    "teach.answers": "Lesson by lesson",
    "teach.board": "For the board",
    "teach.copy": "Copy",
    "teach.copied": "Copied",
    "teach.select": "Press Ctrl+C, or Cmd+C on a Mac",
    "teach.right": "This is what happens.",
    "teach.discuss": "To talk about",
    "teach.unfit": "This picture cannot answer the question; the lesson offers its own example.",
    "teach.sheet": "Worksheet: guess before you look",
    "teach.name": "Name: ____________________    Date: ______________",
    "teach.picture": "The picture with the first outline",
    "teach.mark": "Mark the place in the picture.",
    "teach.reason": "Because:",
    "teach.key": "Key",
    "teach.from": "All this follows from seed {seed}, {steps} steps and the {sampler} rule.",
    # put together in the browser
    "lesson.js.heading": "Learn by guessing",
    "lesson.js.lead": "Guess first, then look. Every answer is worked out on the picture above, here in your browser. "
    "Nothing is sent and nobody keeps a score.",
    "lesson.js.invite": "New here? Make one guess before you watch.",
    "lesson.js.begin": "Guess",
    "lesson.js.skip": "Skip",
    "lesson.js.lesson": "Lesson {number}: {title}",
    "lesson.js.minutes": "{minutes} min",
    "lesson.js.done": "done",
    "lesson.js.fast": "short way",
    "lesson.js.fast_only": "Show the short way only",
    "lesson.js.recall": "From an earlier lesson",
    "lesson.js.number": "My guess",
    "lesson.js.place": "Tap the picture (or Shift and the arrow keys on it). Your place: {where}.",
    "lesson.js.place_none": "none yet",
    "lesson.js.place_at": "row {row}, column {column}",
    "lesson.js.curve": "Curve {letter}",
    "lesson.js.sure": "How sure are you?",
    "lesson.js.sure_guess": "A guess",
    "lesson.js.sure_rather": "Rather sure",
    "lesson.js.sure_certain": "Certain",
    "lesson.js.show": "Show me",
    "lesson.js.missing": "Answer first, then look.",
    "lesson.js.right": "Yes.",
    "lesson.js.other": "Not quite what happens here.",
    "lesson.js.counts": "Anything from {low} to {high} counts.",
    "lesson.js.confident": "You were certain: this one is worth a second look.",
    "lesson.js.modest": "You guessed, and your guess holds.",
    "lesson.js.why": "Why?",
    "lesson.js.next": "Next question",
    "lesson.js.next_lesson": "Next lesson",
    "lesson.js.again": "Ask me again",
    "lesson.js.close": "Close",
    "lesson.js.unfit": "This picture cannot answer the question: it has no reference, or the chain is not finished, or "
    "there is too little in it to tell the answers apart.",
    "lesson.js.example": "Take the lesson's own example",
    "lesson.js.layer_signs": "Signs in: filled is plus, pale is minus. Nine places are the rows, channels the columns.",
    "lesson.js.layer_weights": "Weights: one bit each.",
    "lesson.js.layer_agree": "Filled where sign and weight agree.",
    "lesson.js.handles": "Change this pixel's numbers yourself",
    "lesson.js.revealed": "The answer:",
    "lesson.js.report": "Report a mistake here",
    "lesson.js.report_text": "{title} ({question}). What is wrong: ... Where it was seen: {link}",
    "lesson.js.report_copied": "Copied: paste it into a message to the authors",
    "lesson.js.report_select": "Press Ctrl+C, or Cmd+C on a Mac, and send it to the authors",
    "lesson.js.forward": "Forget the mask yourself: t from {first} to {last}",
    "lesson.js.forward_prior": "towards the prior: {wrong} bits wrong",
    "lesson.js.forward_coin": "towards a fair coin: {wrong} bits wrong",
    "mcp.about": "Segments medical images and refines the mask by a binary Bernoulli diffusion, bit by bit. For "
    "research and teaching only, never for diagnosis. Start with results to see how far it can be trusted.",
    "mcp.refine": "Segment an image and refine the mask by reverse Bernoulli diffusion. Gives the mask as a PNG of the "
    "image's size and a JSON report.",
    "mcp.explain_pixel": "Refine an image and tell the story of the bit at one pixel, step by step: theta_1, theta_2, "
    "the mean mu, the uniform number u, and whether the bit flips. JSON, with sentences in `story`.",
    "mcp.lesson": "A lesson about the method: what to ask before showing, the answer, and the misconceptions. JSON.",
    "mcp.results": "What the weights of a task scored on test sets, with 95 % intervals, and what they do badly. JSON.",
    "mcp.image": "the image file: data:image/png;base64,... or the address of a file that was uploaded to this server",
    "mcp.prior": "a mask or probability map to refine in the segmentor's place, given as the image is",
    "mcp.scribbles": "a PNG of the image's size with painted bits, 255 on, 0 off, 128 free, given as the image is",
    "mcp.reference": "a mask to score prior and answer against, given as the image is; it takes no part",
    "mcp.prior_source": "where the chains start: the segmentor's proposal, noise, or the proposal broken on purpose",
    "mcp.prior_seed": "of that damage",
    "mcp.row": "of the pixel, from 0 at the top",
    "mcp.column": "of the pixel, from 0 at the left",
    "mcp.chain": "whose bit, from 0",
    "mcp.number": "of the lesson",
    "mcp.address": "{name} is no file that was given here: send it as data:image/png;base64,... or upload it to this "
    "server's /gradio_api/upload and give the address /gradio_api/file=... of the path that it answers.",
    "mcp.not_base64": "{name} begins with data: and holds no base64; send data:image/png;base64,... of the "
    "file's bytes.",
    "mcp.too_large": "A file is larger than the {limit} MB that data: may hold; upload it to this server's "
    "/gradio_api/upload and give its address.",
    "mcp.post": "This is an address for agents by the Model Context Protocol: send messages by POST.",
    "mcp.busy": "Too many calls wait here already; try again in a minute.",
    "mcp.failed": "The call failed on this server, which has logged why; try another image or other settings.",
    "mcp.no_resource": "There is no such resource; choose one of {known}.",
}
