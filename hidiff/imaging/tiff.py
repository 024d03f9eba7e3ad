"""TIFF directories: size, orientation and completeness of a TIFF or an EXIF block, before any pixel is decoded.

TIFF 6.0 with BigTIFF; the orientation is EXIF 2.32, tag 0x0112. Untrusted bytes are read with plain slicing and
`struct`; nothing is allocated in proportion to the size that a header claims.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hidiff.imaging.header import (
    DAMAGED,
    MAX_PIECES,
    OUT_OF_BOUNDS,
    UNUSUAL,
    Header,
    RefusedError,
    Tiles,
    check_decoded,
    check_size,
)

_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MAX_PAGES = 64  # that are looked through for one that is no thumbnail


@dataclass(frozen=True)
class _Entry:
    code: str  # struct's letter, with its byte order; "" for what is no whole number
    count: int
    offset: int  # of the first value
    record: bytes  # the entry as it stands in the directory

    def values(self, data: bytes, limit: int) -> tuple[int, ...]:
        count = min(self.count, limit)
        return struct.unpack_from(f"{self.code[0]}{count}{self.code[1]}", data, self.offset)


@dataclass(frozen=True)
class _Form:
    """The two kinds of TIFF. order: of bytes. big: BigTIFF, with 64-bit offsets."""

    order: str
    big: bool

    @classmethod
    def of(cls, data: bytes) -> _Form:
        order = "<" if data[:2] == b"II" else ">"
        return cls(order, struct.unpack_from(order + "H", data, 2)[0] == 43)

    @property
    def offset(self) -> str:
        """struct's format of an offset."""
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        """struct's format of the number of entries."""
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        """struct's format of tag, type and number of an entry; its value or offset follows."""
        return self.order + ("HHQ" if self.big else "HHI")

    @property
    def start(self) -> int:
        """Where the offset of the first directory stands."""
        return 8 if self.big else 4

    def record(self, tag: int, kind: int, value: int) -> bytes:
        """An entry of one value."""
        code = self.order + _TIFF_TYPES[kind]
        return struct.pack(self.entry, tag, kind, 1) + struct.pack(code, value).ljust(8 if self.big else 4, b"\0")


def _directory(data: bytes, start: int | None = None) -> tuple[dict[int, _Entry], int]:
    """An image directory of a TIFF or EXIF block, the first by default: tag -> entry, and where the next one stands."""
    form = _Form.of(data)
    if start is None:
        (start,) = struct.unpack_from(form.offset, data, form.start)
    (count,) = struct.unpack_from(form.count, data, start)
    first, inline = start + struct.calcsize(form.count), struct.calcsize(form.offset)
    step = struct.calcsize(form.entry) + inline
    if first + count * step > len(data):
        raise IndexError("directory outside the file")
    entries: dict[int, _Entry] = {}
    end = first + min(count, 65_535) * step
    for at in range(first, end, step):
        tag, kind, number = struct.unpack_from(form.entry, data, at)
        record = data[at : at + step]
        if kind not in _TIFF_TYPES or not number:
            entries.setdefault(tag, _Entry("", 0, 0, record))
            continue
        code, offset = form.order + _TIFF_TYPES[kind], at + step - inline
        if struct.calcsize(code) * number > inline:
            (offset,) = struct.unpack_from(form.offset, data, offset)
            if offset + struct.calcsize(code) * number > len(data):
                raise IndexError("values outside the file")
        entries.setdefault(tag, _Entry(code, number, offset, record))
    after = struct.unpack_from(form.offset, data, end)[0] if end + inline <= len(data) else 0
    return entries, after


def _values(data: bytes, entries: Mapping[int, _Entry], tag: int, default: int, limit: int = 1) -> tuple[int, ...]:
    entry = entries.get(tag)
    return entry.values(data, limit) if entry and entry.code else (default,)


def _main_page(data: bytes) -> tuple[dict[int, _Entry], bool]:
    """The directory of the first page that is no reduced image and no mask of another, and whether it comes first.
    Where all of them say that they are, the largest is meant."""
    first, after = _directory(data)
    if not _is_reduced(data, first):
        return first, True
    pages: list[dict[int, _Entry]] = [first]
    waiting, seen = [after, *_values(data, first, 330, 0, limit=_MAX_PAGES)], set[int]()
    while waiting and len(seen) < _MAX_PAGES:
        start = waiting.pop(0)
        if not start or start in seen:
            continue
        seen.add(start)
        page, after = _directory(data, start)
        if not _is_reduced(data, page):
            return page, False
        pages.append(page)
        waiting.insert(0, after)
    sizes = [_values(data, page, 256, 0)[0] * _values(data, page, 257, 0)[0] for page in pages]
    largest = sizes.index(max(sizes))
    return pages[largest], largest == 0


def _is_reduced(data: bytes, entries: Mapping[int, _Entry]) -> bool:
    return bool(_values(data, entries, 254, 0)[0] & 0b101) or _values(data, entries, 255, 0)[0] == 2


def _with_directory(data: bytes, entries: Mapping[int, _Entry], changes: Mapping[int, bytes | None]) -> bytes:
    """The file with a first and only directory of these entries at its end; changes: other records, None for none."""
    form = _Form.of(data)
    records = {tag: entry.record for tag, entry in entries.items()}
    records.update({tag: record for tag, record in changes.items() if record is not None})
    for tag, record in changes.items():
        if record is None:
            records.pop(tag, None)
    out = bytearray(data + b"\0" * (-len(data) % 8))
    struct.pack_into(form.offset, out, form.start, len(out))
    out += struct.pack(form.count, len(records)) + b"".join(records[tag] for tag in sorted(records))
    out += struct.pack(form.offset, 0)
    return bytes(out)


def exif_orientation(block: bytes) -> int:
    """1..8 from an EXIF block; 1 when it holds none or is broken: the picture outweighs its tag."""
    if block[:4] not in (b"II*\0", b"MM\0*"):
        return 1
    try:
        value = _values(block, _directory(block)[0], 0x0112, 1)[0]
    except OUT_OF_BOUNDS:
        return 1
    return value if 1 <= value <= 8 else 1


def tiff_header(data: bytes, max_pixels: int) -> Header:
    """The header of a TIFF: of its first page that is no thumbnail. Raises RefusedError, or what reading past the
    end raises."""
    entries, first = _main_page(data)

    def values(tag: int, default: int, limit: int = 1) -> tuple[int, ...]:
        return _values(data, entries, tag, default, limit)

    (width,), (height,) = values(256, 0), values(257, 0)
    check_size(width, height, max_pixels)
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
        raise RefusedError(UNUSUAL.format("TIFF", what))
    layout = _TiffLayout(width, height, samples if planar == 1 else 1, bits, subsampled=photometric == 6)
    decoded = check_decoded(_decoded_bytes(data, entries, samples * max(1, bits // 8), max_pixels))
    _check_tiff_pieces(data, entries, layout, 1 if planar == 1 else samples, compression)
    veiled = samples == 2 and extra == 2
    if veiled and (planar != 1 or photometric not in (0, 1) or bits not in (8, 16) or compression == 7):
        raise RefusedError(UNUSUAL.format("TIFF", "grey and opacity in planes of their own"))
    (orientation,), (predictor,) = values(0x0112, 1), values(317, 1)
    changes: dict[int, bytes | None] = {} if first else {0x0112: None}
    if veiled:
        if predictor == 2 and 322 in entries:
            raise RefusedError(UNUSUAL.format("TIFF", "differences of grey and opacity in tiles"))
        changes = _as_pairs(_Form.of(data), entries, data, bits)
    if changes:
        payload = _with_directory(data, entries, {**changes, 0x0112: None})
    else:
        payload = _neutral_tiff(data, entries.get(0x0112))
    orientation = orientation if 1 <= orientation <= 8 else 1
    # At 8 bits the decoder multiplies straight alpha in by itself, and turns white that is zero.
    straight = veiled or (samples == 4 and bits > 8 and extra == 2 and photometric == 2)
    white_is_zero = photometric == 0 and (bits > 8 or veiled)
    tiles = _tiles_of(data, entries, changes) if 322 in entries and planar == 1 else None
    return Header(
        "TIFF",
        width,
        height,
        orientation,
        straight,
        white_is_zero,
        payload,
        lossy=compression == 7,
        pairs=veiled,
        differenced=veiled and predictor == 2,
        tiles=tiles,
        decoded=decoded,
    )


def _decoded_bytes(data: bytes, entries: Mapping[int, _Entry], each: int, max_pixels: int) -> int:
    """Bytes that decoding takes, with `each` of them a pixel: the picture's and those of a strip or a tile, which is
    decoded as four channels where a sample has one byte. Raises RefusedError for a tile of too many pixels."""
    width, height = _values(data, entries, 256, 0)[0], _values(data, entries, 257, 0)[0]
    if 322 in entries:
        (tile_width,), (tile_height,) = (_values(data, entries, tag, 0) for tag in (322, 323))
        check_size(tile_width, tile_height, max_pixels)
        piece = tile_width * tile_height
    else:
        piece = width * min(max(1, _values(data, entries, 278, height)[0]), height)
    return width * height * each + piece * max(4, each)


def _as_pairs(form: _Form, entries: Mapping[int, _Entry], data: bytes, bits: int) -> dict[int, bytes | None]:
    """Changes that make of grey and opacity, which lie in turns, one grey picture of twice the width."""
    width, tile_width = _values(data, entries, 256, 0)[0], _values(data, entries, 322, 0)[0]
    changes: dict[int, bytes | None] = {
        256: form.record(256, 4, 2 * width),
        258: form.record(258, 3, bits),
        262: form.record(262, 3, 1),
        277: form.record(277, 3, 1),
        317: None,
        338: None,
        339: None,
    }
    if tile_width:
        changes[322] = form.record(322, 4, 2 * tile_width)
    return changes


def _tiles_of(data: bytes, entries: Mapping[int, _Entry], changes: Mapping[int, bytes | None]) -> Tiles:
    """Each tile as a picture of one strip, which any decoder takes."""
    form = _Form.of(data)
    (width,), (height,) = _values(data, entries, 322, 0), _values(data, entries, 323, 0)
    columns = -(-_values(data, entries, 256, 0)[0] // width)
    number = columns * -(-_values(data, entries, 257, 0)[0] // height)
    offsets, counts = (_values(data, entries, tag, 0, limit=number) for tag in (324, 325))
    width *= 2 if 322 in changes else 1
    kind = 16 if form.big else 4
    strip: dict[int, bytes | None] = {
        256: form.record(256, 4, width),
        257: form.record(257, 4, height),
        273: form.record(273, kind, 0),
        278: form.record(278, 4, height),
        279: form.record(279, kind, 0),
    }
    gone = dict.fromkeys((322, 323, 324, 325, 0x0112))
    payload = _with_directory(data, entries, {**changes, **strip, **gone})
    head = struct.calcsize(form.entry)
    places = [payload.rindex(struct.pack(form.entry, tag, kind, 1)) + head for tag in (273, 279)]
    return Tiles(
        payload,
        ((places[0], form.offset), (places[1], form.offset)),
        (height, width),
        tuple(zip(offsets, counts, strict=False)),
    )


def _check_tiff_pieces(
    data: bytes, entries: Mapping[int, _Entry], layout: _TiffLayout, planes: int, compression: int
) -> None:
    """Raise RefusedError unless every strip or tile lies in the file and has as many bytes as its pixels need."""

    def values(tag: int, default: int, limit: int = 1) -> tuple[int, ...]:
        return _values(data, entries, tag, default, limit)

    width, height = layout.width, layout.height
    if 322 in entries:
        (tile_width,), (tile_height,) = values(322, 0), values(323, 0)
        pieces, piece_rows = -(-width // tile_width) * -(-height // tile_height) * planes, tile_height
        layout = replace(layout, width=tile_width, height=tile_height)
        places = (324, 325)
    else:
        piece_rows = min(max(1, values(278, height)[0]), height)
        pieces, places = -(-height // piece_rows) * planes, (273, 279)
    if pieces > MAX_PIECES:
        raise RefusedError(UNUSUAL.format("TIFF", "too many strips"))
    rows = [min(piece_rows, layout.height - top) for top in range(0, layout.height, piece_rows)]
    rows *= pieces // len(rows)
    offsets = values(places[0], 0, limit=len(rows))
    # Old uncompressed files may lack the byte counts; they follow from the size.
    default = [layout.bytes_of(count) for count in rows] if compression == 1 else []
    counts = values(places[1], 0, limit=len(rows)) if places[1] in entries else tuple(default)
    if min(len(offsets), len(counts)) < len(rows):
        raise RefusedError(DAMAGED)
    for offset, count, height_of_piece in zip(offsets, counts, rows, strict=True):
        if not 0 < offset <= len(data) - count:
            raise RefusedError(DAMAGED)
        least = layout.bytes_of(height_of_piece)
        if compression == 1 and count < least:
            raise RefusedError(DAMAGED)
        if compression in (8, 32946) and _inflates_to_less(data[offset : offset + count], least):
            raise RefusedError(DAMAGED)


def _neutral_tiff(data: bytes, entry: _Entry | None) -> bytes:
    """The file with the neutral orientation in the place of the entry's."""
    if entry is None or not entry.code:
        return data
    neutral = bytearray(data)
    struct.pack_into(entry.code, neutral, entry.offset, 1)
    return bytes(neutral)


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
