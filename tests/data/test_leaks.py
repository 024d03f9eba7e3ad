"""Leaks between splits: the same bytes, the same picture saved otherwise, and pictures that merely look alike."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from segment_runs import picture

from hidiff.data.cases import Case
from hidiff.data.leaks import leak_warnings, near_duplicates, perceptual_hash, same_files


def case(folder: Path, name: str, array: np.ndarray, split: str) -> Case:
    path = folder / name
    cv2.imwrite(str(path), array)
    return Case("d", path.stem, path, path, path.stem, split)


def test_the_same_bytes_in_two_splits_are_told(tmp_path: Path) -> None:
    first = case(tmp_path, "a.png", picture(90, 120), "train")
    same, within = case(tmp_path, "b.png", picture(90, 120), "test"), case(tmp_path, "c.png", picture(90, 120), "train")
    assert same_files([first, within]) == []
    assert [(one.name, other.name) for one, other in same_files([first, same])] == [("a", "b")]
    (sentence,) = leak_warnings([first, same])
    assert sentence.startswith("a.png in train and b.png in test are the same picture under two names")


def test_the_same_picture_saved_smaller_or_lossy_is_told(tmp_path: Path) -> None:
    whole = picture(240, 320, 4)
    cases = [
        case(tmp_path, "a.png", whole, "train"),
        case(tmp_path, "b.jpg", cv2.resize(whole, (200, 150)), "val"),
        case(tmp_path, "c.png", np.clip(whole.astype(int) + 4, 0, 255).astype(np.uint8), "test"),
        *(case(tmp_path, f"{seed}.png", picture(240, 320, seed), "test") for seed in range(5, 25)),
    ]
    found = {(one.name, other.name) for one, other in near_duplicates(cases)}
    assert found == {("a", "b"), ("a", "c"), ("b", "c")}
    assert any("a.png in train and b.jpg in val look nearly alike" in line for line in leak_warnings(cases))


def test_a_picture_without_structure_or_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    flat = np.full((50, 60, 3), 90, np.uint8)
    assert perceptual_hash(flat) is None
    cases = [case(tmp_path, f"{k}.png", flat + np.uint8(k), split) for k, split in enumerate(("train", "test"))]
    cases[0].image.write_bytes(b"broken")
    assert leak_warnings(cases) == []
