"""Links: an example's refinement as the query string of an address, and back.

A link holds what the refinement follows from, so whoever opens it sees the same bits: the example by its file's name,
where the chain starts, the settings that differ from the weights' own, and what a second lane differs in. Nothing that
a visitor brought or painted fits into one. What comes in an address is checked as everything is: anybody may write one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from hidiff.errors import HiDiffError
from hidiff.interface.examples import Example
from hidiff.interface.runs.compare import differences
from hidiff.interface.runs.recipe import Recipe, Start, checked_settings, usual_settings
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import check_prior_source
from hidiff.refinement.settings import SETTINGS, Setting

TASK, EXAMPLE, START, START_SEED, AGAINST = "task", "example", "start", "start-seed", "against"
AT = "at"  # the step that is shown; the page's own script reads it, and nothing plays by itself then
LONGEST = 40  # letters of a value; a longer one is none of ours
_SWITCH = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
_WHOLE = re.compile(r"\d{1,19}")


@dataclass(frozen=True)
class Link:
    """What a link asks for. example: its place. settings: by name, those that it names. refused: a sentence for each
    parameter that is known and could not be taken."""

    example: int
    start: Start
    settings: Mapping[str, Any] = field(default_factory=dict)
    against: str | None = None
    refused: tuple[str, ...] = ()


def parameter_of(setting: str) -> str:
    """A setting's name in an address."""
    return setting.replace("_", "-")


def write_link(recipe: Recipe, against: str | None, model: HiDiff) -> str:
    """The query string of an example's refinement, "" where the recipe holds a visitor's own picture, mask, reference
    or strokes, or a network that cannot be chosen by a link."""
    own = (recipe.own, recipe.scribbles, recipe.source.own_reference)
    if not recipe.source.example or any(one is not None for one in own) or recipe.network != "binary":
        return ""
    asked: dict[str, object] = {TASK: recipe.task, EXAMPLE: recipe.source.path.stem}
    usual = recipe.source.start
    if (recipe.prior_source, recipe.prior_seed) != (usual.prior_source, usual.prior_seed):
        asked[START] = recipe.prior_source
        if recipe.prior_seed:
            asked[START_SEED] = recipe.prior_seed
    for name, value in usual_settings(model).items():
        chosen = getattr(recipe.settings, name)
        if chosen != value:
            asked[parameter_of(name)] = int(chosen) if isinstance(chosen, bool) else chosen
    if against is not None:
        asked[AGAINST] = against
    return urlencode(asked)


def read_link(query: Mapping[str, str], models: Mapping[str, HiDiff], examples: Sequence[Example]) -> Link | None:
    """What an address asks for; None where it names nothing that a refinement depends on. Unknown parameters are
    ignored, and so is a known one with a wrong value, which `refused` names."""
    ours = {TASK, EXAMPLE, START, START_SEED, AGAINST, *map(parameter_of, SETTINGS)}
    asked = {name: value for name, value in query.items() if name in ours}
    if not asked or not models:
        return None
    refused = [name for name, value in asked.items() if len(value) > LONGEST]
    asked = {name: value for name, value in asked.items() if name not in refused}
    index = _example(asked, models, examples, refused)
    if index is None:
        return None
    example = examples[index]
    model = models[example.task]
    settings = _settings(asked, model, refused)
    against = asked.get(AGAINST)
    if against is not None and against not in differences(model):
        refused.append(AGAINST)
        against = None
    start = _start(asked, example, model, refused)
    sentences = tuple(text("link.refused", name=name) for name in dict.fromkeys(refused))
    return Link(index, start, settings, against, sentences)


def _example(
    asked: Mapping[str, str], models: Mapping[str, HiDiff], examples: Sequence[Example], refused: list[str]
) -> int | None:
    """The place of the example: the named one, else the first of the named task, else the first of all."""
    offered = [(place, one) for place, one in enumerate(examples) if one.task in models]
    name, task = asked.get(EXAMPLE), asked.get(TASK)
    if task is not None and task not in models:
        refused.append(TASK)
        task = None
    of_task = [(place, one) for place, one in offered if task in (None, one.task)]
    if name is not None:
        named = next((place for place, one in of_task if one.path.stem == name), None)
        if named is not None:
            return named
        refused.append(EXAMPLE)
    first = task or next(iter(models))
    return next((place for place, one in of_task if one.task == first), None)


def _settings(asked: Mapping[str, str], model: HiDiff, refused: list[str]) -> dict[str, Any]:
    """The settings that are named and valid, each by itself."""
    taken: dict[str, Any] = {}
    for name, row in SETTINGS.items():
        said = asked.get(parameter_of(name))
        if said is None:
            continue
        try:
            taken[name] = getattr(checked_settings(model, {name: _value(row, said)}), name)
        except (HiDiffError, ValueError):
            refused.append(parameter_of(name))
    return taken


def _value(row: Setting, said: str) -> object:
    """What a parameter says, as the setting's kind. Raises ValueError where it says nothing of the kind."""
    if row.kind == "switch":
        if said not in _SWITCH:
            raise ValueError(said)
        return _SWITCH[said]
    if row.kind == "whole":
        return _whole(said)
    return float(said) if row.kind == "share" else said


def _start(asked: Mapping[str, str], example: Example, model: HiDiff, refused: list[str]) -> Start:
    """Where the chain starts: as the link says, else as the example does."""
    source = asked.get(START)
    if source is None:
        return example.start
    try:
        check_prior_source(model.task, source)
    except HiDiffError:
        refused.append(START)
        return example.start
    try:
        seed = _whole(asked.get(START_SEED, "0"))
        check_prior_source(model.task, source, seed)
    except (HiDiffError, ValueError):
        refused.append(START_SEED)
        seed = 0
    return Start(source, seed)


def _whole(said: str) -> int:
    if not _WHOLE.fullmatch(said) or not said.isascii():
        raise ValueError(said)
    return int(said)
