"""The brush's value as anybody may send it."""

from __future__ import annotations

import base64
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hidiff.errors import ImageError
from hidiff.interface.player.brush import MOST, copy_size, scribbles_from
from hidiff.interface.player.encoding import bits, packed


def value_of(marks: np.ndarray) -> dict[str, object]:
    return {"run": "a", "size": list(marks.shape), "on": bits(marks == 255), "off": bits(marks == 0)}


def painted(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).choice(np.uint8((0, 128, 255)), (height, width))


def test_a_picture_shown_as_it_is_gives_the_very_marks() -> None:
    marks = painted(240, 320)
    assert np.array_equal(scribbles_from(value_of(marks), (240, 320)), marks)


def test_every_pixel_of_a_large_image_takes_the_mark_it_lies_in() -> None:
    size = 1536, 2048
    marks = painted(*copy_size(size))
    assert marks.shape == (768, 1024)
    scribbles = scribbles_from(value_of(marks), size)
    assert scribbles is not None
    assert np.array_equal(scribbles, marks.repeat(2, axis=0).repeat(2, axis=1))
    odd = 1201, 1999
    scribbles = scribbles_from(value_of(painted(*copy_size(odd))), odd)
    assert scribbles is not None and scribbles.shape == odd and scribbles.dtype == np.uint8


def test_nothing_painted_is_nothing() -> None:
    assert scribbles_from(None, (4, 4)) is None
    assert scribbles_from("", (4, 4)) is None
    assert scribbles_from(value_of(np.full((4, 4), 128, np.uint8)), (4, 4)) is None


SIZE = (4, 5)
GOOD = value_of(painted(*SIZE))
NONE = bits(np.zeros(SIZE, bool))
ALL = bits(np.ones(SIZE, bool))


def test_the_planes_of_the_largest_copy_are_let_in_however_they_look() -> None:
    marks = painted(1024, 1024)
    assert np.array_equal(scribbles_from(value_of(marks), marks.shape), marks)


@pytest.mark.parametrize(
    "value",
    [
        3,
        "text",
        [],
        {},
        {**GOOD, "on": None},
        {**GOOD, "on": 1},
        {**GOOD, "on": ""},
        {**GOOD, "on": "http://example.org/a.png"},
        {**GOOD, "on": "not base64!"},
        {**GOOD, "on": "é"},
        {**GOOD, "on": "A" * 5_000_000},
        {**GOOD, "on": base64.b64encode(b"not zlib").decode()},
        {**GOOD, "on": packed(b"")},
        {**GOOD, "on": packed(b"\0\0")},
        {**GOOD, "on": packed(b"\0\0\0\0")},
        {**GOOD, "on": base64.b64encode(base64.b64decode(NONE)[:-2]).decode()},
        {**GOOD, "on": base64.b64encode(base64.b64decode(NONE) + b"tail").decode()},
        {**GOOD, "on": ALL, "off": ALL},
        {name: GOOD[name] for name in ("size", "on")},
        {name: GOOD[name] for name in ("on", "off")},
        {**GOOD, "size": "4x5"},
        {**GOOD, "size": [4]},
        {**GOOD, "size": [4, 5, 1]},
        {**GOOD, "size": [4.0, 5]},
        {**GOOD, "size": [True, 5]},
        {**GOOD, "size": [-4, 5]},
        {**GOOD, "size": [10**5000, 5]},
        {**GOOD, "size": [60_000, 60_000]},
        value_of(painted(5, 4)),
        value_of(painted(4, 6)),
    ],
)
def test_whatever_else_is_refused_in_one_sentence(value: object) -> None:
    with pytest.raises(ImageError) as caught:
        scribbles_from(value, SIZE)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = packed(bytes(150_000_000))
    assert len(bomb) < MOST
    tracemalloc.start()
    with pytest.raises(ImageError):
        scribbles_from({**GOOD, "on": bomb}, SIZE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(0, 20))
def test_damaged_planes_never_do_more_than_be_refused(noise: bytes, place: int) -> None:
    data = base64.b64decode(str(GOOD["on"]))
    damaged = base64.b64encode(data[:place] + noise + data[place + len(noise) :]).decode()
    try:
        scribbles = scribbles_from({**GOOD, "on": damaged}, SIZE)
    except ImageError:
        return
    assert scribbles is None or (scribbles.shape == SIZE and set(np.unique(scribbles)) <= {0, 128, 255})
