"""Steps that are put away as they come: the same bits in a quarter of the memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_model import build

from hidiff.pipeline import HiDiff
from hidiff.refinement.kept import LeanSteps, lean
from hidiff.refinement.trace import Step


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return build()


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)


def same(one: Any, other: Any) -> bool:
    return (one is None) == (other is None) and (
        one is None or np.asarray(one).tobytes() == np.asarray(other).tobytes()
    )


@pytest.mark.parametrize("aggregate", ["last", "mean", "blend"])
@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
def test_every_bit_is_the_same(model: HiDiff, picture: np.ndarray, aggregate: str, sampler: str) -> None:
    asked: Any = {"steps": 4, "samples": 3, "aggregate": aggregate, "sampler": sampler}
    plain, light = model.refine(picture, **asked), model.refine(picture, **asked)
    next(light)
    lean(light)
    plain.finish(), light.finish()
    assert isinstance(light.steps, LeanSteps) and len(light.steps) == len(plain.steps) == 4
    for one, other in zip(plain.steps, light.steps, strict=True):
        assert all(same(getattr(one, name), getattr(other, name)) for name in Step.__dataclass_fields__)
    assert same(plain.samples(), light.samples()) and same(plain.probability(), light.probability())
    assert same(plain.outcome().samples(), light.outcome().samples())
    stacked = np.mean([step.y0_hat for step in plain.steps], axis=0, dtype=np.float32)
    if aggregate == "mean":
        assert same(plain.samples(), stacked)  # summed one by one as at once
    assert len(light.steps[1:3]) == 2 and same(light.steps[-1].y_t, plain.steps[-1].y_t)
