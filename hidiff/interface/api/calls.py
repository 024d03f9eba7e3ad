"""Calls of the API on files that lie here: prior, refinement step by step, the story of one bit. No Gradio, no upload.

values: parameters by name, as JSON has them; files (image, prior, scribbles, reference) are sources, or absent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import HiDiffError, SettingsError
from hidiff.imaging.picture_kind import picture_doubt
from hidiff.interface.api import reports
from hidiff.interface.api.reports import Report
from hidiff.interface.runs.downloads import MOST_TRACE, TRACE_BYTES
from hidiff.interface.runs.memory import give_back_memory
from hidiff.interface.runs.names import picture_stem, stem
from hidiff.interface.runs.recipe import TIME_LIMIT, Picture, Recipe, Source, checked_recipe, cost_of, open_picture
from hidiff.interface.runs.run import chosen_model, limited, run
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import read_scribbles
from hidiff.refinement.explain import explain_bit
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.reference import read_reference
from hidiff.refinement.settings import SETTINGS

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """A report and, with an answer, its map p (H,W) and what to call its file."""

    report: Report
    p: NDArray[np.float32] | None = None
    name: str = ""


def proposed(models: Mapping[str, HiDiff], values: Values) -> Reply:
    """The segmentor's own prior. Raises HiDiffError."""
    reply = _proposed(models, values)
    give_back_memory()
    return reply


def _proposed(models: Mapping[str, HiDiff], values: Values) -> Reply:
    model = chosen_model(models, values["task"])
    picture = open_picture(model, values["image"])
    p = model.prior(picture.pixels).p[0]
    doubt = picture_doubt(picture.pixels, model.task.image_kind)
    warnings = [] if doubt is None else [doubt.sentence]
    report = reports.about(model, picture) | {"warnings": warnings, "area": float((p > 0.5).mean())}
    return Reply(report, p, f"{picture_stem(model.task.name, picture.source)}-prior")


def refined(models: Mapping[str, HiDiff], values: Values) -> Iterator[Reply]:
    """A report after every step, and the answer. Raises HiDiffError."""
    asked, answer, event = _asked(models, values), None, None
    for event in run(asked.model, asked.picture, [asked.recipe], limited(lambda: "go")):
        if event.kind == "step":
            yield Reply(asked.about | reports.of_step(event))
        elif event.refinement is not None:
            p = event.refinement.probability()[0]
            report = asked.about | reports.of_answer(event.refinement, p, asked.picture)
            if event.stopped:
                report["notes"] = [*report.get("notes", []), text("server.time_limit", seconds=TIME_LIMIT)]
            answer = Reply(report, p, stem(asked.model, asked.recipe))
    del event  # and with it the refinement
    give_back_memory()
    if answer is None:
        raise HiDiffError(text("server.closing"))
    yield answer


def explained(models: Mapping[str, HiDiff], values: Values) -> Reply:
    """The story of the bit at row, column of a chain. Raises HiDiffError."""
    asked = _asked(models, values)
    row, column, chain = (_whole(name, values.get(name)) for name in ("row", "column", "chain"))
    if TRACE_BYTES * _bits(asked) > MOST_TRACE:
        raise SettingsError(text("error.explain_size", name=asked.picture.source.title))
    refinement: Outcome | None = None
    for event in run(asked.model, asked.picture, [asked.recipe], limited(lambda: "go")):
        refinement = event.refinement
    if refinement is None:
        raise HiDiffError(text("server.closing"))
    report = asked.about | reports.of_bit(refinement, explain_bit(refinement.trace(), row, column, chain))
    del event, refinement
    give_back_memory()
    return Reply(report)


def _bits(asked: _Asked) -> int:
    """Of all samples in all steps."""
    recipe = asked.recipe
    return recipe.work // cost_of(asked.model, recipe.network, recipe.backend)


@dataclass(frozen=True)
class _Asked:
    """What a call comes to, everything checked. about: how its reports begin."""

    model: HiDiff
    picture: Picture
    recipe: Recipe
    about: Report


def _asked(models: Mapping[str, HiDiff], values: Values) -> _Asked:
    model = chosen_model(models, values["task"])
    source, said = _with_reference(model, values["image"], values.get("reference"))
    own = None if values.get("prior") is None else replace(values["prior"], inverted=bool(values.get("invert")))
    recipe, note = checked_recipe(
        model,
        source,
        {name: values[name] for name in SETTINGS if name in values},
        values.get("prior_source"),
        values.get("prior_seed"),
        own,
        _scribbles_reader(values.get("scribbles")),
    )
    picture = open_picture(model, recipe.source)
    notes = [one for one in (note, said) if one]
    about = reports.about(model, picture) | ({"notes": notes} if notes else {}) | {"warnings": recipe.warnings}
    return _Asked(model, picture, recipe, about)


def _with_reference(model: HiDiff, source: Source, reference: Source | None) -> tuple[Source, str]:
    """The picture with the reference that came with it, if any, and a note where that was resampled."""
    if reference is None:
        return source, ""
    _, note = read_reference(reference.path, reference.title, open_picture(model, source).size)
    return replace(source, own_reference=reference), note


def _scribbles_reader(source: Source | None) -> Callable[[tuple[int, int]], NDArray[np.uint8]] | None:
    """What reads a file of scribbles; None where there is none."""
    return None if source is None else lambda _: read_scribbles(source.path, source.title)


def _whole(name: str, value: object) -> int:
    """JSON knows one kind of number, so 10.0 counts as 10; None is 0. Raises SettingsError."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value != int(value):
        raise SettingsError(f"{name} is {value!r:.40}; choose a whole number.")
    return int(value)
