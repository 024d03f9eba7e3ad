"""`python -m hidiff train --make-splits`: what was dealt, what was grouped, and what two splits seem to share."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from hidiff.data.cases import read_splits
from hidiff.data.layouts import known_layout
from hidiff.data.leaks import leak_warnings
from hidiff.data.splits import SPLITS_FILE, make_splits, split_words

_log = logging.getLogger(__name__)


def write_splits(folder: Path, group_by: str, seed: int) -> int:
    """Write the splits; say how many cases each has, what was grouped, and what two of them seem to share. Returns 0.

    Raises DataError."""
    counts = make_splits(folder, group_by, seed)
    words = ", ".join(f"{split} {count}" for split, count in counts.items())
    cases = read_splits(folder)
    lines = [f"{folder / SPLITS_FILE}: {words}", *split_words(cases), known_layout(cases)]
    sys.stdout.write("".join(f"{line}\n" for line in lines if line))
    for sentence in leak_warnings(cases):
        _log.warning("%s", sentence)
    return 0
