"""Tables as spreadsheets and other systems write them: read, or refused with the true reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from hidiff.data.cases import DataError, read_splits
from hidiff.data.splits import listed_pairs

HEAD, ROW = "image,mask,group,split\n", "images/a.png,images/a_mask.png,g,train\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for name in ("a", "M\u00fcller"):
        for file in (f"{name}.png", f"{name}_mask.png"):
            (tmp_path / "images" / file).write_bytes(name.encode())
    return tmp_path


READ = {
    "byte order mark": ("\ufeff" + HEAD + ROW).encode(),
    "semicolons": (HEAD + ROW).replace(",", ";").encode(),
    "tabs": (HEAD + ROW).replace(",", "\t").encode(),
    "bars": (HEAD + ROW).replace(",", "|").encode(),
    "UTF-16": (HEAD + ROW).replace(",", "\t").encode("utf-16"),
    "UTF-16 without a mark": (HEAD + ROW).encode("utf-16-le"),
    "cp1252": (HEAD + ROW.replace(",g,", ",M\u00fcller,")).encode("cp1252"),
    "a cp1252 file name": (HEAD + ROW.replace("/a", "/M\u00fcller")).encode("cp1252"),
    "a decomposed file name": (HEAD + ROW.replace("/a", "/Mu\u0308ller")).encode(),
    "spaces": (HEAD + ROW).replace(",", " , ").encode(),
    "backslashes": (HEAD + ROW).replace("/", "\\").encode(),
    "CRLF": (HEAD + ROW).replace("\n", "\r\n").encode(),
    "CR": (HEAD + ROW).replace("\n", "\r").encode(),
    "no line end": (HEAD + ROW).strip().encode(),
    "rows of commas": (HEAD + ROW + ",,,\n\n , , ,\n").encode(),
    "blank lines first": ("\n\n" + HEAD + ROW).encode(),
    "quotes": (HEAD + '"images/a.png","images/a_mask.png","g","train"\n').encode(),
    "capitals": (HEAD.title() + ROW.replace("train", "Train")).encode(),
    "more cells than columns": (HEAD + ROW.strip() + ",,\n").encode(),
}


@pytest.mark.parametrize("kind", READ)
def test_every_form_of_a_table_is_read(folder: Path, kind: str) -> None:
    (folder / "splits.csv").write_bytes(READ[kind])
    (case,) = read_splits(folder)
    assert case.image.is_file() and case.mask.is_file() and case.split == "train"
    assert case.group == ("M\u00fcller" if kind == "cp1252" else "g")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (HEAD + "/data/other/a.png,images/a_mask.png,g,train\n", r"names /data/other/a\.png, which is not there"),
        ("split,group,image,mask\ntrain,g,images/a.png\n", "row 2 has nothing in the column 'mask'; complete the row"),
        (HEAD, "has a header and no row below it"),
        (HEAD.replace("group,", "") + ROW, "lacks the column 'group'"),
        (HEAD + ROW.replace("a.png", "x" * 300 + ".png"), "which is not there"),
        (HEAD + ROW.replace("images/a.png", "images"), "names images, which is not there"),
        (HEAD + ROW + ROW, r"the picture images/a\.png stands twice in train; keep one"),
        (HEAD + ROW + "./images/a.png,images/a_mask.png,h,test\n", "stands in train and in test; keep one"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_true_reason(folder: Path, table: str, reason: str) -> None:
    (folder / "splits.csv").write_text(table, encoding="utf-8")
    with pytest.raises(DataError, match=reason) as refusal:
        read_splits(folder)
    assert str(refusal.value).count("\n") == 0


def test_an_absolute_path_that_is_there_is_read(folder: Path) -> None:
    (folder / "splits.csv").write_text(HEAD + ROW.replace("images/a.png", str(folder / "images" / "a.png")))
    assert read_splits(folder)[0].name == "a"


@pytest.mark.parametrize("link", ["link_to", "hardlink_to"])
def test_one_picture_under_two_names_of_the_disk_is_one(folder: Path, link: str) -> None:
    other = folder / "images" / "b.png"
    (other.symlink_to if link == "link_to" else other.hardlink_to)(folder / "images" / "a.png")
    (folder / "splits.csv").write_text(HEAD + ROW + "images/b.png,images/a_mask.png,h,test\n")
    with pytest.raises(DataError, match="stands in train and in test"):
        read_splits(folder)


def test_cases_of_one_name_are_told_apart_by_their_path(folder: Path) -> None:
    for patient in (1, 2):
        (folder / f"p{patient}").mkdir()
        for name in ("001.png", "001_mask.png"):
            (folder / f"p{patient}" / name).write_bytes(bytes([patient]))
    rows = [f"p{p}/001.png,p{p}/001_mask.png,p{p},test\n" for p in (1, 2)]
    (folder / "splits.csv").write_text(HEAD + ROW + "".join(rows))
    cases = read_splits(folder)
    assert [case.name for case in cases] == ["a", "p1/001.png", "p2/001.png"]
    assert len({case.digest for case in cases}) == 3


def test_the_table_of_cases_is_read_the_same_way(folder: Path) -> None:
    (folder / "cases.csv").write_bytes("\ufeffImage;Mask;Arzt\nimages\\a.png;images\\a_mask.png;M\u00fcller\n".encode())
    (pair,) = listed_pairs(folder, "Arzt")
    assert (pair.image, pair.mask, pair.group) == ("images/a.png", "images/a_mask.png", "M\u00fcller")
