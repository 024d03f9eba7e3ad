"""Where a refinement starts: noise, errors made on purpose, masks and probability maps of any tool."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from segment_runs import Segment, disc, levels, picture, saved

from hidiff.errors import SettingsError
from hidiff.pipeline import HiDiff
from hidiff.priors.corruption import SOLID, erase
from hidiff.priors.sources import EVERY_START, as_prior, check_start, fitted, read_prior, starting_prior, starts_of
from hidiff.tasks import FUNDUS, POLYP

pytest_plugins = ["segment_runs"]


def test_every_task_offers_the_segmentor_noise_and_its_own_errors() -> None:
    for card in (POLYP, FUNDUS):
        assert starts_of(card)[:2] == ("segmentor", "noise")
        assert set(starts_of(card)) <= set(EVERY_START)
    assert "shift" in starts_of(POLYP) and "shift" not in starts_of(FUNDUS)
    assert "cut_segments" in starts_of(FUNDUS)


@pytest.mark.parametrize("start", starts_of(POLYP))
def test_a_start_is_the_same_for_the_same_seed(model: HiDiff, start: str) -> None:
    image = picture(60, 80)
    first, again = (starting_prior(model, image, start, 4) for _ in range(2))
    assert first.p.shape == (1, 60, 80) and first.p.dtype == np.float32
    assert first.p.min() >= 0 and first.p.max() <= 1
    np.testing.assert_array_equal(first.p, again.p)
    np.testing.assert_allclose(first.view.frame.map_out(first.view.p), first.p, atol=1e-6)
    if start == "noise":
        assert (first.p == 0.5).all()
    if start in SOLID:
        other = starting_prior(model, image, start, 5)
        assert not np.array_equal(first.p, other.p)


def test_an_error_is_the_named_one_in_the_networks_canvas(model: HiDiff) -> None:
    image = picture(60, 80)
    plain, broken = starting_prior(model, image), starting_prior(model, image, "erase", 7)
    top, left, height, width = plain.view.frame.content
    shown = plain.view.p[0, top : top + height, left : left + width]
    expected = erase(np.ascontiguousarray(shown), np.random.default_rng([7, 0]))
    np.testing.assert_array_equal(broken.view.p[0, top : top + height, left : left + width], expected)


@pytest.mark.parametrize(("start", "seed"), [("cut_segments", 0), ("", 0), (None, 0), ("noise", -1), ("noise", 2.5)])
def test_what_is_no_start_is_refused(start: object, seed: object) -> None:
    with pytest.raises(SettingsError):
        check_start(POLYP, start, seed)


def test_two_greys_are_a_mask_and_more_a_probability_but_a_jpeg_is_always_a_mask(tmp_path: Path) -> None:
    mask, soft = disc(40, 48, 20, 20, 9), cv2.GaussianBlur(disc(40, 48, 20, 20, 9), (0, 0), 3)
    for name, array, kind in (("m.png", mask, "b"), ("s.png", soft, "f"), ("m.jpg", mask, "b"), ("s.jpg", soft, "b")):
        assert read_prior(saved(tmp_path / name, array)).dtype.kind == kind, name
    np.testing.assert_allclose(read_prior(tmp_path / "s.png"), soft / 255, atol=1e-6)
    np.testing.assert_array_equal(read_prior(tmp_path / "m.jpg"), mask > 0)
    assert as_prior(np.uint8([[0, 255]])).tolist() == [[False, True]]
    assert as_prior(np.uint8([[0, 7]])).tolist() == [[False, True]]


def test_fitted_keeps_a_mask_a_mask_and_says_what_it_did() -> None:
    mask = np.zeros((3, 4), bool)
    mask[1, 2] = True
    same, note = fitted(mask, (3, 4))
    assert same is mask and note == ""
    large, note = fitted(mask, (60, 80))
    assert large.dtype == np.bool_ and large[20:40, 40:60].all() and large.sum() == 400
    assert note == "The prior is 4 x 3 and was resampled to the image's 80 x 60."
    soft, _ = fitted(mask.astype(np.float32), (60, 80))
    assert soft.dtype == np.float32 and 0 < np.unique(soft).size > 2


def test_the_command_line_starts_from_noise_or_from_an_error(segment: Segment, model: HiDiff, tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png", picture(60, 80))
    for start in ("noise", "blur"):
        (record,) = segment("--start", start, "--start-seed", "6", image).records
        prior = starting_prior(model, picture(60, 80), start, 6)
        expected = model.refine(picture(60, 80), prior).finish()
        np.testing.assert_array_equal(levels(record["outputs"]["mask"]) > 0, expected.probability()[0] > 0.5)
        np.testing.assert_array_equal(levels(record["outputs"]["prior"]) > 0, prior.p[0] > 0.5)


@pytest.mark.parametrize(
    "words",
    [
        ["--start", "cut_segments"],
        ["--start", "blurred"],
        ["--start", "noise", "--start-seed", "-1"],
        ["--start", "noise", "--prior", "m.png"],
    ],
)
def test_a_wrong_start_is_wrong_usage(segment: Segment, tmp_path: Path, words: list[str]) -> None:
    run = segment(*words, saved(tmp_path / "a.png"))
    assert (run.status, run.records) == (2, [])
    assert not (tmp_path / "out").exists()


def test_pictures_are_written_when_asked_for(segment: Segment, tmp_path: Path) -> None:
    (record,) = segment("--gif", "--overlay", "--sheet", "--samples", "2", saved(tmp_path / "a.png")).records
    for kind, name in (("gif", "a.gif"), ("overlay", "a.overlay.png"), ("sheet", "a.sheet.png")):
        assert record["outputs"][kind] == str(tmp_path / "out" / name)
        assert (tmp_path / "out" / name).stat().st_size > 100
