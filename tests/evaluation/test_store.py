"""The case store knows a case by its files: names may be shared, files may be mended."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from synthetic_folder import draw

from hidiff.data.cases import Case, DataError, read_splits
from hidiff.evaluation.score import CaseResult
from hidiff.evaluation.store import CaseStore

HEADER = {"kind": "ablation", "weights": "ab"}


def result(case: Case, area: float) -> CaseResult:
    return CaseResult(case.dataset, case.name, case.group, area, 10.0, {"seeds": {"seeds": [area]}}, case.digest)


@pytest.fixture
def cases(tmp_path: Path) -> list[Case]:
    return read_splits(draw(tmp_path / "data", train=0, val=3, test=0))


def test_cases_of_one_name_keep_their_own_figures(cases: list[Case], tmp_path: Path) -> None:
    twins = [replace(case, name="001") for case in cases]
    journal = CaseStore(tmp_path / "r.jsonl", HEADER)
    for number, case in enumerate(twins):
        journal.add(result(case, number / 10))
    for store in (journal, CaseStore(tmp_path / "r.jsonl", HEADER)):
        assert [store.result(case).area for case in twins] == [0, 0.1, 0.2]
        assert [store.result(case).group for case in twins] == [case.group for case in twins]


@pytest.mark.parametrize("part", ["mask", "image"])
def test_a_mended_file_is_worked_out_again(cases: list[Case], tmp_path: Path, part: str) -> None:
    journal = CaseStore(tmp_path / "r.jsonl", HEADER)
    for case in cases:
        journal.add(result(case, 0.5))
    file: Path = getattr(cases[0], part)
    cv2.imwrite(str(file), 255 - cv2.imread(str(file), cv2.IMREAD_UNCHANGED))
    again = read_splits(cases[0].image.parent)
    known = CaseStore(tmp_path / "r.jsonl", HEADER)
    assert [bool(known.parts_of(case)) for case in again] == [False, True, True]


def test_a_renamed_case_keeps_its_figures_under_its_new_name(cases: list[Case]) -> None:
    journal = CaseStore()
    journal.add(result(cases[0], 0.5))
    renamed = replace(cases[0], name="other", group="h")
    assert (journal.result(renamed).name, journal.result(renamed).group) == ("other", "h")


def test_lines_that_do_not_say_whose_figures_they_are_are_worked_out_again(cases: list[Case], tmp_path: Path) -> None:
    line = {"dataset": "discs", "name": "0", "group": "g", "area": 0.1, "diagonal": 9.0, "parts": {"seeds": {}}}
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(HEADER) + "\n" + json.dumps(line) + "\n")
    assert CaseStore(path, HEADER).parts_of(cases[0]) == frozenset()


@pytest.mark.parametrize("content", ["my notes", "my notes\n", "[1, 2]\n", '{"a": 1}', "1\n2\n"])
def test_a_file_that_is_no_journal_stays_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    with pytest.raises(DataError, match="move it away"):
        CaseStore(path, HEADER)
    assert path.read_text() == content


def test_the_digest_is_of_all_files(cases: list[Case]) -> None:
    case = cases[0]
    others = [replace(case, fov=case.mask), replace(case, second_reader=case.mask), replace(case, mask=case.image)]
    assert len({one.digest for one in (case, *others)}) == 4
    assert replace(case, name="x", group="y", split="test").digest == case.digest
    assert np.unique([len(one.digest) for one in others]).tolist() == [32]
