"""Splits of a folder: pairs found by name, whole groups in one split, nothing overwritten."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hidiff.__main__ import main
from hidiff.data.cases import SPLITS, DataError, read_splits
from hidiff.data.splits import SHARES, deal, find_pairs, make_splits, prefix


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def patients(folder: Path, count: int = 8, each: int = 3) -> Path:
    names = [f"p{i}_{k:03d}" for i in range(count) for k in range(each)]
    return touch(folder, *(f"{n}.jpg" for n in names), *(f"{n}_mask.png" for n in names))


def test_pairs_are_found_beside_one_another_and_in_folders(tmp_path: Path) -> None:
    touch(tmp_path, "a/one.jpg", "a/one.mask.png", "a/two.PNG", "a/two_label.tif", "b/images/x1.png", "b/masks/x1.png")
    touch(tmp_path, "b/images/x2.jpg", "b/masks/x2_mask.png", "notes.txt", "splits.md")
    pairs = {(pair.image, pair.mask) for pair in find_pairs(tmp_path)}
    assert pairs == {
        ("a/one.jpg", "a/one.mask.png"),
        ("a/two.PNG", "a/two_label.tif"),
        ("b/images/x1.png", "b/masks/x1.png"),
        ("b/images/x2.jpg", "b/masks/x2_mask.png"),
    }


@pytest.mark.parametrize(
    ("stem", "group"),
    [
        ("p7_012", "p7"),
        ("seq-a 3", "seq-a"),
        ("colon_0500", "colon"),
        ("0007", "0007"),
        ("one", "one"),
        ("a_1_2", "a_1"),
    ],
)
def test_a_group_is_what_a_name_says_before_its_number(stem: str, group: str) -> None:
    assert prefix(stem) == group


def test_whole_groups_lie_in_one_split_and_the_file_can_be_trained_on(tmp_path: Path) -> None:
    counts = make_splits(patients(tmp_path))
    cases = read_splits(tmp_path)  # refuses a group in two splits
    assert sum(counts.values()) == len(cases) == 24
    assert counts == {split: sum(c.split == split for c in cases) for split in SPLITS}
    assert all(counts.values())
    assert {c.group for c in cases} == {f"p{i}" for i in range(8)}


def test_the_same_folder_and_seed_give_the_same_splits(tmp_path: Path) -> None:
    tables = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1), ("d", 2), ("e", 3)):
        make_splits(patients(tmp_path / name), seed=seed)
        tables.append((tmp_path / name / "splits.csv").read_text())
    assert tables[0] == tables[1]
    assert len(set(tables)) > 2


def test_a_name_or_a_column_can_make_the_groups(tmp_path: Path) -> None:
    make_splits(patients(tmp_path / "names"), group_by="name")
    assert len({c.group for c in read_splits(tmp_path / "names")}) == 24
    folder = touch(tmp_path / "column", *(f"{i}.png" for i in range(9)), *(f"m{i}.png" for i in range(9)))
    with (folder / "cases.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["image", "mask", "hospital"])
        writer.writerows([f"{i}.png", f"m{i}.png", "ABC"[i % 3]] for i in range(9))
    make_splits(folder, group_by="hospital")
    assert {c.group for c in read_splits(folder)} == set("ABC")
    with pytest.raises(DataError, match="lacks the column 'doctor'"):
        (folder / "splits.csv").unlink()
        make_splits(folder, group_by="doctor")


def test_splits_are_never_overwritten(tmp_path: Path) -> None:
    make_splits(patients(tmp_path))
    before = (tmp_path / "splits.csv").read_text()
    with pytest.raises(DataError, match="is there already; move it away"):
        make_splits(tmp_path, seed=5)
    assert (tmp_path / "splits.csv").read_text() == before


def test_what_cannot_be_split_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no folder"):
        make_splits(tmp_path / "none")
    with pytest.raises(DataError, match="holds no images"):
        make_splits(tmp_path)
    with pytest.raises(DataError, match=r"b\.png has no mask; put b_mask\.png beside it"):
        make_splits(touch(tmp_path / "lone", "a.png", "a_mask.png", "b.png"))
    with pytest.raises(DataError, match="three groups at least and there are 1; give --group-by name"):
        make_splits(touch(tmp_path / "one", "a_1.png", "a_1_mask.png", "a_2.png", "a_2_mask.png"))
    with pytest.raises(DataError, match=r"has no cases\.csv"):
        make_splits(patients(tmp_path / "p"), group_by="hospital")
    assert not list(tmp_path.rglob("splits.csv"))


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 9), min_size=3, max_size=40), st.integers(0, 99))
def test_every_split_gets_a_group_and_about_its_share(sizes: dict[str, int], seed: int) -> None:
    split_of = deal(Counter(sizes), seed)
    assert split_of.keys() == sizes.keys() and set(split_of.values()) == set(SPLITS)
    assert split_of == deal(Counter(dict(reversed(list(sizes.items())))), seed)
    total, largest = sum(sizes.values()), max(sizes.values())
    for split, share in zip(SPLITS, SHARES, strict=True):
        held = sum(size for name, size in sizes.items() if split_of[name] == split)
        assert held - share * total < largest + 1e-9  # no split is a whole group above its share


def test_the_command_makes_splits_and_needs_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--make-splits", str(patients(tmp_path))]) == 0
    assert "splits.csv: train " in capsys.readouterr().out
    assert main(["train", "--make-splits", str(tmp_path)]) == 1
