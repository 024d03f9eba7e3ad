"""The comparison of the engines: it finds no difference where there is none, and a difference where one is put."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from small_model import build, picture

from hidiff.errors import ImageError
from hidiff.evaluation import parity as module
from hidiff.evaluation.parity import images_in, parity
from hidiff.imaging.files import write_png
from hidiff.models.packed.denoiser import PackedDenoiser, kernels_ready
from hidiff.pipeline import HiDiff

pytest.importorskip("numba")


@pytest.fixture(scope="module")
def model() -> HiDiff:
    if not kernels_ready().result():
        pytest.skip("this processor has no kernels")
    floats = build()
    return HiDiff(floats.config, floats.segmentor, PackedDenoiser(floats.denoiser))  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(5):
        write_png(tmp_path / f"{seed}.png", picture(seed=seed))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_engines_agree_and_every_sign_is_compared(model: HiDiff, folder: Path) -> None:
    ticks: list[int] = []
    found = parity(model, images_in(folder, 3), lambda: ticks.append(1))
    figures = found.to_json()
    assert len(ticks) == figures["images"] == 3
    assert found.simulation == [1.0] * 3
    sides = [32, 16, 8, 4, 2]
    channels, blocks = model.config.denoiser.channels, [2, 2, 2, 2, 1]
    a_step = sum(n * c * s * s for n, c, s in zip(blocks, channels, sides, strict=True))
    assert found.signs == 3 * model.config.settings.steps * a_step
    assert found.differ < found.signs / 1000


def test_a_sign_that_differs_is_counted_with_its_distance(
    model: HiDiff, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    denoiser = model.denoiser
    assert isinstance(denoiser, PackedDenoiser)
    table = denoiser.trained.encoder[0].blocks[0].threshold.table
    kept = table.detach().clone()
    with torch.no_grad():
        table += 0.25  # the network is another one now, the packed engine is not
    try:
        found = parity(model, images_in(folder, 1))
    finally:
        with torch.no_grad():
            table.copy_(kept)
    assert found.differ > 0 and 0 < found.first <= 0.26
    assert found.simulation == [1.0]


def test_pictures_are_spread_over_the_folder(folder: Path, tmp_path: Path) -> None:
    assert [path.stem for path in images_in(folder, 2)] == ["0", "2"]
    assert len(images_in(folder, 50)) == 5
    with pytest.raises(ImageError):
        images_in(tmp_path / "nowhere", 3)
    assert np.isfinite(module.Parity([1.0], [0.5], 1, 0).to_json()["images"])
