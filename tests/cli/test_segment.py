"""`python -m hidiff segment`: what it writes and what its lines say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from segment_runs import Segment, disc, levels, picture, results, saved

from hidiff.imaging.files import read_image
from hidiff.imaging.frames import Frame
from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import read_scribbles
from hidiff.refinement.trace import Trace
from hidiff.visuals.exports import sixteen_bits

pytest_plugins = ["segment_runs"]


# ------------------------------------------------------------------------------------------------ what is written
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("small.png", lambda: picture(30, 40)),
        ("portrait.jpg", lambda: picture(200, 90)),
        ("grey.png", lambda: picture(50, 70)[..., 0]),
        ("clear.png", lambda: np.dstack([picture(45, 64), np.full((45, 64), 200, np.uint8)])),
        ("dot.png", lambda: picture(1, 1)),
        ("strip.png", lambda: picture(3, 900)),
    ],
)
def test_masks_have_the_size_of_the_image_and_agree(segment: Segment, tmp_path: Path, name: str, make: Any) -> None:
    array = make()
    run = segment(saved(tmp_path / name, array))
    assert run.status == 0
    (record,) = run.records
    mask, prior, prob = (levels(record["outputs"][kind]) for kind in ("mask", "prior", "prob"))
    assert mask.dtype == prior.dtype == np.uint8 and prob.dtype == np.uint16
    assert mask.shape == prior.shape == prob.shape == array.shape[:2]
    assert set(np.unique(mask)) | set(np.unique(prior)) <= {0, 255}
    np.testing.assert_array_equal(mask > 0, prob > 32767)
    assert record["size"] == {"width": array.shape[1], "height": array.shape[0]}
    assert (record["prior_area"], record["refined_area"]) == (int((prior > 0).sum()), int((mask > 0).sum()))


def test_a_photograph_of_24_megapixels(segment: Segment, tmp_path: Path) -> None:
    run = segment("--steps", "1", saved(tmp_path / "large.jpg", picture(4000, 6000)))
    assert run.status == 0
    outputs = run.records[0]["outputs"]
    assert levels(outputs["mask"]).shape == levels(outputs["prior"]).shape == (4000, 6000)
    assert levels(outputs["prob"]).shape == (4000, 6000)


@pytest.mark.parametrize("sampler", ["ancestral", "plug_in", "ddim"])
def test_files_and_line_say_what_the_library_says(
    segment: Segment, model: HiDiff, tmp_path: Path, sampler: str
) -> None:
    path = saved(tmp_path / "a.png", picture(60, 80))
    words = ["--steps", "4", "--samples", "2", "--seed", "7", "--sampler", sampler]
    (record,) = segment(*words, "--aggregate", "mean", "--mirror", "--no-focus", path).records
    settings: dict[str, Any] = {
        "steps": 4,
        "samples": 2,
        "seed": 7,
        "sampler": sampler,
        "aggregate": "mean",
        "mirror": True,
        "focus": False,
    }
    expected = model.refine(read_image(path), **settings).finish()
    probability = expected.probability()[0]
    np.testing.assert_array_equal(levels(tmp_path / "out" / "a.mask.png") > 0, probability > 0.5)
    np.testing.assert_array_equal(levels(tmp_path / "out" / "a.prior.png") > 0, expected.prior_map[0] > 0.5)
    prob = levels(tmp_path / "out" / "a.prob.png") / 65535
    np.testing.assert_allclose(prob, probability, atol=0.51 / 65535)
    assert settings.items() <= record["settings"].items()
    assert (record["image"], record["ok"], record["steps"], record["seed"]) == (str(path), True, 4, 7)
    assert [flips["t"] for flips in record["flips"]] == [10, 7, 4, 1]
    for step, flips in zip(expected.steps, record["flips"], strict=True):
        before, after = (expected.frame.content_of(bits) for bits in (step.y_t, step.after))
        assert flips["on"] == (after & ~before).sum() and flips["off"] == (before & ~after).sum()
    assert sum(flips["on"] + flips["off"] for flips in record["flips"]) > 0
    assert model.source is not None and record["weights"] == model.source.note
    assert record["seconds"] > 0


def test_what_is_not_given_is_the_weights_own(segment: Segment, model: HiDiff, tmp_path: Path) -> None:
    (record,) = segment(saved(tmp_path / "a.png")).records
    assert record["steps"] == model.config.settings.steps == 3
    assert record["notes"] == []
    assert record["settings"]["focus"] and not record["settings"]["mirror"]


def test_the_same_bytes_again_alone_and_among_others(segment: Segment, tmp_path: Path) -> None:
    images = [saved(tmp_path / f"{n}.png", picture(40 + n, 60, n)) for n in range(3)]
    words = ("--samples", "2", "--seed", "5")
    segment(*words, "--out", tmp_path / "together", *images)
    segment(*words, "--out", tmp_path / "again", *images[::-1])
    for image in images:
        segment(*words, "--out", tmp_path / "alone", image)
    together = results(tmp_path / "together")
    assert len(together) == 9
    assert together == results(tmp_path / "again") == results(tmp_path / "alone")
    segment("--samples", "2", "--seed", "6", "--out", tmp_path / "other", *images)
    assert together["0.prob.png"] != (tmp_path / "other" / "0.prob.png").read_bytes()


def test_half_a_level_decides_alike_in_mask_and_probability() -> None:
    half = np.float32(0.5)
    p = np.array([0, np.nextafter(half, np.float32(0)), half, np.nextafter(half, np.float32(1)), 1], np.float32)
    assert sixteen_bits(p).tolist() == [0, 32767, 32767, 32768, 65535]


# ---------------------------------------------------------------------------------------------- a person's hand
def test_a_prior_is_a_mask_trusted_to_the_degree_of_confidence(segment: Segment, model: HiDiff, tmp_path: Path) -> None:
    image, prior = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "m.png", disc(60, 80, 20, 50, 9))
    (record,) = segment("--prior", prior, "--confidence", "0.8", image).records
    np.testing.assert_array_equal(levels(record["outputs"]["prior"]), disc(60, 80, 20, 50, 9))
    expected = model.refine(read_image(image), disc(60, 80, 20, 50, 9) > 0, confidence=0.8).finish()
    np.testing.assert_array_equal(levels(record["outputs"]["mask"]) > 0, expected.probability()[0] > 0.5)
    assert record["window"] == list(expected.window) != [0, 0, 60, 80]
    assert record["notes"] == []


def test_a_prior_of_another_size_is_resampled_and_the_line_says_so(segment: Segment, tmp_path: Path) -> None:
    small = np.zeros((3, 4), np.uint8)
    small[1, 2] = 1  # a label map
    image, prior = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "m.png", small)
    (record,) = segment("--prior", prior, image).records
    expected = np.zeros((60, 80), np.uint8)
    expected[20:40, 40:60] = 255
    np.testing.assert_array_equal(levels(record["outputs"]["prior"]), expected)
    assert record["notes"] == ["m.png is 4 x 3 and was resampled to the image's 80 x 60."]


def test_a_prior_of_other_proportions_fails_with_both_sizes(segment: Segment, tmp_path: Path) -> None:
    image, prior = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "m.png", disc(60, 60, 20, 30, 9))
    run = segment("--prior", prior, image)
    assert run.status == 1
    assert "60 x 60" in run.records[0]["error"] and "80 x 60" in run.records[0]["error"]


def test_an_inverted_prior_is_warned_of_and_inverted_when_told(segment: Segment, tmp_path: Path) -> None:
    mask = disc(60, 80, 20, 50, 9)
    image, prior = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "m.png", 255 - mask)
    run = segment("--prior", prior, image)
    assert run.status == 0  # used all the same
    assert "it may be inverted. --invert-prior inverts it." in run.records[0]["warnings"][0]
    assert "a.png: m.png covers" in run.err
    np.testing.assert_array_equal(levels(run.records[0]["outputs"]["prior"]), 255 - mask)
    run = segment("--prior", prior, "--invert-prior", image)
    assert not any("m.png" in warning for warning in run.records[0]["warnings"])
    np.testing.assert_array_equal(levels(run.records[0]["outputs"]["prior"]), mask)


def test_an_empty_prior_and_a_photograph_are_used_and_warned_of(segment: Segment, tmp_path: Path) -> None:
    image = saved(tmp_path / "a.png", picture(60, 80))
    for name, array, said in (("e.png", np.zeros((60, 80), np.uint8), "empty"), ("p.png", noise(60, 80), "photograph")):
        run = segment("--prior", saved(tmp_path / name, array), image)
        assert run.status == 0 and said in run.records[0]["warnings"][0], name
        assert said in run.err


def test_inverting_nothing_is_wrong_usage(segment: Segment, tmp_path: Path) -> None:
    run = segment("--invert-prior", saved(tmp_path / "a.png", picture(60, 80)))
    assert (run.status, run.records) == (2, []) and "--invert-prior" in run.err


def test_the_wrong_kind_of_picture_is_warned_of(segment: Segment, tmp_path: Path) -> None:
    run = segment(saved(tmp_path / "n.png", noise(60, 80)))
    assert run.status == 0
    assert ["neither" in warning for warning in run.records[0]["warnings"]] == [True]
    assert "n.png: The image looks neither" in run.err


def noise(height: int, width: int) -> np.ndarray:
    """Every colour, as a photograph has many."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_scribbles_hold_and_everything_else_is_free(segment: Segment, model: HiDiff, tmp_path: Path) -> None:
    scribbles = np.full((60, 80), 128, np.uint8)
    scribbles[10:20, 10:30], scribbles[40:50, 10:30] = 255, 0
    scribbles[0:5] = 1  # neither on nor off, even if no other value were in the file
    image, file = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "s.png", scribbles)
    (record,) = segment("--scribbles", file, image).records
    mask, prob = levels(record["outputs"]["mask"]), levels(record["outputs"]["prob"])
    assert (mask[scribbles == 255] == 255).all() and (prob[scribbles == 255] == 65535).all()
    assert (mask[scribbles == 0] == 0).all() and (prob[scribbles == 0] == 0).all()
    free = np.where(scribbles == 1, np.uint8(128), scribbles)
    expected = model.refine(read_image(image), scribbles=free).finish().probability()[0]
    np.testing.assert_array_equal(mask > 0, expected > 0.5)
    assert (prob[scribbles == 1] > 0).any()


def test_scribbles_that_do_not_hold_give_what_the_library_gives(
    segment: Segment, model: HiDiff, tmp_path: Path
) -> None:
    scribbles = np.full((60, 80), 128, np.uint8)
    scribbles[10:20, 10:30], scribbles[40:50, 10:30] = 255, 0
    image, file = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "s.png", scribbles)
    (record,) = segment("--scribbles", file, "--no-hold", image).records
    assert record["settings"]["hold"] is False
    expected = model.refine(read_image(image), scribbles=scribbles, hold=False).finish().probability()
    np.testing.assert_array_equal(
        levels(record["outputs"]["prob"]), sixteen_bits(model.calibrated(expected, "refined")).squeeze()
    )


def test_a_file_of_ones_and_zeros_paints_off_alone(tmp_path: Path) -> None:
    values = np.array([[0, 1], [1, 0]], np.uint8)
    assert read_scribbles(saved(tmp_path / "s.png", values)).tolist() == [[0, 128], [128, 0]]


@pytest.mark.parametrize(
    ("name", "array", "word"),
    [
        ("s.png", np.zeros((40, 48, 4), np.uint8), "has transparency"),
        ("s.jpg", np.zeros((40, 48), np.uint8), "is a JPEG"),
    ],
)
def test_scribbles_that_are_not_exact_are_refused(
    segment: Segment, tmp_path: Path, name: str, array: np.ndarray, word: str
) -> None:
    run = segment("--scribbles", saved(tmp_path / name, array), saved(tmp_path / "a.png"))
    assert (run.status, run.records) == (1, [])
    assert f"{name} {word}" in run.err and len(run.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_scribbles_of_another_size_fail_the_images_they_do_not_fit(segment: Segment, tmp_path: Path) -> None:
    scribbles = saved(tmp_path / "s.png", np.full((40, 48), 128, np.uint8))
    fits, other = saved(tmp_path / "a.png"), saved(tmp_path / "b.png", picture(40, 50))
    run = segment("--scribbles", scribbles, other, fits)
    assert run.status == 1 and [record["ok"] for record in run.records] == [False, True]
    assert run.records[0]["error"] == "The scribbles are 48 x 40 and b.png is 50 x 40; paint them at the image's size."


def test_a_prior_that_cannot_be_read_ends_the_run_before_anything_is_written(segment: Segment, tmp_path: Path) -> None:
    run = segment("--prior", tmp_path / "none.png", saved(tmp_path / "a.png"))
    assert (run.status, run.records) == (1, [])
    assert run.err == "none.png was not found; check the path and try again.\n"
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------------------------------------ trace and animation
@pytest.mark.parametrize("given", [False, True])
def test_the_mask_can_be_computed_again_from_the_trace(segment: Segment, tmp_path: Path, given: bool) -> None:
    image = saved(tmp_path / "a.png", picture(60, 80))
    words = ("--prior", saved(tmp_path / "m.png", disc(60, 80, 20, 50, 9))) if given else ("--no-focus",)
    (record,) = segment("--trace", "--samples", "2", *words, image).records
    trace = Trace.load(record["outputs"]["trace"])
    y = trace.u_start < trace.p
    for step in range(len(trace.t)):
        np.testing.assert_array_equal(y, trace.y_t[:, step])
        np.testing.assert_allclose(np.abs(y - trace.eps_hat[:, step]), trace.y0_hat[:, step], atol=1e-6)
        y = trace.u[:, step] < trace.mean[:, step]
    refined = trace.y0_hat[:, -1].mean(axis=0)
    canvas = (trace.p.shape[1], trace.p.shape[2])
    window = tuple(int(value) for value in trace.window)
    frame = Frame(tuple(trace.meta["original"]), window, tuple(trace.meta["content"]), canvas)
    # Outside the window of a given mask the prior stands, at the mask's confidence.
    confidence = record["settings"]["confidence"]
    outside = np.where(levels(record["outputs"]["prior"]) > 0, confidence, 1 - confidence)
    again = frame.map_out(refined, outside.astype(np.float32))[0] > 0.5
    np.testing.assert_array_equal(levels(record["outputs"]["mask"]) > 0, again)
    assert record["window"] == trace.window.tolist()
    assert (record["window"] != [0, 0, 60, 80]) == given


def test_an_animation_shows_prior_toss_steps_and_answer(segment: Segment, tmp_path: Path) -> None:
    run = segment("--animate", "--steps", "4", saved(tmp_path / "a.png", picture(300, 1000)))
    assert run.records[0]["outputs"]["animation"] == str(tmp_path / "out" / "a.webp")
    with Image.open(tmp_path / "out" / "a.webp") as moving:
        assert moving.n_frames == 2 + 4 + 1
        assert max(moving.size) <= 800
