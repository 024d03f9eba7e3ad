"""Ablation variants of training: named changes of a plan, each trained on from one common run.

A variant takes the segmentors of the common run as they are, its refiner as a start, and trains as many
iterations as every other variant: the refiner, or, for the last three, both networks in turns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hidiff.training.collaborative import Collaboration
from hidiff.training.plans import Plan


def _refiner(plan: Plan, **changes: Any) -> Plan:
    return replace(plan, refiner_training=replace(plan.refiner_training, **changes))


def _denoiser(plan: Plan, **changes: Any) -> Plan:
    return replace(plan, denoiser=replace(plan.denoiser, **changes))


def _in_turns(plan: Plan, **changes: Any) -> Plan:
    """Both networks in turns, for as many iterations as the refiner would have had."""
    turns = replace(plan.collaborative or Collaboration(), iterations=plan.refiner_training.iterations, **changes)
    return _refiner(replace(plan, collaborative=turns), iterations=0)


VARIANTS: dict[str, Callable[[Plan], Plan]] = {
    "full": lambda plan: plan,
    "no-corruption": lambda plan: _refiner(plan, corruption=False),
    "no-features": lambda plan: _denoiser(plan, features=False),
    "no-cross-transformer": lambda plan: _denoiser(plan, cross_transformer=False),
    "real-twin": lambda plan: _denoiser(plan, binary=False),
    "no-focus": lambda plan: replace(_refiner(plan, focus=False), settings=replace(plan.settings, focus=False)),
    "masks-alone": lambda plan: _refiner(_denoiser(plan, features=False), image_dropout=1.0),
    "no-own-bits": lambda plan: _refiner(plan, chain_share=0.0),
    "no-folds": lambda plan: replace(plan, folds=0),
    "one-way": lambda plan: _in_turns(plan, weight=0.0),
    "collaborative": lambda plan: _in_turns(plan),
    "segmentor-first": lambda plan: _in_turns(plan, order="segmentor first"),
}


def vary(plan: Plan, name: str) -> Plan:
    """The plan of a variant: everything as in `plan` but what the name says, and the segmentors as they stand."""
    standing = replace(
        plan,
        segmentor_training=replace(plan.segmentor_training, iterations=0),
        fold_training=replace(plan.fold_training, iterations=0),
        collaborative=None,
    )
    return VARIANTS[name](replace(standing, collaborative=plan.collaborative) if name in _TURNS else standing)


_TURNS = ("one-way", "collaborative", "segmentor-first")
