"""Comparisons: a second recipe for the same picture that differs from the first in one thing.

Noise is addressed by seed, sample, time, row and column, so both lanes meet the same uniform numbers: what comes
out differently comes from what was changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hidiff.diffusion.samplers import SAMPLERS
from hidiff.errors import SettingsError
from hidiff.interface.runs.recipe import Recipe
from hidiff.interface.runs.session import Comparison
from hidiff.interface.texts import choice_name, text
from hidiff.models.backend import BackendName
from hidiff.models.packed.denoiser import PackedDenoiser
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import NOISE, SEGMENTOR, prior_sources_of

DIFFERENCES = (
    "seed",
    "sampler",
    "steps",
    "noise",
    "broken",
    "alone",
    "focus",
    "aggregate",
    "user",
    "backend",
    "twin",
)
FEW_STEPS = 4


def differences(model: HiDiff) -> tuple[str, ...]:
    """What two lanes of this task can differ in."""
    offered = {"focus": model.task.focus, "backend": has_bits(model), "twin": model.has_real}
    return tuple(name for name in DIFFERENCES if offered.get(name, True))


def comparison_of(model: HiDiff, recipe: Recipe, difference: object) -> Comparison:
    """The recipe to compare with, and what to call both lanes. Raises SettingsError for an unknown difference.

    Where the first lane has already what the second should have, the second has what is usual. Any sampler can be
    compared with the first of their table, and that with the last. Where a visitor has brought nothing of their own,
    leaving it out is refused, with a SettingsError too.
    """
    return replace(_second(model, recipe, difference), difference=str(difference))


def _second(model: HiDiff, recipe: Recipe, difference: object) -> Comparison:
    settings = recipe.settings
    if difference == "seed":
        other = replace(recipe, settings=replace(settings, seed=settings.seed + 1))
        return _named(recipe, other, lambda one: text("lane.seed", seed=one.settings.seed))
    if difference == "sampler":
        usual, newest = next(iter(SAMPLERS)), next(reversed(SAMPLERS))
        sampler = newest if settings.sampler == usual else usual
        other = replace(recipe, settings=replace(settings, sampler=sampler))
        return _named(recipe, other, lambda one: choice_name("sampler", one.settings.sampler))
    if difference == "steps":
        all_steps = model.config.denoiser.T
        steps = min(FEW_STEPS, all_steps) if settings.steps != FEW_STEPS else all_steps
        other = replace(recipe, settings=replace(settings, steps=steps))
        return _named(recipe, other, lambda one: text("lane.steps", steps=one.settings.steps))
    if difference == "aggregate":
        aggregate = "mean" if settings.aggregate == "last" else "last"
        other = replace(recipe, settings=replace(settings, aggregate=aggregate))
        return _named(recipe, other, lambda one: choice_name("aggregate", one.settings.aggregate))
    if difference == "focus":
        other = replace(recipe, settings=replace(settings, focus=not settings.focus))
        return _named(recipe, other, lambda one: text("lane.closer" if one.settings.focus else "lane.whole"))
    if difference == "backend":
        backend: BackendName = "packed" if recipe.backend == "simulation" else "simulation"
        return _named(recipe, replace(recipe, backend=backend), lambda one: text(f"backend.{one.backend}"))
    if difference == "twin" and model.has_real:
        return _named(recipe, replace(recipe, network="real"), _network_name)
    if difference == "alone":
        other = replace(
            recipe, settings=replace(settings, mirror=True, samples=1), own=None, scribbles=None, alone=True
        )
        other = replace(other, prior_source=SEGMENTOR)
        return Comparison(other, (text("lane.refined"), text("lane.alone")))
    if difference in ("noise", "broken"):
        error = next(name for name in prior_sources_of(model.task) if name not in (SEGMENTOR, NOISE, "calibrate"))
        source = NOISE if difference == "noise" else error
        source = SEGMENTOR if recipe.own is None and recipe.prior_source == source else source
        other = replace(recipe, prior_source=source, own=None)
        return _named(recipe, other, prior_source_name)
    if difference == "user":
        other = replace(recipe, prior_source=SEGMENTOR, own=None, scribbles=None)
        if other == recipe:
            raise SettingsError(text("error.nothing_of_yours"))
        first = prior_source_name(recipe) if recipe.scribbles is None else text("lane.with_scribbles")
        return Comparison(other, (first, text("prior.segmentor")))
    raise SettingsError(text("error.difference", difference=str(difference)[:40]))


def _named(first: Recipe, second: Recipe, name: Callable[[Recipe], str]) -> Comparison:
    return Comparison(second, (name(first), name(second)))


def _network_name(recipe: Recipe) -> str:
    return text("lane.twin" if recipe.network == "real" else "lane.binary")


def prior_source_name(recipe: Recipe) -> str:
    """What a recipe starts from, in words."""
    return text("prior.own") if recipe.own is not None else text(f"prior.{recipe.prior_source}")


def has_bits(model: HiDiff) -> bool:
    """Whether the denoiser runs on bits, so that there are two engines to compare and bits to look into."""
    return isinstance(model.denoiser, PackedDenoiser)
