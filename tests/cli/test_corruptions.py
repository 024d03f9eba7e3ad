"""The picture sheet of the errors: drawn, seeded, complete."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hidiff.cli.corruptions import corruption_sheet, main, solid_object, thin_object
from hidiff.imaging.files import read_image
from hidiff.priors.corruption import SOLID, THIN


def test_the_drawn_objects_are_one_solid_and_one_thin() -> None:
    for seed in range(5):
        solid, thin = (draw(np.random.default_rng(seed)) for draw in (solid_object, thin_object))
        assert solid.shape == thin.shape == (256, 256)
        assert 0.05 < solid.mean() < 0.25 and 0.02 < thin.mean() < 0.25
        inner = solid[1:-1, 1:-1] & solid[:-2, 1:-1] & solid[2:, 1:-1] & solid[1:-1, :-2] & solid[1:-1, 2:]
        assert inner.sum() > 0.9 * solid.sum()


def test_the_sheet_is_seeded() -> None:
    first, again, other = (corruption_sheet(seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert first.dtype == np.uint8 and first.shape[2] == 3


def test_the_command_writes_it_and_says_what_each_error_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "sheet.png")]) == 0
    assert read_image(tmp_path / "sheet.png").shape == corruption_sheet().shape
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(set(SOLID) | set(THIN)) + 1  # the vessels' blur is another
    assert main([str(tmp_path / "none" / "sheet.png")]) == 1
