"""Untrusted image files <-> arrays.

Every file goes one way: its size on disk, its header (`headers.py`), then OpenCV's decoder, then one form:
8-bit RGB. Pixels are decoded by OpenCV alone. The format follows from the content, never from the name.
"""

from __future__ import annotations

import stat
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from hidiff.errors import ImageError
from hidiff.imaging.header import Tiles
from hidiff.imaging.headers import Header, RefusedError, read_header
from hidiff.imaging.masks import ROUNDING, GivenMap, mask_or_probability

MAX_PIXELS = 25_000_000
MAX_BYTES = 200_000_000
LARGE = 16_000_000  # bytes to decode from which on a picture waits until no other such is being decoded
_BLOCK = 1_000_000  # samples that are converted at once

_CUT = "is damaged or cut off; save it again from its source and try once more"
_FILLINGS = (b"\0" * 64, b"\x55\xaa" * 32)
_BROKEN = "could not be decoded; it may be damaged, so save it again as a PNG and try once more"


def read_image(source: str | Path | bytes, name: str | None = None) -> np.ndarray:
    """Decode a photograph to uint8 RGB (H,W,3), upright.

    source: a path, or the file's bytes; PNG, JPEG, WebP, BMP or TIFF by content, at most MAX_BYTES bytes,
    MAX_PIXELS pixels and `header.MAX_DECODED` bytes to decode, all checked before any decoding. name: what to call the
    file in an error, instead of the path's own base name.

    - The EXIF or TIFF orientation is applied. Colour profiles are ignored.
    - Opacity is composited on black: the photographs of this field lie on black outside their field of
      view, and colours hidden under transparent pixels, which dropping the alpha would bring out, are noise.
    - 16-bit samples that never exceed 255, 1023 or 4095 are taken as 8-, 10- or 12-bit data, as cameras
      and scanners store them; all others are divided by 257. Float samples must lie in 0..1 or 0..255.
    - Of several frames or pages, the first is read. Grey, palette and CMYK become RGB.

    Raises ImageError, one sentence that names the file, when it is missing, foreign, too large or damaged.
    JPEG and lossy WebP carry no checksum: damage inside a file whose structure is whole may go unseen.
    """
    label = _label(source, name, "The image")
    with _alone(_header_of(source, label)) as header:
        return _image_of(header, label)


def _image_of(header: Header, label: str) -> np.ndarray:
    colours, alpha = _split_alpha(_decode(header, label), header)
    colours = _eight_bits(colours, label, guess_depth=True)
    if colours.ndim == 2:
        colours = np.repeat(colours[..., None], 3, axis=2)
    if alpha is not None:
        colours = _faded(colours, _eight_bits(alpha, label))
    return _upright(colours, header.orientation)


def read_mask(source: str | Path | bytes, name: str | None = None) -> np.ndarray:
    """Decode a mask or a probability map to uint8 grey (H,W), 0..255, upright; same rules as `read_image`, GIF as well.

    What is a mask, by the rule of `masks`, is 0 and 255, but for lossy formats, whose greys stay; a probability is
    scaled from its full range, whatever its maximum, so that a faint one stays faint. Colours become the largest of
    their three channels.
    """
    given, lossy = _read_map(source, name)
    if lossy is not None:
        return lossy
    if given.dtype == np.bool_:
        return given.astype(np.uint8) * np.uint8(255)
    grey: np.ndarray = (given * 255 + np.float32(0.5)).astype(np.uint8)
    return grey


def read_map(source: str | Path | bytes, name: str | None = None) -> GivenMap:
    """Decode a mask (bool, (H,W)) or a probability map (float32, 0 to 1), upright, as `masks` tells them apart.

    Transparent pixels are off; where everything visible is black and the opacity varies, as in black scribbles
    on a clear layer, the opacity is the mask. Raises ImageError.
    """
    return _read_map(source, name)[0]


def _read_map(source: str | Path | bytes, name: str | None) -> tuple[GivenMap, np.ndarray | None]:
    """What `read_map` gives, and the greys (H,W) as they are where a lossy format has blurred them."""
    label = _label(source, name, "The mask")
    with _alone(_header_of(source, label, gif=True)) as header:
        return _map_of(header, label)


def _map_of(header: Header, label: str) -> tuple[GivenMap, np.ndarray | None]:
    colours, alpha = _split_alpha(_decode(header, label), header)
    if alpha is not None:
        opacity = _eight_bits(alpha, label)
        colours = _eight_bits(colours, label)
        colours = _faded(colours, opacity)
        if not colours.any() and opacity.min() < opacity.max():
            colours = opacity
    given = mask_or_probability(colours, exact=not header.lossy, name=label)
    lossy = None
    if header.lossy:
        grey = _eight_bits(colours, label)
        lossy = _upright(grey if grey.ndim == 2 else grey.max(axis=2), header.orientation)
    return _upright(given, header.orientation), lossy


def image_size(source: Path, name: str | None = None) -> tuple[int, int]:
    """(height, width) of a picture, upright, from its header alone. Raises ImageError as `read_image` does."""
    label = _label(source, name, "The image")
    try:
        header = read_header(_read_bytes(source), MAX_PIXELS, gif=True)
    except RefusedError as refusal:
        raise ImageError(f"{label} {refusal}.") from refusal
    size = header.height, header.width
    return size[::-1] if header.orientation >= 5 else size


def write_png(path: str | Path, array: np.ndarray) -> None:
    """Write a PNG: bool (H,W) as 0/255, uint8 grey (H,W), uint16 grey (H,W) or uint8 RGB (H,W,3).

    Raises ValueError for any other array, ImageError when the file cannot be written.
    """
    grey = array.ndim == 2 and array.dtype in (np.bool_, np.uint8, np.uint16)
    colour = array.ndim == 3 and array.shape[2] == 3 and array.dtype == np.uint8
    if not (grey or colour) or array.size == 0:
        raise ValueError(f"a PNG is written from grey or RGB samples, not from {array.dtype} {array.shape}")
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(array[..., ::-1] if colour else array))
    try:
        Path(path).write_bytes(encoded.tobytes())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ImageError(
            f"{_tidy(str(path))} could not be written ({why}); check the folder, its permissions and its space."
        ) from error


def _tidy(path: str) -> str:
    """Base name of a path of either kind, short, printable and on one line."""
    base = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    base = "".join(letter if letter.isprintable() else "?" for letter in base)
    return base if len(base) <= 80 else f"{base[:50]}...{base[-20:]}"


def _label(source: str | Path | bytes, name: str | None, default: str) -> str:
    text = name if name is not None else "" if isinstance(source, bytes) else str(source)
    return _tidy(text) or default


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise RefusedError("is a folder; choose a picture file")
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError("is not a regular file; choose a picture file")
        _check_bytes(status.st_size)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except PermissionError as error:
        raise RefusedError("may not be read; check its permissions and try again") from error
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise RefusedError("was not found; check the path and try again") from error
    except OSError as error:
        raise RefusedError("could not be read; check the path and try again") from error


def _check_bytes(size: int) -> None:
    if size > MAX_BYTES:
        raise RefusedError(
            f"has {size / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:g} MB that are allowed; "
            "make it smaller and try again"
        )


def _header_of(source: str | Path | bytes, label: str, gif: bool = False) -> Header:
    try:
        data = source if isinstance(source, bytes) else _read_bytes(Path(source))
        _check_bytes(len(data))
        return read_header(data, MAX_PIXELS, gif)
    except RefusedError as refusal:
        raise ImageError(f"{label} {refusal}.") from refusal


@contextmanager
def _alone(header: Header) -> Iterator[Header]:
    """Of large pictures one is decoded and converted at a time, however many threads bring one."""
    if header.decoded < LARGE:
        yield header
        return
    with _LARGE_TURN:
        yield header


def _decode(header: Header, label: str) -> np.ndarray:
    """Samples as stored: (H,W), (H,W,3) BGR or (H,W,4) BGRA; uint8, uint16 or float; not upright."""
    try:
        try:
            with _QUIET.silence():
                pixels = _pixels_of(header)
        except (cv2.error, MemoryError) as error:
            raise RefusedError(_BROKEN) from error
        # A header and a decoder that disagree about the size mean a forged file.
        if pixels is None or pixels.shape[:2] != (header.height, header.width * (2 if header.pairs else 1)):
            raise RefusedError(_BROKEN)
        if pixels.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
            raise RefusedError(f"holds {pixels.dtype} samples; save it as a plain 8-bit PNG and try again")
    except RefusedError as refusal:
        raise ImageError(f"{label} {refusal}.") from refusal
    if header.pairs:
        return _unpaired(pixels, header)
    if header.clear_level is not None and pixels.ndim == 2:
        opacity = np.where(pixels == header.clear_level, 0, np.iinfo(pixels.dtype).max).astype(pixels.dtype)
        pixels = np.dstack([pixels, pixels, pixels, opacity])
    if header.white_is_zero:
        np.subtract(65535 if pixels.dtype == np.uint16 else 1, pixels, out=pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    return pixels


def _pixels_of(header: Header) -> np.ndarray | None:
    """What OpenCV makes of the payload; None where it makes nothing of it. Raises cv2.error as well."""
    pixels = None
    try:
        pixels = cv2.imdecode(np.frombuffer(header.payload, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        if header.tiles is None:
            raise
    if pixels is None and header.tiles is not None:
        return _from_tiles(header, header.tiles)
    if header.unended and pixels is not None:
        # Where pixels are missing, what follows the scan is taken for them: another filling shows as another picture.
        for filling in _FILLINGS:
            other = np.frombuffer(header.payload[:-2] + filling + header.payload[-2:], np.uint8)
            filled = cv2.imdecode(other, cv2.IMREAD_UNCHANGED)
            if filled is None or not np.array_equal(filled, pixels):
                raise RefusedError(_CUT)
    return pixels


def _from_tiles(header: Header, tiles: Tiles) -> np.ndarray | None:
    """A TIFF put together from tiles that are decoded one by one."""
    height, width = tiles.size
    columns = -(-header.width * (2 if header.pairs else 1) // width)
    file, whole = bytearray(tiles.payload), None
    for index, piece in enumerate(tiles.pieces):
        for (place, form), value in zip(tiles.places, piece, strict=True):
            struct.pack_into(form, file, place, value)
        tile = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)
        if tile is None or tile.shape[:2] != tiles.size:
            return None
        if whole is None:
            rows = len(tiles.pieces) // columns
            whole = np.zeros((rows * height, columns * width, *tile.shape[2:]), tile.dtype)
        top, left = index // columns * height, index % columns * width
        whole[top : top + height, left : left + width] = tile
    return None if whole is None else whole[: header.height, : header.width * (2 if header.pairs else 1)]


def _unpaired(pixels: np.ndarray, header: Header) -> np.ndarray:
    """BGRA (H,W,4) from columns of grey and opacity in turns."""
    pairs = pixels.reshape(header.height, header.width, 2)
    if header.differenced:
        pairs = np.cumsum(pairs, axis=1, dtype=pixels.dtype)
    grey, opacity = pairs[..., 0], pairs[..., 1]
    if header.white_is_zero:
        grey = np.iinfo(grey.dtype).max - grey
    return np.dstack([grey, grey, grey, opacity])


class _Silence:
    """Turns OpenCV's log off while at least one decode runs, then puts it back as it was.

    The log level belongs to the whole process, so overlapping calls are counted: the first one turns it off
    and the last one restores it. A hostile file would else fill a server's log.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._level = 0

    @contextmanager
    def silence(self) -> Iterator[None]:
        with self._lock:
            if self._running == 0:
                self._level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if self._running == 0:
                    cv2.utils.logging.setLogLevel(self._level)


_QUIET = _Silence()
_LARGE_TURN = threading.Lock()


def _split_alpha(pixels: np.ndarray, header: Header) -> tuple[np.ndarray, np.ndarray | None]:
    """Grey (H,W) or RGB (H,W,3), and the opacity (H,W) where the file has one that matters."""
    if pixels.ndim == 2:
        return pixels, None
    if pixels.shape[2] == 4 and header.straight_alpha:
        return pixels[..., 2::-1], pixels[..., 3]
    if pixels.dtype == np.uint8 and pixels.shape[2] == 3:
        return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), None  # far faster than numpy on the common kind
    return pixels[..., 2::-1], None


def _eight_bits(samples: np.ndarray, label: str, guess_depth: bool = False) -> np.ndarray:
    """Bring uint8, uint16 or float samples to uint8; see `read_image` for the rules."""
    if samples.dtype == np.uint8:
        return samples
    top = samples.max()
    if samples.dtype == np.uint16:
        full = next((depth for depth in (255, 1023, 4095) if top <= depth), 65535) if guess_depth else 65535
        table = np.minimum(np.arange(65536) * (255 / full) + 0.5, 255).astype(np.uint8)
        return _by_rows(samples, lambda some: table[some])
    full = 1 if top <= 1 + ROUNDING else 255
    # So written that a NaN fails; a picture whose brightest sample lies between 1 and 2 is of neither range.
    if not (samples.min() >= -ROUNDING * full and top <= full * (1 + ROUNDING) and not 1 + ROUNDING < top <= 2):
        raise ImageError(f"{label} holds samples outside 0..1 and 0..255; scale them and try again.")
    return _by_rows(samples, lambda some: np.clip(some * (255 / full) + 0.5, 0, 255).astype(np.uint8))


def _by_rows(samples: np.ndarray, convert: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A conversion to bytes, some rows at a time: at once it would take several times the picture's own memory."""
    out = np.empty(samples.shape, np.uint8)
    rows = max(1, _BLOCK // max(1, samples[0].size))
    for top in range(0, len(samples), rows):
        out[top : top + rows] = convert(samples[top : top + rows])
    return out


def _faded(colours: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """uint8 (H,W) or (H,W,3) over black."""
    opacity = opacity if colours.ndim == 2 else opacity[..., None]
    out = np.empty(colours.shape, np.uint8)
    rows = max(1, _BLOCK // max(1, colours[0].size))
    for top in range(0, len(colours), rows):
        part = slice(top, top + rows)
        out[part] = (colours[part].astype(np.uint16) * opacity[part] + 127) // 255
    return out


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Apply an EXIF orientation (1..8) to (H,W,...) samples."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
