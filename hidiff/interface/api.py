"""The endpoints for programs: /prior, /refine, /refine_prior. Their docstrings are their public description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from hidiff.cli.segment import read_strokes
from hidiff.diffusion.bernoulli import MEANS, SAMPLERS
from hidiff.errors import HiDiffError
from hidiff.interface.refine_tab.events import MODEL
from hidiff.interface.runs import downloads
from hidiff.interface.runs.recipe import checked_recipe, moments
from hidiff.interface.runs.run import (
    MAX_SAMPLES,
    Moment,
    Picture,
    Source,
    chosen_model,
    count,
    open_picture,
    weights_note,
)
from hidiff.interface.runs.uploads import local_only, uploaded
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import EVERY_START, SEGMENTOR
from hidiff.refinement.chain import Refinement
from hidiff.refinement.settings import ANSWERS
from hidiff.tasks import DISCLAIMER

Report = dict[str, Any]


def endpoints(models: Mapping[str, HiDiff]) -> None:
    """Add the endpoints to the page that is being built; `models` holds one model at least."""

    def prior(image: Any, task: Any) -> tuple[str, Report]:
        """Segment an image with the segmentor alone: the prior that the diffusion model would refine.

        Args:
            image: the image file (PNG, JPEG, WebP, BMP or TIFF).
            task: what to look for, "polyp" in a colonoscopy image or "fundus" for vessels in a fundus photograph.

        Returns:
            The mask as a PNG of the image's size (0 and 255), and a report: task, image size, area (share of the
            image that is on, 0 to 1), weights.
        """
        with _plain_errors():
            model = chosen_model(models, task)
            picture = open_picture(model, uploaded(image))
            p = model.prior(picture.pixels).p[0]
            stem = f"{downloads.stem(model.card.name, picture.source)}-prior"
            return downloads.save_mask(stem, p), _about(model, picture) | {"area": float((p > 0.5).mean())}

    def refine(
        image: Any,
        task: Any,
        steps: Any = None,
        samples: Any = None,
        seed: Any = None,
        sampler: Any = None,
        mean: Any = None,
        focus: Any = None,
        flips: Any = None,
        answer: Any = None,
        start: Any = None,
        start_seed: Any = None,
        strokes: Any = None,
    ) -> Iterator[tuple[str | None, Report]]:
        """Segment an image and refine the mask by reverse Bernoulli diffusion. Streams a report after every step.

        Args:
            image: the image file (PNG, JPEG, WebP, BMP or TIFF).
            task: what to look for, "polyp" in a colonoscopy image or "fundus" for vessels in a fundus photograph.
            steps: reverse steps, 1 to 10; fewer are faster.
            samples: chains, 1 to 8; the answer is their mean.
            seed: a whole number; the same seed gives the same bits.
            sampler: "ancestral" as in the paper, or "ddim".
            mean: "mixture", the exact mean of a step, or "plug_in", as published.
            focus: refine in a window round what the prior found, where the task allows it.
            flips: every chain sees a mirrored copy of its own.
            answer: "last" (the last guess), "votes" (the mean of every step's) or "shared" (of these and the prior).
            start: "segmentor", "noise" (one half everywhere), or an error that breaks the proposal first, as "blur".
            start_seed: a whole number, the seed of that damage, apart from the noise's.
            strokes: a PNG of the image's size with painted bits that hold: 255 on, 0 off, 128 free.

        Returns:
            The mask as a PNG of the image's size (0 and 255; nothing before the last report), and a report. Of a
            step: step, of, t, s (the time it leads to), alpha_bar, and a list with one entry a chain of flips_on,
            flips_off, expected_flips and area (share of the image that is on, 0 to 1). The last report has the
            answer's area, window (top, left, height, width), settings and seconds.
        """
        asked = {"steps": steps, "samples": samples, "seed": seed, "sampler": sampler, "mean": mean}
        asked |= {"focus": focus, "flips": flips, "answer": answer}
        with _plain_errors():
            yield from _reports(chosen_model(models, task), image, asked, start, start_seed, None, strokes)

    def refine_prior(
        image: Any,
        prior: Any,
        task: Any,
        confidence: Any = None,
        steps: Any = None,
        samples: Any = None,
        seed: Any = None,
        sampler: Any = None,
        mean: Any = None,
        focus: Any = None,
        flips: Any = None,
        answer: Any = None,
        strokes: Any = None,
    ) -> Iterator[tuple[str | None, Report]]:
        """Refine a mask or probability map of your own, in the segmentor's place. Streams as /refine does.

        Args:
            image: the image file (PNG, JPEG, WebP, BMP or TIFF).
            prior: a mask or, with more than two greys, a probability map (white is 1); another size is resampled.
            task: what to look for, "polyp" in a colonoscopy image or "fundus" for vessels in a fundus photograph.
            confidence: how far a mask is trusted, between 0.5 and 1; its probability inside, outside one minus it.
            steps: reverse steps, 1 to 10; fewer are faster.
            samples: chains, 1 to 8; the answer is their mean.
            seed: a whole number; the same seed gives the same bits.
            sampler: "ancestral" as in the paper, or "ddim".
            mean: "mixture", the exact mean of a step, or "plug_in", as published.
            focus: refine in a window round what the mask marks, where the task allows it.
            flips: every chain sees a mirrored copy of its own.
            answer: "last" (the last guess), "votes" (the mean of every step's) or "shared" (of these and the prior).
            strokes: a PNG of the image's size with painted bits that hold: 255 on, 0 off, 128 free.

        Returns:
            The mask as a PNG of the image's size (0 and 255; nothing before the last report), and a report, both
            as /refine gives them.
        """
        asked = {"steps": steps, "samples": samples, "seed": seed, "sampler": sampler, "mean": mean}
        asked |= {"focus": focus, "flips": flips, "answer": answer, "confidence": confidence}
        with _plain_errors():
            yield from _reports(chosen_model(models, task), image, asked, SEGMENTOR, 0, uploaded(prior), strokes)

    with gr.Group(visible=False):
        image = gr.Image(type="filepath", image_mode=None, label="image")
        own = gr.Image(type="filepath", image_mode=None, label="prior")
        strokes = gr.Image(type="filepath", image_mode=None, label="strokes")
        for component in (image, own, strokes):
            local_only(component)
        task = gr.Radio(list(models), value=next(iter(models)), label="task")
        confidence = gr.Number(None, label="confidence")
        asked = _inputs(next(iter(models.values())))
        start = gr.Radio(list(EVERY_START), value=SEGMENTOR, label="start")
        start_seed = gr.Number(0, precision=0, label="start_seed")
        mask, report = gr.File(label="mask"), gr.JSON(label="report")
        button = gr.Button()
    shared: dict[str, Any] = {
        "outputs": [mask, report],
        "concurrency_id": MODEL,
        "concurrency_limit": 1,
        "preprocess": False,
    }
    button.click(prior, [image, task], api_name="prior", **shared)
    button.click(refine, [image, task, *asked, start, start_seed, strokes], api_name="refine", **shared)
    button.click(refine_prior, [image, own, task, confidence, *asked, strokes], api_name="refine_prior", **shared)


def _inputs(model: HiDiff) -> list[gr.components.Component]:
    chosen = model.config.settings
    return [
        gr.Slider(1, model.config.denoiser.T, chosen.steps, step=1, label="steps"),
        gr.Slider(1, MAX_SAMPLES, min(chosen.samples, MAX_SAMPLES), step=1, label="samples"),
        gr.Number(chosen.seed, precision=0, label="seed"),
        gr.Radio(list(SAMPLERS), value=chosen.sampler, label="sampler"),
        gr.Radio(list(MEANS), value=chosen.mean, label="mean"),
        gr.Checkbox(chosen.focus, label="focus"),
        gr.Checkbox(chosen.flips, label="flips"),
        gr.Radio(list(ANSWERS), value=chosen.answer, label="answer"),
    ]


def _reports(
    model: HiDiff, image: Any, asked: Report, start: Any, start_seed: Any, own: Source | None, strokes: Any
) -> Iterator[tuple[str | None, Report]]:
    file = None if strokes is None else uploaded(strokes)
    painted = None if file is None else read_strokes(file.path, file.title)
    recipe, note = checked_recipe(model, uploaded(image), asked, start, start_seed, own, lambda size: painted)
    picture = open_picture(model, recipe.source)
    head = _about(model, picture) | ({"notes": [note]} if note else {})
    for moment in moments(model, picture, recipe):
        if moment.refinement is None:
            continue
        if moment.kind == "step":
            yield None, head | _of_step(moment, moment.refinement)
        else:
            p = moment.refinement.probability()[0]
            stem = downloads.stem(model.card.name, picture.source, recipe.settings)
            yield downloads.save_mask(stem, p), head | _of_answer(moment.refinement, p)


def _about(model: HiDiff, picture: Picture) -> Report:
    height, width = picture.size
    return {
        "task": model.card.name,
        "image": {"width": width, "height": height},
        "weights": weights_note(model),
        "terms": DISCLAIMER,
    }


def _of_step(moment: Moment, refinement: Refinement) -> Report:
    step = moment.step
    assert step is not None
    counts = [count(refinement.frame, step, chain) for chain in range(refinement.settings.samples)]
    return {
        "step": refinement.times.index(step.t) + 1,
        "of": len(refinement.times),
        "t": step.t,
        "s": step.s,
        "alpha_bar": step.alpha_bar,
        "flips_on": [chain.on for chain in counts],
        "flips_off": [chain.off for chain in counts],
        "expected_flips": [round(chain.expected, 3) for chain in counts],
        "area": [chain.area for chain in counts],
    }


def _of_answer(refinement: Refinement, p: NDArray[np.float32]) -> Report:
    return {
        "area": float((p > 0.5).mean()),
        "window": [int(value) for value in refinement.window],
        "settings": asdict(refinement.settings),
        "seconds": round(sum(refinement.seconds), 3),
    }


class _plain_errors:  # noqa: N801 (used as `with _plain_errors():`)
    """Our own errors become Gradio's, whose message reaches the caller; no trace of them fills the log."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, HiDiffError):
            raise gr.Error(str(error), print_exception=False) from error
