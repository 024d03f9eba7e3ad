"""The film shows what the arrays say, counts what the report counts, and stands as long as it should."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from segment_runs import Segment, disc, picture, saved
from small_model import two_looks

from hidiff.imaging.files import read_image
from hidiff.metrics import dice
from hidiff.pipeline import HiDiff
from hidiff.refinement.chain import Refinement
from hidiff.visuals import film
from hidiff.visuals.colours import FALSE, FLIP_OFF, FLIP_ON, MISSED, RIGHT, STROKE, Colour
from hidiff.visuals.film import FOOT, HEAD, PANE, WIDTH, Scene, animation, scene_picture, scenes

pytest_plugins = ["segment_runs"]

REFERENCE = disc(60, 80, 30, 40, 12) > 0


def refined(model: HiDiff, image: np.ndarray, **settings: Any) -> Refinement:
    return model.refine(image, prior=disc(*image.shape[:2], 30, 50, 9) > 0, **settings).finish()


def words(scene: Scene, pane: int) -> str:
    return "".join(part for part, _ in scene.under[pane])


def numbers(text: str) -> list[int]:
    return [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", text)]


def near(pixel: np.ndarray, colour: Colour, distance: float = 50) -> np.ndarray:
    return np.linalg.norm(pixel.astype(float) - colour, axis=-1) < distance


def frames_of(path: Path) -> tuple[list[np.ndarray], list[int]]:
    with Image.open(path) as moving:
        frames, durations = [], []
        for index in range(moving.n_frames):
            moving.seek(index)
            frames.append(np.asarray(moving.convert("RGB")))
            durations.append(moving.info["duration"])
        assert moving.info["loop"] == 0
    return frames, durations


# --------------------------------------------------------------------------------------------------------- frames
@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_a_film_plays_prior_toss_steps_and_answer(
    model: HiDiff, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "LARGE", 10**9)  # random weights leave noise, which is large
    image = picture(60, 80)
    refinement = refined(model, image, steps=4)
    animation(image, refinement, tmp_path / f"a{suffix}", reference=REFERENCE)
    frames, durations = frames_of(tmp_path / f"a{suffix}")
    assert durations == [1000, 1000, 500, 500, 500, 500, 2000]
    assert {frame.shape for frame in frames} == {frames[0].shape} and frames[0].shape[1] == WIDTH
    expected = [scene_picture(scene) for scene in scenes(image, refinement, reference=REFERENCE)]
    for index, frame in enumerate(frames):
        distances = [np.abs(frame.astype(float) - other).mean() for other in expected]
        assert int(np.argmin(distances)) == index and distances[index] < 8
    heads = [frame[:HEAD] for frame in frames]
    assert all((near(head, (240, 240, 240))).sum() > 400 for head in heads)  # large letters
    assert all((one != other).any() for one, other in pairwise(heads))  # the label or the number


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_the_colours_that_mean_something_are_there(model: HiDiff, tmp_path: Path, suffix: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    animation(image, refined(model, image), tmp_path / f"a{suffix}", reference=REFERENCE)
    frames, _ = frames_of(tmp_path / f"a{suffix}")
    for colour in (FLIP_ON, FLIP_OFF):
        assert near(frames[2][-FOOT:], colour).sum() > 200 and not near(frames[1][-FOOT:], colour).any()
    for colour in (RIGHT, MISSED, FALSE):
        assert near(frames[-1][-FOOT:], colour).sum() > 200 and not near(frames[2][-FOOT:], colour, 25).any()


def test_the_panes_show_bits_and_flips_where_they_are(model: HiDiff) -> None:
    image = picture(64, 64)
    refinement = refined(model, image, focus=False)  # one canvas pixel an image pixel, no padding
    step = refinement.steps[0]
    shown = scenes(image, refinement)[2]
    rows = columns = ((np.arange(64) + 0.5) * PANE / 64).astype(int)
    bits = shown.right[np.ix_(rows, columns)]
    before, after = step.y_t[0, 0], step.after[0, 0]
    assert (before != after).any()
    assert near(bits[after & ~before], FLIP_ON, 20).all() and near(bits[before & ~after], FLIP_OFF, 20).all()
    assert (bits[before & after] == 255).all() and (bits[~before & ~after] == 0).all()
    prior, toss = scenes(image, refinement)[:2]
    assert np.array_equal(toss.right[np.ix_(rows, columns)][..., 0] > 127, step.y_t[0, 0])
    np.testing.assert_allclose(prior.right[np.ix_(rows, columns)][..., 0] / 255, refinement.p[0], atol=0.01)


def test_a_film_begins_with_the_prior_that_was_shown_first_and_tosses_the_mean_of_both_looks() -> None:
    image, averaged, first = two_looks()
    shown, other = scenes(image, averaged), scenes(image, first)
    np.testing.assert_array_equal(shown[0].left, other[0].left)
    np.testing.assert_array_equal(shown[0].right, other[0].right)
    assert words(shown[0], 0) == words(other[0], 0)
    assert (shown[1].left != other[1].left).any()  # the coins' own prior


def test_the_prior_of_noise_is_grey(model: HiDiff) -> None:
    image = picture(64, 64)
    refinement = model.refine(image, prior=np.full((64, 64), 0.5, np.float32)).finish()
    right = scenes(image, refinement)[0].right
    assert (np.abs(right.astype(int) - 128) <= 1).all()


def test_strokes_are_violet_and_a_window_is_marked(model: HiDiff) -> None:
    image = np.full((300, 400, 3), 90, np.uint8)
    painted = np.full((300, 400), 128, np.uint8)
    painted[140:160, 180:220] = 255
    prior = disc(300, 400, 150, 200, 30) > 0
    refinement = model.refine(image, prior=prior, scribbles=painted, focus=True).finish()
    assert refinement.window != (0, 0, 300, 400)
    shown = scenes(image, refinement)
    assert all(near(scene.left, STROKE, 90).sum() > 100 for scene in shown)
    whole = scenes(image, model.refine(image, prior=prior, focus=False).finish())
    assert not near(whole[0].left, STROKE, 60).any()
    corners = [scene.left[-88:, -88:] for scene in (shown[0], shown[-1])]
    assert (corners[0][-60:, -60:] == corners[1][-60:, -60:]).mean() > 0.9  # the whole image, small, in every frame


# -------------------------------------------------------------------------------------------------------- numbers
def test_the_numbers_are_those_of_the_report(segment: Segment, model: HiDiff, tmp_path: Path) -> None:
    image, prior = saved(tmp_path / "a.png", picture(200, 300)), saved(tmp_path / "p.png", disc(200, 300, 90, 120, 40))
    reference = saved(tmp_path / "r.png", disc(200, 300, 90, 130, 40))
    (record,) = segment("--prior", prior, "--reference", reference, "--animate", "--gif", image).records
    pixels = read_image(image)
    refinement = model.refine(pixels, prior=disc(200, 300, 90, 120, 40) > 0).finish()
    assert refinement.window != (0, 0, 200, 300)  # where bits and pixels are two things
    truth = disc(200, 300, 90, 130, 40) > 0
    shown = scenes(pixels, refinement, reference=truth)
    assert [scene.label for scene in shown] == [
        "Prior",
        "Coin toss",
        "Step 1 of 3",
        "Step 2 of 3",
        "Step 3 of 3",
        "Answer",
    ]
    assert numbers(words(shown[0], 0)) == [record["prior_area"]]
    assert numbers(words(shown[-1], 0)) == [record["refined_area"]]
    for scene, flips in zip(shown[2:-1], record["flips"], strict=True):
        assert numbers(words(scene, 1)) == [flips["on"], flips["off"]]
    before, after = (record["scores"][name]["dice"] for name in ("prior", "refined"))
    assert shown[0].number == f"Dice {before:.3f}"
    assert shown[-1].number == f"Dice {before:.3f} to {after:.3f}"
    expected = tmp_path / "again.webp"
    animation(pixels, refinement, expected, reference=truth)
    assert Path(record["outputs"]["animation"]).read_bytes() == expected.read_bytes()


def test_with_a_reference_the_number_is_dice_of_the_bits(model: HiDiff) -> None:
    image = picture(60, 80)
    refinement = refined(model, image, steps=5)
    shown = scenes(image, refinement, reference=REFERENCE)
    for scene, step in zip(shown[2:-1], refinement.steps, strict=True):
        bits = refinement.in_original(step.y_t[0].astype(np.float32))[0] > 0.5
        assert scene.number == f"Dice {dice(bits, REFERENCE):.3f}"
    assert shown[1].number == shown[2].number  # step 1 starts from the toss
    assert len({scene.number for scene in shown}) > 3


def test_without_one_it_is_pixels_that_changed(model: HiDiff) -> None:
    image = picture(60, 80)
    refinement = refined(model, image)
    shown = scenes(image, refinement)
    prior, answer = refinement.prior_map > 0.5, refinement.probability() > 0.5
    assert shown[0].number == "0 pixels changed"
    assert shown[-1].number == f"{int((prior != answer).sum()):,} pixels changed"
    assert all(scene.number.endswith("pixels changed") for scene in shown)


def test_a_stopped_film_says_so(model: HiDiff) -> None:
    image = picture(60, 80)
    refinement = model.refine(image, steps=4)
    with pytest.raises(ValueError, match="at least one step"):
        scenes(image, refinement)
    next(refinement)
    assert [scene.label for scene in scenes(image, refinement)] == ["Prior", "Coin toss", "Step 1 of 4", "Stopped"]


# ------------------------------------------------------------------------------------------------------ odd cases
@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (60, 80)])
def test_any_proportions_make_a_film(model: HiDiff, tmp_path: Path, size: tuple[int, int]) -> None:
    image = picture(*size)
    shown = scenes(image, model.refine(image, steps=1).finish())
    for scene in shown:
        assert scene.left.shape == scene.right.shape and max(scene.left.shape[:2]) == PANE
        assert scene_picture(scene).shape == (HEAD + scene.left.shape[0] + FOOT, WIDTH, 3)


def test_a_large_webp_is_made_smaller(model: HiDiff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture(64, 64)
    refinement = model.refine(image, prior=np.full((64, 64), 0.5, np.float32)).finish()
    animation(image, refinement, tmp_path / "whole.webp")
    monkeypatch.setattr(film, "LARGE", (tmp_path / "whole.webp").stat().st_size - 1)
    animation(image, refinement, tmp_path / "less.webp")
    (whole, _), (less, _) = frames_of(tmp_path / "whole.webp"), frames_of(tmp_path / "less.webp")
    assert (tmp_path / "less.webp").stat().st_size < (tmp_path / "whole.webp").stat().st_size
    assert less[0].shape[1] == round(0.75 * whole[0].shape[1]) and len(less) == len(whole)


def test_what_cannot_be_drawn_is_refused(model: HiDiff, tmp_path: Path) -> None:
    image = picture(60, 80)
    refinement = refined(model, image)
    with pytest.raises(ValueError, match=r"\.webp, \.gif"):
        animation(image, refinement, tmp_path / "a.mp4")
    with pytest.raises(ValueError, match="does not fit a refinement"):
        scenes(image[1:], refinement)
    with pytest.raises(ValueError, match="does not fit an image"):
        scenes(image, refinement, reference=REFERENCE[1:])
    assert not list(tmp_path.iterdir())
