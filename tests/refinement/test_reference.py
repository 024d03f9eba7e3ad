"""A reference mask: how it is read, what is refused, and what prior and refined mask score against it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from segment_runs import disc, picture, saved, small_model

from hidiff.errors import ImageError
from hidiff.metrics import dice, hd95, iou
from hidiff.priors.sources import fitted_to
from hidiff.refinement.reference import MaskScores, ReferenceScores, edited_prior, read_reference, scored

SIZE = (60, 80)


def test_scores_are_those_of_the_metrics_in_the_original_frame() -> None:
    refinement = small_model().refine(picture(*SIZE), steps=2).finish()
    truth = disc(*SIZE, 30, 40, 15) > 0
    scores = scored(refinement, truth)
    for one, p in ((scores.prior, refinement.prior_map), (scores.refined, refinement.probability())):
        mask = p[0] > 0.5
        assert (one.dice, one.iou, one.hd95) == (dice(mask, truth), iou(mask, truth), hd95(mask, truth))
        assert one.missed == int((truth & ~mask).sum()) and one.false == int((mask & ~truth).sum())
    assert scores.prior != scores.refined
    assert set(scores.document) == {"prior", "refined"}
    assert set(scores.document["prior"]) == {"dice", "iou", "hd95", "missed", "false"}


def test_what_a_hand_has_drawn_is_the_priors_not_the_answers() -> None:
    scribbles = np.full(SIZE, 128, np.uint8)
    scribbles[20:40, 30:50] = 255
    refinement = small_model().refine(picture(*SIZE), scribbles=scribbles, steps=2).finish()
    truth = disc(*SIZE, 30, 40, 15) > 0
    before, after = edited_prior(refinement), refinement.probability()[0] > 0.5
    assert before[20:40, 30:50].all() and not (refinement.prior_map[0] > 0.5)[20:40, 30:50].all()
    assert scored(refinement, truth) == ReferenceScores(MaskScores.of(before, truth), MaskScores.of(after, truth))
    shown = disc(*SIZE, 30, 40, 5) > 0
    assert scored(refinement, truth, shown).prior == MaskScores.of(shown, truth)


def test_an_empty_mask_has_no_distance_and_is_json_all_the_same() -> None:
    nothing, truth = np.zeros(SIZE, bool), disc(*SIZE, 30, 40, 5) > 0
    scores = MaskScores.of(nothing, truth)
    assert (scores.dice, scores.iou, scores.hd95) == (0, 0, None)
    assert (scores.missed, scores.false) == (int(truth.sum()), 0)
    assert ReferenceScores(scores, scores).document["refined"]["hd95"] is None


def as_palette(mask: np.ndarray) -> Image.Image:
    image = Image.fromarray((mask > 0).astype(np.uint8), mode="P")
    image.putpalette([0, 0, 0, 255, 40, 40])
    return image


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("plain.png", Image.fromarray),
        ("labels.png", lambda mask: Image.fromarray((mask > 0).astype(np.uint8))),
        ("palette.png", as_palette),
        ("clear.png", lambda mask: Image.merge("LA", [Image.fromarray(mask)] * 2)),
        ("lossy.jpg", Image.fromarray),
        ("soft.png", lambda mask: Image.fromarray(np.where(mask > 0, 200, 90).astype(np.uint8))),
    ],
)
def test_a_mask_of_any_tool_is_read_as_one_means_it(tmp_path: Path, name: str, make: object) -> None:
    mask = disc(*SIZE, 30, 40, 15)
    make(mask).save(tmp_path / name)  # type: ignore[operator]
    read, note = read_reference(tmp_path / name, name, SIZE)
    np.testing.assert_array_equal(read[0:60:5], mask[0:60:5] > 0) if name == "lossy.jpg" else None
    assert note == "" and read.dtype == np.bool_
    if name != "lossy.jpg":
        np.testing.assert_array_equal(read, mask > 0)


def test_another_size_of_the_same_proportions_is_resampled_and_said(tmp_path: Path) -> None:
    small = np.zeros((3, 4), np.uint8)
    small[1, 2] = 255
    read, note = read_reference(saved(tmp_path / "m.png", small), "m.png", SIZE)
    np.testing.assert_array_equal(read, np.kron(small > 0, np.ones((20, 20), bool)))
    assert note == "m.png is 4 x 3 and was resampled to the image's 80 x 60."


def test_other_proportions_are_refused_in_one_sentence_with_both_sizes(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        read_reference(saved(tmp_path / "m.png", disc(70, 30, 20, 20, 5)), "m.png", SIZE)
    assert "30 x 70" in str(caught.value) and "80 x 60" in str(caught.value)
    assert str(caught.value).count(". ") == 0  # one sentence


@pytest.mark.parametrize(
    ("large", "small"), [((722, 810), (361, 405)), ((2336, 3504), (341, 512)), ((779, 1168), (97, 146))]
)
def test_a_rounded_side_is_no_other_proportion(large: tuple[int, int], small: tuple[int, int]) -> None:
    for given, size in ((large, small), (small, large)):
        assert fitted_to(np.zeros(given, bool), size, "m.png")[0].shape == size
    for wrong in ((small[0] + 12, small[1]), small[::-1]):
        with pytest.raises(ImageError):
            fitted_to(np.zeros(wrong, bool), large, "m.png")


@pytest.mark.parametrize("given", [(779, 1168), (500, 574), (700, 300)])
def test_masks_of_other_photographs_are_refused(given: tuple[int, int]) -> None:
    with pytest.raises(ImageError, match="other proportions"):
        fitted_to(np.zeros(given, bool), (722, 810), "m.png")
