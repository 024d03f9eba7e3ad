"""Builders of image files, from whole to forged, for the tests of `hidiff.imaging.files`."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Literal

import cv2
import numpy as np
from PIL import Image

H, W = 24, 40


def picture() -> np.ndarray:
    """Smooth asymmetric RGB, so that a wrong orientation or channel order shows and JPEG stays close."""
    rows, columns = np.mgrid[0:H, 0:W]
    return np.stack([rows * 255 // H, columns * 255 // W, (rows + columns) * 255 // (H + W)], 2).astype(np.uint8)


RGB = picture()
GREY = RGB[..., 1]
ALPHA = np.tile(np.linspace(0, 255, W).round().astype(np.uint8), (H, 1))
ON_BLACK = np.round(RGB * (ALPHA[..., None] / 255)).astype(np.uint8)


def bgr(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array[..., [2, 1, 0, 3][: array.shape[2]]] if array.ndim == 3 else array)


def encoded(array: np.ndarray, suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, bgr(array), options)[1].tobytes()


def saved(picture: np.ndarray | Image.Image, form: str, **options: object) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, bits: int, colour: int, raw: bytes, *extra: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(raw))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + body + chunk(b"IEND", b"")


def grey_png(array: np.ndarray, *extra: bytes) -> bytes:
    return png(array.shape[1], array.shape[0], 8, 0, b"".join(b"\0" + row.tobytes() for row in array), *extra)


def tiff(array: np.ndarray, photometric: int, order: Literal["<", ">"] = "<", **changes: object) -> bytes:
    """One-strip TIFF of a (H,W) or (H,W,C) array; `changes` overrides tags as t<number>=(type, values)."""
    array = np.atleast_3d(array)
    data = array.astype(array.dtype.newbyteorder(order)).tobytes()
    height, width, samples = array.shape
    form = {"u": 1, "i": 2, "f": 3}[array.dtype.kind]
    tags: dict[int, tuple[int, list[int]]] = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [array.dtype.itemsize * 8] * samples),
        259: (3, [1]),
        262: (3, [photometric]),
        273: (4, [0]),
        277: (3, [samples]),
        278: (4, [height]),
        279: (4, [len(data)]),
        339: (3, [form] * samples),
    }
    for key, value in changes.items():
        if key == "data":
            data = value  # type: ignore[assignment]
            tags[279] = (4, [len(data)])
        elif value is None:
            tags.pop(int(key[1:]))
        else:
            tags[int(key[1:])] = value  # type: ignore[assignment]
    letters = {3: "H", 4: "I"}
    packed = {tag: struct.pack(f"{order}{len(v)}{letters[t]}", *v) for tag, (t, v) in tags.items()}
    start = 8 + 2 + 12 * len(tags) + 4
    offset = start + sum(len(value) for value in packed.values() if len(value) > 4)
    if tags[273][1] == [0]:
        packed[273] = struct.pack(order + "I", offset)
    entries, tail = b"", b""
    for tag in sorted(tags):
        value = packed[tag]
        entries += struct.pack(order + "HHI", tag, tags[tag][0], len(tags[tag][1]))
        if len(value) > 4:
            entries += struct.pack(order + "I", start + len(tail))
            tail += value
        else:
            entries += value.ljust(4, b"\0")
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "IH", 8, len(tags)) + entries + bytes(4) + tail + data


def bigtiff(grey: np.ndarray) -> bytes:
    height, width = grey.shape
    values = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 0, 277: 1, 278: height, 279: grey.size}
    values[273] = 16 + 8 + 20 * len(values) + 8
    entries = b"".join(struct.pack("<HHQQ", tag, 16 if tag in (273, 279) else 3, 1, v) for tag, v in values.items())
    return b"II+\0" + struct.pack("<HHQQ", 8, 0, 16, len(values)) + entries + bytes(8) + grey.tobytes()


def bmp(width: int, height: int, bits: int, data: bytes, compression: int = 0, palette: bytes = b"") -> bytes:
    offset = 54 + len(palette)
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + palette + data


def orientation_block(value: int) -> bytes:
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)


def oriented(stored: np.ndarray, value: int) -> np.ndarray:
    """The eight orientations by their definition: where the stored first row and column belong."""
    turned = {1: stored, 2: np.fliplr(stored), 3: np.rot90(stored, 2), 4: np.flipud(stored)}
    turned |= {5: np.rot90(np.fliplr(stored)), 6: np.rot90(stored, -1)}
    turned |= {7: np.rot90(np.flipud(stored)), 8: np.rot90(stored)}
    return turned[value]


RGB16 = RGB.astype(np.uint16) * 257
RGBA = np.dstack([RGB, ALPHA])
RGBA16 = np.dstack([RGB16, ALPHA.astype(np.uint16) * 257])
BW = np.where(RGB[..., :1] > 127, np.uint8(255), np.uint8(0)).repeat(3, 2)
GREY3 = GREY[..., None].repeat(3, 2)
CMYK = np.dstack([255 - RGB, np.full((H, W), 60, np.uint8)])
FROM_CMYK = np.round(RGB * (195 / 255)).astype(np.uint8)
DEFLATE = (cv2.IMWRITE_TIFF_COMPRESSION, 8)
RLE = b"".join(bytes([W, row]) + b"\0\0" for row in range(H)) + b"\0\1"
RAMP = bytes(value for level in range(256) for value in (level, level, level, 0))
PALETTE = Image.fromarray(RGB).quantize(16)
BITS = Image.fromarray(BW).convert("1")
FRAMES = {"save_all": True, "append_images": [Image.fromarray(255 - RGB)]}

# Name -> (file, the picture it must become, largest difference allowed).
GOOD = {
    "png rgb": (encoded(RGB, ".png"), RGB, 0),
    "png grey": (encoded(GREY, ".png"), GREY3, 0),
    "png 1 bit": (saved(BITS, "PNG"), BW, 0),
    "png palette": (saved(PALETTE, "PNG"), np.asarray(PALETTE.convert("RGB")), 0),
    "png 16 bit": (encoded(RGB16, ".png"), RGB, 0),
    "png grey 16 bit": (encoded(GREY.astype(np.uint16) * 257, ".png"), GREY3, 0),
    "png rgba": (encoded(RGBA, ".png"), ON_BLACK, 1),
    "png rgba 16 bit": (encoded(RGBA16, ".png"), ON_BLACK, 1),
    "png grey alpha": (saved(np.dstack([GREY, ALPHA]), "PNG"), np.round(GREY3 * (ALPHA / 255)[..., None]), 1),
    "apng": (saved(RGB, "PNG", **FRAMES), RGB, 0),
    "jpeg": (encoded(RGB, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 98), RGB, 12),
    "jpeg progressive": (encoded(RGB, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1), RGB, 16),
    "jpeg restart markers": (encoded(RGB, ".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 1), RGB, 16),
    "jpeg grey": (encoded(GREY, ".jpg"), GREY3, 6),
    "jpeg cmyk": (saved(Image.fromarray(CMYK, "CMYK"), "JPEG", quality=98), FROM_CMYK, 8),
    "webp": (encoded(RGB, ".webp", cv2.IMWRITE_WEBP_QUALITY, 98), RGB, 16),
    "webp lossless": (encoded(RGB, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101), RGB, 0),
    "webp alpha": (saved(RGBA, "WEBP", lossless=True, exact=True), ON_BLACK, 1),
    "webp animated": (saved(RGB, "WEBP", lossless=True, **FRAMES), RGB, 0),
    "bmp": (encoded(RGB, ".bmp"), RGB, 0),
    "bmp grey": (saved(GREY, "BMP"), GREY3, 0),
    "bmp 1 bit": (saved(BITS, "BMP"), BW, 0),
    "bmp 32 bit, empty fourth byte": (bmp(W, -H, 32, bgr(np.dstack([RGB, ALPHA * 0])).tobytes()), RGB, 0),
    "bmp run lengths": (bmp(W, -H, 8, RLE, 1, RAMP), np.arange(H)[:, None, None] * np.ones((1, W, 3)), 0),
    "tiff": (encoded(RGB, ".tiff", cv2.IMWRITE_TIFF_COMPRESSION, 1), RGB, 0),
    "tiff lzw": (encoded(RGB, ".tiff", cv2.IMWRITE_TIFF_COMPRESSION, 5), RGB, 0),
    "tiff deflate": (encoded(RGB, ".tiff", *DEFLATE), RGB, 0),
    "tiff strips": (encoded(RGB, ".tiff", *DEFLATE, cv2.IMWRITE_TIFF_ROWSPERSTRIP, 5), RGB, 0),
    "tiff big endian": (tiff(RGB16, 2, ">"), RGB, 0),
    "tiff without byte counts": (tiff(RGB, 2, t279=None), RGB, 0),
    "bigtiff": (bigtiff(GREY), GREY3, 0),
    "tiff palette": (saved(PALETTE, "TIFF"), np.asarray(PALETTE.convert("RGB")), 0),
    "tiff group 4": (saved(BITS, "TIFF", compression="group4"), BW, 0),
    "tiff white is zero": (tiff(255 - GREY, 0), GREY3, 0),
    "tiff white is zero, 16 bit": (tiff(65535 - GREY.astype(np.uint16) * 257, 0), GREY3, 0),
    "tiff rgba": (tiff(RGBA, 2, t338=(3, [2])), ON_BLACK, 1),
    "tiff rgba 16 bit": (tiff(RGBA16, 2, t338=(3, [2])), ON_BLACK, 1),
    "tiff premultiplied 16 bit": (tiff(RGBA16, 2, t338=(3, [1])), RGB, 0),
    "tiff cmyk": (tiff(CMYK, 5), FROM_CMYK, 2),
    "tiff float 0..1": (tiff((RGB / 255).astype(np.float32), 2), RGB, 0),
    "tiff float 0..255": (tiff(RGB.astype(np.float64), 2), RGB, 0),
    "tiff pages": (saved(RGB, "TIFF", **FRAMES), RGB, 0),
}

FOREIGN = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "text": b"BEGIN\nno picture at all",
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\3\4" + bytes(99),
    "jpeg 2000": encoded(RGB.repeat(8, 0).repeat(8, 1), ".jp2"),
    "portable": encoded(RGB, ".ppm"),
    "radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 4\n" + bytes(64),
    "riff of another kind": b"RIFF\x10\0\0\0WAVEfmt " + bytes(20),
    "zeros": bytes(4096),
    "one byte": b"\x89",
}

LARGE = {
    "png": png(60000, 60000, 8, 2, b"")[:33],
    "jpeg": b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 17, 8, 60000, 60000, 3) + bytes(9),
    "webp": b"RIFF"
    + struct.pack("<I", 30)
    + b"WEBPVP8X"
    + struct.pack("<I", 10)
    + bytes(4)
    + b"\x5f\xea\0" * 2
    + bytes(8),
    "bmp": bmp(60000, 60000, 24, b""),
    "bmp top down": bmp(60000, -60000, 24, b""),
    "tiff": tiff(RGB, 2, t256=(4, [60000]), t257=(4, [60000])),
    "tiff tile": tiff(RGB, 2, t322=(4, [60000]), t323=(4, [60000]), t324=(4, [8]), t325=(4, [8])),
    "bmp of the least height": bmp(60000, -(2**31), 24, b""),
}


def png_with_pixels(pixels: bytes) -> bytes:
    return png(W, H, 8, 0, pixels)


FORGED = {
    "png, flipped bit": (lambda d: d[:-20] + bytes([d[-20] ^ 1]) + d[-19:])(encoded(RGB, ".png")),
    "png, no pixels": grey_png(GREY)[:33] + chunk(b"IEND", b""),
    "png, no end": grey_png(GREY)[:-12],
    "png, too few pixels": png_with_pixels(bytes(W + 1) * (H // 2)),
    "png, not deflated": grey_png(GREY)[:33] + chunk(b"IDAT", bytes(99)) + chunk(b"IEND", b""),
    "png, no width": png(0, H, 8, 0, b""),
    "png, header elsewhere": grey_png(GREY)[:8] + grey_png(GREY)[33:],
    "png, bit depth 7": png(W, H, 7, 0, bytes((W + 1) * H)),
    "jpeg, no scan": b"\xff\xd8\xff\xd9",
    "jpeg, two headers": (lambda d, i: d[:i] + d[i : i + 19] + d[i:])(
        encoded(RGB, ".jpg"), encoded(RGB, ".jpg").index(b"\xff\xc0")
    ),
    "jpeg, 12 bits": encoded(RGB, ".jpg").replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"),
    "jpeg, arithmetic": encoded(RGB, ".jpg").replace(b"\xff\xc0", b"\xff\xc9"),
    "jpeg, endless scans": (lambda d, i: d[:i] + d[i:-2] * 80 + d[-2:])(
        encoded(RGB, ".jpg"), encoded(RGB, ".jpg").index(b"\xff\xda")
    ),
    "webp, no picture": b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(10),
    "webp, larger inside than outside": (lambda d: d[:24] + b"\7\0\0\7\0\0" + d[30:])(GOOD["webp alpha"][0]),
    "bmp, pixels in the header": bmp(W, H, 24, bytes(120 * H)).replace(b"\x36\0\0\0\x28", b"\0\0\0\0\x28", 1),
    "bmp, jpeg inside": bmp(W, H, 24, bytes(120 * H), 4),
    "bmp, 24 bits but too short": bmp(W, H, 24, bytes(120 * H - 1)),
    "tiff, signed": tiff(GREY.astype(np.int16), 1),
    "tiff, 32-bit integers": tiff(GREY.astype(np.uint32), 1),
    "tiff, not a number": tiff(np.full((H, W), np.nan, np.float32), 1),
    "tiff, infinite": tiff(np.full((H, W), np.inf, np.float32), 1),
    "tiff, negative": tiff(np.full((H, W), -0.5, np.float32), 1),
    "tiff, beyond 255": tiff(np.full((H, W), 300, np.float32), 1),
    "tiff, five channels": tiff(np.zeros((H, W, 5), np.uint8), 2),
    "tiff, depths that differ": tiff(RGB, 2, t258=(3, [8, 8, 16])),
    "tiff, directory outside": b"II*\0\xff\xff\0\0" + bytes(99),
    "tiff, directory of itself": b"II*\0\4\0\0\0" + bytes(40),
    "tiff, strip outside": tiff(RGB, 2, t273=(4, [10**6])),
    "tiff, strip too short": tiff(RGB, 2, data=RGB.tobytes()[:-1]),
    "tiff, half of the deflated rows": tiff(RGB, 2, t259=(3, [8]), data=zlib.compress(RGB[: H // 2].tobytes())),
    "tiff, deflate damaged": tiff(RGB, 2, t259=(3, [8]), data=b"x" * 99),
    "tiff, no strips": tiff(RGB, 2, t273=(4, [7]), t279=None, t259=(3, [5])),
    "tiff, a million strips": tiff(np.zeros((2**20, 1), np.uint8), 1, t278=(4, [1])),
    "tiff, tiles of one pixel": tiff(np.zeros((999, 999), np.uint8), 1, t322=(4, [1]), t323=(4, [1])),
    "tiff, tiles of no size": tiff(RGB, 2, t322=(4, [0]), t323=(4, [16])),
    "tiff, unknown packing": tiff(RGB, 2, t259=(3, [34712])),
    "tiff, wide planes of 16 bits": tiff(RGB16, 2, t284=(3, [2])),
}
