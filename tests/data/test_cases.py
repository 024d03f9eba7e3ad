"""Reading a data folder: what is refused, and what a pack holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic_folder import SIZE, read_rows, write_splits

from hidiff.data.cases import DataError, folds, pack, read_splits
from hidiff.errors import ImageError
from hidiff.tasks import POLYP


def test_a_folder_without_splits_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no splits\.csv; add one with the columns image, mask, group and split"):
        read_splits(tmp_path)


@pytest.mark.parametrize("column", ["image", "mask", "group", "split"])
def test_a_missing_column_is_named(folder: Path, column: str) -> None:
    write_splits(folder, [{k: v for k, v in row.items() if k != column} for row in read_rows(folder)])
    with pytest.raises(DataError, match=f"lacks the column '{column}'"):
        read_splits(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "3_mask.png").unlink()
    with pytest.raises(DataError, match=r"names 3_mask\.png, which is not there"):
        read_splits(folder)


def test_an_unknown_split_is_refused(folder: Path) -> None:
    rows = read_rows(folder)
    rows[0]["split"] = "validation"
    write_splits(folder, rows)
    with pytest.raises(DataError, match="'validation' is no split"):
        read_splits(folder)


def test_a_group_in_two_splits_is_refused(folder: Path) -> None:
    rows = read_rows(folder)
    rows[0]["group"] = rows[-1]["group"]
    write_splits(folder, rows)
    with pytest.raises(DataError, match="lies in train and in test"):
        read_splits(folder)


def test_an_empty_table_is_refused(folder: Path) -> None:
    (folder / "splits.csv").write_text("")
    with pytest.raises(DataError, match="lacks the column"):
        read_splits(folder)


def test_folds_keep_groups_together_and_share_the_cases(folder: Path) -> None:
    cases = [c for c in read_splits(folder) if c.split == "train"]
    fold = folds(cases, 2, seed=0)
    assert [int((fold == k).sum()) for k in range(2)] == [4, 4]
    for group in {c.group for c in cases}:
        assert len({int(f) for f, c in zip(fold, cases, strict=True) if c.group == group}) == 1
    assert any((folds(cases, 2, seed=s) != fold).any() for s in range(1, 6))


def test_a_pack_holds_image_and_mask_in_the_working_frame(folder: Path) -> None:
    task = replace(POLYP, side=64)
    cases = read_splits(folder)
    data = pack(cases, task)
    assert data.images.shape == (12, 64, 64, 3)
    top, left, height, width = data.content[0]
    assert (height, width) == SIZE
    assert not data.images[0, :top].any() and not data.images[0, top + height :].any()
    boxes = data.boxes()
    for mask, (first, last, left, right) in zip(data.masks, boxes, strict=True):
        on = mask > 127
        assert on[first:last, left:right].sum() == on.sum() > 0
        assert on[first].any() and on[last - 1].any() and on[:, left].any() and on[:, right - 1].any()
    twice = pack(cases, task, scale=2)
    assert twice.side == 128
    np.testing.assert_allclose(twice.masks.mean(), data.masks.mean(), rtol=0.02)


def test_a_cached_pack_is_the_same_and_is_not_decoded_again(folder: Path, tmp_path: Path) -> None:
    task = replace(POLYP, side=64)
    cases = read_splits(folder)
    decoded: list[int] = []
    first = pack(cases, task, tmp_path / "cache", progress=lambda done, total: decoded.append(done))
    again = pack(cases, task, tmp_path / "cache", progress=lambda done, total: decoded.append(done))
    assert decoded == list(range(1, 13))
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.masks, again.masks)
    np.testing.assert_array_equal(first.content, again.content)


@pytest.mark.parametrize("damage", ["cut", "empty", "another shape", "a pickle", "gone"])
@pytest.mark.parametrize("name", ["images", "masks", "content"])
def test_a_damaged_cache_is_decoded_again(folder: Path, tmp_path: Path, name: str, damage: str) -> None:
    cases = read_splits(folder)
    whole = pack(cases, POLYP, tmp_path / "cache")
    (file,) = (tmp_path / "cache").rglob(f"{name}.npy")
    data = file.read_bytes()
    if damage == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "another shape":
        np.save(file, np.load(file)[1:])
    elif damage == "a pickle":
        np.save(file, np.array([{}], dtype=object))
    else:
        file.unlink()
    again = pack(cases, POLYP, tmp_path / "cache")
    for part in ("images", "masks", "content"):
        assert np.array_equal(getattr(again, part), getattr(whole, part))
    assert file.read_bytes() == data


def test_a_mask_of_another_size_is_refused(folder: Path) -> None:
    import cv2

    cv2.imwrite(str(folder / "2_mask.png"), np.zeros((10, 10), np.uint8))
    with pytest.raises(ImageError, match=r"2_mask\.png is 10 x 10 and its image 64 x 48"):
        pack(read_splits(folder), replace(POLYP, side=64))
