"""Image headers: format, size, orientation and completeness of an untrusted file, before any pixel is decoded.
Ours and not Pillow's, because Gradio does not allow Pillow 13 yet and the known flaws of 12 must not meet an upload.

The parsers read untrusted bytes with plain slicing and `struct`; they allocate nothing in proportion to the
size that a header claims. Formats: PNG (W3C PNG third edition), JPEG (ITU-T T.81), WebP (RFC 9649), BMP
(Windows DIB) and TIFF 6.0 with BigTIFF; the orientation is EXIF 2.32, tag 0x0112.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

_DAMAGED = "is damaged or cut off; save it again from its source and try once more"
_UNKNOWN = "is not a PNG, JPEG, WebP, BMP or TIFF picture; save it as one of these and try again"
_UNUSUAL = "is a {} of an unusual kind ({}); save it as a plain 8-bit PNG and try again"

# Far above what cameras and editors write, low enough that a file made of tiny pieces costs no minutes.
_MAX_PIECES = 200_000
_MAX_JPEG_SCANS = 64

# What reading past the end, or at an offset beyond all memory, raises.
_OUT_OF_BOUNDS = (struct.error, IndexError, OverflowError)

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}


class RefusedError(Exception):
    """Why a file is refused: the words that follow its name in the sentence for the user."""


@dataclass(frozen=True)
class Header:
    """What is known of a file before decoding.

    kind: "PNG", "JPEG", "WebP", "BMP" or "TIFF". width, height: pixels as stored, before orientation.
    orientation: 1..8 as in EXIF. straight_alpha: a fourth decoded channel is opacity that the colours were
    not multiplied with. white_is_zero: decoded samples deeper than 8 bits count from white.
    payload: the bytes for the decoder: the file without the parts a decoder of pixels has no need of, and
    with a neutral orientation where the decoder would apply it by itself.
    """

    kind: str
    width: int
    height: int
    orientation: int = 1
    straight_alpha: bool = False
    white_is_zero: bool = False
    payload: bytes = b""


def read_header(data: bytes, max_pixels: int) -> Header:
    """Parse the header of `data` and check that the file is whole.

    The pixel limit is checked as soon as the size is known, before the rest of the file is looked at.
    Raises RefusedError for a foreign, oversized, damaged or unusual file.
    """
    if not data:
        raise RefusedError("is empty; choose a PNG, JPEG, WebP, BMP or TIFF picture")
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data, max_pixels)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data, max_pixels)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data, max_pixels)
        if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
            return _tiff(data, max_pixels)
        if data.startswith(b"BM"):
            return _bmp(data, max_pixels)
    except _OUT_OF_BOUNDS as error:
        raise RefusedError(_DAMAGED) from error
    raise RefusedError(_UNKNOWN)


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise RefusedError(_DAMAGED)
    if width * height > max_pixels:
        limit = max_pixels / 1e6
        raise RefusedError(
            f"has {width} x {height} pixels, more than the {limit:g} megapixels that are allowed; "
            "make it smaller and try again"
        )


# ---------------------------------------------------------------------------------------------------- PNG
def _png(data: bytes, max_pixels: int) -> Header:
    if data[12:16] != b"IHDR":
        raise RefusedError(_DAMAGED)
    width, height, _, colour = struct.unpack_from(">IIBB", data, 16)
    _check_size(width, height, max_pixels)
    view = memoryview(data)
    kept, seen, orientation, position = [view[:8]], set(), 1, 8
    for _ in range(_MAX_PIECES):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise RefusedError(_DAMAGED)
        # Text, profiles and animation frames never reach the decoder: less to attack, and a first frame only.
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            (crc,) = struct.unpack_from(">I", data, end - 4)
            if zlib.crc32(view[position + 4 : end - 4]) != crc:
                raise RefusedError(_DAMAGED)
            kept.append(view[position:end])
            seen.add(kind)
        elif kind == b"eXIf":
            orientation = _exif_orientation(data[position + 8 : end - 4])
        if kind == b"IEND":
            if b"IDAT" not in seen:
                raise RefusedError(_DAMAGED)
            alpha = colour in (4, 6) or b"tRNS" in seen
            return Header("PNG", width, height, orientation, alpha, payload=b"".join(kept))
        position = end
    raise RefusedError(_UNUSUAL.format("PNG", "too many chunks"))


# --------------------------------------------------------------------------------------------------- JPEG
def _jpeg(data: bytes, max_pixels: int) -> Header:
    kept, body = [data[:2]], 0
    size, orientation, scans, components, adobe = (0, 0), 1, 0, 0, False
    position = 2
    for _ in range(_MAX_PIECES):
        found = _JPEG_MARKER.search(data, position)
        if found is None:
            raise RefusedError(_DAMAGED)
        start, marker = found.start(), data[found.start() + 1]
        if marker == 0xD9:
            if not scans or not components:
                raise RefusedError(_DAMAGED)
            if components == 4 and not adobe:
                raise RefusedError(_UNUSUAL.format("JPEG", "CMYK without Adobe's marker"))
            payload = b"".join(kept) + data[body : start + 2]
            return Header("JPEG", size[1], size[0], orientation, payload=payload)
        if marker in (0x01, 0xD8):
            position = start + 2
            continue
        (length,) = struct.unpack_from(">H", data, start + 2)
        position = start + 2 + length
        if length < 2 or position > len(data):
            raise RefusedError(_DAMAGED)
        segment = data[start + 4 : position]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            precision, height, width, count = struct.unpack_from(">BHHB", segment)
            if marker not in (0xC0, 0xC1, 0xC2) or precision != 8 or count not in (1, 3, 4):
                raise RefusedError(_UNUSUAL.format("JPEG", f"{precision} bits, {count} channels"))
            if components:
                raise RefusedError(_DAMAGED)
            _check_size(width, height, max_pixels)
            size, components = (height, width), count
        elif marker == 0xDA:
            scans += 1
            if scans > _MAX_JPEG_SCANS:
                raise RefusedError(_UNUSUAL.format("JPEG", "too many scans"))
            body = body or start
        elif marker == 0xE1 and segment.startswith(b"Exif\0\0"):
            orientation = _exif_orientation(segment[6:])
        adobe = adobe or (marker == 0xEE and segment.startswith(b"Adobe"))
        # Of the application segments only JFIF and Adobe change how colours are decoded.
        if not body and not (0xE1 <= marker <= 0xED or marker in (0xEF, 0xFE)):
            kept.append(data[start:position])
    raise RefusedError(_UNUSUAL.format("JPEG", "too many segments"))


# --------------------------------------------------------------------------------------------------- WebP
def _webp(data: bytes, max_pixels: int) -> Header:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise RefusedError(_DAMAGED)
    canvas: tuple[int, int] | None = None
    orientation, position, pictures = 1, 12, 0
    for _ in range(_MAX_PIECES):
        if position + 8 > end:
            break
        kind, length = struct.unpack_from("<4sI", data, position)
        body, position = position + 8, position + 8 + length + (length & 1)
        if body + length > end:
            raise RefusedError(_DAMAGED)
        size = None
        if kind == b"VP8 ":
            width, height = struct.unpack_from("<HH", data, body + 6)
            size = (width & 0x3FFF, height & 0x3FFF)
        elif kind == b"VP8L":
            (bits,) = struct.unpack_from("<I", data, body + 1)
            size = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        elif kind == b"VP8X":
            width, height = (int.from_bytes(data[body + at : body + at + 3], "little") + 1 for at in (4, 7))
            size = (width, height)
        elif kind == b"EXIF":
            orientation = _exif_orientation(data[body : body + length].removeprefix(b"Exif\0\0"))
        if size is not None:
            _check_size(*size, max_pixels)
            canvas = canvas or size
        pictures += kind in (b"VP8 ", b"VP8L", b"ANMF")
    else:
        raise RefusedError(_UNUSUAL.format("WebP", "too many chunks"))
    if canvas is None or not pictures:
        raise RefusedError(_DAMAGED)
    return Header("WebP", *canvas, orientation, straight_alpha=True, payload=data[:end])


# ---------------------------------------------------------------------------------------------------- BMP
def _bmp(data: bytes, max_pixels: int) -> Header:
    offset, header = struct.unpack_from("<II", data, 10)
    if header == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    elif 40 <= header <= 256:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        height = abs(height)  # negative: the rows run from the top
    else:
        raise RefusedError(_DAMAGED)
    _check_size(width, height, max_pixels)
    if bits not in (1, 4, 8, 16, 24, 32) or compression not in (0, 1, 2, 3, 6):
        raise RefusedError(_UNUSUAL.format("BMP", f"{bits} bits, compression {compression}"))
    needed = 1 if compression in (1, 2) else (width * bits + 31) // 32 * 4 * height
    if not 14 + header <= offset <= len(data) - needed:
        raise RefusedError(_DAMAGED)
    # The fourth byte of a 32-bit BMP is padding far more often than opacity, so it is never read as alpha.
    return Header("BMP", width, height, payload=data)


# --------------------------------------------------------------------------------------------------- TIFF
@dataclass(frozen=True)
class _Entry:
    code: str  # struct's letter, with its byte order
    count: int
    offset: int  # of the first value

    def values(self, data: bytes, limit: int) -> tuple[int, ...]:
        count = min(self.count, limit)
        return struct.unpack_from(f"{self.code[0]}{count}{self.code[1]}", data, self.offset)


def _directory(data: bytes) -> dict[int, _Entry]:
    """First image directory of a TIFF or EXIF block: tag -> entry, unsigned integer types alone."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    if big:
        (start,) = struct.unpack_from(order + "Q", data, 8)
        (count,) = struct.unpack_from(order + "Q", data, start)
        first, step, form, inline = start + 8, 20, order + "HHQ", 8
    else:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, start)
        first, step, form, inline = start + 2, 12, order + "HHI", 4
    if first + count * step > len(data):
        raise IndexError("directory outside the file")
    entries: dict[int, _Entry] = {}
    for at in range(first, first + min(count, 65_535) * step, step):
        tag, kind, number = struct.unpack_from(form, data, at)
        if kind not in _TIFF_TYPES or not number:
            continue
        code, offset = order + _TIFF_TYPES[kind], at + step - inline
        if struct.calcsize(code) * number > inline:
            (offset,) = struct.unpack_from(order + ("Q" if big else "I"), data, offset)
            if offset + struct.calcsize(code) * number > len(data):
                raise IndexError("values outside the file")
        entries.setdefault(tag, _Entry(code, number, offset))
    return entries


def _exif_orientation(block: bytes) -> int:
    """1..8 from an EXIF block; 1 when it holds none or is broken: the picture outweighs its tag."""
    if block[:4] not in (b"II*\0", b"MM\0*"):
        return 1
    try:
        entry = _directory(block).get(0x0112)
        value = entry.values(block, 1)[0] if entry else 1
    except _OUT_OF_BOUNDS:
        return 1
    return value if 1 <= value <= 8 else 1


def _tiff(data: bytes, max_pixels: int) -> Header:
    entries = _directory(data)

    def values(tag: int, default: int, limit: int = 1) -> tuple[int, ...]:
        return entries[tag].values(data, limit) if tag in entries else (default,)

    (width,), (height,) = values(256, 0), values(257, 0)
    _check_size(width, height, max_pixels)
    (compression,), (photometric,), (samples,) = values(259, 1), values(262, 1), values(277, 1)
    (planar,), (form,), (extra,) = values(284, 1), values(339, 1), values(338, 0)
    depths = values(258, 1, limit=8)
    bits = depths[0]
    known = (
        compression in (1, 2, 3, 4, 5, 7, 8, 32773, 32946)
        and photometric in (0, 1, 2, 3, 5, 6)
        and 1 <= samples <= 4
        and len(set(depths)) == 1
        and (form, bits) in {(1, 1), (1, 4), (1, 8), (1, 16), (3, 32), (3, 64)}
        and (bits != 4 or photometric == 3)
        and (bits == 8 or (planar == 1 and photometric != 5))
    )
    if not known:
        what = f"{samples} channels, {bits} bits, type {form}, compression {compression}, colours {photometric}"
        raise RefusedError(_UNUSUAL.format("TIFF", what))
    layout = _TiffLayout(width, height, samples if planar == 1 else 1, bits, subsampled=photometric == 6)
    _check_tiff_pieces(data, entries, layout, 1 if planar == 1 else samples, compression, max_pixels)
    orientation, payload = _neutral_tiff(data, entries.get(0x0112))
    # At 8 bits the decoder multiplies straight alpha in by itself.
    straight = samples == 4 and bits > 8 and extra == 2 and photometric == 2
    return Header("TIFF", width, height, orientation, straight, photometric == 0 and bits > 8, payload)


def _check_tiff_pieces(
    data: bytes, entries: Mapping[int, _Entry], layout: _TiffLayout, planes: int, compression: int, max_pixels: int
) -> None:
    """Raise RefusedError unless every strip or tile lies in the file and has as many bytes as its pixels need."""

    def values(tag: int, default: int, limit: int = 1) -> tuple[int, ...]:
        return entries[tag].values(data, limit) if tag in entries else (default,)

    width, height = layout.width, layout.height
    if 322 in entries:
        (tile_width,), (tile_height,) = values(322, 0), values(323, 0)
        _check_size(tile_width, tile_height, max_pixels)
        pieces, piece_rows = -(-width // tile_width) * -(-height // tile_height) * planes, tile_height
        layout = replace(layout, width=tile_width, height=tile_height)
        places = (324, 325)
    else:
        piece_rows = min(max(1, values(278, height)[0]), height)
        pieces, places = -(-height // piece_rows) * planes, (273, 279)
    if pieces > _MAX_PIECES:
        raise RefusedError(_UNUSUAL.format("TIFF", "too many strips"))
    rows = [min(piece_rows, layout.height - top) for top in range(0, layout.height, piece_rows)]
    rows *= pieces // len(rows)
    offsets = values(places[0], 0, limit=len(rows))
    # Old uncompressed files may lack the byte counts; they follow from the size.
    default = [layout.bytes_of(count) for count in rows] if compression == 1 else []
    counts = values(places[1], 0, limit=len(rows)) if places[1] in entries else tuple(default)
    if min(len(offsets), len(counts)) < len(rows):
        raise RefusedError(_DAMAGED)
    for offset, count, height_of_piece in zip(offsets, counts, rows, strict=True):
        if not 0 < offset <= len(data) - count:
            raise RefusedError(_DAMAGED)
        least = layout.bytes_of(height_of_piece)
        if compression == 1 and count < least:
            raise RefusedError(_DAMAGED)
        if compression in (8, 32946) and _inflates_to_less(data[offset : offset + count], least):
            raise RefusedError(_DAMAGED)


def _neutral_tiff(data: bytes, entry: _Entry | None) -> tuple[int, bytes]:
    """The orientation that the entry names, and the file with the neutral one in its place."""
    if entry is None:
        return 1, data
    value = entry.values(data, 1)[0]
    neutral = bytearray(data)
    struct.pack_into(entry.code, neutral, entry.offset, 1)
    return value if 1 <= value <= 8 else 1, bytes(neutral)


@dataclass(frozen=True)
class _TiffLayout:
    width: int
    height: int
    samples: int  # interleaved in one strip or tile
    bits: int
    subsampled: bool  # YCbCr: fewer bytes than the channels would need

    def bytes_of(self, rows: int) -> int:
        """Least number of bytes that `rows` rows take when they are not compressed."""
        if self.subsampled:
            return self.width * rows
        return (self.width * self.samples * self.bits + 7) // 8 * rows


def _inflates_to_less(packed: bytes, least: int) -> bool:
    """Whether a deflated piece is damaged or shorter than `least` bytes: decoders show noise for it."""
    machine, total = zlib.decompressobj(), 0
    try:
        while packed and total <= least and not machine.eof:
            total += len(machine.decompress(packed, 1 << 20))
            packed = machine.unconsumed_tail
    except zlib.error:
        return True
    return total < least
