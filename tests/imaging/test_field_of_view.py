"""The disc of a fundus photograph, drawn here and in real photographs where they are at hand."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from hidiff.imaging.field_of_view import field_of_view
from hidiff.imaging.files import read_image, read_mask

DATA = Path(os.environ.get("HIDIFF_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))


def disc(size: tuple[int, int], centre: tuple[float, float], radius: float, soft: float = 1.0) -> np.ndarray:
    """float32 (H,W): 1 inside, an edge `soft` pixels wide; centre in pixel indices."""
    rows, columns = np.ogrid[: size[0], : size[1]]
    away = np.hypot(rows - centre[0], columns - centre[1])
    return np.clip((radius - away) / soft + 0.5, 0, 1).astype(np.float32)


def fundus(size: tuple[int, int], centre: tuple[float, float], radius: float, bright: int, dark: int) -> np.ndarray:
    """A reddish disc with a dark macula and vessels on a dark surround, with grain."""
    shape = disc(size, centre, radius)
    shape = shape * (1 - 0.8 * disc(size, centre, 0.15 * radius, soft=8))
    image = dark + (bright - dark) * shape[..., None] * np.array([1.0, 0.5, 0.25], np.float32)
    image += np.random.default_rng(0).normal(0, 2, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("size", "centre", "radius"),
    [
        ((584, 565), (290.0, 280.0), 268.0),
        ((300, 500), (150.0, 250.0), 140.0),
        ((300, 500), (150.0, 250.0), 200.0),  # cut off above and below
        ((800, 1000), (400.0, 530.0), 390.0),
        ((400, 400), (150.0, 250.0), 60.0),
    ],
)
@pytest.mark.parametrize(("bright", "dark"), [(200, 2), (255, 30), (60, 5)])
@pytest.mark.parametrize("quality", [None, 40])
def test_the_disc_is_found(
    size: tuple[int, int],
    centre: tuple[float, float],
    radius: float,
    bright: int,
    dark: int,
    quality: int | None,
) -> None:
    image = fundus(size, centre, radius, bright, dark)
    if quality is not None:
        image = read_image(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())
    mask, diameter = field_of_view(image)
    truth = disc(size, centre, radius) > 0.5
    assert mask.shape == size and mask.dtype == bool
    assert (mask & truth).sum() / (mask | truth).sum() > 0.95
    assert abs(diameter / (2 * radius) - 1) < 0.03
    assert isinstance(diameter, float)


def test_the_disc_of_a_thumbnail_is_found() -> None:
    mask, diameter = field_of_view(fundus((64, 64), (31.5, 31.5), 30.0, 200, 2))
    truth = disc((64, 64), (31.5, 31.5), 30.0) > 0.5
    assert (mask & truth).sum() / (mask | truth).sum() > 0.95 and abs(diameter / 60 - 1) < 0.03


def test_a_dark_bite_at_the_rim_belongs_to_the_disc() -> None:
    image = fundus((500, 600), (250.0, 300.0), 230.0, 200, 2)
    image[235:265, 480:] = 2
    mask, diameter = field_of_view(image)
    truth = disc((500, 600), (250.0, 300.0), 230.0) > 0.5
    assert mask[250, 300:520].all()
    assert (mask & truth).sum() / (mask | truth).sum() > 0.98 and abs(diameter / 460 - 1) < 0.03


def test_captions_and_specks_outside_the_disc_do_not_count() -> None:
    image = fundus((500, 600), (250.0, 300.0), 230.0, 200, 2)
    cv2.putText(image, "OD 2019", (5, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 1)
    image[480:484, 590:594] = 255
    mask, diameter = field_of_view(image)
    assert abs(diameter / 460 - 1) < 0.03 and not mask[:30, :40].any()


@pytest.mark.parametrize("level", [0, 3, 90, 255])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (2, 3), (120, 200), (1500, 900)])
def test_without_a_dark_surround_the_whole_image_counts(size: tuple[int, int], level: int) -> None:
    mask, diameter = field_of_view(np.full((*size, 3), level, np.uint8))
    assert mask.shape == size and mask.all() and diameter == max(size)


def test_a_bright_surround_is_no_disc() -> None:
    mask, diameter = field_of_view(255 - fundus((300, 400), (150.0, 200.0), 140.0, 200, 2))
    assert mask.all() and diameter == 400


def test_the_field_of_view_of_real_photographs() -> None:
    table = DATA / "fundus" / "splits.csv"
    if not table.exists():
        pytest.skip("the fundus photographs are not on this machine")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == 68
    for row in rows:
        image = read_image(table.parent / row["image"])
        truth = read_mask(table.parent / row["fov"]) > 127
        mask, diameter = field_of_view(image)
        overlap = (mask & truth).sum() / (mask | truth).sum()
        known = max(int(np.ptp(line)) + 1 for line in np.nonzero(truth))
        assert overlap > 0.95, row["image"]
        assert abs(diameter / known - 1) < 0.03, row["image"]


@pytest.mark.parametrize("radius", [12, 25, 40])
def test_a_flat_disc_on_exact_black_is_found(radius: int) -> None:
    image = np.zeros((90, 150, 3), np.uint8)
    cv2.circle(image, (75, 45), radius, (180, 90, 50), -1)
    assert field_of_view(image)[1] == pytest.approx(2 * radius + 1, abs=2)
