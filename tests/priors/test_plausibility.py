"""Masks that look like a mistake, and all those that do not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hidiff.errors import ImageError
from hidiff.priors.plausibility import mask_doubt
from hidiff.priors.sources import fitted_to, read_prior


def blob(height: int = 120, width: int = 160) -> NDArray[np.uint8]:
    return cv2.circle(np.zeros((height, width), np.uint8), (width // 2, height // 2), 30, 255, -1)


def tree(height: int = 200, width: int = 200) -> NDArray[np.uint8]:
    """Thin lines, as vessels are."""
    lines = np.zeros((height, width), np.uint8)
    for step in range(8, 200, 20):
        cv2.line(lines, (step, 0), (width - step, height), 255, 2)
    return lines


def photograph(grey: bool = False) -> NDArray[np.uint8]:
    rng = np.random.default_rng(2)
    coarse = cv2.resize(rng.integers(30, 230, (12, 16, 3), np.uint8), (160, 120), interpolation=cv2.INTER_CUBIC)
    return cv2.cvtColor(coarse, cv2.COLOR_RGB2GRAY) if grey else coarse


def write(path: Path, array: NDArray[np.uint8] | Image.Image, **how: int) -> Path:
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(path, **how)
    return path


def palette() -> Image.Image:
    picture = Image.fromarray((blob() > 0).astype(np.uint8), "P")
    picture.putpalette([0, 0, 0, 220, 30, 30] + [0] * 762)
    return picture


def transparent() -> NDArray[np.uint8]:
    return np.dstack([np.full((120, 160, 3), 255, np.uint8), blob()])


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("plain.png", blob()),
        ("labels.png", blob() // 255),
        ("jpeg.jpg", blob()),
        ("soft.png", cv2.GaussianBlur(blob(), (0, 0), 4)),
        ("lines.png", tree()),
        ("lines.jpg", tree()),
        ("soft-lines.png", cv2.GaussianBlur(tree(), (0, 0), 1)),
        ("palette.png", palette()),
        ("rgba.png", transparent()),
        ("sixteen.png", Image.fromarray(blob().astype(np.uint16) * 257)),
        ("red.png", np.dstack([blob(), blob() // 9, blob() // 9])),
    ],
)
def test_masks_of_every_kind_pass_without_a_word(tmp_path: Path, name: str, array: NDArray[np.uint8]) -> None:
    assert mask_doubt(write(tmp_path / name, array)) is None


@pytest.mark.parametrize(
    ("array", "oddity", "helps"),
    [
        (photograph(), "photograph", False),
        (photograph(grey=True), "photograph", False),
        (np.zeros((40, 50), np.uint8), "empty", False),
        (np.full((40, 50), 90, np.uint8), "full", False),  # one value is on
        (255 - blob(), "most", True),
        (255 - cv2.GaussianBlur(blob(), (0, 0), 4), "most", True),
    ],
)
def test_what_looks_like_a_mistake_is_named(tmp_path: Path, array: NDArray[np.uint8], oddity: str, helps: bool) -> None:
    doubt = mask_doubt(write(tmp_path / "m.png", array))
    assert doubt is not None and (doubt.oddity, doubt.inverting_helps) == (oddity, helps)
    assert doubt.sentence("m.png").startswith("m.png ")
    if helps:
        assert mask_doubt(tmp_path / "m.png", inverted=True) is None
        given, inverted = read_prior(tmp_path / "m.png"), read_prior(tmp_path / "m.png", inverted=True)
        assert inverted.dtype == given.dtype
        np.testing.assert_allclose(inverted.astype(float), 1 - given.astype(float), atol=1e-6)


def test_the_share_that_is_asked_about_is_said(tmp_path: Path) -> None:
    for rows, doubted in ((60, False), (61, True)):
        mask = np.zeros((100, 50), np.uint8)
        mask[:rows] = 255
        doubt = mask_doubt(write(tmp_path / f"{rows}.png", mask))
        assert (doubt is not None) == doubted
    assert doubt is not None and "covers 61 %" in doubt.sentence("m.png")


@pytest.mark.parametrize(
    ("mask", "image", "fits"),
    [
        ((722, 810), (722, 810), True),
        ((361, 405), (722, 810), True),
        ((180, 203), (722, 810), True),  # 202.5 rounded
        ((180, 202), (722, 810), True),  # and cut off
        ((1444, 1620), (722, 810), True),
        ((721, 810), (722, 810), True),
        ((779, 1168), (722, 810), False),
        ((500, 574), (722, 810), False),
        ((700, 300), (722, 810), False),
        ((810, 722), (722, 810), False),  # turned on its side
        ((180, 210), (722, 810), False),
    ],
)
def test_other_proportions_are_refused_and_other_sizes_resampled(
    mask: tuple[int, int], image: tuple[int, int], fits: bool
) -> None:
    given = np.zeros(mask, bool)
    given[: mask[0] // 2] = True
    if not fits:
        with pytest.raises(ImageError) as caught:
            fitted_to(given, image, "mine.png")
        for words in ("mine.png", f"{mask[1]} x {mask[0]}", f"{image[1]} x {image[0]}", "choose"):
            assert words in str(caught.value)
        return
    fitted, note = fitted_to(given, image, "mine.png")
    assert fitted.shape == image and fitted.dtype == np.bool_
    assert bool(note) == (mask != image)
    assert abs(fitted.mean() - 0.5) < 0.01
