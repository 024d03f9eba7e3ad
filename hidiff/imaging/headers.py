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

from hidiff.imaging.header import (
    DAMAGED,
    MAX_PIECES,
    OUT_OF_BOUNDS,
    UNUSUAL,
    Header,
    RefusedError,
    check_decoded,
    check_size,
)
from hidiff.imaging.tiff import exif_orientation, tiff_header

__all__ = ["Header", "RefusedError", "read_header"]

_UNKNOWN = "is not a PNG, JPEG, WebP, BMP or TIFF picture; save it as one of these and try again"
_MAX_JPEG_SCANS = 64
_MAX_TEXT = 1 << 20  # bytes of an EXIF block that is written as text
_PNG_CHANNELS = {0: 1, 2: 3}  # of samples as decoded, by colour type; 4 of all others
_WEBP_BYTES = 8  # a pixel: as decoded, and as the decoder holds it
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_EXIF_KEYWORDS = (b"Raw profile type exif", b"Raw profile type APP1")


def read_header(data: bytes, max_pixels: int, gif: bool = False) -> Header:
    """Parse the header of `data` and check that the file is whole. gif: whether that is one of the formats, as it is
    for masks, which DRIVE has in it.

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
            return tiff_header(data, max_pixels)
        if data.startswith(b"BM"):
            return _bmp(data, max_pixels)
        if gif and data.startswith((b"GIF87a", b"GIF89a")):
            return _gif(data, max_pixels)
    except OUT_OF_BOUNDS as error:
        raise RefusedError(DAMAGED) from error
    raise RefusedError(_UNKNOWN)


# ---------------------------------------------------------------------------------------------------- PNG
def _png(data: bytes, max_pixels: int) -> Header:
    if data[12:16] != b"IHDR":
        raise RefusedError(DAMAGED)
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    check_size(width, height, max_pixels)
    decoded = check_decoded(width * height * _PNG_CHANNELS.get(colour, 4) * max(1, depth // 8))
    view = memoryview(data)
    kept, seen, orientation, position = [view[:8]], set(), 1, 8
    told, clear_level = 1, None
    for _ in range(MAX_PIECES):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise RefusedError(DAMAGED)
        # Text, profiles and animation frames never reach the decoder: less to attack, and a first frame only.
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            (crc,) = struct.unpack_from(">I", data, end - 4)
            if zlib.crc32(view[position + 4 : end - 4]) != crc:
                raise RefusedError(DAMAGED)
            kept.append(view[position:end])
            seen.add(kind)
            if kind == b"tRNS" and colour == 0:  # one grey is transparent, which the decoder passes over
                (clear_level,) = struct.unpack_from(">H", data, position + 8)
                clear_level *= 255 // (2**depth - 1) if depth < 8 else 1
        elif kind == b"eXIf":
            orientation = exif_orientation(data[position + 8 : end - 4])
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            told = max(told, exif_orientation(_exif_of_text(kind, data[position + 8 : end - 4])))
        if kind == b"IEND":
            if b"IDAT" not in seen:
                raise RefusedError(DAMAGED)
            alpha = colour in (4, 6) or b"tRNS" in seen
            upright = orientation if orientation > 1 else told
            payload = b"".join(kept)
            return Header("PNG", width, height, upright, alpha, False, payload, False, clear_level, decoded=decoded)
        position = end
    raise RefusedError(UNUSUAL.format("PNG", "too many chunks"))


def _exif_of_text(kind: bytes, content: bytes) -> bytes:
    """The EXIF block in a text chunk, as ImageMagick writes it in hexadecimal; b"" where there is none."""
    keyword, _, text = content.partition(b"\0")
    if keyword not in _EXIF_KEYWORDS:
        return b""
    try:
        if kind == b"iTXt":
            packed, text = text[:1] == b"\1", text[2:].split(b"\0", 2)[2]
        else:
            packed, text = kind == b"zTXt", text[1:] if kind == b"zTXt" else text
        if packed:
            text = zlib.decompressobj().decompress(text, _MAX_TEXT)
        digits = b"".join(text[:_MAX_TEXT].split(b"\n")[3:])
        return bytes.fromhex(digits.decode("ascii")).removeprefix(b"Exif\0\0")
    except (ValueError, IndexError, zlib.error):
        return b""


# --------------------------------------------------------------------------------------------------- JPEG
def _jpeg(data: bytes, max_pixels: int) -> Header:
    kept, body = [data[:2]], 0
    size, exif, scans, components, progressive, decoded = (0, 0), b"", 0, 0, False, 0
    position = 2
    for _ in range(MAX_PIECES):
        found = _JPEG_MARKER.search(data, position)
        # In a scan, a reserved marker is what a camera appended without an end marker before it.
        if found is None or (scans and 0x02 <= data[found.start() + 1] <= 0xBF):
            if scans != 1 or not components or progressive:
                raise RefusedError(DAMAGED)
            payload = b"".join(kept) + _without_trailer(data[body:], found and found.start() - body) + b"\xff\xd9"
            upright = exif_orientation(exif)
            return Header("JPEG", *size, upright, payload=payload, lossy=True, unended=True, decoded=decoded)
        start, marker = found.start(), data[found.start() + 1]
        if marker == 0xD9:
            if not scans or not components:
                raise RefusedError(DAMAGED)
            payload = b"".join(kept) + data[body : start + 2]
            return Header("JPEG", *size, exif_orientation(exif), payload=payload, lossy=True, decoded=decoded)
        if marker in (0x01, 0xD8):
            position = start + 2
            continue
        (length,) = struct.unpack_from(">H", data, start + 2)
        position = start + 2 + length
        if length < 2 or position > len(data):
            raise RefusedError(DAMAGED)
        segment = data[start + 4 : position]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            precision, height, width, count = struct.unpack_from(">BHHB", segment)
            if marker not in (0xC0, 0xC1, 0xC2) or precision != 8 or count not in (1, 3, 4):
                raise RefusedError(UNUSUAL.format("JPEG", f"{precision} bits, {count} channels"))
            if components:
                raise RefusedError(DAMAGED)
            check_size(width, height, max_pixels)
            size, components, progressive = (width, height), count, marker == 0xC2
            # All coefficients of several scans are held at once, in two bytes each.
            decoded = check_decoded(width * height * (3 + 2 * count * progressive))
        elif marker == 0xDA:
            scans += 1
            if scans > _MAX_JPEG_SCANS:
                raise RefusedError(UNUSUAL.format("JPEG", "too many scans"))
            body = body or start
        elif marker == 0xE1 and segment.startswith(b"Exif\0\0"):
            exif += segment[6:]  # a long block goes on in the next segment
        # Of the application segments only JFIF and Adobe change how colours are decoded.
        if not body and not (0xE1 <= marker <= 0xED or marker in (0xEF, 0xFE)):
            kept.append(data[start:position])
    raise RefusedError(UNUSUAL.format("JPEG", "too many segments"))


def _without_trailer(scan: bytes, end: int | None) -> bytes:
    """A last scan without an end marker, up to `end`: without what a camera appended, where that says what it is."""
    if scan.endswith(b"SEFT") and b"SEFH" in scan:
        end = scan.rindex(b"SEFH")
    return scan[:end].rstrip(b"\xff")


# --------------------------------------------------------------------------------------------------- WebP
def _webp(data: bytes, max_pixels: int) -> Header:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise RefusedError(DAMAGED)
    canvas: tuple[int, int] | None = None
    orientation, position, pictures, lossy = 1, 12, 0, False
    for _ in range(MAX_PIECES):
        if position + 8 > end:
            break
        kind, length = struct.unpack_from("<4sI", data, position)
        body, position = position + 8, position + 8 + length + (length & 1)
        if body + length > end:
            raise RefusedError(DAMAGED)
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
            orientation = exif_orientation(data[body : body + length].removeprefix(b"Exif\0\0"))
        if size is not None:
            check_size(*size, max_pixels)
            canvas = canvas or size
            check_decoded(_WEBP_BYTES * size[0] * size[1])
        pictures += kind in (b"VP8 ", b"VP8L", b"ANMF")
        lossy = lossy or kind in (b"VP8 ", b"ANMF")
    else:
        raise RefusedError(UNUSUAL.format("WebP", "too many chunks"))
    if canvas is None or not pictures:
        raise RefusedError(DAMAGED)
    decoded = _WEBP_BYTES * canvas[0] * canvas[1]
    return Header("WebP", *canvas, orientation, True, payload=data[:end], lossy=lossy, decoded=decoded)


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
        raise RefusedError(DAMAGED)
    check_size(width, height, max_pixels)
    if bits not in (1, 4, 8, 16, 24, 32) or compression not in (0, 1, 2, 3, 6):
        raise RefusedError(UNUSUAL.format("BMP", f"{bits} bits, compression {compression}"))
    needed = 1 if compression in (1, 2) else (width * bits + 31) // 32 * 4 * height
    if not 14 + header <= offset <= len(data) - needed:
        raise RefusedError(DAMAGED)
    # The fourth byte of a 32-bit BMP is padding far more often than opacity, so it is never read as alpha.
    decoded = check_decoded(4 * width * height)
    return Header("BMP", width, height, payload=data, decoded=decoded)


# ---------------------------------------------------------------------------------------------------- GIF
def _gif(data: bytes, max_pixels: int) -> Header:
    """Of the first frame, which has to fill the picture."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    check_size(width, height, max_pixels)
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    for _ in range(MAX_PIECES):
        kind = data[position]
        if kind == 0x21:
            position = _after_blocks(data, position + 2)
        elif kind == 0x2C:
            left, top, wide, tall, flags = struct.unpack_from("<HHHHB", data, position + 1)
            if (left, top, wide, tall) != (0, 0, width, height):
                raise RefusedError(UNUSUAL.format("GIF", "a frame that does not fill it"))
            table = 3 << (flags & 7) + 1 if flags & 0x80 else 0
            end = _after_blocks(data, position + 10 + table + 1)
            return Header("GIF", width, height, payload=data[:end] + b";", decoded=check_decoded(8 * width * height))
        else:
            raise RefusedError(DAMAGED)
    raise RefusedError(UNUSUAL.format("GIF", "too many blocks"))


def _after_blocks(data: bytes, position: int) -> int:
    """Where a chain of blocks ends. Raises IndexError where the file does."""
    while length := data[position]:
        position += 1 + length
    return position + 1
