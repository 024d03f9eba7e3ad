"""Each variant is what its name says: one change of the plan, and nothing else."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from hidiff.training.plans import PLANS
from hidiff.training.variants import VARIANTS, vary

CHANGES: dict[str, dict[str, Any]] = {
    "full": {},
    "no-corruption": {"refiner_training.corruption": False},
    "no-features": {"denoiser.features": False},
    "no-cross-transformer": {"denoiser.cross_transformer": False},
    "real-twin": {"denoiser.binary": False},
    "no-focus": {"refiner_training.focus": False, "settings.focus": False},
    "masks-alone": {"denoiser.features": False, "refiner_training.image_dropout": 1.0},
    "no-own-bits": {"refiner_training.chain_share": 0.0},
    "no-folds": {"folds": 0},
    "one-way": {"collaborative.weight": 0.0, "refiner_training.iterations": 0},
    "collaborative": {"refiner_training.iterations": 0},
    "segmentor-first": {"collaborative.order": "segmentor first", "refiner_training.iterations": 0},
}
TURNS = ("one-way", "collaborative", "segmentor-first")


def flat(value: Any, name: str = "") -> dict[str, Any]:
    if not is_dataclass(value):
        return {name: value}
    out = {}
    for field in fields(value):
        out |= flat(getattr(value, field.name), f"{name}.{field.name}".lstrip("."))
    return out


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_a_variant_changes_what_it_names_and_nothing_else(name: str) -> None:
    plan = PLANS["polyp"]
    reference, varied = (flat(vary(plan, which)) for which in ("collaborative" if name in TURNS else "full", name))
    changed = {key: value for key, value in varied.items() if reference.get(key, ...) != value}
    assert changed == {key: value for key, value in CHANGES[name].items() if key in changed or name not in TURNS}
    for key, value in CHANGES[name].items():
        assert varied[key] == value


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_every_variant_trains_as_long_and_leaves_the_segmentors_as_they_are(name: str) -> None:
    plan = PLANS["polyp"]
    varied = vary(plan, name)
    turns = varied.collaborative.iterations if varied.collaborative else 0
    assert varied.refiner_training.iterations + turns == plan.refiner_training.iterations
    assert varied.segmentor_training.iterations == varied.fold_training.iterations == 0
    assert (varied.collaborative is not None) == (name in TURNS)


def test_the_table_above_is_complete() -> None:
    assert set(CHANGES) == set(VARIANTS)
