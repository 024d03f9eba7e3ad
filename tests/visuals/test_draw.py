"""Pictures show what the arrays say, where they say it."""

from __future__ import annotations

import numpy as np
import pytest
from small_model import picture, pixel_model, two_looks

from hidiff.imaging.frames import Box, square_frame
from hidiff.refinement.trace import Trace
from hidiff.visuals import draw as draw_room
from hidiff.visuals.colours import FALSE, FLIP_OFF, FLIP_ON, MISSED, OUTLINE, RIGHT, Colour
from hidiff.visuals.draw import (
    contact_sheet,
    draw_answer,
    draw_difference,
    draw_prior,
    draw_step,
    flip_map,
    outline,
    overlay,
    probability_picture,
)
from hidiff.visuals.paint import STRIP

GREY = np.full((100, 120, 3), 90, np.uint8)
SQUARE = np.zeros((100, 120), bool)
SQUARE[30:70, 40:90] = True


def trace_of(
    states: list[np.ndarray], original: tuple[int, int], window: Box | None = None, belief: np.ndarray | None = None
) -> Trace:
    """A trace of one chain through the given bits (K,64,64); each y0_hat is `belief`, else the bits to come."""
    frame = square_frame(original, window, 64)
    before, after = np.array(states[:-1]), np.array(states[1:])  # (S,K,h,w)
    y0_hat = (after if belief is None else np.broadcast_to(belief, after.shape)).astype(np.float32)[None]
    going = np.ones(len(before), bool)
    going[-1] = False
    u = np.where(going[:, None, None, None], np.float32(0.5), np.float32(0)) * np.ones_like(y0_hat)
    last = y0_hat[0, -1]
    return Trace(
        p=states[0].astype(np.float32),
        t=np.arange(len(before), 0, -1),
        alpha_bar=np.linspace(0, 1, len(before)),
        u_start=np.full(last.shape, 0.5, np.float32)[None],
        y_t=before[None],
        eps_hat=np.abs(before[None] - y0_hat),
        y0_hat=y0_hat,
        mean=(after * going[:, None, None, None]).astype(np.float32)[None],
        u=u,
        y_prev=(after & going[:, None, None, None])[None],
        refined=last,
        window=np.array(frame.window),
        meta={"original": list(original), "content": list(frame.content)},
    )


def bits(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """(1,64,64) with boxes (top, left, bottom, right) on."""
    out = np.zeros((1, 64, 64), bool)
    for top, left, bottom, right in boxes:
        out[0, top:bottom, left:right] = True
    return out


def near(pixel: np.ndarray, colour: Colour, distance: float = 45) -> bool:
    return bool(np.linalg.norm(pixel.astype(float) - colour) < distance)


# ---------------------------------------------------------------------------------------------------- arrays
def test_an_overlay_fills_the_mask_and_leaves_the_rest() -> None:
    out = overlay(GREY, SQUARE, (200, 0, 0), opacity=0.5, width=0)
    assert out.dtype == np.uint8
    assert (out[SQUARE] == (145, 45, 45)).all()
    assert (out[~SQUARE] == 90).all()
    assert (GREY == 90).all()  # not drawn into


def test_an_outline_lies_on_the_border_alone() -> None:
    out = outline(GREY, SQUARE, (200, 0, 0), width=1)
    assert (out[30, 41:89] == (200, 0, 0)).all() and (out[31:69, 89] == (200, 0, 0)).all()
    inner, outer = SQUARE.copy(), np.ones_like(SQUARE)
    inner[:] = False
    inner[34:66, 44:86] = True
    outer[26:74, 36:94] = False
    assert (out[inner | outer] == 90).all()
    assert (out[29, 45:80] < 90).all()  # the dark seam
    assert (outline(GREY, SQUARE, width=0) == GREY).all()


def test_the_outline_is_seen_on_any_ground() -> None:
    for level in (0, 128, 255):
        out = outline(np.full_like(GREY, level), SQUARE, OUTLINE).astype(float)
        border = np.linalg.norm(out - level, axis=2)[SQUARE ^ np.roll(SQUARE, 1, 0)]
        assert (border > 60).any()


def test_thin_objects_are_filled_and_not_outlined() -> None:
    vessel = np.zeros((100, 120), bool)
    vessel[:, 50:53] = True
    out = overlay(GREY, vessel, (190, 90, 90), opacity=0.35)
    assert (out[~vessel] == 90).all()
    assert (out[vessel] == (160, 90, 90)).all()
    assert (outline(GREY, vessel, width=1) != GREY).any()  # unless asked for


def test_each_class_has_its_colour() -> None:
    masks = np.stack([SQUARE, np.roll(SQUARE, 55, axis=0)])
    colours = ((200, 0, 0), (0, 200, 0))
    out = overlay(GREY, masks, colours, opacity=1, width=0)
    assert (out[masks[0] & ~masks[1]] == colours[0]).all() and (out[masks[1]] == colours[1]).all()
    with pytest.raises(ValueError, match="1 colours do not fit"):
        overlay(GREY, masks, colours[:1])
    with pytest.raises(ValueError, match="do not fit an image"):
        outline(GREY, SQUARE[1:], OUTLINE)


def test_flips_have_two_colours_that_differ_for_everyone() -> None:
    before, after = np.array([[0, 0, 1, 1]], bool), np.array([[0, 1, 0, 1]], bool)
    out = flip_map(before, after, opacity=1)
    assert out[0, 1].tolist() == list(FLIP_ON) and out[0, 2].tolist() == list(FLIP_OFF)
    assert out[0, 0].tolist() == [0, 0, 0] and len(set(out[0, 3].tolist())) == 1
    # Blue and yellow are the axis that red-green blindness keeps; both differ from a white mask and its grey ground.
    on, off = np.array(FLIP_ON, float), np.array(FLIP_OFF, float)
    assert on[2] - on[:2].mean() > 100 and off[:2].mean() - off[2] > 100
    assert all(np.linalg.norm(flip - OUTLINE) > 150 for flip in (on, off))


def test_a_flip_map_lies_over_an_image_and_joins_classes() -> None:
    before, after = np.zeros((2, 100, 120), bool), np.zeros((2, 100, 120), bool)
    after[0, 10, 10], before[1, 20, 20] = True, True
    out = flip_map(before, after, GREY, opacity=1)
    assert out[10, 10].tolist() == list(FLIP_ON) and out[20, 20].tolist() == list(FLIP_OFF)
    assert (out != GREY).any(axis=2).sum() == 2
    with pytest.raises(ValueError, match="differ in size"):
        flip_map(before, after[:1])
    with pytest.raises(ValueError, match="do not fit an image"):
        flip_map(before, after, GREY[1:])


def test_probabilities_go_from_violet_to_yellow_and_ever_lighter() -> None:
    out = probability_picture(np.linspace(0, 1, 256, dtype=np.float32)[None])
    assert near(out[0, 0], (68, 1, 84), 5) and near(out[0, 255], (253, 231, 37), 5)
    lightness = out[0].astype(float) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(lightness[::8]) > 0).all()
    np.testing.assert_array_equal(probability_picture(np.array([[-1.0, 2.0]])), out[:, [0, 255]])


def test_a_sheet_holds_every_picture_whole() -> None:
    pictures = [np.full((h, w, 3), 50 * n + 50, np.uint8) for n, (h, w) in enumerate([(20, 200), (40, 30), (5, 5)])]
    for labels in ((), ("one", "two", "three")):
        sheet = contact_sheet(pictures, 2, labels)
        for n, one in enumerate(pictures):
            assert (sheet == 50 * n + 50).all(axis=2).sum() >= one.shape[0] * one.shape[1]
    plain = contact_sheet(pictures, 2)
    assert sheet.shape[0] == plain.shape[0] + 2 * STRIP and sheet.shape[1] == plain.shape[1]
    assert (sheet > 200).all(axis=2).any()  # light words
    assert contact_sheet(pictures[:1], 9).shape[1] < 300
    for wrong in (([], 1, ()), (pictures, 0, ()), (pictures, 1, ("one",))):
        with pytest.raises(ValueError, match="no sheet"):
            contact_sheet(*wrong)


# --------------------------------------------------------------------------------------------------- a step
STAY, ON, OFF = (10, 10, 20, 20), (30, 10, 40, 20), (10, 30, 20, 40)


def test_a_step_shows_its_flips_where_they_are() -> None:
    trace = trace_of([bits(STAY, OFF), bits(STAY, ON), bits(STAY, ON)], (128, 128), belief=bits((50, 50, 60, 60)))
    image = np.full((128, 128, 3), 90, np.uint8)
    out = draw_step(image, trace, 0)
    assert out.shape == (320 + STRIP, 320, 3)  # small images are enlarged, 5 pixels a bit
    assert near(out[35 * 5, 15 * 5], FLIP_ON) and near(out[15 * 5, 35 * 5], FLIP_OFF)
    assert out[15 * 5, 15 * 5].tolist() == [148, 148, 148]  # 0.35 of the mask's colour
    assert (out[:40, :40] == 90).all()
    border = out[50 * 5 - 3 : 50 * 5 + 3, 55 * 5]
    assert any(near(pixel, OUTLINE) for pixel in border)  # y0_hat's outline
    # Bits have sharp edges: an enlarged bit is a square.
    assert near(out[30 * 5, 10 * 5], FLIP_ON) and not near(out[30 * 5 - 1, 10 * 5], FLIP_ON)


def test_the_last_step_flips_to_the_answer() -> None:
    trace = trace_of([bits(STAY), bits(STAY), bits(ON)], (128, 128))
    out = draw_step(np.full((128, 128, 3), 90, np.uint8), trace, 1)
    assert near(out[35 * 5, 15 * 5], FLIP_ON) and near(out[15 * 5, 15 * 5], FLIP_OFF)
    np.testing.assert_array_equal(out, draw_step(np.full((128, 128, 3), 90, np.uint8), trace, -1))
    with pytest.raises(IndexError):
        draw_step(np.full((128, 128, 3), 90, np.uint8), trace, 2)


def test_bits_of_a_window_stand_in_the_window() -> None:
    window = (200, 300, 100, 100)
    trace = trace_of([bits(), bits((0, 0, 64, 64)), bits()], (400, 600), window, belief=bits())
    image = np.full((400, 600, 3), 90, np.uint8)
    out = draw_step(image, trace, 0)
    assert out.shape == (400 + STRIP, 600, 3)
    changed = (out[:400] != 90).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    # The frame that marks the window lies on its edge, dark on both sides.
    assert np.abs(np.subtract((rows[0], rows[-1], columns[0], columns[-1]), (200, 299, 300, 399))).max() <= 2
    assert near(out[250, 350], FLIP_ON)
    empty = draw_prior(image, trace)[:400]
    marked = (empty != 90).any(axis=2)
    assert marked[250, 300] and not marked[205:295, 305:395].any()
    whole = draw_prior(image, trace_of([bits(), bits()], (400, 600)))[:400]
    assert (whole == 90).all()  # no window, no frame


def test_padding_is_never_shown() -> None:
    # 128 x 64 lies in the middle half of the canvas; bits left of it are outside the image.
    trace = trace_of([bits(), bits((0, 0, 64, 16), (0, 48, 64, 64)), bits()], (128, 64), belief=bits())
    out = draw_step(np.full((128, 64, 3), 90, np.uint8), trace, 0)
    left = (out.shape[1] - 160) // 2
    assert (out[:320, left : left + 160] == 90).all()


def test_a_caption_names_t_and_counts() -> None:
    image = np.full((300, 400, 3), 90, np.uint8)
    one = draw_step(image, trace_of([bits(STAY), bits(STAY, ON)], (300, 400)), 0)[-STRIP:]
    more = draw_step(image, trace_of([bits(STAY), bits(STAY, ON, OFF)], (300, 400)), 0)[-STRIP:]
    later = draw_step(image, trace_of([bits(STAY), bits(STAY), bits(STAY, ON)], (300, 400)), 0)[-STRIP:]
    assert (one != more).any() and (one != later).any()
    for colour in (FLIP_ON, FLIP_OFF):
        assert (one == colour).all(axis=2).sum() > 40  # the squares that explain the colours
    assert (one > 200).all(axis=2).sum() > 40


@pytest.mark.parametrize("size", [(1, 1), (30, 40), (3, 900), (900, 3), (2000, 1200), (480, 640)])
@pytest.mark.parametrize("side", [160, 640])
def test_no_side_is_longer_than_asked_for(size: tuple[int, int], side: int) -> None:
    trace = trace_of([bits(STAY), bits(STAY, ON)], size)
    for drawn in (draw_step, draw_prior, draw_answer):
        arguments = (0,) if drawn is draw_step else ()
        out = drawn(np.full((*size, 3), 90, np.uint8), trace, *arguments, side=side)
        assert max(out.shape) <= side and out.dtype == np.uint8


def test_a_picture_that_cannot_be_drawn_is_refused() -> None:
    trace = trace_of([bits(STAY), bits(ON)], (60, 80))
    with pytest.raises(ValueError, match="does not fit a refinement"):
        draw_step(np.zeros((60, 81, 3), np.uint8), trace, 0)
    with pytest.raises(ValueError, match="too small"):
        draw_step(np.zeros((60, 80, 3), np.uint8), trace, 0, side=40)


def test_classes_have_their_colours_in_a_step() -> None:
    both = np.concatenate([bits(STAY), bits(ON)])
    trace = trace_of([both, both, both], (128, 128), belief=np.zeros_like(both))
    out = draw_step(np.full((128, 128, 3), 90, np.uint8), trace, 0, colours=((255, 0, 0), (0, 255, 0)))
    assert out[15 * 5, 15 * 5].argmax() == 0 and out[35 * 5, 15 * 5].argmax() == 1


def test_a_refinement_under_way_looks_as_its_trace() -> None:
    image = picture(60, 80)
    refinement = pixel_model().refine(image, steps=3, samples=2, seed=4)
    for _ in range(2):
        next(refinement)
    trace = refinement.trace()
    for index in range(2):
        for chain in range(2):
            drawn = draw_step(image, refinement, index, chain=chain)
            np.testing.assert_array_equal(drawn, draw_step(image, trace, index, chain=chain))
    assert (draw_step(image, trace, 1) != draw_step(image, trace, 1, chain=1)).any()
    refinement.finish()
    np.testing.assert_array_equal(draw_step(image, refinement, 2), draw_step(image, refinement.trace(), 2))
    for draw in (draw_prior, draw_answer):  # but for the caption: a trace does not know the image's own pixels
        drawn, again = draw(image, refinement), draw(image, refinement.trace())
        np.testing.assert_array_equal(drawn[:-STRIP], again[:-STRIP])
        assert (drawn[-STRIP:] != again[-STRIP:]).any()


def test_the_prior_drawn_is_the_one_that_was_shown_first_not_the_mean_with_a_closer_look() -> None:
    image, averaged, first = two_looks()
    assert averaged.averaged and not first.averaged
    assert ((averaged.p > 0.5) != (first.p > 0.5)).sum() > 20
    np.testing.assert_array_equal(draw_prior(image, averaged), draw_prior(image, first))
    started = draw_prior(image, averaged.trace())[:-STRIP]  # a trace knows where the chain started, and no more
    assert (started != draw_prior(image, averaged)[:-STRIP]).any()


def test_captions_count_the_pixels_of_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    strip = draw_room.strip
    monkeypatch.setattr(
        draw_room, "strip", lambda width, caption: (said.extend(one for one, _ in caption), strip(width, caption))[1]
    )
    image = picture(60, 80)
    refinement = pixel_model().refine(image, steps=3, seed=4).finish()
    before, after = (int((p > 0.5).sum()) for p in (refinement.prior_map, refinement.probability()))
    draw_prior(image, refinement)
    draw_answer(image, refinement)
    assert said == [f"prior · {before:,} pixels", f"refined · {after:,} pixels"]


def test_a_difference_has_three_colours_and_counts_them() -> None:
    mask, reference = SQUARE.copy(), np.roll(SQUARE, 10, axis=1)
    out = draw_difference(GREY, mask, reference)
    left = (out.shape[1] - 120) // 2
    assert near(out[50, left + 70], RIGHT) and near(out[50, left + 42], FALSE) and near(out[50, left + 95], MISSED)
    assert (out[:20, left : left + 120] == 90).all()
    for tone in (RIGHT, FALSE, MISSED):
        assert (out[-STRIP:] == tone).all(axis=2).sum() > 20
    assert (out[-STRIP:] != draw_difference(GREY, mask, mask)[-STRIP:]).any()
