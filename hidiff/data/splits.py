"""Train, val and test splits: a folder of images and masks -> splits.csv, whole groups in one split.

Pictures of one patient, one video or one slide resemble one another; in two splits they would flatter every
figure. So cases are dealt by group: the folder or what their names begin with, or a column of a table.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hidiff.data.cases import SPLITS, Case, DataError
from hidiff.data.layouts import Found, find_layout, is_cvc
from hidiff.data.tables import find_file, read_table, written_name
from hidiff.files import write_text

SPLITS_FILE, CASES_FILE = "splits.csv", "cases.csv"
PREFIX, NAME = "prefix", "name"
SHARES = (0.7, 0.15, 0.15)  # of the cases, for SPLITS
_NAMED = 12  # groups of a split that are told by name
CVC_STARTS = (
    *(1, 26, 51, 68, 79, 104, 127, 152, 178, 200, 206, 228, 253, 278, 298),
    *(318, 343, 364, 384, 409, 429, 448, 467, 479, 504, 529, 547, 572, 592),
)  # the first frame of each sequence
_NUMBER = re.compile(r"[\s._-]+\d+$")
_EYE = re.compile(r"[\s._-]*(?<=[\d\s._-])(left|right|od|os|l|r)$", re.IGNORECASE)
_PATIENT = re.compile(
    r"(patient|subject|person|case|video|sequence|seq|pat|sub|pt|p|id|child)?[\s._-]*\d+", re.IGNORECASE
)
# Names that say what a picture is and not whose.
_ANYBODY = re.compile(r"(frame|image|img|im|picture|pic|photo|slice|scan|still|f|s)?[\s._-]*\d*", re.IGNORECASE)


_OF_IMAGES = ("images", "image", "img", "imgs", "original", "originals", "frames")
_OF_SETS = ("train", "training", "val", "validation", "valid", "test", "testing", "data", "all")


@dataclass(frozen=True)
class Pair:
    """An image and its mask, paths as they stand in splits.csv: relative to the folder, with slashes."""

    image: str
    mask: str
    group: str
    fov: str = ""
    second_reader: str = ""


def make_splits(folder: Path, group_by: str = PREFIX, seed: int = 0) -> dict[str, int]:
    """Write `folder/splits.csv` and return the number of cases in each split.

    Masks are found by name, see `layouts`. group_by: "prefix" takes the folder where names say nothing else
    (`patient7/frame_012`), and what stands before the number at the end of a file's name else (`patient7_012` is of the
    group `patient7`; a name without both is a group of its own; left and right eye are of one person), "name" makes
    each picture a group of its own, any other word names a column of `folder/cases.csv`, which then lists image, mask
    and that column. The same files, groups and seed give the same splits. Raises DataError when there is a splits.csv,
    a mask is missing, or there are fewer than three groups.
    """
    target = folder / SPLITS_FILE
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; name one that holds images and masks.")
    if target.exists():
        raise DataError(f"{target} is there already; move it away if new splits are wanted.")
    pairs = find_pairs(folder, group_by) if group_by in (PREFIX, NAME) else listed_pairs(folder, group_by)
    split_of = deal(Counter(pair.group for pair in pairs), seed)
    more = [name for name in ("fov", "second_reader") if any(getattr(pair, name) for pair in pairs)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", "mask", "group", "split", *more])
    for pair in pairs:
        writer.writerow(
            [pair.image, pair.mask, pair.group, split_of[pair.group], *(getattr(pair, name) for name in more)]
        )
    write_text(target, text.getvalue())
    counts = Counter(split_of[pair.group] for pair in pairs)
    return {split: counts[split] for split in SPLITS}


def find_pairs(folder: Path, group_by: str = PREFIX) -> list[Pair]:
    """The images of a folder with their masks, by name, in the order of their paths.

    Raises DataError when there is none or one lacks a mask.
    """
    found = find_layout(folder)
    cvc = is_cvc(found)

    def path(file: Path | None) -> str:
        return "" if file is None else written_name(file.relative_to(folder).as_posix())

    def group(one: Found) -> str:
        if group_by == NAME:
            return os.fspath(one.image.relative_to(folder).with_suffix("")) if _repeats(one, found) else one.image.stem
        if cvc:
            number = sum(start <= int(one.image.stem) for start in CVC_STARTS)
            return f"seq{number:02d}"
        return _group_of(folder, one.image)

    return [
        Pair(path(one.image), path(one.mask), written_name(group(one)), path(one.fov), path(one.second_reader))
        for one in found
    ]


def _repeats(one: Found, found: Sequence[Found]) -> bool:
    return sum(other.image.stem == one.image.stem for other in found) > 1


def _group_of(folder: Path, image: Path) -> str:
    """Whose picture this is, from its name, or from its folder where the name says nothing."""
    stem = image.stem
    without_eye = _EYE.sub("", stem)
    own = prefix(without_eye)
    if without_eye != stem and _ANYBODY.fullmatch(own):
        own = without_eye  # Image_01L: the number is the person's
    if without_eye == stem and _ANYBODY.fullmatch(stem):
        parts = [part for part in image.relative_to(folder).parent.parts if part.lower() not in _OF_IMAGES]
        for end, part in enumerate(parts, start=1):
            if _PATIENT.fullmatch(part):
                return "/".join(parts[:end])  # with all its visits
        if len(parts) > 1 or (parts and parts[0].lower() not in _OF_SETS):
            return "/".join(parts)
        return stem if not parts else f"{parts[0]}/{stem}"
    return own


def prefix(stem: str) -> str:
    """What a name says before the number at its end; the whole name where it has no such number."""
    return _NUMBER.sub("", stem) or stem


def listed_pairs(folder: Path, column: str) -> list[Pair]:
    """The pairs of `folder/cases.csv`, grouped by one of its columns. Raises DataError when either is missing."""
    table = folder / CASES_FILE
    if not table.is_file():
        raise DataError(f"{folder} has no {CASES_FILE}; add one with the columns image, mask and {column}.")
    rows = read_table(table, ("image", "mask", column))
    pairs = []
    for row in rows:
        found = [find_file(folder, row[name]) for name in ("image", "mask")]
        lacking = [row[name] for name, file in zip(("image", "mask"), found, strict=True) if file is None]
        if lacking:
            raise DataError(f"{table} names {lacking[0]}, which is not there; correct the row.")
        names = [_as_written(folder, file) for file in found if file is not None]
        pairs.append(Pair(names[0], names[1], row[column], row.get("fov", ""), row.get("second_reader", "")))
    return pairs


def _as_written(folder: Path, file: Path) -> str:
    return written_name((file.relative_to(folder) if file.is_relative_to(folder) else file).as_posix())


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


def split_words(cases: Sequence[Case]) -> list[str]:
    """What was grouped, a line a split: its groups and how many pictures each has, the first few by name."""
    lines = []
    for split in SPLITS:
        groups = Counter(case.group for case in cases if case.split == split)
        named = ", ".join(f"{name} ({count})" for name, count in sorted(groups.items())[:_NAMED])
        more = f", and {len(groups) - _NAMED} more" if len(groups) > _NAMED else ""
        lines.append(f"  {split}: {len(groups)} groups: {named}{more}")
    return lines
