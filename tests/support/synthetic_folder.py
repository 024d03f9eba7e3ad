"""A folder of small drawn images with masks and a splits.csv: discs on a coloured ground."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

SIZE = (48, 64)


def draw(folder: Path, train: int = 8, val: int = 2, test: int = 2, field_of_view: bool = False) -> Path:
    """Fill `folder`; two neighbouring cases share a group. Returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    splits = ["train"] * train + ["val"] * val + ["test"] * test
    rows = []
    for i, split in enumerate(splits):
        rng = np.random.default_rng(i)
        image = np.full((*SIZE, 3), (40, 60, 150), np.uint8) + rng.integers(0, 30, (*SIZE, 3), dtype=np.uint8)
        mask = np.zeros(SIZE, np.uint8)
        centre = (int(rng.integers(16, 48)), int(rng.integers(14, 34)))
        cv2.circle(mask, centre, int(rng.integers(6, 12)), 255, -1)
        image[mask > 0] += np.array((60, 60, 40), np.uint8)
        cv2.imwrite(str(folder / f"{i}.png"), image)
        cv2.imwrite(str(folder / f"{i}_mask.png"), mask)
        row = {"dataset": "discs", "case": str(i), "image": f"{i}.png", "mask": f"{i}_mask.png"}
        rows.append({**row, "group": f"{split}{i // 2}", "split": split})
        if field_of_view:
            fov = np.zeros(SIZE, np.uint8)
            fov[:, :32] = 255
            cv2.imwrite(str(folder / f"{i}_fov.png"), fov)
            rows[-1]["fov"] = f"{i}_fov.png"
    write_splits(folder, rows)
    return folder


def write_splits(folder: Path, rows: list[dict[str, str]]) -> None:
    """Write `rows` as splits.csv."""
    with (folder / "splits.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of splits.csv."""
    with (folder / "splits.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))
