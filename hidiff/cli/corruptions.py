"""`python -m hidiff.cli.corruptions FILE`: every error of the two families, on masks that are drawn here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.cli.outputs import check_free
from hidiff.errors import HiDiffError
from hidiff.imaging.files import write_png
from hidiff.priors.corruption import SOLID, THIN, Corruption, Map, description
from hidiff.visuals.draw import contact_sheet, outline, probability_picture

SIDE = 256
DRAWS = 2  # rows of each family
COLOUR, GROUND = (255, 255, 255), (20, 22, 26)


def solid_object(rng: np.random.Generator, side: int = SIDE) -> NDArray[np.bool_]:
    """A round object with a wavy border, (side, side)."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    waves = sum(rng.uniform(0.02, 0.12) / k * np.cos(k * angle + rng.uniform(0, 6.3)) for k in range(2, 7))
    radius = (rng.uniform(0.17, 0.22) * (1 + 2 * waves)) * side
    centre = side / 2 + rng.uniform(-0.08, 0.08, 2) * side
    border = np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)])
    canvas = np.zeros((side, side), np.uint8)
    cv2.fillPoly(canvas, [np.round(border).astype(np.int32)], 1)
    return canvas > 0


def thin_object(rng: np.random.Generator, side: int = SIDE) -> NDArray[np.bool_]:
    """A tree of lines that branch and grow thinner, (side, side)."""
    canvas = np.zeros((side, side), np.uint8)
    tips = [(np.array([0.02, rng.uniform(0.4, 0.6)]) * side, rng.uniform(-0.3, 0.3), 0.022 * side)]
    while tips:
        place, heading, width = tips.pop()
        for _ in range(int(rng.integers(5, 10))):
            heading += rng.normal(0, 0.16)
            further = place + 0.035 * side * np.array([np.cos(heading), np.sin(heading)])
            ends = [(round(point[0]), round(point[1])) for point in (place, further)]
            cv2.line(canvas, ends[0], ends[1], 1, max(1, round(width)))
            place = further
        if width > 0.005 * side and (place > 0).all() and (place < side).all():
            tips += [(place, heading + turn * rng.uniform(0.25, 0.6), width * 0.72) for turn in (-1, 1)]
    return canvas > 0


def softened(mask: NDArray[np.bool_], softness: float) -> Map:
    """A mask as a segmentor would propose it: soft-edged, nearly sure within."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), softness)
    return (0.02 + 0.95 * np.clip(soft * 1.1, 0, 1)).astype(np.float32)


def corruption_sheet(seed: int = 0) -> NDArray[np.uint8]:
    """RGB (H,W,3): a row a drawn object, the prior first, then each error of its family; the true border is white."""
    rows: list[tuple[Map, NDArray[np.bool_], dict[str, Corruption]]] = []
    for family, draw, softness in ((SOLID, solid_object, 2.0), (THIN, thin_object, 0.6)):
        for row in range(DRAWS):
            mask = draw(np.random.default_rng([seed, row, len(rows)]))
            rows.append((softened(mask, softness), mask, family))
    columns = 1 + max(len(family) for _, _, family in rows)
    pictures, labels = [], []
    for row, (p, mask, family) in enumerate(rows):
        shown = {"prior": p}
        for index, (name, error) in enumerate(family.items()):
            shown[name] = error(p, np.random.default_rng([seed, row, index, 1]))
        for name, values in shown.items():
            pictures.append(outline(probability_picture(values), mask, COLOUR, 1 if family is SOLID else 0))
            labels.append(name.replace("_", " "))
        blank = columns - len(shown)
        pictures += [np.full((SIDE, SIDE, 3), GROUND, np.uint8)] * blank
        labels += [""] * blank
    return contact_sheet(pictures, columns, labels)


def main(words: Sequence[str] | None = None) -> int:
    """Write the sheet, and say on standard output what each error does."""
    parser = argparse.ArgumentParser(prog="python -m hidiff.cli.corruptions", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="a PNG")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    given = parser.parse_args(words)
    try:
        check_free([given.file], "file", given.overwrite)
        write_png(given.file, corruption_sheet(given.seed))
    except HiDiffError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{given.file} could not be written ({error.strerror or error}).\n")
        return 1
    told: set[Corruption] = set()
    for family, objects in ((SOLID, "solid"), (THIN, "thin")):
        for name, act in family.items():
            if act not in told:
                told.add(act)
                sys.stdout.write(f"{objects}, {name.replace('_', ' ')}: {description(act)}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
