"""What the player is sent: coded maps from which every shown number and every comparison can be had again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from bright_model import red_disc
from hypothesis import given, settings
from hypothesis import strategies as st
from player_stand import chain

from hidiff.diffusion.samplers import SAMPLERS
from hidiff.interface.player.curves import P_LEVELS, shown_mean
from hidiff.interface.player.encoding import COARSE, FINE, bits, coded, decoded, levels, mask_of, unpacked
from hidiff.interface.player.payload import LONGEST, PayloadBuilder, replay, side_by_side
from hidiff.interface.runs.recipe import Picture, Source
from hidiff.interface.texts import in_english
from hidiff.metrics import dice
from hidiff.tasks import POLYP

SHAPE = (192, 256)  # 240 x 320 in a square of 256: a quarter of the canvas is padding


@settings(deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40), st.sampled_from([FINE, COARSE]))
def test_levels_are_near_and_keep_their_side_of_one_half(values: list[float], top: int) -> None:
    map_ = np.float32([values])
    read = decoded(coded(map_, top), (1, len(values)))
    assert np.abs(read - map_).max() < 2 / top
    assert np.array_equal(np.sign(read - 0.5), np.sign(map_.astype(np.float64) - 0.5))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40))
def test_odds_keep_zero_one_and_one_half_and_the_ratio_to_them(values: list[float]) -> None:
    map_ = np.float32([[*values, 0, 0.5, 1]])
    read = decoded(coded(map_, P_LEVELS, odds=True), (1, len(values) + 3))
    assert read[0, -3:].tolist() == [0, 0.5, 1]
    assert np.array_equal((read == 0) | (read == 1), (map_ == 0) | (map_ == 1))
    inner = (map_ > 1e-3) & (map_ < 1 - 1e-3)
    odds = [np.log(side[inner] / (1 - side[inner])) for side in (read, map_.astype(np.float64))]
    assert np.allclose(*odds, atol=2e-3)


def test_what_is_marked_travels_exactly() -> None:
    values = np.random.default_rng(0).random((30, 20), dtype=np.float32)
    marked = values > 0.7
    read = decoded(coded(values, exact=marked), (30, 20))
    assert np.array_equal(read[marked].astype(np.float32), values[marked])
    assert levels(values, FINE).max() <= FINE


def test_bits_are_exact_and_small() -> None:
    mask = np.random.default_rng(0).random((251, 256)) > 0.5
    assert np.array_equal(mask_of(bits(mask), (251, 256)), mask)
    assert len(bits(mask)) < 12_000


def test_frames_hold_the_bits_of_their_step_without_the_padding() -> None:
    values, moments = chain(focus=False)
    frame, moment = values[-1]["frames"][4], moments[3]
    assert moment.step is not None and moment.refinement is not None
    assert tuple(frame["size"]) == SHAPE
    before, after = mask_of(frame["before"], SHAPE), mask_of(frame["after"], SHAPE)
    working = moment.refinement.frame
    assert np.array_equal(before, working.content_of(moment.step.y_t[0, 0]))
    assert np.array_equal(after, working.content_of(moment.step.y_prev[0, 0]))
    assert (frame["on"], frame["off"]) == ((after & ~before).sum(), (before & ~after).sum())
    sentence = in_english(frame["sentence"])
    assert f"{frame['on']:,}" in sentence and f"{frame['off']:,}" in sentence
    assert frame["on"] + frame["off"] > 0


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_follows_from_the_coded_maps_is_what_the_chain_did(sampler: str) -> None:
    values, moments = chain(sampler=sampler)
    head = values[-1]["chain"]
    shape = tuple(head["size"])
    p = decoded(head["p"], shape)
    refinement = moments[-1].refinement
    assert refinement is not None
    start = refinement.frame.content_of(refinement.field(refinement.times[0])[0, 0])
    toss = values[-1]["frames"][1]
    assert (toss["kind"], toss["t"], toss["on"], toss["off"]) == ("toss", refinement.times[0], 0, 0)
    assert np.array_equal(mask_of(toss["after"], shape), start < p)
    assert f"{int((start < p).sum()):,}" in in_english(toss["sentence"])
    for frame, step in zip(values[-1]["frames"][2:-1], refinement.steps, strict=True):
        y = mask_of(frame["before"], shape)
        if step.t == refinement.times[0]:
            assert np.array_equal(start < p, y)
        eps = decoded(frame["eps"], shape)
        assert np.abs(eps - refinement.frame.content_of(step.eps_hat[0, 0])).max() < 2e-3
        guess = np.abs(y - eps)
        assert np.array_equal(guess > 0.5, refinement.frame.content_of(step.y0_hat[0, 0]) > 0.5)
        if step.mean is None:
            assert np.array_equal(guess > 0.5, mask_of(frame["after"], shape))
            continue
        shown = shown_mean(y, eps, p, frame["alpha_bar"], frame["alpha_bar_s"], sampler)
        if "mean" in frame["eps"]:
            places = np.frombuffer(unpacked(frame["eps"]["at"]), "<u4")
            shown.ravel()[places] = np.frombuffer(unpacked(frame["eps"]["mean"]), "<f4")
        assert np.abs(shown - refinement.frame.content_of(step.mean[0, 0])).max() < 2e-3
        assert np.array_equal(refinement.frame.content_of(step.u[0, 0]) < shown, mask_of(frame["after"], shape))


def test_the_numbers_are_the_steps_own_and_dice_is_that_of_the_download() -> None:
    picture, disc = red_disc()
    values, moments = chain(picture, reference=disc)
    refinement = moments[-1].refinement
    assert refinement is not None
    first, toss, *steps, last = values[-1]["frames"]
    prior = moments[0].prior.p[0] > 0.5
    whole = [prior, refinement.in_original(refinement.steps[0].y_t[0].astype(np.float32))[0] > 0.5]
    whole += [refinement.in_original(step.y_t[0].astype(np.float32))[0] > 0.5 for step in refinement.steps]
    whole.append(refinement.probability()[0] > 0.5)
    for frame, mask in zip((first, toss, *steps, last), whole, strict=True):
        assert mask.shape == disc.shape  # pixels of the image, also where the chain looks closer
        assert frame["numbers"]["area"] == pytest.approx(100 * mask.mean())
        assert frame["numbers"]["dice"] == dice(mask, disc)
        assert frame["numbers"]["changed"] == (mask != prior).sum()
    assert toss["numbers"]["guess_area"] == first["numbers"]["area"] != toss["numbers"]["area"]
    assert toss["numbers"]["guess_dice"] == first["numbers"]["dice"]
    assert (first["numbers"]["changed"], toss["numbers"]["changed"] > 100) == (0, True)
    answer = whole[-1]
    assert f"added to the prior: {int((answer & ~prior).sum()):,};" in in_english(last["sentence"])
    assert (
        dict((key, in_english(value)) for key, _, value in last["facts"])["area"]
        == f"{100 * answer.mean():.2f} % of the image"
    )
    for frame, step in zip(steps, refinement.steps, strict=True):
        assert frame["numbers"]["alpha_bar"] == step.alpha_bar
        assert frame["numbers"]["entropy"] == pytest.approx(step.entropy[0, 0], rel=0.3)  # there over the padding too
        assert frame["numbers"]["guess_dice"] == dice(refinement.in_original(step.y0_hat[0])[0] > 0.5, disc)
    assert chain(steps=2)[0][-1]["frames"][2]["numbers"]["dice"] is None


def test_an_answer_is_compared_with_the_prior_that_was_shown_and_says_what_each_look_changed() -> None:
    picture, _ = red_disc(1200, 2100, (500, 900), 200)
    values, moments = chain(picture, both_looks=True, steps=2)
    refinement = moments[-1].refinement
    assert refinement is not None and refinement.averaged
    first, toss, *_, last = values[-1]["frames"]
    frame, shape = refinement.frame, tuple(last["size"])
    shown, start = (frame.content_of(maps[0]) > 0.5 for maps in (frame.map_in(refinement.prior_map), refinement.p))
    assert np.array_equal(mask_of(last["before"], shape), shown) and not np.array_equal(shown, start)

    prior, answer = refinement.prior_map[0] > 0.5, refinement.probability()[0] > 0.5
    closer = refinement.in_original(refinement.p)[0] > 0.5
    looks, steps = int((closer != prior).sum()), int((answer != closer).sum())
    assert looks > 100
    assert f"closer look changed {looks:,} before the first step, the chain {steps:,}." in in_english(last["sentence"])
    assert "mean of the prior and" in in_english(toss["sentence"])

    values, moments = chain(picture, both_looks=False, steps=2)
    refinement, (first, toss, *_, last) = moments[-1].refinement, values[-1]["frames"]
    assert refinement is not None and not refinement.averaged
    used = refinement.frame.content_of(refinement.p[0]) > 0.5
    assert np.array_equal(mask_of(last["before"], tuple(last["size"])), used)
    assert not any("closer look" in in_english(one["sentence"]) for one in (first, toss, last))


def test_the_reference_comes_on_the_photographs_grid() -> None:
    picture, disc = red_disc(1200, 2100, (500, 900), 200)
    sent = chain(picture, reference=disc, steps=1)[0][0]["reference"]
    height, width = sent["size"]
    assert max(height, width) == LONGEST and height / width == pytest.approx(1200 / 2100, abs=1e-3)
    mask = mask_of(sent["bits"], (height, width))
    assert mask.mean() == pytest.approx(disc.mean(), rel=0.01)
    rows, columns = np.nonzero(mask)
    assert (rows.mean() / height, columns.mean() / width) == pytest.approx((500 / 1200, 900 / 2100), abs=2e-3)


def test_a_trace_of_ten_steps_is_under_a_megabyte() -> None:
    """The noisiest that a denoiser can be would still fit."""
    noise = np.random.default_rng(0)
    picture = noise.integers(0, 256, (256, 256, 3), np.uint8)
    values, _ = chain(picture, focus=False)
    assert len(json.dumps(values[-1])) < 1_000_000


def test_two_lanes_share_the_picture_and_keep_their_own_chains() -> None:
    first, second = chain(name="a", steps=4)[0], chain(name="b", steps=2, seed=5)[0]
    both = side_by_side(first[-1], second[-2])
    assert both["run"] == "a+b"
    assert both["live"] and not first[-1]["live"]
    assert both["second"]["whole"] is None
    assert [len(both["frames"]), len(both["second"]["frames"])] == [7, 4]
    assert both["second"]["chain"]["seed"] == [5, 0]
    json.dumps(both)
    other = chain(red_disc(radius=20)[0], steps=1)[0][-1]
    with pytest.raises(ValueError, match="picture"):
        side_by_side(first[-1], other)


def test_many_answers_come_with_the_last_value_and_any_chain_can_be_replayed() -> None:
    picture, disc = red_disc()
    values, moments = chain(picture, reference=disc, samples=4, steps=3, mirror=True)
    assert [value["samples"] is None for value in values] == [True] * 4 + [False]
    many, refinement = values[-1]["samples"], moments[-1].refinement
    assert refinement is not None
    shape = tuple(many["size"])
    masks = refinement.frame.content_of(refinement.samples()[:, 0]) > 0.5
    assert all(np.array_equal(mask_of(code, shape), mask) for code, mask in zip(many["masks"], masks, strict=True))
    assert np.abs(decoded(many["mean"], shape) - masks.mean(axis=0)).max() < 2e-3
    assert many["representative"] == refinement.representative()
    assert len(many["areas"]) == len(many["dice"]) == 4
    model_picture = Picture(Source(__file__, "disc.png"), picture)  # type: ignore[arg-type]
    reel = PayloadBuilder("again", model_picture, POLYP, refinement.settings, chain=2)
    again = replay(refinement, moments[0].prior, reel)
    step = refinement.steps[1]
    assert np.array_equal(mask_of(again["frames"][3]["before"], shape), refinement.frame.content_of(step.y_t[2, 0]))
    assert again["chain"]["sample"] == 2
    assert again["picture"] == values[-1]["picture"]
    assert chain(samples=2, steps=1)[0][-1]["samples"] is not None


@pytest.mark.parametrize("hold", [True, False])
def test_a_stroke_is_part_of_the_prior_in_every_number(hold: bool) -> None:
    picture, disc = red_disc()
    scribbles = np.full(disc.shape, 128, np.uint8)
    scribbles[10:40, 10:60] = 255  # far from the disc
    values, events = chain(picture, reference=disc > 0, scribbles=scribbles, hold=hold)
    scores = values[-1]["scores"]["prior"]
    assert scores["dice"] == pytest.approx(values[0]["frames"][0]["numbers"]["dice"])
    assert scores["dice"] < dice(events[0].prior.p[0] > 0.5, disc > 0) - 0.05
    assert scores["false"] >= 1500


def test_a_network_that_is_not_asked_expects_nothing() -> None:
    values, _ = chain(corrects="given", steps=4)
    said = [frame["sentence"]["say"] for frame in values[-1]["frames"] if frame["kind"] == "step"]
    assert said == ["say.step_left"] * 3 + ["say.last"]
    asked, _ = chain(corrects="every", steps=4)
    said = [frame["sentence"]["say"] for frame in asked[-1]["frames"] if frame["kind"] == "step"]
    assert said == ["say.first", "say.step", "say.step", "say.last"]
