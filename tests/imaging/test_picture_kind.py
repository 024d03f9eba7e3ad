"""Picture kinds, on pictures that are drawn here: a round field of view, an octagon, a portrait, noise."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hidiff.imaging.files import read_image
from hidiff.imaging.picture_kind import COLONOSCOPY, FUNDUS, KINDS, LEAST, picture_doubt, picture_kinds

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TISSUE = (190, 95, 70)


def on_black(field: NDArray[np.uint8], colour: tuple[int, int, int] = TISSUE) -> NDArray[np.uint8]:
    """Something coloured, a little grained, within a field of view (H,W) of 0 and 1."""
    grain = np.random.default_rng(0).normal(0, 6, (*field.shape, 3))
    return np.clip((np.array(colour) + grain) * field[..., None], 0, 255).astype(np.uint8)


def disc(height: int = 300, width: int = 320, radius: int = 140) -> NDArray[np.uint8]:
    return cv2.circle(np.zeros((height, width), np.uint8), (width // 2, height // 2), radius, 1, -1)


def octagon(height: int = 320, width: int = 380, cut: int = 60, margin: int = 10) -> NDArray[np.uint8]:
    far, low, near = width - margin, height - margin, margin
    corners = [(near + cut, near), (far - cut, near), (far, near + cut), (far, low - cut)]
    corners += [(far - cut, low), (near + cut, low), (near, low - cut), (near, near + cut)]
    return cv2.fillPoly(np.zeros((height, width), np.uint8), [np.array(corners)], 1)


def glaring(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cv2.circle(picture.copy(), (150, 150), 16, (250, 250, 250), -1)


def portrait() -> NDArray[np.uint8]:
    picture = np.full((300, 240, 3), (90, 120, 170), np.uint8)
    cv2.ellipse(picture, (120, 130), (60, 80), 0, 0, 360, (215, 165, 140), -1)
    return cv2.rectangle(picture, (40, 230), (200, 299), (40, 60, 90), -1)


@pytest.mark.parametrize(
    ("picture", "kinds"),
    [
        (on_black(disc()), {FUNDUS}),
        (on_black(disc(), (110, 110, 110)), {FUNDUS}),  # red-free
        (on_black(octagon()), {COLONOSCOPY}),
        (glaring(on_black(octagon())), {COLONOSCOPY}),
        (glaring(on_black(disc())), KINDS),  # a round endoscope or a retina: not to be told
        (on_black(disc())[60:240, 60:260], KINDS),  # a part without a surround
        (on_black(octagon())[80:220, 80:280], KINDS),
        (portrait(), set()),
        (np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8), set()),
        (on_black(octagon(), (60, 120, 200)), set()),
        (np.zeros((40, 40, 3), np.uint8), set()),
        (np.full((1, 1, 3), 255, np.uint8), set()),
        (np.full((3, 900, 3), TISSUE, np.uint8), KINDS),
    ],
)
def test_what_a_picture_may_be(picture: NDArray[np.uint8], kinds: set[str]) -> None:
    assert picture_kinds(picture) == kinds


def test_a_retina_cut_off_on_every_side_is_not_taken_for_a_colonoscopy_image() -> None:
    whole = on_black(disc(400, 400, 195))
    for margin in range(5, 80, 5):
        assert FUNDUS in picture_kinds(np.ascontiguousarray(whole[margin:-margin, margin:-margin])), margin


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.jpg")), ids=lambda path: path.stem)
@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_the_examples_are_what_they_are(path: Path, scale: float) -> None:
    picture = cv2.resize(read_image(path), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert picture_kinds(picture) == {FUNDUS if path.stem.startswith("retina") else COLONOSCOPY}


def test_a_doubt_says_what_was_seen_and_wanted() -> None:
    retina = on_black(disc())
    assert picture_doubt(retina, FUNDUS) is None
    doubt = picture_doubt(retina, COLONOSCOPY)
    assert doubt is not None and doubt.found == FUNDUS
    assert doubt.sentence == (
        "The image looks like a fundus photograph, not like a colonoscopy image; check the image and the task."
    )
    neither = picture_doubt(portrait(), FUNDUS)
    assert neither is not None and neither.found == "" and "neither" in neither.sentence
    assert picture_doubt(portrait(), "chest radiograph") is None  # nothing is known of other kinds


def test_a_picture_of_too_few_pixels_is_doubted_and_told_how_many_it_takes() -> None:
    colon = on_black(octagon())
    for wanted, picture in ((FUNDUS, on_black(disc())), (COLONOSCOPY, colon)):
        least = LEAST[wanted]
        size = (least - 1, round(picture.shape[0] * (least - 1) / picture.shape[1]))
        doubt = picture_doubt(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), wanted)
        assert doubt is not None and doubt.small == size[::-1]
        assert doubt.sentence == (
            f"The image has {size[0]} x {size[1]} pixels, too few for a {wanted}; "
            f"take one that is {least} or more across."
        )
        assert picture_doubt(cv2.resize(picture, (least, size[1]), interpolation=cv2.INTER_AREA), wanted) is None
    other = picture_doubt(cv2.resize(colon, (180, 150), interpolation=cv2.INTER_AREA), FUNDUS)
    assert other is not None and other.found == COLONOSCOPY and other.small is None  # this says more


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (1, 63)])
def test_a_scrap_of_tissue_is_too_small(shape: tuple[int, int]) -> None:
    doubt = picture_doubt(np.full((*shape, 3), TISSUE, np.uint8), COLONOSCOPY)
    assert doubt is not None and doubt.small == shape
