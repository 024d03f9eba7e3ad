"""Reports of the API as JSON: one table of fields, from which schema and description come, and what fills them.

`VERSION` is in every report. It grows when a field changes its meaning or goes; a field that is added leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.interface.model_card import Score, known_failures, test_sets
from hidiff.interface.player.curves import cropped, in_original
from hidiff.interface.runs.recipe import Picture, capped, usual_settings
from hidiff.interface.runs.run import RunEvent, weights_note
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import prior_sources_of
from hidiff.refinement.explain import BitStory
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.reference import scored
from hidiff.refinement.settings import SETTINGS
from hidiff.tasks import DISCLAIMER

Report = dict[str, Any]
VERSION = 1


@dataclass(frozen=True)
class Field:
    """One field of reports. kind: its JSON type. help: a clause, with its range or unit."""

    name: str
    kind: str
    help: str


FIELDS = {
    row.name: row
    for row in (
        Field("api_version", "integer", "of these reports; it grows when a field changes its meaning"),
        Field("task", "string", "what was looked for"),
        Field("image", "object", "width and height in pixels"),
        Field("weights", "string", "where the weights come from"),
        Field("terms", "string", "what this may be used for"),
        Field("warnings", "array", "sentences about what looks like a mistake: another kind of image, an odd mask"),
        Field(
            "notes", "array", "sentences about what was done to a mask, such as resampling; absent where nothing was"
        ),
        Field("area", "number", "share of the image that is on, 0 to 1; of a step a list, one entry a chain"),
        Field("step", "integer", "of a report under way: the number of the step, from 1"),
        Field("of", "integer", "how many steps there are"),
        Field("t", "integer", "the step's time"),
        Field("s", "integer", "the time it leads to"),
        Field("alpha_bar", "number", "of the schedule at t"),
        Field("flips_on", "array", "bits that the step switched on, one entry a chain"),
        Field("flips_off", "array", "bits that it switched off"),
        Field("expected_flips", "array", "how many wrong bits the network expects"),
        Field("window", "array", "top, left, height, width of where the chains ran, in pixels"),
        Field("settings", "object", "every setting of the refinement"),
        Field("seconds", "number", "of all steps"),
        Field(
            "scores",
            "object",
            "with a reference: dice, iou, hd95 (pixels), missed and false (pixels) of the prior's mask and the refined",
        ),
        Field(
            "tasks", "array", "name, title, object_name, image_kind, weights, settings, ranges, prior_sources of each"
        ),
        Field("title", "string", "of the task"),
        Field("data_sets", "array", "name, cases, and mean, low and high (95 %) of Dice: prior, refined, their change"),
        Field("known_failures", "array", "sentences"),
        Field("row", "integer", "of the pixel, from 0 at the top"),
        Field("column", "integer", "of the pixel, from 0 at the left"),
        Field("chain", "integer", "whose bit it is, from 0"),
        Field("cell", "array", "row and column of the bit in the working frame"),
        Field("sampler", "string", "how the mean of a step comes from the guess"),
        Field("p", "number", "the prior at the bit, 0 to 1"),
        Field("u_start", "number", "the uniform number that tossed the first bit"),
        Field(
            "steps",
            "array",
            "t, s, alpha_bar_t, alpha_bar_s, y_t, eps_hat, y0_hat, posteriors (y_0, weight, theta_1, theta_2, "
            "theta_post), mean, u, y_s, flip of each step",
        ),
        Field("refined", "number", "the chain's own answer at the bit, 0 to 1"),
        Field("flips", "integer", "how often the bit flipped"),
        Field("story", "array", "the same in sentences"),
    )
}
_HEAD = ("api_version",)
_ABOUT = (*_HEAD, "task", "image", "weights", "terms", "warnings")
_ANSWER = ("area", "window", "settings", "seconds", "scores", "notes")
_STEP = ("step", "of", "t", "s", "alpha_bar", "flips_on", "flips_off", "expected_flips", "area")
_BIT = ("row", "column", "chain", "cell", "sampler", "p", "u_start", "steps", "refined", "flips", "story")
OF_ENDPOINT = {
    "prior": (*_ABOUT, "area"),
    "refine": tuple(dict.fromkeys((*_ABOUT, *_ANSWER, *_STEP))),
    "refine_prior": tuple(dict.fromkeys((*_ABOUT, *_ANSWER, *_STEP))),
    "explain_pixel": (*_ABOUT, "window", "settings", "notes", *_BIT),
    "tasks": (*_HEAD, "terms", "tasks"),
    "results": (*_HEAD, "task", "title", "weights", "terms", "data_sets", "known_failures"),
}
"""The fields of each endpoint's reports."""


def schema(endpoint: str) -> dict[str, Any]:
    """The JSON schema of an endpoint's reports."""
    properties = {}
    for row in (FIELDS[name] for name in OF_ENDPOINT[endpoint]):
        kind: Any = {"type": row.kind, "description": row.help}
        if row.kind == "array":
            kind["items"] = {}
        if row.name == "area" and "step" in OF_ENDPOINT[endpoint]:
            kind = {"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}}]}
        properties[row.name] = kind
    return {"title": f"report of /{endpoint}", "type": "object", "properties": properties, "required": ["api_version"]}


def described(endpoint: str) -> str:
    """The fields in words, on one line."""
    return "; ".join(f"{name} ({FIELDS[name].help})" for name in OF_ENDPOINT[endpoint])


def about(model: HiDiff, picture: Picture) -> Report:
    """What every report about a picture begins with."""
    height, width = picture.size
    return {
        "api_version": VERSION,
        "task": model.task.name,
        "image": {"width": width, "height": height},
        "weights": weights_note(model),
        "terms": DISCLAIMER,
    }


def of_step(event: RunEvent) -> Report:
    """One step of a refinement under way."""
    step, refinement = event.step, event.refinement
    assert step is not None and refinement is not None
    chains = range(refinement.settings.samples)
    seen = [cropped(refinement, step, chain, 0) for chain in chains]
    return {
        "step": refinement.times.index(step.t) + 1,
        "of": len(refinement.times),
        "t": step.t,
        "s": step.s,
        "alpha_bar": step.alpha_bar,
        "flips_on": [int(chain.flips_on[0, 0]) for chain in seen],
        "flips_off": [int(chain.flips_off[0, 0]) for chain in seen],
        "expected_flips": [round(float(chain.expected_flips[0, 0]), 3) for chain in seen],
        "area": [float(in_original(refinement, step.y_t[chain], 0).mean()) for chain in chains],
    }


def of_answer(refinement: Outcome, p: NDArray[np.float32], picture: Picture) -> Report:
    """The answer p (H,W) of a refinement, with scores where the picture has a reference."""
    scores = {} if picture.reference is None else {"scores": scored(refinement, picture.reference).document}
    return {
        "area": float((p > 0.5).mean()),
        **of_run(refinement),
        "seconds": round(sum(refinement.seconds), 3),
        **scores,
    }


def of_run(refinement: Outcome) -> Report:
    """Where and how a refinement ran."""
    return {"window": [int(value) for value in refinement.window], "settings": asdict(refinement.settings)}


def of_bit(refinement: Outcome, story: BitStory) -> Report:
    """The story of one bit of a refinement."""
    return {**of_run(refinement), **story.document()}


def tasks(models: Iterable[HiDiff]) -> Report:
    """What can be asked of this app."""
    return {"api_version": VERSION, "terms": DISCLAIMER, "tasks": [_task(model) for model in models]}


def _task(model: HiDiff) -> Report:
    task = model.task
    return {
        "name": task.name,
        "title": task.title,
        "object_name": task.object_name,
        "image_kind": task.image_kind,
        "weights": weights_note(model),
        "settings": usual_settings(model),
        "ranges": {name: capped(row, model).range or "true or false" for name, row in SETTINGS.items()},
        "prior_sources": list(prior_sources_of(task)),
    }


def results(model: HiDiff) -> Report:
    """What the weights' card says was measured on test sets, and what they are known to do badly."""
    sets = [
        {"name": one.name, "cases": one.cases}
        | {name: _score(score) for name, score in (("prior", one.prior), ("refined", one.refined))}
        | {"change": _score(one.change)}
        for one in test_sets(model)
    ]
    return {
        "api_version": VERSION,
        "task": model.task.name,
        "title": model.task.title,
        "weights": weights_note(model),
        "terms": DISCLAIMER,
        "data_sets": sets,
        "known_failures": known_failures(model),
    }


def _score(score: Score) -> Mapping[str, float | None]:
    """NaN, which JSON has none of, becomes null."""
    return {name: value if np.isfinite(value) else None for name, value in asdict(score).items()}
