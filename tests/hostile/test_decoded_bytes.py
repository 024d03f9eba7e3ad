"""Pictures that are small as files and large in memory: refused from the header, or decoded within a bound."""

from __future__ import annotations

import struct
import threading
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from hidiff.errors import ImageError
from hidiff.imaging import files as images
from hidiff.imaging.files import read_image, read_map


def tiff(side: int, samples: int, bits: int, form: int) -> bytes:
    """Deflated zeros in one strip: kilobytes, whatever they are in memory."""
    packer = zlib.compressobj(9)
    row = bytes(side * samples * bits // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    body += b"\0" * (len(body) % 2)
    at, extra, entries = 8 + len(body), b"", []
    count = 10 + (samples == 4)

    def entry(tag: int, *values: int, kind: str = "H") -> None:
        nonlocal extra
        packed = struct.pack(f"<{len(values)}{kind}", *values)
        if len(packed) > 4:
            place = at + 2 + 12 * count + 4 + len(extra)
            extra += packed
            packed = struct.pack("<I", place)
        entries.append(struct.pack("<HHI", tag, 3 if kind == "H" else 4, len(values)) + packed.ljust(4, b"\0"))

    entry(256, side, kind="I")
    entry(257, side, kind="I")
    entry(258, *[bits] * samples)
    entry(259, 8)
    entry(262, 2 if samples > 2 else 1)
    entry(273, 8, kind="I")
    entry(277, samples)
    entry(278, side, kind="I")
    entry(279, len(body), kind="I")
    if samples == 4:
        entry(338, 2)
    entry(339, *[form] * samples)
    return b"II*\0" + struct.pack("<I", at) + body + struct.pack("<H", count) + b"".join(entries) + bytes(4) + extra


def png(side: int, depth: int, colour: int) -> bytes:
    channels = {0: 1, 2: 3, 6: 4}[colour]
    packer = zlib.compressobj(9)
    row = bytes(1 + side * channels * depth // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("read", [read_image, read_map])
@pytest.mark.parametrize(
    "bomb",
    [tiff(3000, 4, 64, 3), tiff(4900, 3, 16, 1), tiff(4000, 4, 32, 3)],
    ids=["4 doubles", "3 of 16 bits", "4 floats"],
)
def test_a_deep_picture_is_refused_from_its_header(read: object, bomb: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(bomb) < 1_000_000
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded before its bytes were counted"))
    tracemalloc.start()
    try:
        with pytest.raises(ImageError, match=r"would take \d+ MB to decode, more than the 250 MB"):
            read(bomb, "a.tif")  # type: ignore[operator]
        assert tracemalloc.get_traced_memory()[1] < 3_000_000 + len(bomb)
    finally:
        tracemalloc.stop()


def test_a_progressive_jpeg_counts_with_what_its_decoder_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """All coefficients of three channels, two bytes each, beside the pixels."""
    picture = np.zeros((300, 400, 3), np.uint8)
    full = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    plain, progressive = (
        cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, how, *full])[1].tobytes() for how in (0, 1)
    )
    monkeypatch.setattr("hidiff.imaging.header.MAX_DECODED", 400_000)
    assert read_image(plain).shape == (300, 400, 3)
    with pytest.raises(ImageError, match="to decode"):
        read_image(progressive)


@pytest.mark.parametrize(
    "data", [png(2500, 16, 6), tiff(2500, 1, 32, 3), png(3000, 8, 2)], ids=["png", "tiff", "plain"]
)
def test_conversion_takes_little_beside_the_samples(data: bytes) -> None:
    header = images.read_header(data, images.MAX_PIXELS)
    tracemalloc.start()
    try:
        pixels = read_image(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < header.decoded + 2 * pixels.nbytes + 12_000_000


def test_conversion_by_rows_is_the_conversion_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    cases = {
        ".png": rng.integers(0, 65536, (37, 23, 4), np.uint16),
        ".tiff": rng.random((37, 23, 3), np.float32),
    }
    for kind, samples in cases.items():
        data = cv2.imencode(kind, samples)[1].tobytes()
        whole = read_image(data), read_map(data)
        with monkeypatch.context() as patch:
            patch.setattr(images, "_BLOCK", 1)
            patch.setattr("hidiff.imaging.masks._BLOCK", 1)
            again = read_image(data), read_map(data)
        assert all(np.array_equal(one, other) for one, other in zip(whole, again, strict=True))
    eight = (samples_of := cases[".png"]).astype(np.float64) * (255 / 65535) + 0.5
    plain = np.minimum(eight, 255).astype(np.uint8)[..., :3][..., ::-1].astype(np.uint16)
    alpha = np.minimum(samples_of[..., 3] * (255 / 65535) + 0.5, 255).astype(np.uint8)[..., None]
    faded = ((plain * alpha + 127) // 255).astype(np.uint8)
    assert np.array_equal(read_image(cv2.imencode(".png", samples_of)[1].tobytes()), faded)


def test_of_large_pictures_one_is_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    data = png(2400, 8, 2)
    decode, now, most = images._pixels_of, 0, 0
    count = threading.Lock()

    def watched(header: images.Header) -> np.ndarray | None:
        nonlocal now, most
        with count:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        out = decode(header)
        with count:
            now -= 1
        return out

    monkeypatch.setattr(images, "_pixels_of", watched)
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(read_image, [data] * 4))) == 4
    assert most == 1
    small = png(16, 8, 2)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read_image, [small] * 4))
    assert most > 1
