"""Two lanes: the same picture with two recipes that differ in one thing, computed alternately, step by step.

Noise is addressed by seed, sample, time, row and column, so both lanes meet the same uniform numbers: what comes
out differently comes from what was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from hidiff.diffusion.bernoulli import Mean, Sampler
from hidiff.errors import SettingsError
from hidiff.interface.refine_tab.engine_panel import has_bits
from hidiff.interface.runs.run import Against, Moment, Recipe
from hidiff.interface.texts import text
from hidiff.models.packed.denoiser import EngineName
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import NOISE, SEGMENTOR, starts_of
from hidiff.refinement.settings import Answer

DIFFERENCES = (
    "seed",
    "sampler",
    "mean",
    "steps",
    "noise",
    "broken",
    "alone",
    "focus",
    "answer",
    "hand",
    "engine",
    "twin",
)
FEW_STEPS = 4


def differences(model: HiDiff) -> tuple[str, ...]:
    """What two lanes of this task can differ in."""
    offered = {"focus": model.card.focus, "engine": has_bits(model), "twin": model.has_twin}
    return tuple(name for name in DIFFERENCES if offered.get(name, True))


def second_lane(model: HiDiff, recipe: Recipe, difference: object) -> Against:
    """The recipe to compare with, and what to call both lanes. Raises SettingsError for an unknown difference.

    Where the first lane has already what the second should have, the second has what is usual.
    """
    settings = recipe.settings
    if difference == "seed":
        other = replace(recipe, settings=replace(settings, seed=settings.seed + 1))
        return _named(recipe, other, lambda one: text("lane.seed", seed=one.settings.seed))
    if difference == "sampler":
        sampler: Sampler = "ancestral" if settings.sampler == "ddim" else "ddim"
        other = replace(recipe, settings=replace(settings, sampler=sampler))
        return _named(recipe, other, lambda one: text(f"segment.sampler.{one.settings.sampler}"))
    if difference == "mean":
        mean: Mean = "mixture" if settings.mean == "plug_in" else "plug_in"
        other = replace(recipe, settings=replace(settings, mean=mean))
        return _named(recipe, other, lambda one: text(f"segment.mean.{one.settings.mean}"))
    if difference == "steps":
        all_steps = model.config.denoiser.T
        steps = min(FEW_STEPS, all_steps) if settings.steps != FEW_STEPS else all_steps
        other = replace(recipe, settings=replace(settings, steps=steps))
        return _named(recipe, other, lambda one: text("lane.steps", steps=one.settings.steps))
    if difference == "answer":
        answer: Answer = "votes" if settings.answer == "last" else "last"
        other = replace(recipe, settings=replace(settings, answer=answer))
        return _named(recipe, other, lambda one: text(f"segment.answer.{one.settings.answer}"))
    if difference == "focus":
        other = replace(recipe, settings=replace(settings, focus=not settings.focus))
        return _named(recipe, other, lambda one: text("lane.closer" if one.settings.focus else "lane.whole"))
    if difference == "engine":
        engine: EngineName = "packed" if recipe.engine == "float" else "float"
        return _named(recipe, replace(recipe, engine=engine), lambda one: text(f"engine.name.{one.engine}"))
    if difference == "twin" and model.has_twin:
        return _named(recipe, replace(recipe, engine="twin"), _network_name)
    if difference == "alone":
        other = replace(recipe, settings=replace(settings, flips=True, samples=1), own=None, strokes=None, alone=True)
        other = replace(other, start=SEGMENTOR)
        return Against(other, (text("lane.refined"), text("lane.alone")))
    if difference in ("noise", "broken"):
        error = next(name for name in starts_of(model.card) if name not in (SEGMENTOR, NOISE, "calibrate"))
        start = NOISE if difference == "noise" else error
        start = SEGMENTOR if recipe.own is None and recipe.start == start else start
        other = replace(recipe, start=start, own=None)
        return _named(recipe, other, start_name)
    if difference == "hand":
        other = replace(recipe, start=SEGMENTOR, own=None, strokes=None)
        first = start_name(recipe) if recipe.strokes is None else text("lane.with_strokes")
        return Against(other, (first, text("start.segmentor")))
    raise SettingsError(text("error.difference", difference=difference))


def _named(first: Recipe, second: Recipe, name: Callable[[Recipe], str]) -> Against:
    return Against(second, (name(first), name(second)))


def _network_name(recipe: Recipe) -> str:
    return text("lane.twin" if recipe.engine == "twin" else "lane.binary")


def start_name(recipe: Recipe) -> str:
    """What a recipe starts from, in words."""
    return text("start.own") if recipe.own is not None else text(f"start.{recipe.start}")


def abreast(first: Iterator[Moment], second: Iterator[Moment]) -> Iterator[tuple[int, Moment]]:
    """Moments of both lanes in turn, with their lane's number; what one has more than the other comes at the end."""
    lanes = [(0, first), (1, second)]
    while lanes:
        for lane in list(lanes):
            number, moments = lane
            moment = next(moments, None)
            if moment is None:
                lanes.remove(lane)
            else:
                yield number, moment
