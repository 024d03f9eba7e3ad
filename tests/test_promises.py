"""SECURITY.md: every test that it names exists, and no fault stands there without one."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


@cache
def found_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, their heads left out."""
    part = TEXT.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if not cells[0].strip().startswith(("---", "promise", "fault"))]


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    assert name.startswith("test_") and name in found_in(file)


def test_every_promise_and_every_fault_names_a_test() -> None:
    faults, promises = rows("Faults that are survived"), rows("What is promised")
    assert len(faults) >= 12 and len(promises) >= 12
    for cells in (*faults, *promises):
        assert re.search(r"`tests/[\w/]+\.py::\w+`", cells[-1]), cells[0]
    assert len(re.findall("`tests/", TEXT)) == len(NAMED)
