"""The brush's value as anybody may send it."""

from __future__ import annotations

import base64
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hidiff.errors import ImageError
from hidiff.interface.player.brush import PREFIX, copy_size, strokes_from


def value_of(marks: np.ndarray) -> dict[str, object]:
    data = cv2.imencode(".png", marks)[1].tobytes()
    return {"run": "a", "size": list(marks.shape[:2]), "png": PREFIX + base64.b64encode(data).decode()}


def painted(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).choice(np.uint8((0, 128, 255)), (height, width))


def test_a_picture_shown_as_it_is_gives_the_very_marks() -> None:
    marks = painted(240, 320)
    assert np.array_equal(strokes_from(value_of(marks), (240, 320)), marks)


def test_every_pixel_of_a_large_image_takes_the_mark_it_lies_in() -> None:
    size = 1536, 2048
    marks = painted(*copy_size(size))
    assert marks.shape == (768, 1024)
    strokes = strokes_from(value_of(marks), size)
    assert strokes is not None
    assert np.array_equal(strokes, marks.repeat(2, axis=0).repeat(2, axis=1))
    odd = 1201, 1999
    strokes = strokes_from(value_of(painted(*copy_size(odd))), odd)
    assert strokes is not None and strokes.shape == odd and strokes.dtype == np.uint8


def test_nothing_painted_is_nothing() -> None:
    assert strokes_from(None, (4, 4)) is None
    assert strokes_from("", (4, 4)) is None
    assert strokes_from(value_of(np.full((4, 4), 128, np.uint8)), (4, 4)) is None


def png(data: bytes) -> dict[str, str]:
    return {"png": PREFIX + base64.b64encode(data).decode()}


def bomb() -> bytes:
    """A header of 60,000 x 60,000 pixels."""
    header = (60_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + header + zlib.crc32(b"IHDR" + header).to_bytes(4, "big")


GOOD = base64.b64decode(str(value_of(painted(4, 4))["png"])[len(PREFIX) :])


@pytest.mark.parametrize(
    "value",
    [
        3,
        "text",
        [],
        {},
        {"png": None},
        {"png": "http://example.org/a.png"},
        {"png": PREFIX},
        {"png": PREFIX + "not base64!"},
        {"png": PREFIX + "A" * 5_000_000},
        png(b"not a png"),
        png(bomb()),
        png(GOOD[:40]),
        png(GOOD[:-20]),
        png(GOOD + b"tail")["png"],
        value_of(np.full((4, 4), 7, np.uint8)),
        value_of(np.zeros((4, 4, 3), np.uint8)),
        value_of(np.zeros((4, 4), np.uint16)),
        value_of(painted(4, 5)),
    ],
)
def test_whatever_else_is_refused_in_one_sentence(value: object) -> None:
    with pytest.raises(ImageError) as caught:
        strokes_from(value, (4, 4))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 90))
def test_damaged_files_never_do_more_than_be_refused(noise: bytes, place: int) -> None:
    data = GOOD[:place] + noise + GOOD[place + len(noise) :]
    try:
        strokes = strokes_from(png(data), (4, 4))
    except ImageError:
        return
    assert strokes is None or (strokes.shape == (4, 4) and set(np.unique(strokes)) <= {0, 128, 255})
