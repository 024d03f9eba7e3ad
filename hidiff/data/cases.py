"""Cases of a data set: read from splits.csv, and decoded once into arrays of the working frame."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import HiDiffError
from hidiff.files import atomic
from hidiff.imaging.files import read_image, read_mask
from hidiff.tasks import Task

SPLITS = ("train", "val", "test")
MASK_THRESHOLD = 127  # a mask's grey value above it belongs to the object


class DataError(HiDiffError):
    """A data folder that cannot be used."""


@dataclass(frozen=True)
class Case:
    """One row of `splits.csv`; paths are absolute, `fov` and `second_reader` None where there is none."""

    dataset: str
    name: str
    image: Path
    mask: Path
    group: str
    split: str
    fov: Path | None = None
    second_reader: Path | None = None


def read_splits(folder: Path) -> list[Case]:
    """Read `folder/splits.csv`: columns image, mask, group, split; optional dataset, case, fov, second_reader.

    Raises DataError when the file is missing, a column or a file is missing, a split is unknown, or a group
    lies in two splits.
    """
    table = folder / "splits.csv"
    if not table.is_file():
        raise DataError(
            f"{folder} has no splits.csv; add one with the columns image, mask, group and split, "
            "where split is train, val or test."
        )
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    missing = sorted({"image", "mask", "group", "split"} - set(rows[0] if rows else {}))
    if missing:
        raise DataError(f"{table} lacks the column {missing[0]!r}; add it to every row.")
    cases = [_case(folder, table, row) for row in rows]
    split_of: dict[tuple[str, str], str] = {}
    for case in cases:
        key = (case.dataset, case.group)
        if split_of.setdefault(key, case.split) != case.split:
            raise DataError(
                f"{table}: the group {case.group!r} lies in {split_of[key]} and in {case.split}; keep it in one."
            )
    return cases


def _case(folder: Path, table: Path, row: dict[str, str]) -> Case:
    if row["split"] not in SPLITS:
        raise DataError(f"{table}: {row['split']!r} is no split; use train, val or test.")

    def path(column: str) -> Path | None:
        return folder / row[column] if row.get(column) else None

    image, mask = folder / row["image"], folder / row["mask"]
    for file in (image, mask):
        if not file.is_file():
            raise DataError(f"{table} names {file.relative_to(folder)}, which is not there; correct the row.")
    return Case(
        dataset=row.get("dataset") or folder.name,
        name=row.get("case") or image.stem,
        image=image,
        mask=mask,
        group=row["group"],
        split=row["split"],
        fov=path("fov"),
        second_reader=path("second_reader"),
    )


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
    if store and (store / "content.npy").is_file():
        return Pack(
            tuple(cases),
            np.load(store / "images.npy", mmap_mode="r"),
            np.load(store / "masks.npy", mmap_mode="r"),
            np.load(store / "content.npy"),
        )
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


def _placed(
    case: Case, task: Task, scale: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], tuple[int, int, int, int]]:
    image = read_image(case.image)
    mask = read_mask(case.mask)
    if mask.shape != image.shape[:2]:
        raise DataError(
            f"{case.mask.name} is {mask.shape[1]} x {mask.shape[0]} and its image "
            f"{image.shape[1]} x {image.shape[0]}; give both one size."
        )
    frame = task.frame(image, scale)
    small = np.round(frame.image_in(image) * 255).astype(np.uint8).transpose(1, 2, 0)
    share = frame.map_in((mask > MASK_THRESHOLD).astype(np.float32))
    return small, np.round(share * 255).astype(np.uint8).reshape(small.shape[:2]), frame.content


def _pack_digest(cases: Sequence[Case], task: Task, scale: int) -> str:
    files = [[str(c.image), c.image.stat().st_size, str(c.mask), c.mask.stat().st_size] for c in cases]
    made_from = json.dumps([files, task.working, task.side, task.fov_diameter, scale])
    return hashlib.sha256(made_from.encode()).hexdigest()[:16]
