"""Files of every kind, good and bad, made here; no test reads a picture that it did not write."""

from __future__ import annotations

import os
import re
import struct
import threading
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from picture_files import (
    ALPHA,
    FOREIGN,
    FORGED,
    GOOD,
    GREY,
    LARGE,
    RGB,
    RGB16,
    H,
    W,
    chunk,
    encoded,
    grey_png,
    orientation_block,
    oriented,
    saved,
    tiff,
)

from hidiff.errors import ImageError
from hidiff.imaging import files as images
from hidiff.imaging.files import read_image, read_mask, write_png


@pytest.mark.parametrize("kind", GOOD)
def test_every_kind_becomes_eight_bit_rgb(kind: str) -> None:
    data, expected, tolerance = GOOD[kind]
    got = read_image(data)
    assert got.dtype == np.uint8 and got.shape == expected.shape and got.flags.c_contiguous
    assert np.abs(got.astype(int) - expected).max() <= tolerance


@pytest.mark.parametrize("kind", GOOD)
def test_masks_take_the_same_path(kind: str) -> None:
    data, expected, tolerance = GOOD[kind]
    got = read_mask(data)
    assert got.dtype == np.uint8 and got.shape == expected.shape[:2] and got.flags.c_contiguous
    assert np.abs(got.astype(int) - expected.max(axis=2)).max() <= tolerance


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF16"])
def test_orientation_is_applied_once(form: str, value: int) -> None:
    block = b"Exif\0\0" + orientation_block(value)
    if form == "TIFF":
        data = tiff(RGB, 2, t274=(3, [value]))
    elif form == "TIFF16":
        data = tiff(RGB16, 2, ">", t274=(3, [value]))
    else:
        options: dict[str, dict[str, int]] = {"JPEG": {"quality": 98}, "PNG": {}, "WEBP": {"lossless": True}}
        data = saved(RGB, form, exif=block, **options[form])
    expected = oriented(RGB, value)
    got = read_image(data)
    assert got.shape == expected.shape
    assert np.abs(got.astype(int) - expected).max() <= (12 if form == "JPEG" else 0)
    assert read_mask(data).shape == expected.shape[:2]


@pytest.mark.parametrize("block", [b"", b"II*\0", orientation_block(9), orientation_block(6)[:20], b"x" * 40])
def test_broken_orientation_is_no_reason_to_refuse(block: bytes) -> None:
    data = encoded(RGB, ".png")
    data = data[:33] + chunk(b"eXIf", block) + data[33:]
    assert np.array_equal(read_image(data), RGB)


@pytest.mark.parametrize(("top", "full"), [(255, 255), (900, 1023), (4095, 4095), (4096, 65535), (65535, 65535)])
def test_sixteen_bit_photographs_take_their_own_depth(top: int, full: int) -> None:
    stored = np.linspace(0, top, 64).round().astype(np.uint16).reshape(8, 8)
    got = read_image(encoded(stored, ".png"))[..., 0]
    assert np.abs(got - stored * (255 / full)).max() <= 0.5


def test_sixteen_bit_maps_keep_their_scale() -> None:
    faint = np.linspace(0, 3000, 64).round().astype(np.uint16).reshape(8, 8)
    assert np.abs(read_mask(encoded(faint, ".png")) - faint / 257).max() <= 0.5


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_label_maps_become_black_and_white(dtype: type) -> None:
    labels: np.ndarray = (GREY > 99).astype(dtype)
    for stored in (labels, labels * dtype(255)):
        assert np.array_equal(read_mask(encoded(stored, ".png")), labels * 255)
    colour = encoded(np.dstack([labels * 0, labels, labels * 0]), ".png")
    assert np.array_equal(read_mask(colour), labels * 255)


def test_nothing_marked_and_everything_marked() -> None:
    assert not read_mask(encoded(GREY * 0, ".png")).any()
    assert (read_mask(encoded(GREY * 0 + 1, ".png")) == 255).all()


def test_scribbles_keep_their_three_values() -> None:
    scribbles = np.full((H, W), 128, np.uint8)
    scribbles[3:6], scribbles[9:12] = 0, 255
    assert np.array_equal(read_mask(encoded(scribbles, ".png")), scribbles)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)])
def test_a_mask_in_any_pure_colour_counts_as_on(colour: tuple[int, int, int]) -> None:
    on = GREY > 99
    drawn = np.where(on[..., None], np.array(colour, np.uint8), np.uint8(0))
    assert np.array_equal(read_mask(encoded(drawn, ".png")) > 127, on)


def test_black_scribbles_on_a_clear_layer() -> None:
    assert np.array_equal(read_mask(encoded(np.dstack([RGB * 0, ALPHA]), ".png")), ALPHA)
    assert not read_mask(encoded(np.dstack([RGB * 0, ALPHA * 0 + 255]), ".png")).any()


def test_hidden_colours_do_not_come_out() -> None:
    assert not read_image(encoded(np.dstack([RGB, ALPHA * 0]), ".png")).any()


def test_type_follows_from_content_not_from_name(tmp_path: Path) -> None:
    path = tmp_path / "picture.gif"
    path.write_bytes(encoded(RGB, ".png"))
    assert np.array_equal(read_image(path), RGB)
    assert np.array_equal(read_image(str(path)), RGB)


def test_bytes_after_the_end_are_ignored() -> None:
    for suffix in (".png", ".jpg", ".webp", ".bmp"):
        data = encoded(RGB, suffix)
        assert np.array_equal(read_image(data + b"\xff\xd9 trailing" * 9), read_image(data))


def test_an_embedded_thumbnail_is_not_the_picture() -> None:
    data = encoded(RGB, ".jpg")
    thumbnail = encoded(RGB[:8, :8], ".jpg")
    segment = b"Exif\0\0" + orientation_block(1) + thumbnail
    assert (
        read_image(data[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[2:]).shape == RGB.shape
    )


def refused(data: bytes | str | Path, pattern: str, name: str | None = "dir/shown.png") -> None:
    for read in (read_image, read_mask):
        with pytest.raises(ImageError, match=pattern) as caught:
            read(data, name)
        text = str(caught.value)
        assert text.endswith(".") and "\n" not in text and len(text) < 250
        assert "dir/" not in text and (name is None or text.startswith("shown.png "))


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_content_is_refused(kind: str) -> None:
    refused(FOREIGN[kind], "is not a PNG, JPEG, WebP, BMP or TIFF picture")


def test_empty_file_is_refused() -> None:
    refused(b"", "is empty")


@pytest.mark.parametrize("kind", LARGE)
def test_huge_sizes_are_refused_from_the_header(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded before the size was checked"))
    tracemalloc.start()
    try:
        refused(LARGE[kind], "megapixels")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_the_pixel_limit_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, _, _ in GOOD.values():
        pixels = read_mask(data).size
        with monkeypatch.context() as patch:
            patch.setattr(images, "MAX_PIXELS", pixels)
            assert read_mask(data).size == pixels
            patch.setattr(images, "MAX_PIXELS", pixels - 1)
            refused(data, f"has {W} x {H} pixels, more than")


def test_the_file_size_is_checked_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shown.png"
    path.write_bytes(b"")
    os.truncate(path, images.MAX_BYTES + 1)  # sparse: takes no room
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("read before the size was checked"))
    refused(path, "has 200 MB, more than the 200 MB", None)


def test_the_byte_limit_holds_for_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(RGB, ".png")
    monkeypatch.setattr(images, "MAX_BYTES", len(data))
    assert read_image(data).shape == RGB.shape
    monkeypatch.setattr(images, "MAX_BYTES", len(data) - 1)
    refused(data, "MB that are allowed")


# Kinds with bytes after the last pixel that is shown: another frame or page, or the end of a directory.
WITH_A_TAIL = {"apng", "tiff pages", "tiff group 4"}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.35, 0.6, 0.9, 0.99])
def test_cut_off_files_are_refused(kind: str, share: float) -> None:
    whole = GOOD[kind][0]
    cut = whole[: int(len(whole) * share)]
    if kind in WITH_A_TAIL and share > 0.3:
        try:
            assert np.array_equal(read_image(cut), read_image(whole))
            return
        except ImageError:
            pass
    late = "|could not be decoded" if kind == "bmp run lengths" else ""  # where rows end only a decoder knows
    refused(cut, "is damaged or cut off|empty|not a PNG|unusual" + late)


@pytest.mark.parametrize("kind", ["png rgb", "webp", "bmp", "tiff"])
def test_the_last_byte_counts(kind: str) -> None:
    data = GOOD[kind][0]
    refused(data[:-1], "is damaged or cut off")


@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damage_gives_a_picture_or_one_sentence(data: st.DataObject) -> None:
    """Never another exception, another dtype, or another size than a header within the limit can name."""
    whole = bytearray(data.draw(st.sampled_from([entry[0] for entry in GOOD.values()])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(whole), 400) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    for read in (read_image, read_mask):
        try:
            got = read(bytes(whole), "shown.png")
        except ImageError as error:
            assert str(error).startswith("shown.png ") and str(error).endswith(".")
        else:
            assert got.dtype == np.uint8 and got.shape[0] * got.shape[1] <= images.MAX_PIXELS


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0+", b""]),
    st.binary(max_size=300),
)
def test_random_bytes_behind_a_signature(signature: bytes, body: bytes) -> None:
    with pytest.raises(ImageError):
        read_image(signature + body)


@pytest.mark.parametrize("kind", FORGED)
def test_forged_files_are_refused(kind: str) -> None:
    refused(FORGED[kind], "damaged|unusual|could not be decoded|outside 0")


def test_the_checksum_is_checked_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded in spite of the checksum"))
    refused(FORGED["png, flipped bit"], "is damaged or cut off")


def test_side_chunks_never_reach_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b"name\0\0" + zlib.compress(bytes(10**7))
    data = grey_png(GREY, chunk(b"zTXt", bomb), chunk(b"iCCP", bomb))
    seen: list[int] = []
    decode = cv2.imdecode

    def watched(buffer: np.ndarray, flags: int) -> np.ndarray | None:
        seen.append(buffer.size)
        return decode(buffer, flags)

    monkeypatch.setattr(cv2, "imdecode", watched)
    assert np.array_equal(read_mask(data), GREY)
    assert seen == [len(grey_png(GREY))]


def test_missing_things_are_named_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe")
    cases: dict[str | Path, str] = {
        tmp_path / "absent.png": "absent.png was not found",
        tmp_path / "absent" / "deeper.png": "deeper.png was not found",
        folder: "folder is a folder",
        folder / "": "folder is a folder",
        tmp_path / "pipe": "pipe is not a regular file",
        "/dev/zero": "zero is not a regular file",
        "nul\0byte.png": r"nul\?byte.png was not found",
        "x" * 5000: r"x+\.\.\.x+ could not be read",
        "": "The (image|mask) is a folder",
    }
    for source, pattern in cases.items():
        refused(source, f"^{pattern}", None)


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), OSError(5, "input/output error")])
def test_unreadable_files(error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shown.png"
    path.write_bytes(encoded(RGB, ".png"))

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", fail)
    refused(path, "may not be read|could not be read", None)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a/b/shown.png", "shown.png"),
        ("C:\\data\\shown.png", "shown.png"),
        ("two\nlines\x1b[31m.png", "two?lines?[31m.png"),
        ("n" * 300, "n" * 50 + "..." + "n" * 20),
        ("", "The image"),
        (None, "The image"),
    ],
)
def test_errors_name_the_file_safely(name: str | None, shown: str) -> None:
    with pytest.raises(ImageError, match=f"^{re.escape(shown)} is empty"):
        read_image(b"", name)


def test_log_level_is_silent_meanwhile_and_restored() -> None:
    logging = cv2.utils.logging
    before = logging.getLogLevel()
    started, release, inside = threading.Event(), threading.Event(), []
    decode = cv2.imdecode

    def slow(buffer: np.ndarray, flags: int) -> np.ndarray | None:
        inside.append(logging.getLogLevel())
        if len(inside) == 1:
            started.set()
            assert release.wait(10)
        return decode(buffer, flags)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cv2, "imdecode", slow)
        thread = threading.Thread(target=read_image, args=(encoded(RGB, ".png"),))
        thread.start()
        assert started.wait(10)
        read_image(encoded(RGB, ".png"))  # begins later, ends earlier
        assert logging.getLogLevel() == logging.LOG_LEVEL_SILENT
        release.set()
        thread.join(10)
    assert inside == [logging.LOG_LEVEL_SILENT] * 2
    assert logging.getLogLevel() == before


def test_a_decoder_that_disagrees_with_the_header_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: np.zeros((H + 1, W, 3), np.uint8))
    refused(encoded(RGB, ".png"), "could not be decoded")


def test_memory_that_runs_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(cv2, "imdecode", exhausted)
    refused(encoded(RGB, ".png"), "could not be decoded")


@given(
    hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9))
    | hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_written_pictures_come_back(tmp_path: Path, array: np.ndarray) -> None:
    write_png(tmp_path / "a.png", array)
    colour = array if array.ndim == 3 else array[..., None].repeat(3, 2)
    assert np.array_equal(read_image(tmp_path / "a.png"), colour)


def test_written_masks_and_probabilities(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    mask = GREY > 99
    write_png(path, mask)
    assert np.array_equal(read_mask(path), np.where(mask, 255, 0))
    write_png(str(path), mask[:, ::-1])
    assert np.array_equal(read_mask(path), np.where(mask[:, ::-1], 255, 0))
    map16 = np.linspace(0, 65535, H * W).round().astype(np.uint16).reshape(H, W)
    write_png(path, map16)
    assert np.array_equal(np.asarray(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)), map16)


@pytest.mark.parametrize(
    "array", [GREY.astype(np.float32), GREY.astype(int), RGB16, np.dstack([RGB, ALPHA]), GREY[:0], GREY[0]]
)
def test_other_arrays_are_not_written(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="grey or RGB"):
        write_png(tmp_path / "a.png", array)
    assert not (tmp_path / "a.png").exists()


def test_writing_to_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"^a\.png could not be written"):
        write_png(tmp_path / "none" / "a.png", GREY)
