"""Layouts that data sets really have: roles of files, groups, and what is no picture."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest

from hidiff.data.cases import DataError, read_splits
from hidiff.data.layouts import find_layout, known_layout
from hidiff.data.splits import find_pairs, make_splits, split_words


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    return folder


def pairs(*stems: str) -> list[str]:
    return [name for stem in stems for name in (f"{stem}.png", f"{stem}_mask.png")]


@pytest.mark.parametrize(
    ("stems", "group"),
    [
        ([f"patient{p}/{k:03d}" for p in range(1, 6) for k in range(1, 5)], lambda image: image.split("/")[0]),
        ([f"patient{p}/frame_{k}" for p in range(1, 6) for k in range(1, 5)], lambda image: image.split("/")[0]),
        ([f"a/patient{p}/visit{v}/{k}" for p in range(1, 6) for v in "12" for k in "12"], lambda i: i.split("/")[1]),
        ([f"Image_{p:02d}{eye}" for p in range(1, 8) for eye in "LR"], lambda image: image[:8]),
        ([f"p{p}_{eye}" for p in range(1, 8) for eye in ("left", "right")], lambda image: image.split("_")[0]),
        ([f"{p}_{eye}" for p in range(1, 8) for eye in ("OD", "OS")], lambda image: image.split("_")[0]),
        ([f"train/p{p}_{k}" for p in range(1, 6) for k in range(3)], lambda image: image.split("/")[1].split("_")[0]),
    ],
)
def test_no_patient_lies_in_two_splits(tmp_path: Path, stems: list[str], group) -> None:  # type: ignore[no-untyped-def]
    make_splits(touch(tmp_path, *pairs(*stems)))
    seen = defaultdict(set)
    for case in read_splits(tmp_path):
        seen[group(case.image.relative_to(tmp_path).as_posix())].add(case.split)
    assert len(seen) >= 5 and all(len(splits) == 1 for splits in seen.values())


def test_numbers_in_the_folder_itself_or_in_a_set_s_folder_are_pictures_of_their_own(tmp_path: Path) -> None:
    found = find_pairs(touch(tmp_path, *pairs("0007", "0008", "train/0007")))
    assert [pair.group for pair in found] == ["0007", "0008", "train/0007"]


def test_drive_with_its_fields_of_view_and_second_readers(tmp_path: Path) -> None:
    for number in range(21, 24):
        touch(tmp_path, f"training/images/{number}_training.tif", f"training/1st_manual/{number}_manual1.gif")
        touch(tmp_path, f"training/mask/{number}_training_mask.gif")
    for number in ("01", "02"):
        touch(tmp_path, f"test/images/{number}_test.tif", f"test/1st_manual/{number}_manual1.gif")
        touch(tmp_path, f"test/2nd_manual/{number}_manual2.gif", f"test/mask/{number}_test_mask.gif")
    found = find_layout(tmp_path)
    assert [one.mask.name for one in found] == [f"{n}_manual1.gif" for n in ("01", "02", 21, 22, 23)]
    assert [one.fov and one.fov.name for one in found][2] == "21_training_mask.gif"
    assert [one.second_reader and one.second_reader.name for one in found][:3] == [
        "01_manual2.gif",
        "02_manual2.gif",
        None,
    ]
    assert known_layout(found) == "The names are those of DRIVE."
    make_splits(tmp_path)
    cases = read_splits(tmp_path)
    assert all(case.fov for case in cases) and sum(case.second_reader is not None for case in cases) == 2


def test_a_field_of_view_is_never_taken_for_the_vessels(tmp_path: Path) -> None:
    names = [(f"images/{n}_training.tif", f"mask/{n}_training_mask.png") for n in range(21, 25)]
    with pytest.raises(DataError, match=r"21_training\.tif has no mask"):
        find_pairs(touch(tmp_path, *(name for both in names for name in both)))


def test_other_data_sets_of_this_field(tmp_path: Path) -> None:
    chase, hrf, cvc = tmp_path / "chase", tmp_path / "hrf", tmp_path / "cvc"
    for eye in ("01L", "01R", "02L"):
        touch(chase, *(f"Image_{eye}{end}" for end in (".jpg", "_1stHO.png", "_2ndHO.png")))
    for stem in ("01_dr", "01_h", "02_g"):
        touch(hrf, f"images/{stem}.JPG", f"manual1/{stem}.tif", f"mask/{stem}_mask.tif")
    touch(cvc, *(f"{place}/{n}.png" for place in ("Original", "Ground Truth") for n in range(1, 613)))
    assert [pair.group for pair in find_pairs(chase)] == ["Image_01", "Image_01", "Image_02"]
    assert all(pair.second_reader for pair in find_pairs(chase))
    assert known_layout(find_layout(chase)) == "The names are those of CHASE_DB1."
    assert next((pair.mask, pair.fov) for pair in find_pairs(hrf)) == ("manual1/01_dr.tif", "mask/01_dr_mask.tif")
    assert known_layout(find_layout(hrf)) == "The names are those of HRF."
    groups = {pair.image: pair.group for pair in find_pairs(cvc)}
    assert len(set(groups.values())) == 29
    assert groups["Original/25.png"] == "seq01" and groups["Original/26.png"] == "seq02"
    assert groups["Original/612.png"] == "seq29"
    assert "29 sequences" in known_layout(find_layout(cvc))


def test_what_a_system_keeps_for_itself_is_no_picture(tmp_path: Path) -> None:
    names = pairs(*(f"p{k}_1" for k in range(5)))
    touch(tmp_path, *names, *(f"__MACOSX/._{name}" for name in names), ".ipynb_checkpoints/p0_1-checkpoint.png")
    touch(tmp_path, "._p9_1.png", ".hidden/x.png")
    assert len(find_pairs(tmp_path)) == 5


def test_names_of_another_encoding_or_form_find_their_masks(tmp_path: Path) -> None:
    touch(tmp_path, "images/Mu\u0308ller_1.png", "masks/M\u00fcller_1.png", *pairs("b_1", "c_1"))
    latin = os.fsdecode(b"d\xfc_1")
    try:
        touch(tmp_path, *pairs(latin))
    except OSError:
        pytest.skip("this disk takes no such names")
    make_splits(tmp_path)
    (tmp_path / "splits.csv").read_text(encoding="utf-8")
    assert {case.image.stem for case in read_splits(tmp_path)} == {"Mu\u0308ller_1", "b_1", "c_1", latin}


def test_two_masks_of_one_picture_and_two_pictures_of_one_mask_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has two masks, a_label\.png and a_mask\.png; leave one of them"):
        find_pairs(touch(tmp_path / "one", *pairs("a", "b"), "a_label.png"))
    with pytest.raises(DataError, match=r"a\.jpg and a\.png would share the mask a_mask\.png"):
        find_pairs(touch(tmp_path / "two", *pairs("a", "b"), "a.jpg"))


def test_what_was_grouped_is_told(tmp_path: Path) -> None:
    make_splits(touch(tmp_path, *pairs(*(f"patient{p}/{k}" for p in range(1, 4) for k in (1, 2)))))
    lines = split_words(read_splits(tmp_path))
    assert sorted(line.split(": ")[2] for line in lines) == ["patient1 (2)", "patient2 (2)", "patient3 (2)"]
