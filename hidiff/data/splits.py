"""Train, val and test splits: a folder of images and masks -> splits.csv, whole groups in one split.

Pictures of one patient, one video or one slide resemble one another; in two splits they would flatter every
figure. So cases are dealt by group: what their names begin with, or a column of a table.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hidiff.data.cases import SPLITS, DataError
from hidiff.files import write_text

SPLITS_FILE, CASES_FILE = "splits.csv", "cases.csv"
PREFIX, NAME = "prefix", "name"
SHARES = (0.7, 0.15, 0.15)  # of the cases, for SPLITS
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
_MASK_ENDING = re.compile(r"[._-](mask|masks|label|seg|gt)$", re.IGNORECASE)
_IMAGE_FOLDERS, _MASK_FOLDERS = ("images", "image", "img"), ("masks", "mask", "labels", "label")
_NUMBER = re.compile(r"[\s._-]+\d+$")


@dataclass(frozen=True)
class Pair:
    """An image and its mask, paths as they stand in splits.csv: relative to the folder, with slashes."""

    image: str
    mask: str
    group: str


def make_splits(folder: Path, group_by: str = PREFIX, seed: int = 0) -> dict[str, int]:
    """Write `folder/splits.csv` and return the number of cases in each split.

    Masks are found by name: `NAME_mask.png`, `NAME.mask.png` and the like beside `NAME.jpg`, or the same name in
    masks/ beside images/. group_by: "prefix" takes what stands before the number at the end of a file's name
    (`patient7_012` is of the group `patient7`; a name without both is a group of its own), "name" makes each
    picture a group of its own, any other word names a column of `folder/cases.csv`, which then lists image, mask
    and that column. The same files, groups and seed
    give the same splits. Raises DataError when there is a splits.csv, a mask is missing, or there are fewer
    than three groups.
    """
    target = folder / SPLITS_FILE
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; name one that holds images and masks.")
    if target.exists():
        raise DataError(f"{target} is there already; move it away if new splits are wanted.")
    pairs = find_pairs(folder, group_by) if group_by in (PREFIX, NAME) else listed_pairs(folder, group_by)
    split_of = deal(Counter(pair.group for pair in pairs), seed)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", "mask", "group", "split"])
    for pair in pairs:
        writer.writerow([pair.image, pair.mask, pair.group, split_of[pair.group]])
    write_text(target, text.getvalue())
    counts = Counter(split_of[pair.group] for pair in pairs)
    return {split: counts[split] for split in SPLITS}


def find_pairs(folder: Path, group_by: str = PREFIX) -> list[Pair]:
    """The images of a folder with their masks, by name, in the order of their paths.

    Raises DataError when there is none or one lacks a mask.
    """
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    masks = {key: path for path in files if (key := _of_mask(folder, path)) is not None}
    pairs = []
    for image in files:
        if _of_mask(folder, image) is not None:
            continue
        key = _of_image(folder, image)
        if key not in masks:
            raise DataError(
                f"{image.relative_to(folder)} has no mask; put {image.stem}_mask.png beside it, or {image.stem}.png "
                "into masks/ beside images/."
            )
        paths = [path.relative_to(folder).as_posix() for path in (image, masks[key])]
        pairs.append(Pair(paths[0], paths[1], image.stem if group_by == NAME else prefix(image.stem)))
    if not pairs:
        raise DataError(f"{folder} holds no images; put images and masks there.")
    return pairs


def _of_mask(folder: Path, path: Path) -> tuple[str, str] | None:
    """The (place, name) of the image that a mask belongs to, None for what is no mask."""
    parent = path.relative_to(folder).parent
    if parent.name.lower() in _MASK_FOLDERS:
        return parent.parent.as_posix(), _MASK_ENDING.sub("", path.stem).lower()
    if _MASK_ENDING.search(path.stem):
        return parent.as_posix(), _MASK_ENDING.sub("", path.stem).lower()
    return None


def _of_image(folder: Path, path: Path) -> tuple[str, str]:
    parent = path.relative_to(folder).parent
    place = parent.parent if parent.name.lower() in _IMAGE_FOLDERS else parent
    return place.as_posix(), path.stem.lower()


def prefix(stem: str) -> str:
    """What a name says before the number at its end; the whole name where it has no such number."""
    return _NUMBER.sub("", stem) or stem


def listed_pairs(folder: Path, column: str) -> list[Pair]:
    """The pairs of `folder/cases.csv`, grouped by one of its columns. Raises DataError when either is missing."""
    table = folder / CASES_FILE
    if not table.is_file():
        raise DataError(f"{folder} has no {CASES_FILE}; add one with the columns image, mask and {column}.")
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    missing = [name for name in ("image", "mask", column) if not rows or name not in rows[0]]
    if missing:
        raise DataError(f"{table} lacks the column {missing[0]!r}; add it to every row.")
    for row in rows:
        lacking = [row[name] for name in ("image", "mask") if not (folder / row[name]).is_file()]
        if lacking:
            raise DataError(f"{table} names {lacking[0]}, which is not there; correct the row.")
    return [Pair(row["image"], row["mask"], row[column]) for row in rows]


def deal(sizes: Counter[str], seed: int = 0, shares: Sequence[float] = SHARES) -> dict[str, str]:
    """The split of each group, `sizes` being its number of cases.

    Groups come in an order that a hash of the seed and the name shuffles; the first three go to train, val and
    test, each other one to the split that is farthest below its share of the cases.
    """
    if len(sizes) < len(SPLITS):
        raise DataError(
            f"The splits need three groups at least and there are {len(sizes)}; give --group-by {NAME} if no two "
            f"pictures belong together, or a column of {CASES_FILE} that says which do."
        )
    groups = sorted(sizes, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
    total = sum(sizes.values())
    held = dict.fromkeys(SPLITS, 0)
    split_of: dict[str, str] = {}
    for index, group in enumerate(groups):
        lack = {split: share * total - held[split] for split, share in zip(SPLITS, shares, strict=True)}
        split = SPLITS[index] if index < len(SPLITS) else max(SPLITS, key=lambda name: lack[name])
        split_of[group] = split
        held[split] += sizes[group]
    return split_of
