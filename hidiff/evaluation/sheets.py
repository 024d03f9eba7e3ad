"""Contact sheets of cases: image, prior, refined mask, reference and flipped bits, of the worst cases and of some.

They show the data, which may not be passed on, so they never go into the project's own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hidiff.data.cases import Case
from hidiff.errors import SettingsError
from hidiff.evaluation.protocol import Protocol
from hidiff.evaluation.score import Subject
from hidiff.imaging.files import write_png
from hidiff.pipeline import HiDiff
from hidiff.visuals.draw import contact_sheet, flip_map, overlay
from hidiff.visuals.paint import Picture

REPOSITORY = Path(__file__).resolve().parents[2]
SIDE = 256  # pixels, the longer side of a picture
COUNT = 10
SHEETS = ("worst.png", "random.png")


def check_outside(folder: Path) -> None:
    """Raise SettingsError when the folder lies in the project's own."""
    if folder.resolve().is_relative_to(REPOSITORY):
        raise SettingsError(f"{folder} lies in the project, and sheets show data; choose a folder outside of it.")


def write_sheets(
    folder: Path, model: HiDiff, cases: Sequence[Case], report: dict[str, Any], protocol: Protocol
) -> list[Path]:
    """Write worst.png, the cases of the lowest refined Dice, and random.png, as many by lot. Returns their paths."""
    check_outside(folder)
    folder.mkdir(parents=True, exist_ok=True)
    scores = [row["refined"] for row in report["cases"]]
    lot = np.random.default_rng(protocol.seed).permutation(len(cases))
    written = []
    for name, order in zip(SHEETS, (np.argsort(scores, kind="stable"), lot), strict=True):
        pictures: list[Picture] = []
        labels: list[str] = []
        for index in order[:COUNT]:
            row, words = _row(model, cases[index], protocol)
            pictures += row
            labels += words
        path = folder / name
        write_png(path, contact_sheet(pictures, 5, labels))
        written.append(path)
    return written


def _row(model: HiDiff, case: Case, protocol: Protocol) -> tuple[list[Picture], list[str]]:
    subject = Subject(model, case, protocol)
    height, width = subject.image.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = np.asarray(cv2.resize(subject.image, size, interpolation=cv2.INTER_AREA), np.uint8)

    def small(mask: np.ndarray) -> np.ndarray:
        return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5

    prior = subject.model.prior(subject.image).p
    refined = subject.refined().probability()
    before, after, truth = small(prior[0] > 0.5), small(refined[0] > 0.5), small(subject.reference)
    pictures = [image, *(overlay(image, mask) for mask in (before, after, truth))]
    labels = [
        f"{case.dataset} {case.name}",
        f"prior {subject.dice(prior):.3f}",
        f"refined {subject.dice(refined):.3f}",
        "reference",
        "prior to refined",
    ]
    return [*pictures, flip_map(before, after, image)], labels
