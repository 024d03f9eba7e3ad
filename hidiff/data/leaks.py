"""Leaks between splits: one picture, or nearly one, on both sides flatters every figure.

Files of the same bytes are found by digest, near-duplicates by a perceptual hash: whether each of 16 x 16 places is
brighter than its neighbour. Different pictures of one kind differ in far more of its 256 bits than `NEAR`; the same
picture saved smaller, or as a JPEG, in few.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.data.cases import Case
from hidiff.errors import ImageError
from hidiff.imaging.files import read_image
from hidiff.types import Image

NEAR = 12  # bits of 256
SIDE = 16
_TOLD = 5  # pairs that are named; the others are counted
_FLAT = 4.0  # grey levels: below, a picture has no structure that a hash could tell


def same_files(cases: Sequence[Case]) -> list[tuple[Case, Case]]:
    """Pairs of cases in different splits whose images hold the same bytes."""
    by_size: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        by_size[case.image.stat().st_size].append(case)
    found = []
    for size, alike in by_size.items():
        if not size or len({case.split for case in alike}) < 2:
            continue
        first: dict[bytes, Case] = {}
        for case in alike:
            with case.image.open("rb") as stream:
                other = first.setdefault(hashlib.file_digest(stream, "sha256").digest(), case)
            if other.split != case.split:
                found.append((other, case))
    return found


def near_duplicates(cases: Sequence[Case]) -> list[tuple[Case, Case]]:
    """Pairs of cases in different splits whose images differ in at most `NEAR` bits of their hash; the same bytes are
    left to `same_files`. A picture that cannot be read, or has no structure, is passed over."""
    with ThreadPoolExecutor(4) as readers:
        hashes = list(readers.map(lambda case: _hash_of(case.image), cases))
    known = [(case, bits) for case, bits in zip(cases, hashes, strict=True) if bits is not None]
    exact = {(id(one), id(other)) for one, other in same_files(cases)}
    found = []
    for index, (case, bits) in enumerate(known[1:], start=1):
        earlier = np.stack([other for _, other in known[:index]])
        for at in np.flatnonzero((earlier != bits).sum(axis=1) <= NEAR):
            other = known[at][0]
            if other.split != case.split and (id(other), id(case)) not in exact:
                found.append((other, case))
    return found


def perceptual_hash(image: Image) -> NDArray[np.bool_] | None:
    """256 bits of an RGB image (H,W,3); None where it has no structure."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    if small.std() < _FLAT:
        return None
    bits: NDArray[np.bool_] = (small[:, 1:] > small[:, :-1]).ravel()
    return bits


def leak_warnings(cases: Sequence[Case], near: bool = True) -> list[str]:
    """Sentences on the pictures that two splits share. near: also on near-duplicates, for which all are decoded."""
    told = [
        (same_files(cases), "are the same picture under two names"),
        (near_duplicates(cases) if near else [], "look nearly alike"),
    ]
    out = []
    for pairs, what in told:
        for one, other in pairs[:_TOLD]:
            out.append(
                f"{one.image.name} in {one.split} and {other.image.name} in {other.split} {what}; if they belong "
                "together, give them one group."
            )
        if len(pairs) > _TOLD:
            out.append(f"{len(pairs) - _TOLD} more pairs {what}.")
    return out


def _hash_of(image: Path) -> NDArray[np.bool_] | None:
    try:
        return perceptual_hash(read_image(image))
    except ImageError:
        return None
