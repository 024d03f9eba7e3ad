"""Output files of `segment`: their names, and how they come to their places, so that nothing is ever replaced unasked.

Names follow from the paths alone. Each PNG carries a mark: a digest of the picture that it is of, and of itself. So
earlier results of the same picture are renewed, and any other file that is there, a result that somebody has changed
included, stops the command before it computes; what comes there in the meantime stays as well.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import struct
import sys
import tempfile
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hidiff.errors import HiDiffError, ImageError
from hidiff.files import FOLDER, require_writable

if TYPE_CHECKING:
    from hidiff.visuals.exports import Writer


@dataclass(frozen=True)
class Outputs:
    """Where the results of one image go. suffixes: kind of result -> what follows `name` in its file's name."""

    folder: Path
    name: str
    suffixes: Mapping[str, str]

    @property
    def files(self) -> dict[str, Path]:
        """kind of result -> its file."""
        return {kind: self.folder / f"{self.name}{suffix}" for kind, suffix in self.suffixes.items()}


def plan_outputs(
    images: Sequence[Path], folder: Path, suffixes: Mapping[str, str], given: Iterable[Path] = ()
) -> list[Outputs]:
    """Where the results of each image go; no result takes the place of another, of an image or of a file in `given`.

    An image is named by its stem. Images that share theirs, or whose results would overwrite an input, take the
    whole name, then a number, in the order given. It follows from the paths alone, whatever is in the files.
    Names that differ only in case or in Unicode form count as the same, since on some disks they are.
    """
    taken = {key for path in (*images, *given) for key in _places(path)}
    stems = Counter(folded(path.stem) for path in images)
    names = Counter(folded(path.name) for path in images)
    root = os.path.realpath(folder)
    chosen: dict[int, str] = {}

    def claim(index: int, name: str) -> bool:
        files = {folded(os.path.join(root, name + suffix)) for suffix in suffixes.values()}
        if files & taken:
            return False
        taken.update(files)
        chosen[index] = name
        return True

    # Those with a name of their own come first, so that a number never depends on a file that needs none.
    for index, path in enumerate(images):
        if stems[folded(path.stem)] == 1:
            claim(index, path.stem)
    for index, path in enumerate(images):
        if index not in chosen and names[folded(path.name)] == 1:
            claim(index, path.name)
    for index, path in enumerate(images):
        number = 1
        while index not in chosen:
            claim(index, path.name if number == 1 else f"{path.name}.{number}")
            number += 1
    return [Outputs(folder, chosen[index], suffixes) for index in range(len(images))]


def _places(path: Path) -> set[str]:
    """The path itself and what it links to, so that neither is overwritten."""
    return {
        folded(os.path.join(os.path.realpath(path.parent), path.name)),
        folded(os.path.realpath(path)),
    }


def folded(text: str) -> str:
    """A name as disks may compare it: composed, without case."""
    return unicodedata.normalize("NFC", text).casefold()


# -------------------------------------------------------------------------------------------------- what is there
_KEYWORD = b"hidiff"
_AFTER_HEADER = 33  # bytes of a PNG's signature and first chunk


class OutputError(HiDiffError):
    """Results that have no place."""


def check_nothing_replaced(plan: Sequence[Outputs], images: Sequence[Path]) -> None:
    """Raise OutputError where a result would take the place of a file that is no earlier result of its image."""
    for outputs, image in zip(plan, images, strict=True):
        there = [path for path in outputs.files.values() if os.path.lexists(path)]
        if there and image.is_file() and not _are_ours(there, _digest(image.read_bytes())):
            more = f" and {len(there) - 1} more results" if len(there) > 1 else ""
            raise OutputError(
                f"{there[0].name}{more} would replace what {there[0].parent} holds already, which is not of "
                f"{image.name}; choose another --out, or give --overwrite."
            )


def _are_ours(there: Sequence[Path], of: str) -> bool:
    """Whether these files are results of the picture of this digest, as they were written."""
    marked = [path for path in there if path.suffix == ".png"]
    return bool(marked) and all(_is_ours(path, of) for path in marked)


def _is_ours(file: Path, of: str) -> bool:
    try:
        data = b"" if file.is_symlink() else file.read_bytes()
        (length,) = struct.unpack_from(">I", data, _AFTER_HEADER)
    except (OSError, struct.error):
        return False
    end = _AFTER_HEADER + 12 + length
    return data[_AFTER_HEADER:end] == _mark(of, data[:_AFTER_HEADER] + data[end:])


def _mark(of: str, png: bytes) -> bytes:
    """The chunk that goes behind the header of a PNG which is a result of the picture `of`."""
    body = b"tEXt" + _KEYWORD + b"\0" + f"{of} {_digest(png)}".encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def check_place(files: Iterable[Path], name: str) -> None:
    """Raise ImageError, before anything is computed, where the results of the image `name` cannot be written: the
    folder is none or may not be written to, or a name is too long."""
    paths = list(files)
    place = paths[0].parent
    try:
        folder = place
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        for path in paths:
            with suppress(FileNotFoundError):
                (folder / path.name).lstat()  # where the folder is yet to be made, too
    except OSError as error:
        raise _unwritten(name, place, error) from error


def write_results(
    files: Mapping[str, Path], writers: Mapping[str, Writer], source: Path, overwrite: bool = False
) -> None:
    """Write all files of an image in a hidden folder beside their places, then move them there; all or none.

    Raises ImageError where they cannot be written, or, without `overwrite`, where one is there.
    """
    folder, name, placed = next(iter(files.values())).parent, source.name, list[Path]()
    try:
        of = _digest(source.read_bytes())
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=FOLDER) as drafts:
            for kind, path in files.items():
                draft = Path(drafts, path.name)
                writers[kind](draft)
                if path.suffix == ".png":
                    png = draft.read_bytes()
                    draft.write_bytes(png[:_AFTER_HEADER] + _mark(of, png) + png[_AFTER_HEADER:])
            there = [path for path in files.values() if os.path.lexists(path)]
            overwrite = overwrite or _are_ours(there, of)
            for path in files.values():
                _move(Path(drafts, path.name), path, overwrite)
                placed.append(path)
    except FileExistsError as error:
        _take_back(placed)
        raise ImageError(
            f"The results of {name} were not written: another {path.name} came to {folder} meanwhile, and it stays."
        ) from error
    except (OSError, ImageError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(cause, OSError):
            raise
        if not overwrite:
            _take_back(placed)
        raise _unwritten(name, folder, cause) from error


def _move(draft: Path, path: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(draft, path)
        return
    try:
        os.link(draft, path)  # unlike a move, it fails where there is a file
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with path.open("xb"):
            pass
        os.replace(draft, path)


def _take_back(placed: Sequence[Path]) -> None:
    for path in placed:
        path.unlink(missing_ok=True)


def _unwritten(name: str, folder: Path, error: OSError) -> ImageError:
    why = error.strerror or type(error).__name__
    return ImageError(
        f"The results of {name} could not be written to {folder} ({why}); check the folder, its permissions and its "
        "free space."
    )


def check_free(files: Iterable[Path], option: str, overwrite: bool) -> None:
    """Raise, before anything is computed, where one of these files is there already (OutputError, unless `overwrite`)
    or could not be written (OSError). option: what names its place."""
    for path in files:
        require_writable(path)
        if not overwrite and path.is_file():
            raise OutputError(f"{path} is there already; choose another {option}, or give --overwrite.")


def check_space(folder: Path, size: int, name: str) -> None:
    """Raise ImageError, before the results of the image `name` are computed, where the disk of `folder` has not even
    half of `size` bytes, about what they will take."""
    while not folder.exists():
        folder = folder.parent
    if 2 * shutil.disk_usage(folder).free < size:
        raise _unwritten(name, folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


# ------------------------------------------------------------------------------------------------- standard output
class Told:
    """Lines for standard output. Where it takes no more, the work goes on and the reason is said at the end."""

    def __init__(self) -> None:
        self._error: OSError | None = None

    def write(self, line: str) -> None:
        """Write one line now."""
        if self._error is not None:
            return
        from tqdm import tqdm

        try:
            tqdm.write(line, file=sys.stdout)
            sys.stdout.flush()
        except OSError as error:
            self._error = error
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered fails no more

    def check(self) -> None:
        """Raise what kept a line from being written: BrokenPipeError where nobody reads on, else OutputError."""
        if isinstance(self._error, BrokenPipeError):
            raise self._error
        if self._error is not None:
            raise OutputError(
                f"Standard output could not be written ({self._error.strerror}); the images were done all the same."
            ) from self._error
