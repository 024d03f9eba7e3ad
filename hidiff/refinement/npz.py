"""Reading an .npz of unknown origin: what its headers say is checked before any array is made.

A zip of 2 MB may unfold to 2 GB, and a header may promise a shape that nothing fills; so neither is believed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    EOFError,
    RuntimeError,  # an encrypted member; RecursionError and NotImplementedError are of this kind
    BadZipFile,
    zlib.error,
)
"""What damage raises."""

FREE = 1 << 26  # bytes that a file of any size may unfold to
_MOST_ARRAYS = 64


class TooLarge(Exception):  # noqa: N818 (what a caller turns into its own sentence)
    """An .npz that unfolds to more than its caller allows; the argument is the number of bytes."""


@dataclass(frozen=True)
class Header:
    """What the head of one array says: its shape, its kind, and how many bytes that is."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        return prod(self.shape) * self.dtype.itemsize


def read_headers(archive: ZipFile) -> dict[str, Header]:
    """name -> header of each array. Raises one of `UNREADABLE` where one is no array, holds objects (which would be a
    pickle), or is not as long as its head says."""
    if len(archive.infolist()) > _MOST_ARRAYS:
        raise ValueError("more arrays than any file of ours has")
    return {info.filename.removesuffix(".npy"): _header(archive, info) for info in archive.infolist()}


def read_arrays(archive: ZipFile, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The arrays of these names. Call it after `read_headers`. Raises one of `UNREADABLE`."""
    out = {}
    for name in names:
        with archive.open(f"{name}.npy") as member:
            out[name] = npy.read_array(member, allow_pickle=False)
    return out


def require_bounded(size: int, path: Path, times: int, limit: int | None) -> None:
    """Raise TooLarge where `size` bytes are over the limit; without one, over `times` the file's own and `FREE`."""
    if size > (max(FREE, times * path.stat().st_size) if limit is None else limit):
        raise TooLarge(size)


def _header(archive: ZipFile, info: ZipInfo) -> Header:
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others may ask for gigabytes before their first byte
        raise ValueError(f"{info.filename} is compressed in another way than NumPy's")
    with archive.open(info) as member:
        header = Header(*_head(member))
        length = member.tell()
    if header.dtype.hasobject or min(header.shape, default=0) < 0 or info.file_size != length + header.nbytes:
        raise ValueError(f"{info.filename} is not what its head says")
    return header


def _head(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(member)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"arrays of version {version} are not known")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        shape, _, dtype = read(member)
    except (SyntaxError, TokenError, MemoryError) as error:  # of Python's own parser, which NumPy asks
        raise ValueError("a head that is no Python literal") from error
    return shape, dtype
