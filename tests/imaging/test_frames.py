"""Geometry of the working frame: sizes, alignment, seams, windows and tiles."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hidiff.imaging.frames import Box, Frame, focus_window, scaled_frame, square_frame
from hidiff.imaging.tiles import tiles


def disc(size: tuple[int, int], centre: tuple[float, float], radius: float, soft: float = 1.0) -> np.ndarray:
    """float32 (H,W): 1 inside, an edge `soft` pixels wide; centre in pixel indices."""
    rows, columns = np.ogrid[: size[0], : size[1]]
    away = np.hypot(rows - centre[0], columns - centre[1])
    return np.clip((radius - away) / soft + 0.5, 0, 1).astype(np.float32)


def centroid(values: np.ndarray) -> np.ndarray:
    rows, columns = np.indices(values.shape)
    return np.array([(rows * values).sum(), (columns * values).sum()]) / values.sum()


def content_of(frame: Frame, canvas: np.ndarray) -> np.ndarray:
    top, left, height, width = frame.content
    return canvas[..., top : top + height, left : left + width]


SIZES = st.tuples(st.integers(1, 400), st.integers(1, 400))


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    size = draw(SIZES)
    if draw(st.booleans()):
        return scaled_frame(size, draw(st.floats(0.05, 2)))
    top, left = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
    window = (top, left, draw(st.integers(1, size[0] - top)), draw(st.integers(1, size[1] - left)))
    return square_frame(size, draw(st.sampled_from([None, window])), draw(st.sampled_from([32, 64, 256])))


@given(frames())
@settings(max_examples=80, deadline=None)
def test_shapes_ranges_and_padding(frame: Frame) -> None:
    assert frame.canvas[0] % 32 == 0 and frame.canvas[1] % 32 == 0
    image = np.full((*frame.original, 3), 200, np.uint8)
    canvas = frame.image_in(image)
    assert canvas.shape == (3, *frame.canvas) and canvas.dtype == np.float32
    content = content_of(frame, canvas)
    assert content.size and np.allclose(content, 200 / 255, atol=1e-6)
    assert np.isclose(canvas.sum(dtype=float), content.sum(dtype=float))  # the padding is zero
    ones = np.ones((2, *frame.original), np.float32)
    there = frame.map_in(ones)
    assert there.shape == (2, *frame.canvas) and there.dtype == np.float32
    assert np.allclose(content_of(frame, there), 1, atol=1e-6)
    assert np.isclose(there.sum(dtype=float), 2 * frame.content[2] * frame.content[3], rtol=1e-5)
    back = frame.map_out(there, background=np.ones(frame.original, np.float32))
    assert back.shape == ones.shape and back.dtype == np.float32
    assert np.allclose(back, 1, atol=1e-6)


@given(SIZES, st.sampled_from([32, 256]))
@settings(max_examples=60, deadline=None)
def test_square_frames_fill_the_longer_side_and_keep_the_aspect(size: tuple[int, int], side: int) -> None:
    frame = square_frame(size, side=side)
    top, left, height, width = frame.content
    assert frame.canvas == (side, side) and frame.window == (0, 0, *size)
    assert max(height, width) == side
    scale = side / max(size)
    assert abs(height - size[0] * scale) <= max(0.5, 1 - size[0] * scale) + 1e-9
    assert abs(width - size[1] * scale) <= max(0.5, 1 - size[1] * scale) + 1e-9
    assert 0 <= side - height - 2 * top <= 1 and 0 <= side - width - 2 * left <= 1


@given(SIZES, st.floats(0.01, 3))
@settings(max_examples=60, deadline=None)
def test_scaled_frames_have_the_least_canvas(size: tuple[int, int], scale: float) -> None:
    frame = scaled_frame(size, scale)
    for axis in (0, 1):
        length = frame.content[axis + 2]
        assert length == max(1, round(size[axis] * scale))
        assert 0 <= frame.canvas[axis] - length < 32


@pytest.mark.parametrize("size", [(1, 1), (1, 999), (999, 1), (4000, 6000), (3, 40_000), (33_000, 40)])
def test_extreme_sizes_come_back_exactly(size: tuple[int, int]) -> None:
    for frame in (square_frame(size), scaled_frame(size, 0.1)):
        assert frame.image_in(np.zeros((*size, 3), np.uint8)).shape == (3, *frame.canvas)
        assert frame.map_in(np.zeros(size, bool)).shape == frame.canvas
        assert frame.map_out(np.ones(frame.canvas, np.float32)).shape == size
        assert frame.map_out(np.ones((1, *frame.canvas), np.float32)).min() == 1


CENTRED = [
    ((576, 720), None),
    ((1072, 1920), None),
    ((97, 61), None),
    ((333, 1000), None),
    ((288, 384), (40, 100, 200, 190)),
    ((1072, 1920), (200, 500, 700, 700)),
    ((1072, 1920), (0, 911, 503, 777)),
    ((120, 160), (30, 40, 60, 60)),
]


@pytest.mark.parametrize(("size", "window"), CENTRED)
@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.13, -0.21), (-0.17, 0.09)])
def test_there_and_back_is_aligned(size: tuple[int, int], window: Box | None, shift: tuple[float, float]) -> None:
    top, left, height, width = window or (0, 0, *size)
    centre = (top + height * (0.5 + shift[0]), left + width * (0.5 + shift[1]))
    drawn = disc(size, centre, 0.2 * min(height, width), soft=3)
    for frame in (square_frame(size, window), scaled_frame(size, 0.37)):
        canvas = frame.map_in(drawn)
        # Where the centre must lie: pixel edges fall on pixel edges.
        scale = np.array(frame.content[2:]) / np.array(frame.window[2:])
        expected = (np.array(centre) + 0.5 - frame.window[:2]) * scale + frame.content[:2] - 0.5
        assert np.abs(centroid(canvas) - expected).max() < 0.05
        back = frame.map_out(canvas)
        assert np.abs(centroid(back) - centroid(drawn)).max() < 0.1
        if min(frame.content[2:]) > 100:
            assert np.abs(back - drawn).mean() < 0.01


@pytest.mark.parametrize(("size", "window"), CENTRED)
def test_image_and_map_share_one_geometry(size: tuple[int, int], window: Box | None) -> None:
    generator = np.random.default_rng(0)
    coarse = generator.integers(0, 256, (6, 9, 3), dtype=np.uint8)
    image = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    frame = square_frame(size, window)
    planes = np.ascontiguousarray(image.transpose(2, 0, 1)).astype(np.float32) / 255
    assert np.abs(frame.image_in(image) - frame.map_in(planes)).max() < 1.1 / 255


def test_a_gradient_keeps_its_values_at_their_places() -> None:
    size, window = (400, 640), (60, 130, 251, 333)
    columns = np.tile((np.arange(size[1], dtype=np.float32) + 0.5) / size[1], (size[0], 1))
    for frame in (square_frame(size, window), square_frame(size), scaled_frame(size, 1.7)):
        back = frame.map_out(frame.map_in(columns), background=columns)
        rim = 4  # bilinear resampling holds the last value at the border
        assert np.abs(back - columns)[:, rim:-rim].max() < 0.51 * frame.window[3] / frame.content[3] / size[1]


def test_thin_lines_shrink_to_their_share_in_both_axes() -> None:
    """Each axis shrinks by area, also when the other one grows."""
    lines = np.zeros((16, 640), np.float32)
    lines[:, ::10] = 1
    frame = Frame((16, 640), (0, 0, 16, 640), (0, 0, 32, 64), (32, 64))
    assert np.allclose(frame.map_in(lines), 0.1, atol=1e-5)
    assert np.allclose(frame.image_in((lines[..., None] * 255).repeat(3, 2).astype(np.uint8)), 0.1, atol=0.003)


def test_bool_and_integer_maps_are_accepted() -> None:
    mask = disc((90, 120), (40, 60), 25) > 0.5
    frame = square_frame(mask.shape, side=64)
    expected = frame.map_in(mask.astype(np.float32))
    assert np.array_equal(frame.map_in(mask), expected)
    assert np.allclose(frame.map_in(mask.astype(np.uint8) * 255), expected * 255, atol=1e-3)
    assert np.array_equal(frame.map_in(mask[None].repeat(3, 0)), expected[None].repeat(3, 0))


def test_inputs_stay_untouched_and_may_be_views() -> None:
    frame = square_frame((90, 120), (10, 20, 50, 60), 64)
    image = np.random.default_rng(0).integers(0, 256, (90, 240, 3), dtype=np.uint8)
    values = np.ones((2, 64, 128), np.float32)
    background = np.zeros((2, 90, 120), np.float32)
    kept = image.copy(), values.copy(), background.copy()
    view = frame.image_in(image[:, ::2])
    assert np.array_equal(view, frame.image_in(np.ascontiguousarray(image[:, ::2])))
    frame.map_out(values[..., ::2], background)
    assert np.array_equal(image, kept[0]) and np.array_equal(values, kept[1])
    assert np.array_equal(background, kept[2])


def test_the_background_stands_outside_and_the_seam_is_narrow_and_monotone() -> None:
    size, window = (300, 400), (50, 60, 128, 150)
    frame = square_frame(size, window, 128)
    background = np.random.default_rng(0).random((2, *size), np.float32)
    out = frame.map_out(np.ones((2, 128, 128), np.float32), background)
    inside = np.zeros(size, bool)
    inside[50:178, 60:210] = True
    assert np.array_equal(out[:, ~inside], background[:, ~inside])
    core = np.zeros(size, bool)
    core[54:174, 64:206] = True
    assert (out[:, core] == 1).all()
    profile = frame.map_out(np.ones((128, 128), np.float32))[100, 55:75]
    assert profile[4] == 0 and 0 < profile[5] < 0.5 < profile[7] and (np.diff(profile) >= 0).all()


def test_no_seam_at_the_images_own_border() -> None:
    size = (300, 400)
    out = square_frame(size, (0, 200, 150, 200), 64).map_out(np.ones((64, 64), np.float32))
    assert (out[:130, 399] == 1).all() and (out[0, 230:] == 1).all()
    assert (out[149, 200:] < 1).all() and (out[:150, 200] < 1).all()
    assert not out[150:].any() and not out[:, :200].any()


def test_no_background_is_a_background_of_zeros() -> None:
    frame = square_frame((90, 120), (10, 20, 50, 60), 64)
    values = np.random.default_rng(0).random((3, 64, 64), np.float32)
    assert np.array_equal(frame.map_out(values), frame.map_out(values, np.zeros((3, 90, 120), np.float32)))
    one = np.random.default_rng(1).random((90, 120), np.float32)
    assert np.array_equal(frame.map_out(values, one), frame.map_out(values, one[None].repeat(3, 0)))


@pytest.mark.parametrize(
    ("window", "content", "canvas"),
    [
        ((0, 0, 91, 120), (0, 0, 64, 64), (64, 64)),
        ((-1, 0, 50, 50), (0, 0, 64, 64), (64, 64)),
        ((0, 0, 0, 50), (0, 0, 64, 64), (64, 64)),
        ((0, 0, 90, 120), (1, 0, 64, 64), (64, 64)),
        ((0, 0, 90, 120), (0, 0, 60, 60), (60, 64)),
    ],
)
def test_impossible_frames_are_refused(window: Box, content: Box, canvas: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"inside|multiple"):
        Frame((90, 120), window, content, canvas)


def test_arrays_of_another_size_are_refused() -> None:
    frame = square_frame((90, 120), side=64)
    for call in (
        lambda: frame.image_in(np.zeros((91, 120, 3), np.uint8)),
        lambda: frame.image_in(np.zeros((90, 120, 3), np.float32)),
        lambda: frame.map_in(np.zeros((120, 90), np.float32)),
        lambda: frame.map_out(np.zeros((90, 120), np.float32)),
        lambda: frame.map_out(np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32)),
        lambda: frame.map_out(np.zeros((64, 64), np.float32), np.zeros((1, 90, 120), np.float32)),
    ):
        with pytest.raises(ValueError, match="does not fit"):
            call()


# ------------------------------------------------------------------------------------------ focus window
@given(st.data())
@settings(max_examples=80, deadline=None)
def test_focus_windows_follow_their_rule(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(20, 400)), data.draw(st.integers(20, 400))
    h, w = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    top, left = data.draw(st.integers(0, height - h)), data.draw(st.integers(0, width - w))
    p = np.full((height, width), 0.3, np.float32)
    p[top : top + h, left : left + w] = 0.31
    side, longer = max(1.7 * max(h, w), 0.35 * max(height, width)), max(height, width)
    window = focus_window(p)
    if side > 0.9 * longer:
        assert window is None
        return
    assert window is not None
    y, x, rows, columns = window
    assert 0 <= y <= top and 0 <= x <= left and y + rows >= top + h and x + columns >= left + w
    assert y + rows <= height and x + columns <= width
    for start, length, whole, middle in ((y, rows, height, top + h / 2), (x, columns, width, left + w / 2)):
        assert length <= side + 2
        if start > 0 and start + length < whole:
            assert length >= side - 1e-6 and abs(start + length / 2 - middle) <= 1


def test_nothing_found_and_too_much_found() -> None:
    assert focus_window(np.full((100, 100), 0.3, np.float32)) is None
    assert focus_window(np.ones((100, 100), np.float32)) is None
    assert focus_window(np.zeros((1, 1), np.float32)) is None


def test_scribbles_open_and_widen_the_window() -> None:
    p = np.zeros((200, 300), np.float32)
    scribbles = np.full(p.shape, 128, np.uint8)
    assert focus_window(p, scribbles) is None
    for value in (255, 0):
        painted = scribbles.copy()
        painted[150:160, 140:160] = value
        window = focus_window(p, painted)
        assert window is not None
        top, left, height, width = window
        assert top <= 150 and left <= 140 and top + height >= 160 and left + width >= 160
        assert width >= 0.35 * 300
    p[60:90, 100:130] = 1
    assert focus_window(p, scribbles) == focus_window(p)
    scribbles[100:103, 180:183] = 255
    top, left, height, width = focus_window(p, scribbles) or (0, 0, 0, 0)
    assert top <= 60 and left <= 100 and top + height >= 103 and left + width >= 183
    assert width >= 1.7 * 83
    with pytest.raises(ValueError, match="do not fit"):
        focus_window(p, scribbles[1:])


# ----------------------------------------------------------------------------------------------- tiles
@given(st.data())
@settings(max_examples=80, deadline=None)
def test_tiles_cover_and_their_weights_sum_to_one(data: st.DataObject) -> None:
    canvas = (32 * data.draw(st.integers(1, 40)), 32 * data.draw(st.integers(1, 40)))
    size = 32 * data.draw(st.integers(1, 16))
    overlap = 32 * data.draw(st.integers(0, size // 32 - 1))
    total = np.zeros(canvas, np.float32)
    cover = tiles(canvas, size, overlap)
    for tile in cover:
        assert all(value % 32 == 0 for value in (tile.top, tile.left, tile.height, tile.width))
        assert (tile.height, tile.width) == (min(size, canvas[0]), min(size, canvas[1]))
        assert tile.top + tile.height <= canvas[0] and tile.left + tile.width <= canvas[1]
        assert tile.weight.shape == (tile.height, tile.width) and tile.weight.dtype == np.float32
        assert tile.weight.min() >= 0
        total[tile.place] += tile.weight
    assert np.abs(total - 1).max() < 1e-5
    assert len({(tile.top, tile.left) for tile in cover}) == len(cover)
    for starts, length in (({t.top for t in cover}, canvas[0]), ({t.left for t in cover}, canvas[1])):
        line = sorted(starts)
        assert all(second - first <= size - overlap for first, second in pairwise(line))
        assert len(line) == (1 if length <= size else -(-(length - overlap) // (size - overlap)))


def test_tile_weights_are_smooth() -> None:
    for tile in tiles((512, 1024), 256, 64):
        for line in (tile.rows, tile.columns):
            assert np.abs(np.diff(line)).max() < 0.03  # a raised cosine over 64 pixels
    blended = np.zeros((512, 1024), np.float32)
    for index, tile in enumerate(tiles((512, 1024), 256, 64)):
        blended[tile.place] += tile.weight * (index % 2)
    assert np.abs(np.diff(blended, axis=0)).max() < 0.03 and np.abs(np.diff(blended, axis=1)).max() < 0.03


@pytest.mark.parametrize(
    ("canvas", "size", "overlap"),
    [
        ((100, 64), 64, 32),
        ((64, 64), 60, 32),
        ((64, 64), 64, 16),
        ((64, 64), 64, 64),
        ((64, 64), 64, -32),
        ((0, 32), 32, 0),
    ],
)
def test_impossible_tilings_are_refused(canvas: tuple[int, int], size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match=r"multiples of 32|smaller than"):
        tiles(canvas, size, overlap)
