"""A picture that would have to be enlarged beyond the limit: refused everywhere, before memory is asked for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from small_model import build

from hidiff.data.cases import Case, pack
from hidiff.errors import ImageError
from hidiff.interface.texts import text
from hidiff.tasks import FUNDUS, MAX_CANVAS, check_canvas

MOSTLY_BLACK = np.zeros((1000, 1000, 3), np.uint8)
cv2.circle(MOSTLY_BLACK, (500, 500), 30, (180, 90, 60), -1)
USUAL = np.zeros((750, 1000, 3), np.uint8)
cv2.circle(USUAL, (500, 375), 340, (180, 90, 60), -1)


@pytest.mark.parametrize("scale", [1, 8])
def test_no_canvas_is_larger_than_memory_holds(scale: int) -> None:
    height, width = FUNDUS.frame(np.kron(MOSTLY_BLACK[::8, ::8], np.ones((scale, scale, 1), np.uint8))).canvas
    assert 12 * height * width < 250_000_000


def test_the_words_are_the_app_s() -> None:
    check_canvas(FUNDUS, USUAL, "usual.png")
    with pytest.raises(ImageError) as refusal:
        check_canvas(FUNDUS, MOSTLY_BLACK, "dark.png")
    assert str(refusal.value) == text("error.canvas", name="dark.png", limit=MAX_CANVAS // 1_000_000)


def test_the_library_and_training_refuse_it_too(tmp_path: Path) -> None:
    model = build(FUNDUS)
    for work in (model.prior, lambda image: model.refine(image, np.zeros(image.shape[:2], bool))):
        with pytest.raises(ImageError, match=r"^The image would have to be enlarged beyond 4 million pixels"):
            work(MOSTLY_BLACK)
    cv2.imwrite(str(tmp_path / "dark.png"), MOSTLY_BLACK)
    case = Case("d", "dark", tmp_path / "dark.png", tmp_path / "dark.png", "g", "train")
    with pytest.raises(ImageError, match=r"^dark\.png would have to be enlarged"):
        pack([case], FUNDUS)
