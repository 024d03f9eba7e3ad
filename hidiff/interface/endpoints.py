"""The endpoints for programs: /prior, /refine, /refine_prior. Their docstrings are their public description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from hidiff.bernoulli import MEANS, SAMPLERS
from hidiff.errors import HiDiffError
from hidiff.hybrid import HiDiff
from hidiff.images import read_mask
from hidiff.interface import downloads
from hidiff.interface.segment_tab import MODEL
from hidiff.interface.session import (
    MAX_SAMPLES,
    Moment,
    Picture,
    checked_settings,
    chosen_model,
    count,
    open_picture,
    run,
    weights_note,
)
from hidiff.interface.uploads import local_only, uploaded
from hidiff.refinement import Refinement
from hidiff.settings import Settings
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

        Returns:
            The mask as a PNG of the image's size (0 and 255; nothing before the last report), and a report. Of a
            step: step, of, t, s (the time it leads to), alpha_bar, and a list with one entry a chain of flips_on,
            flips_off, expected_flips and area (share of the image that is on, 0 to 1). The last report has the
            answer's area, window (top, left, height, width), settings and seconds.
        """
        asked = {"steps": steps, "samples": samples, "seed": seed, "sampler": sampler, "mean": mean}
        asked |= {"focus": focus, "flips": flips}
        with _plain_errors():
            model = chosen_model(models, task)
            settings = checked_settings(model, asked)
            yield from _reports(model, open_picture(model, uploaded(image)), settings)

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
    ) -> Iterator[tuple[str | None, Report]]:
        """Refine a mask or probability map of your own, in the segmentor's place. Streams as /refine does.

        Args:
            image: the image file (PNG, JPEG, WebP, BMP or TIFF).
            prior: a mask or, with more than two grey values, a probability map (white is 1) of the image's size.
            task: what to look for, "polyp" in a colonoscopy image or "fundus" for vessels in a fundus photograph.
            confidence: how far a mask is trusted, between 0.5 and 1; its probability inside, outside one minus it.
            steps: reverse steps, 1 to 10; fewer are faster.
            samples: chains, 1 to 8; the answer is their mean.
            seed: a whole number; the same seed gives the same bits.
            sampler: "ancestral" as in the paper, or "ddim".
            mean: "mixture", the exact mean of a step, or "plug_in", as published.
            focus: refine in a window round what the mask marks, where the task allows it.
            flips: every chain sees a mirrored copy of its own.

        Returns:
            The mask as a PNG of the image's size (0 and 255; nothing before the last report), and a report, both
            as /refine gives them.
        """
        asked = {"steps": steps, "samples": samples, "seed": seed, "sampler": sampler, "mean": mean}
        asked |= {"focus": focus, "flips": flips, "confidence": confidence}
        with _plain_errors():
            model = chosen_model(models, task)
            settings = checked_settings(model, asked)
            picture = open_picture(model, uploaded(image))
            own = uploaded(prior)
            yield from _reports(model, picture, settings, as_prior(read_mask(own.path, own.title)))

    with gr.Group(visible=False):
        image = gr.Image(type="filepath", image_mode=None, label="image")
        own = gr.Image(type="filepath", image_mode=None, label="prior")
        for component in (image, own):
            local_only(component)
        task = gr.Radio(list(models), value=next(iter(models)), label="task")
        confidence = gr.Number(None, label="confidence")
        asked = _inputs(next(iter(models.values())))
        mask, report = gr.File(label="mask"), gr.JSON(label="report")
        button = gr.Button()
    shared: dict[str, Any] = {
        "outputs": [mask, report],
        "concurrency_id": MODEL,
        "concurrency_limit": 1,
        "preprocess": False,
    }
    button.click(prior, [image, task], api_name="prior", **shared)
    button.click(refine, [image, task, *asked], api_name="refine", **shared)
    button.click(refine_prior, [image, own, task, confidence, *asked], api_name="refine_prior", **shared)


def as_prior(grey: NDArray[np.uint8]) -> NDArray[Any]:
    """A grey file (H,W), 0..255 -> a mask (bool) when it has two values at most, else a probability (float32)."""
    if bool(np.isin(grey, (0, grey.max())).all()):
        return grey > 0
    return grey.astype(np.float32) / 255


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
    ]


def _reports(
    model: HiDiff, picture: Picture, settings: Settings, own_prior: NDArray[Any] | None = None
) -> Iterator[tuple[str | None, Report]]:
    head = _about(model, picture)
    for moment in run(model, picture.pixels, settings, own_prior=own_prior):
        if moment.refinement is None:
            continue
        if moment.kind == "step":
            yield None, head | _of_step(moment, moment.refinement)
        else:
            p = moment.refinement.probability()[0]
            stem = downloads.stem(model.card.name, picture.source, settings)
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
