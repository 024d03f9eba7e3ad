"""The shipped weights on a few real cases of val; skipped where the data are not at hand. No figure of test."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hidiff.cli.evaluate import Protocol, evaluate
from hidiff.data.cases import read_splits
from hidiff.pipeline import HiDiff

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("HIDIFF_DATA", ROOT.parent / "shared" / "data"))

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data folder is not at hand; HIDIFF_DATA names it")


def few(task: str, count: int) -> list[int]:
    return np.linspace(0, count - 1, 8 if task == "polyp" else 2).round().astype(int).tolist()


@pytest.mark.parametrize(("task", "floor", "loss"), [("polyp", 0.75, 0.02), ("fundus", 0.76, 0.02)])
def test_prior_and_refined_stand_and_a_broken_prior_is_mended(task: str, floor: float, loss: float) -> None:
    """`loss`: how far these' refined masks may lie below their priors on these few cases."""
    cases = [c for c in read_splits(DATA / task) if c.split == "val"]
    cases = [cases[i] for i in few(task, len(cases))]
    model = HiDiff.from_pretrained(ROOT / "weights" / task)
    corruptions = ("quarter_erased", "shifted_5_percent") if task == "polyp" else ()
    report = evaluate(model, cases, Protocol(corruptions=corruptions))["cases"]
    prior, refined = (np.mean([case[key] for case in report]) for key in ("prior", "refined"))
    assert prior > floor
    assert refined > prior - loss
    for name in corruptions:
        before, after = np.mean([case["broken"][name] for case in report], axis=0)
        assert after > before
