"""Cases of a data set: read from splits.csv, and decoded once into arrays of the working frame."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hidiff.data.tables import DataError, find_file, read_table
from hidiff.files import atomic
from hidiff.imaging.files import image_size, read_image, read_map
from hidiff.imaging.masks import binary_mask, marked_doubt, require_size
from hidiff.tasks import Task, check_canvas
from hidiff.types import Mask

__all__ = [
    "SPLITS",
    "Case",
    "DataError",
    "Pack",
    "check_files",
    "folds",
    "mask_doubts",
    "pack",
    "read_case_mask",
    "read_splits",
    "set_digest",
]

SPLITS = ("train", "val", "test")
MASK_THRESHOLD = 127  # of a packed mask, 255 times the object's share of the pixel
_TOLD = 5  # doubts
_PACKED_AS = 2  # renewed where the same files are read otherwise


@dataclass(frozen=True)
class Case:
    """One row of `splits.csv`; paths are absolute, `fov` and `second_reader` None where there is none. `name` is of no
    other case of the data set."""

    dataset: str
    name: str
    image: Path
    mask: Path
    group: str
    split: str
    fov: Path | None = None
    second_reader: Path | None = None

    @cached_property
    def digest(self) -> str:
        """What the case is, by content: a digest of its files."""
        digest = hashlib.sha256()
        for file in (self.image, self.mask, self.fov, self.second_reader):
            digest.update(bytes(32) if file is None else _digest_of(file))
        return digest.hexdigest()[:32]


def _digest_of(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise DataError(f"{file} could not be read ({error.strerror}); check the path and its permissions.") from error


def read_splits(folder: Path) -> list[Case]:
    """Read `folder/splits.csv`: columns image, mask, group, split; optional dataset, case, fov, second_reader.

    Raises DataError when the file is missing, a column or a file is missing, a split is unknown, a group lies in two
    splits, or one picture stands in two rows.
    """
    table = folder / "splits.csv"
    if not table.is_file():
        raise DataError(
            f"{folder} has no splits.csv; add one with the columns image, mask, group and split, "
            "where split is train, val or test."
        )
    rows = read_table(table, ("image", "mask", "group", "split"))
    cases = [_case(folder, table, row) for row in rows]
    split_of: dict[tuple[str, str], str] = {}
    for case in cases:
        key = (case.dataset, case.group)
        if split_of.setdefault(key, case.split) != case.split:
            raise DataError(
                f"{table}: the group {case.group!r} lies in {split_of[key]} and in {case.split}; keep it in one."
            )
    _check_once(table, folder, cases)
    names = Counter((case.dataset, case.name) for case in cases)
    return [
        replace(case, name=_shown(folder, case.image)) if names[case.dataset, case.name] > 1 else case for case in cases
    ]


def _check_once(table: Path, folder: Path, cases: Sequence[Case]) -> None:
    """Raise DataError where one picture stands in two rows, however it is spelt or linked to."""
    seen: dict[tuple[int, int], Case] = {}
    for case in cases:
        status = case.image.stat()
        other = seen.setdefault((status.st_dev, status.st_ino), case)
        if other is not case and status.st_ino:
            where = f"in {other.split} and in {case.split}" if other.split != case.split else f"twice in {case.split}"
            raise DataError(f"{table}: the picture {_shown(folder, case.image)} stands {where}; keep one of its rows.")


def _shown(folder: Path, file: Path) -> str:
    """A file's path within the folder, as a table may say it."""
    inside = os.path.normpath(file.relative_to(folder) if file.is_relative_to(folder) else file)
    return Path(inside).as_posix()


def _case(folder: Path, table: Path, row: dict[str, str]) -> Case:
    split = row["split"].casefold()
    if split not in SPLITS:
        raise DataError(f"{table}: {row['split']!r} is no split; use train, val or test.")

    def path(column: str) -> Path | None:
        return there(column) if row.get(column) else None

    def there(column: str) -> Path:
        file = find_file(folder, row[column])
        if file is None:
            raise DataError(f"{table} names {row[column]}, which is not there; correct the row.")
        return file

    image = there("image")
    return Case(
        dataset=row.get("dataset") or folder.resolve().name,
        name=row.get("case") or image.stem,
        image=image,
        mask=there("mask"),
        group=row["group"],
        split=split,
        fov=path("fov"),
        second_reader=path("second_reader"),
    )


def mask_doubts(cases: Sequence[Case]) -> list[str]:
    """Sentences on the masks that are empty, full or nearly so, the first `_TOLD` by name and the others counted."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as readers:
        doubts = [doubt for doubt in readers.map(_mask_doubt, cases) if doubt]
    more = len(doubts) - _TOLD
    return [*doubts[:_TOLD], *([f"{more} more masks are empty, full or nearly so."] if more > 0 else [])]


def _mask_doubt(case: Case) -> str:
    return marked_doubt(binary_mask(read_map(case.mask)), case.mask.name)


def set_digest(cases: Sequence[Case]) -> str:
    """What a data set is, by the content of its files, their groups and splits, in order; not by where it lies."""
    rows = [[case.digest, case.group, case.split] for case in cases]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:32]


def read_case_mask(file: Path, size: tuple[int, ...]) -> Mask:
    """A case's mask, field of view or second reader (H,W), of its image's size. Raises ImageError where it cannot be
    read or has another size."""
    mask = binary_mask(read_map(file))
    require_size(mask.shape, size, file.name)
    return mask


def check_files(cases: Sequence[Case]) -> None:
    """Raise ImageError unless every file of the cases is a whole picture and has its image's size, from their headers
    alone: a mask that does not fit is known before anything is computed."""
    for case in cases:
        size = image_size(case.image)
        for file in (case.mask, case.fov, case.second_reader):
            if file is not None:
                require_size(image_size(file), size, file.name)


def folds(cases: Sequence[Case], count: int, seed: int) -> NDArray[np.int64]:
    """The fold of each case, (N,) in 0..count-1: whole groups, dealt in a seeded order."""
    groups = sorted({(c.dataset, c.group) for c in cases})
    order = np.random.default_rng(seed).permutation(len(groups))
    fold_of = {groups[g]: rank % count for rank, g in enumerate(order)}
    return np.array([fold_of[(c.dataset, c.group)] for c in cases], dtype=np.int64)


@dataclass(frozen=True)
class Pack:
    """Decoded cases. images (N,S,S,3) uint8; masks (N,S,S) uint8, 255 times the object's share of the pixel;
    content (N,4) top, left, height, width of each image in its square."""

    cases: tuple[Case, ...]
    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    content: NDArray[np.int64]

    @property
    def side(self) -> int:
        """S, pixels."""
        return int(self.images.shape[1])

    def subset(self, keep: Iterable[int]) -> Pack:
        """The cases at these indices, in this order."""
        index = np.fromiter(keep, dtype=np.int64)
        return Pack(tuple(self.cases[i] for i in index), self.images[index], self.masks[index], self.content[index])

    def boxes(self) -> NDArray[np.int64]:
        """(N,4) first row, last row + 1, first column, last column + 1 of each mask; zeros when it is empty."""
        out = np.zeros((len(self.cases), 4), dtype=np.int64)
        for i, mask in enumerate(self.masks):
            rows, columns = np.nonzero(mask > MASK_THRESHOLD)
            if rows.size:
                out[i] = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
        return out


def pack(
    cases: Sequence[Case],
    task: Task,
    cache: Path | None = None,
    scale: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Pack:
    """Decode the cases into the task's working frame, `scale` times as large (2 keeps detail for a closer look).

    Every square has the side of the largest canvas. `cache`: a folder where the arrays are kept and found again,
    by a digest of what they were made from. `progress(done, total)` is called after each case.
    """
    store = cache / _pack_digest(cases, task, scale) if cache else None
    if store and (found := _kept(store, cases)):
        return found
    placed = []
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as readers:
        for done, one in enumerate(readers.map(lambda case: _placed(case, task, scale), cases), start=1):
            placed.append(one)
            if progress:
                progress(done, len(cases))
    side = max(max(small.shape[:2]) for small, _, _ in placed)
    images = np.zeros((len(placed), side, side, 3), np.uint8)
    masks = np.zeros((len(placed), side, side), np.uint8)
    content = np.zeros((len(placed), 4), np.int64)
    for i, (small, small_mask, box) in enumerate(placed):
        height, width = small.shape[:2]
        images[i, :height, :width] = small
        masks[i, :height, :width] = small_mask
        content[i] = box
    if store:
        for name, array in (("images", images), ("masks", masks), ("content", content)):
            with atomic(store / f"{name}.npy") as draft, draft.open("wb") as stream:
                np.save(stream, array)
    return Pack(tuple(cases), images, masks, content)


def _kept(store: Path, cases: Sequence[Case]) -> Pack | None:
    """What an earlier call kept; None where it is not there, not whole, or cannot be read."""
    try:
        images, masks, content = (
            np.load(store / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ("images", "masks", "content")
        )
    except (OSError, ValueError, EOFError):
        return None
    count, side = len(cases), masks.shape[-1]
    shapes = (count, side, side, 3), (count, side, side), (count, 4)
    if (images.shape, masks.shape, content.shape) != shapes or not images.dtype == masks.dtype == np.uint8:
        return None
    return Pack(tuple(cases), images, masks, np.array(content))


def _placed(
    case: Case, task: Task, scale: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], tuple[int, int, int, int]]:
    image = read_image(case.image)
    mask = read_case_mask(case.mask, image.shape[:2])
    check_canvas(task, image, case.image.name)
    frame = task.frame(image, scale)
    small = np.round(frame.image_in(image) * 255).astype(np.uint8).transpose(1, 2, 0)
    share = frame.map_in(mask.astype(np.float32))
    return small, np.round(share * 255).astype(np.uint8).reshape(small.shape[:2]), frame.content


def _pack_digest(cases: Sequence[Case], task: Task, scale: int) -> str:
    files = [case.digest for case in cases]
    made_from = json.dumps([_PACKED_AS, files, task.working, task.side, task.fov_diameter, scale])
    return hashlib.sha256(made_from.encode()).hexdigest()[:16]
