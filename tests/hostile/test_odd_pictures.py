"""Pictures that are whole and common enough, in odd forms: read as Pillow and OpenCV agree, and never turned or cut."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from picture_files import chunk, saved, tiff
from PIL import Image, PngImagePlugin

from hidiff.errors import ImageError
from hidiff.imaging.files import image_size, read_image, read_map, read_mask

H, W = 48, 80
ROWS, COLUMNS = np.mgrid[0:H, 0:W]
RGB = np.stack([ROWS * 255 // H, COLUMNS * 255 // W, (ROWS + COLUMNS) * 255 // (H + W)], 2).astype(np.uint8)
GREY = np.ascontiguousarray(RGB[..., 1])
ALPHA = np.where(COLUMNS < W // 2, 0, 255).astype(np.uint8)
VEILED = np.where(ALPHA > 0, GREY, 0)
TURNED = np.rot90(RGB, -1)
SIX = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)  # orientation 6: to be turned clockwise
NONE = b"MM\0*" + struct.pack(">IHI", 8, 0, 0)


def segment(body: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def jpeg(progressive: bool = False) -> bytes:
    return saved(RGB, "JPEG", quality=98, subsampling=0, progressive=progressive)


def with_text(kind: str, keyword: str = "Raw profile type exif") -> bytes:
    block = b"Exif\0\0" + SIX
    info, text = PngImagePlugin.PngInfo(), f"\nexif\n{len(block):8d}\n{block.hex()}\n"
    if kind == "iTXt":
        info.add_itxt(keyword, text)
    else:
        info.add_text(keyword, text, zip=kind == "zTXt")
    return saved(RGB, "PNG", pnginfo=info)


def grey_with_clear(level: int, depth: int = 8) -> bytes:
    samples = np.where(ALPHA > 0, np.where(level == GREY, GREY - 1, GREY), level)
    data = saved(samples.astype(np.uint8 if depth == 8 else np.uint16), "PNG")
    return data[:33] + chunk(b"tRNS", struct.pack(">H", level)) + data[33:]


def close(got: np.ndarray, expected: np.ndarray, tolerance: int) -> None:
    expected = expected if expected.ndim == 3 else np.repeat(expected[..., None], 3, 2)
    assert got.shape == expected.shape
    assert np.abs(got.astype(int) - expected).max() <= tolerance


@pytest.mark.parametrize(
    "blocks",
    [
        (SIX, NONE),
        (SIX + bytes(900), bytes(range(200))),
        (SIX[:20], SIX[20:]),
    ],
)
def test_exif_in_two_segments_is_one_block(blocks: tuple[bytes, bytes]) -> None:
    data = jpeg()
    close(read_image(data[:2] + b"".join(segment(b"Exif\0\0" + part) for part in blocks) + data[2:]), TURNED, 4)


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
def test_exif_in_a_text_chunk_turns_the_picture(kind: str) -> None:
    close(read_image(with_text(kind)), TURNED, 0)
    close(read_image(with_text(kind, "Comment")), RGB, 0)


def test_a_text_chunk_that_is_a_bomb_costs_nothing() -> None:
    bomb = b"Raw profile type exif\0\0" + zlib.compress(b"0" * 50_000_000)
    data = saved(RGB, "PNG")
    close(read_image(data[:33] + chunk(b"zTXt", bomb) + data[33:]), RGB, 0)


def test_a_grey_that_is_transparent_lies_on_black() -> None:
    close(read_image(grey_with_clear(200)), np.where(ALPHA > 0, np.where(GREY == 200, 199, GREY), 0), 0)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_tiff_of_grey_and_opacity_lies_on_black(order: str, depth: type) -> None:
    scale = 1 if depth is np.uint8 else 257
    both = (np.dstack([GREY, ALPHA]).astype(np.uint32) * scale).astype(depth)
    close(read_image(tiff(both, 1, order, t338=(3, [2]))), VEILED, 1)
    inverted = np.dstack([np.iinfo(depth).max - both[..., 0], both[..., 1]])
    close(read_image(tiff(inverted, 0, order, t338=(3, [2]))), VEILED, 1)


@pytest.mark.parametrize("predictor", [1, 2])
def test_a_compressed_tiff_of_grey_and_opacity(predictor: int) -> None:
    both = np.dstack([GREY, ALPHA])
    image = Image.fromarray(both, "LA")
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: predictor})
    close(read_image(buffer.getvalue()), VEILED, 1)


@pytest.mark.parametrize("flags", [[1, 0], [1, 1], [0, 0]])
def test_a_thumbnail_is_never_taken_for_the_picture(flags: list[int]) -> None:
    small = Image.fromarray(RGB).resize((10, 6))
    pages = [small, Image.fromarray(RGB)]
    buffer = io.BytesIO()
    pages[1].encoderinfo = {"tiffinfo": {254: flags[1]}}
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], tiffinfo={254: flags[0]})
    got = read_image(buffer.getvalue())
    assert got.shape == ((H, W, 3) if flags[0] else (6, 10, 3))


@pytest.mark.parametrize("size", [(16, 16), (16, 48), (48, 16), (32, 32), (96, 48)])
@pytest.mark.parametrize("packed", [False, True])
def test_tiles_of_any_size_are_put_together(size: tuple[int, int], packed: bool) -> None:
    wide, tall = size
    columns, rows = -(-W // wide), -(-H // tall)
    padded = np.zeros((rows * tall, columns * wide, 3), np.uint8)
    padded[:H, :W] = RGB
    tiles = [
        padded[r * tall : (r + 1) * tall, c * wide : (c + 1) * wide].tobytes()
        for r in range(rows)
        for c in range(columns)
    ]
    close(read_image(tiled(tiles, wide, tall, packed)), RGB, 0)


def tiled(tiles: list[bytes], wide: int, tall: int, packed: bool) -> bytes:
    pieces = [zlib.compress(tile) if packed else tile for tile in tiles]
    count = len(pieces)
    tags: list[tuple[int, int, list[int]]] = [
        (256, 4, [W]),
        (257, 4, [H]),
        (258, 3, [8, 8, 8]),
        (259, 3, [8 if packed else 1]),
        (262, 3, [2]),
        (277, 3, [3]),
        (322, 4, [wide]),
        (323, 4, [tall]),
    ]
    start = 8 + 2 + 12 * (len(tags) + 2) + 4
    bits, offsets, counts = start, start + 6, start + 6 + 4 * count
    first = counts + 4 * count
    places = [first + sum(map(len, pieces[:index])) for index in range(count)]
    body = b""
    for tag, kind, values in (*tags, (324, 4, places), (325, 4, [len(piece) for piece in pieces])):
        form = f"<{len(values)}{'H' if kind == 3 else 'I'}"
        inline = struct.pack(form, *values)
        if len(inline) > 4:
            inline = struct.pack("<I", {258: bits, 324: offsets, 325: counts}[tag])
        body += struct.pack("<HHI", tag, kind, len(values)) + inline.ljust(4, b"\0")
    arrays = struct.pack("<3H", 8, 8, 8)
    if count > 1:
        arrays += struct.pack(f"<{count}I", *places) + struct.pack(f"<{count}I", *map(len, pieces))
    else:
        arrays += bytes(8 * count)
    return b"II*\0" + struct.pack("<IH", 8, len(tags) + 2) + body + bytes(4) + arrays + b"".join(pieces)


TRAILER = b"\0\0\x01\x0aSEFH" + bytes(range(256)) * 40 + b"SEFT"


@pytest.mark.parametrize("after", [b"", b"\xff", TRAILER])
def test_a_jpeg_that_lacks_its_end_marker_alone_is_read(after: bytes) -> None:
    close(read_image(jpeg()[:-2] + after), RGB, 4)


@pytest.mark.parametrize("after", [b"", TRAILER])
@pytest.mark.parametrize("share", [0.3, 0.8, 0.97])
def test_a_jpeg_that_lacks_pixels_is_refused(share: float, after: bytes) -> None:
    whole = jpeg()
    with pytest.raises(ImageError, match="is damaged or cut off"):
        read_image(whole[: int(share * len(whole))] + after)
    with pytest.raises(ImageError, match="is damaged or cut off"):
        read_image(jpeg(progressive=True)[:-2])


def test_cmyk_without_a_marker_is_read_as_others_read_it() -> None:
    data = saved(Image.fromarray(np.dstack([255 - RGB, 0 * GREY]), "CMYK"), "JPEG", quality=98)
    at = data.index(b"\xff\xee")
    close(read_image(data[:at] + data[at + 16 :]), RGB, 8)


def test_a_resampled_float_may_overshoot() -> None:
    samples = (GREY / 255 * 1.002).astype(np.float32)
    samples[0, 0], samples[1, 1] = 1.0004, -0.0004
    close(read_image(tiff(samples, 1)), np.clip(samples * 255, 0, 255), 1)
    with pytest.raises(ImageError, match=r"outside 0\.\.1 and 0\.\.255"):
        read_image(tiff((samples * 1.5).astype(np.float32), 1))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_gif_is_a_mask_and_no_photograph(mode: str) -> None:
    data = saved(Image.fromarray(ALPHA).convert(mode), "GIF")
    assert np.array_equal(read_mask(data), ALPHA)
    assert read_map(data).dtype == np.bool_
    with pytest.raises(ImageError, match="is not a PNG, JPEG, WebP, BMP or TIFF picture"):
        read_image(data)
    for cut in (10, 20, len(data) // 2):
        with pytest.raises(ImageError):
            read_map(data[:cut])


def test_the_size_is_told_upright_from_the_header_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("size") / "a.jpg"
    data = jpeg()
    path.write_bytes(data)
    assert image_size(path) == (H, W)
    path.write_bytes(data[:2] + segment(b"Exif\0\0" + SIX) + data[2:])
    assert image_size(path) == (W, H)
