"""Prior sources: noise, errors made on purpose, masks and probability maps of any tool."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from segment_runs import Segment, disc, levels, picture, saved

from hidiff.errors import SettingsError
from hidiff.pipeline import HiDiff
from hidiff.priors.corruption import SOLID, erase
from hidiff.priors.sources import (
    PRIOR_SOURCES,
    check_prior_source,
    fitted_to,
    mask_or_probability,
    prior_from_source,
    prior_sources_of,
    read_prior,
)
from hidiff.tasks import FUNDUS, POLYP

pytest_plugins = ["segment_runs"]


def test_every_task_offers_the_segmentor_noise_and_its_own_errors() -> None:
    for task in (POLYP, FUNDUS):
        assert prior_sources_of(task)[:2] == ("segmentor", "noise")
        assert set(prior_sources_of(task)) <= set(PRIOR_SOURCES)
    assert "shift" in prior_sources_of(POLYP) and "shift" not in prior_sources_of(FUNDUS)
    assert "cut_segments" in prior_sources_of(FUNDUS)


@pytest.mark.parametrize("source", prior_sources_of(POLYP))
def test_a_source_gives_the_same_for_the_same_seed(model: HiDiff, source: str) -> None:
    proposed = model.prior(picture(60, 80))
    first, again = (prior_from_source(POLYP, proposed, source, 4) for _ in range(2))
    assert first.p.shape == (1, 60, 80) and first.p.dtype == np.float32
    assert first.p.min() >= 0 and first.p.max() <= 1
    np.testing.assert_array_equal(first.p, again.p)
    np.testing.assert_allclose(first.view.frame.map_out(first.view.p), first.p, atol=1e-6)
    if source == "noise":
        assert (first.p == 0.5).all()
    if source in SOLID:
        other = prior_from_source(POLYP, proposed, source, 5)
        assert not np.array_equal(first.p, other.p)


def test_an_error_is_the_named_one_in_the_networks_canvas(model: HiDiff) -> None:
    proposed = model.prior(picture(60, 80))
    plain, broken = prior_from_source(POLYP, proposed), prior_from_source(POLYP, proposed, "erase", 7)
    assert plain is proposed
    top, left, height, width = plain.view.frame.content
    shown = plain.view.p[0, top : top + height, left : left + width]
    expected = erase(np.ascontiguousarray(shown), np.random.default_rng([7, 0]))
    np.testing.assert_array_equal(broken.view.p[0, top : top + height, left : left + width], expected)


@pytest.mark.parametrize(("source", "seed"), [("cut_segments", 0), ("", 0), (None, 0), ("noise", -1), ("noise", 2.5)])
def test_what_is_no_source_is_refused(source: object, seed: object) -> None:
    with pytest.raises(SettingsError):
        check_prior_source(POLYP, source, seed)


def test_two_greys_are_a_mask_and_more_a_probability_but_a_jpeg_is_always_a_mask(tmp_path: Path) -> None:
    mask, soft = disc(40, 48, 20, 20, 9), cv2.GaussianBlur(disc(40, 48, 20, 20, 9), (0, 0), 3)
    for name, array, kind in (("m.png", mask, "b"), ("s.png", soft, "f"), ("m.jpg", mask, "b"), ("s.jpg", soft, "b")):
        assert read_prior(saved(tmp_path / name, array)).dtype.kind == kind, name
    np.testing.assert_allclose(read_prior(tmp_path / "s.png"), soft / 255, atol=1e-6)
    np.testing.assert_array_equal(read_prior(tmp_path / "m.jpg"), mask > 0)
    assert mask_or_probability(np.uint8([[0, 255]])).tolist() == [[False, True]]
    assert mask_or_probability(np.uint8([[0, 7]])).tolist() == [[False, True]]


def test_resampling_keeps_a_mask_a_mask_and_says_what_it_did() -> None:
    mask = np.zeros((3, 4), bool)
    mask[1, 2] = True
    same, note = fitted_to(mask, (3, 4), "m.png")
    assert same is mask and note == ""
    large, note = fitted_to(mask, (60, 80), "m.png")
    assert large.dtype == np.bool_ and large[20:40, 40:60].all() and large.sum() == 400
    assert note == "m.png is 4 x 3 and was resampled to the image's 80 x 60."
    soft, _ = fitted_to(mask.astype(np.float32), (60, 80), "m.png")
    assert soft.dtype == np.float32 and 0 < np.unique(soft).size > 2


def test_the_command_line_refines_noise_or_an_error(segment: Segment, model: HiDiff, tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png", picture(60, 80))
    for source in ("noise", "blur"):
        (record,) = segment("--prior-source", source, "--prior-seed", "6", image).records
        prior = prior_from_source(POLYP, model.prior(picture(60, 80)), source, 6)
        expected = model.refine(picture(60, 80), prior).finish()
        np.testing.assert_array_equal(levels(record["outputs"]["mask"]) > 0, expected.probability()[0] > 0.5)
        np.testing.assert_array_equal(levels(record["outputs"]["prior"]) > 0, prior.p[0] > 0.5)


@pytest.mark.parametrize(
    "words",
    [
        ["--prior-source", "cut_segments"],
        ["--prior-source", "blurred"],
        ["--prior-source", "noise", "--prior-seed", "-1"],
        ["--prior-source", "noise", "--prior", "m.png"],
    ],
)
def test_a_wrong_source_is_wrong_usage(segment: Segment, tmp_path: Path, words: list[str]) -> None:
    run = segment(*words, saved(tmp_path / "a.png"))
    assert (run.status, run.records) == (2, [])
    assert not (tmp_path / "out").exists()


def test_pictures_are_written_when_asked_for(segment: Segment, tmp_path: Path) -> None:
    (record,) = segment("--gif", "--overlay", "--sheet", "--samples", "2", saved(tmp_path / "a.png")).records
    for kind, name in (("gif", "a.gif"), ("overlay", "a.overlay.png"), ("sheet", "a.sheet.png")):
        assert record["outputs"][kind] == str(tmp_path / "out" / name)
        assert (tmp_path / "out" / name).stat().st_size > 100
