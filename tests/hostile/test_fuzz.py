"""Properties of what is given from outside, tables, settings, masks, configs, manifests: an answer or one sentence.

The searches are short here and long at night.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hidiff.checkpoints.config import read_config
from hidiff.checkpoints.manifest import parse_manifest
from hidiff.data.tables import DataError, find_file, read_table
from hidiff.errors import HiDiffError, ImageError
from hidiff.imaging.masks import mask_or_probability
from hidiff.refinement.settings import SETTINGS, Settings
from hidiff.tasks import Task

SHORT, LONG = 60, 5000
LONGEST_SENTENCE = 500  # characters: nothing that was given is echoed whole
COLUMNS = ("image", "mask", "group", "split")
ROOT = Path(__file__).resolve().parents[2]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just("x" * 5000),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3),
    max_leaves=6,
)
ANYTHING = JSON | st.binary(max_size=8) | st.just(10**400) | st.just(float("nan")) | st.just(object())


def searched(property_: Callable[..., None], count: int, *given_: Any) -> None:
    """Try a property on so many values."""
    quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    settings(max_examples=count, deadline=None, database=None, suppress_health_check=quiet)(given(*given_)(property_))()


def one_sentence(error: HiDiffError, most: int = LONGEST_SENTENCE) -> None:
    assert str(error).endswith(".") and "\n" not in str(error) and len(str(error)) <= most


LENGTHS = [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.nightly)]


# ---------------------------------------------------------------------------------------------------------- tables
CELL = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=8)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")


@pytest.mark.parametrize("count", LENGTHS)
def test_a_table_of_any_bytes_is_rows_or_one_sentence(tmp_path: Path, count: int) -> None:
    file = tmp_path / "splits.csv"
    whole = b"image,mask,group,split\na.png,a_mask.png,g,train\n"

    def holds(data: bytes, place: int) -> None:
        file.write_bytes(whole[: place % len(whole)] + data + whole[place % len(whole) :])
        try:
            rows = read_table(file, COLUMNS)
        except DataError as error:
            return one_sentence(error, LONGEST_SENTENCE + len(str(file)))
        assert rows and all(row[name] for row in rows for name in COLUMNS)
        for row in rows:
            find_file(tmp_path, row["image"])

    searched(holds, count, st.binary(max_size=40), st.integers(0, 100))


@pytest.mark.parametrize("count", LENGTHS)
def test_a_table_comes_back_in_any_dress(tmp_path: Path, count: int) -> None:
    """Whatever names stand in it, a table that a spreadsheet writes is read as it was meant."""
    file = tmp_path / "splits.csv"
    name = st.text(alphabet="abcäöü é019_-.()", min_size=1, max_size=9).map(str.strip).filter(bool)
    rows_ = st.lists(st.tuples(name, name, name, st.sampled_from(["train", "val", "test"])), min_size=1, max_size=5)

    def holds(rows: list[tuple[str, ...]], separator: str, encoding: str, end: str, blank: bool) -> None:
        lines = [separator.join(row) for row in (COLUMNS, *rows)]
        lines[1:1] = [separator * 3] if blank else []
        file.write_bytes((end.join(lines) + end).encode(encoding))
        assert [tuple(row[column] for column in COLUMNS) for row in read_table(file, COLUMNS)] == rows

    dress = st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(ENCODINGS), st.sampled_from(["\n", "\r\n"])
    searched(holds, count, rows_, *dress, st.booleans())


# -------------------------------------------------------------------------------------------------------- settings
@pytest.mark.parametrize("count", LENGTHS)
def test_settings_are_within_their_ranges_or_refused(count: int) -> None:
    def holds(name: str, value: object) -> None:
        try:
            made = Settings(**{name: value})  # type: ignore[arg-type]
        except HiDiffError as error:
            return one_sentence(error)
        row, kept = SETTINGS[name], getattr(made, name)
        if row.kind == "whole":
            assert type(kept) is int and row.low <= kept <= row.high
        elif row.kind == "share":
            assert row.low < kept < row.high
        elif row.kind == "choice":
            assert kept in (row.choices or ())

    searched(holds, count, st.sampled_from(sorted(SETTINGS)), ANYTHING)


# ----------------------------------------------------------------------------------------------------------- masks
@pytest.mark.parametrize("count", LENGTHS)
def test_an_array_is_a_mask_or_a_probability_or_refused(count: int) -> None:
    kinds = st.sampled_from(["u1", "u2", "i4", "i8", "f2", "f4", "f8", "?"])
    sides = st.integers(1, 6)
    shapes = st.tuples(sides, sides) | st.tuples(sides, sides, st.sampled_from([3, 4]))
    arrays = kinds.flatmap(lambda kind: hnp.arrays(kind, shapes))

    def holds(samples: np.ndarray) -> None:
        before = samples.copy()
        try:
            read = mask_or_probability(samples)
        except ImageError as error:
            one_sentence(error)
        else:
            assert read.shape == samples.shape[:2] and read.dtype in (np.bool_, np.float32)
            assert read.dtype == np.bool_ or (read.min() >= 0 and read.max() <= 1)
        assert np.array_equal(samples, before, equal_nan=samples.dtype.kind == "f")

    searched(holds, count, arrays)


# ------------------------------------------------------------------------------------------- what says what weights are
def changed(document: Any, path: list[int], value: Any) -> Any:
    """The document with what lies at the end of a path of choices replaced, or left out where the value is absent."""
    if not path or not isinstance(document, dict | list) or not document:
        return value
    keys = sorted(document) if isinstance(document, dict) else range(len(document))
    key = list(keys)[path[0] % len(document)]
    out = document.copy()
    out[key] = changed(document[key], path[1:], value)
    return out


PATHS = st.lists(st.integers(0, 40), min_size=1, max_size=4)


@pytest.mark.parametrize("count", LENGTHS)
def test_a_config_of_any_json_is_refused_or_usable(count: int, tmp_path: Path) -> None:
    whole = json.loads((ROOT / "weights/polyp/config.json").read_text())
    file = tmp_path / "config.json"

    def holds(path: list[int], value: Any) -> None:
        file.write_text(json.dumps(changed(whole, path, value)))
        try:
            config = read_config(tmp_path)
        except HiDiffError as error:
            return one_sentence(error, 2 * LONGEST_SENTENCE)
        assert isinstance(config.task, Task)

    searched(holds, count, PATHS, JSON)


def test_a_long_word_anywhere_in_a_config_makes_no_long_sentence(tmp_path: Path) -> None:
    whole = json.loads((ROOT / "weights/polyp/config.json").read_text())
    for part, values in ((None, whole), *((key, value) for key, value in whole.items() if isinstance(value, dict))):
        for name in values:
            document = json.loads(json.dumps(whole))
            (document if part is None else document[part])[name] = "x" * 5000
            (tmp_path / "config.json").write_text(json.dumps(document))
            try:
                read_config(tmp_path)
            except HiDiffError as error:
                one_sentence(error, 2 * LONGEST_SENTENCE)


@pytest.mark.parametrize("count", LENGTHS)
def test_a_manifest_of_any_json_is_refused_or_names_plain_files(count: int) -> None:
    whole = json.loads((ROOT / "weights/manifest.json").read_text())

    def holds(path: list[int], value: Any) -> None:
        try:
            manifest = parse_manifest(changed(whole, path, value))
        except (HiDiffError, ValueError):
            return
        for name, record in manifest.files.items():
            assert ".." not in name and not name.startswith("/") and "\\" not in name
            assert len(record.sha256) == 64 and record.size >= 0

    searched(holds, count, PATHS, JSON)
