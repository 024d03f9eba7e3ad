"""Layouts of data folders: which file is an image, its mask, its field of view or its second reader, by name.

Beside one another (`NAME_mask.png` and the like beside `NAME.jpg`) or in folders (masks/ beside images/), and as the
data sets of this field come: DRIVE, CHASE_DB1, HRF, CVC-ClinicDB, Kvasir-SEG. What a system hides, or keeps for
itself, is no picture.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from hidiff.data.tables import DataError

Role = Literal["image", "mask", "fov", "second_reader"]
Key = tuple[str, str]  # the place and the name of the image that a file belongs to

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_FOLDERS: dict[str, Role] = {
    **dict.fromkeys(("images", "image", "img", "imgs", "original", "originals"), "image"),
    **dict.fromkeys(("masks", "mask", "labels", "label", "1st_manual", "manual1", "manual", "ground truth"), "mask"),
    **dict.fromkeys(("ground_truth", "groundtruth", "gt", "annotations", "annotation"), "mask"),
    **dict.fromkeys(("2nd_manual", "manual2", "second_reader"), "second_reader"),
    **dict.fromkeys(("fov", "fovs", "field_of_view"), "fov"),
}
_ENDINGS: dict[Role, re.Pattern[str]] = {
    "mask": re.compile(r"[._-](mask|masks|label|labels|seg|segmentation|gt|manual|manual1|1stho)$", re.IGNORECASE),
    "second_reader": re.compile(r"[._-](manual2|2ndho)$", re.IGNORECASE),
    "fov": re.compile(r"[._-]fov$", re.IGNORECASE),
}
_FIELD_OF_DRIVE = re.compile(r"^\d+_(training|test)_mask$", re.IGNORECASE)
_OF_DRIVE = re.compile(r"^(\d+)_(training|test)$", re.IGNORECASE)
_READERS = ("1st_manual", "manual1")  # beside them, mask/ holds fields of view
_HIDDEN = ("__macosx",)


@dataclass(frozen=True)
class Found:
    """An image and what belongs to it; fov and second_reader are None where there is none."""

    image: Path
    mask: Path
    fov: Path | None = None
    second_reader: Path | None = None


def find_layout(folder: Path) -> list[Found]:
    """The images of a folder with their masks, by name, in the order of their paths.

    Raises DataError when there is none, one lacks a mask, or two files could be one's mask.
    """
    files = [path for path in sorted(folder.rglob("*")) if _is_picture(folder, path)]
    of: dict[Role, dict[Key, list[Path]]] = {role: defaultdict(list) for role in ("mask", "fov", "second_reader")}
    images: list[tuple[Path, Key]] = []
    for path in files:
        role, key = _placed(folder, path)
        if role == "image":
            images.append((path, key))
        else:
            of[role][key].append(path)
    found = [_complete(folder, image, key, of) for image, key in images]
    if not found:
        raise DataError(f"{folder} holds no images; put images and masks there.")
    shared: dict[Path, Path] = {}
    for one in found:
        other = shared.setdefault(one.mask, one.image)
        if other != one.image:
            names = " and ".join(str(path.relative_to(folder)) for path in (other, one.image))
            raise DataError(f"{names} would share the mask {one.mask.name}; give each its own, or leave one of them.")
    return found


def _complete(folder: Path, image: Path, key: Key, of: dict[Role, dict[Key, list[Path]]]) -> Found:
    of_drive = _OF_DRIVE.match(image.stem)
    keys = [key, (key[0], of_drive[1])] if of_drive else [key]

    def one(role: Role) -> Path | None:
        fitting = [path for known in keys for path in of[role].get(known, ())]
        if len(fitting) > 1:
            names = " and ".join(str(path.relative_to(folder)) for path in fitting[:2])
            raise DataError(f"{image.relative_to(folder)} has two masks, {names}; leave one of them.")
        return fitting[0] if fitting else None

    mask = one("mask")
    if mask is None:
        shown = str(image.relative_to(folder)).encode("utf-8", "replace").decode()
        raise DataError(
            f"{shown} has no mask; put {image.stem}_mask.png beside it, or {image.stem}.png into masks/ beside images/."
        )
    return Found(image, mask, one("fov"), one("second_reader"))


class HasImage(Protocol):
    """What has an image: a case, or what was found of one."""

    @property
    def image(self) -> Path:
        """Its file."""
        ...


def known_layout(found: Sequence[HasImage]) -> str:
    """Which data set's layout this is, as a sentence; "" where it is none of those known by name."""
    stems = [one.image.stem for one in found]
    for name, pattern in (
        ("DRIVE", r"\d+_(training|test)"),
        ("CHASE_DB1", r"Image_\d+[LR]"),
        ("HRF", r"\d+_(dr|g|h)"),
        ("Kvasir-SEG", r"c[jk][a-z0-9]{20,26}"),
    ):
        if all(re.fullmatch(pattern, stem) for stem in stems):
            return f"The names are those of {name}."
    if is_cvc(found):
        return "The names are those of CVC-ClinicDB: frames are grouped by its 29 sequences."
    return ""


def is_cvc(found: Sequence[HasImage]) -> bool:
    """Whether these are the 612 numbered frames of CVC-ClinicDB."""
    stems = [one.image.stem for one in found]
    return len(stems) == 612 and {int(stem) for stem in stems if stem.isdecimal()} == set(range(1, 613))


def _is_picture(folder: Path, path: Path) -> bool:
    parts = path.relative_to(folder).parts
    hidden = any(part.startswith(".") or part.lower() in _HIDDEN for part in parts)
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _placed(folder: Path, path: Path) -> tuple[Role, Key]:
    """What a file is, and of which image."""
    parent = path.relative_to(folder).parent
    within = _FOLDERS.get(parent.name.lower()) if parent.parts else None
    place = (parent.parent if within else parent).as_posix()
    role: Role = within or "image"
    stem = path.stem
    if within == "mask" and parent.name.lower() == "mask" and _has_readers(folder / parent):
        role, stem = "fov", re.sub(r"[._-]mask$", "", stem, flags=re.IGNORECASE)
    elif _FIELD_OF_DRIVE.match(stem):
        role, stem = "fov", re.sub(r"_mask$", "", stem, flags=re.IGNORECASE)
    else:
        for ending, pattern in _ENDINGS.items():
            if pattern.search(stem):
                role = ending if within in (None, "image") else role
                stem = pattern.sub("", stem)
                break
    return role, (_folded(place), _folded(stem))


def _has_readers(folder: Path) -> bool:
    return any((folder.parent / name).is_dir() for name in _READERS)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
