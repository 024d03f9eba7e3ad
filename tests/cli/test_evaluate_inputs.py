"""What evaluate is given: checked before anything is computed, and said in one sentence that names the file."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluated_model import command, saved
from synthetic_folder import SIZE, draw, read_rows, write_splits

from hidiff.errors import HiDiffError, SettingsError

FULL = np.full(SIZE, 255, np.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("weights"))


def evaluate(weights: Path, data: Path, *words: object) -> int:
    return command("--weights", weights, "--data", data, *words)


@pytest.mark.parametrize(
    ("column", "array"),
    [
        ("mask", FULL[:-1]),
        ("mask", np.rot90(FULL)),
        ("fov", FULL[:-1]),
        ("second_reader", FULL[:, :-1]),
        ("image", np.zeros((1, 1, 3), np.uint8)),
    ],
)
def test_another_size_is_said_before_any_case_is_worked_out(
    weights: Path, tmp_path: Path, column: str, array: np.ndarray
) -> None:
    data = draw(tmp_path / "data", train=0, val=2, test=0)
    cv2.imwrite(str(data / "odd.png"), array)
    rows = [{"fov": "", "second_reader": "", **row} for row in read_rows(data)]
    rows[1][column] = "odd.png"
    write_splits(data, rows)
    with pytest.raises(HiDiffError, match=r"^\S+\.png is \d+ x \d+ and its image \d+ x \d+; give both one size\.$"):
        evaluate(weights, data, "--json", tmp_path / "r.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_a_field_of_view_that_is_not_there_is_said(weights: Path, tmp_path: Path) -> None:
    data = draw(tmp_path / "data", train=0, val=2, test=0)
    write_splits(data, [{**row, "fov": "none.png"} for row in read_rows(data)])
    with pytest.raises(HiDiffError, match=r"names none\.png, which is not there"):
        evaluate(weights, data)


def test_three_cases_of_one_name_have_their_own_figures_and_empty_masks_are_said(
    weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = draw(tmp_path / "data", train=0, val=3, test=0)
    rows = [
        {"image": row["image"], "mask": row["mask"], "group": f"p{k}", "split": "val"}
        for k, row in enumerate(read_rows(data))
    ]
    for k, row in enumerate(rows):
        for part in ("image", "mask"):
            target = data / f"p{k}" / f"001{'_mask' * (part == 'mask')}.png"
            target.parent.mkdir(exist_ok=True)
            row[part] = (data / row[part]).rename(target).relative_to(data).as_posix()
    cv2.imwrite(str(data / rows[2]["mask"]), np.zeros(SIZE, np.uint8))
    write_splits(data, rows)
    with caplog.at_level(logging.WARNING, "hidiff"):
        assert evaluate(weights, data, "--json", tmp_path / "r.json") == 0
    assert "001_mask.png is empty: no pixel of it is on." in caplog.text
    cases = json.loads((tmp_path / "r.json").read_text())["cases"]
    assert [case["group"] for case in cases] == ["p0", "p1", "p2"]
    assert len({case["name"] for case in cases}) == 3
    areas = [(cv2.imread(str(data / row["mask"]), 0) > 0).mean() for row in rows]
    assert np.allclose([case["area"] for case in cases], areas, atol=1e-6)


def test_a_file_that_is_no_report_stays(weights: Path, tmp_path: Path) -> None:
    data = draw(tmp_path / "data", train=0, val=2, test=0)
    (tmp_path / "mine.json").write_text('{"mine": 1}')
    with pytest.raises(HiDiffError, match=r"mine\.json is there and no report"):
        evaluate(weights, data, "--json", tmp_path / "mine.json")
    assert (tmp_path / "mine.json").read_text() == '{"mine": 1}'
    with pytest.raises(SettingsError, match="the name of the journal"):
        evaluate(weights, data, "--json", tmp_path / "r.jsonl")
    with pytest.raises(OSError, match="Is a directory"):
        evaluate(weights, data, "--json", tmp_path / "data")
