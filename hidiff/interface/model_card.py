"""What the weights' card says was measured, in words; nothing where it says nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hidiff.interface.said_html import element
from hidiff.interface.task_words import object_of
from hidiff.interface.texts import joined, text
from hidiff.pipeline import HiDiff

SURE = 0.9  # a row of the table is about sure pixels when it begins above this
SPLIT = (0.3, 0.7)  # and about split ones when it lies within these


def hint(model: HiDiff) -> str:
    """HTML: how often agreeing samples are right, from the card's reliability table; "" where the card has none."""
    table = reliability_table(model)
    sure = _pooled([row for row in table if row["low"] >= SURE])
    split = _pooled([row for row in table if row["low"] >= SPLIT[0] and row["high"] <= SPLIT[1]])
    if sure is None:
        return ""
    said = text("many.sure", object=object_of(model.task), percent=100 * sure)
    return element("p", said if split is None else joined(said, text("many.split", percent=100 * split)))


def reliability_table(model: HiDiff) -> list[Mapping[str, float]]:
    """The rows (low, high, share, true) of the card's key "calibration": of several chains, else of the refined mask.

    Empty where there is no such table or it cannot be read.
    """
    found = _card(model).get("calibration")
    if isinstance(found, dict):
        found = found.get("chains") or found.get("refined") or found
    if isinstance(found, dict):
        found = found.get("table")
    rows = found if isinstance(found, list) else []
    return [row for row in rows if isinstance(row, dict) and all(_is_share(row.get(key)) for key in _KEYS)]


def known_failures(model: HiDiff) -> list[str]:
    """What the weights are known to do badly, a sentence each, from the card; empty where it names nothing."""
    found = _card(model).get("known_failures")
    return [sentence for sentence in found if isinstance(sentence, str)] if isinstance(found, list) else []


@dataclass(frozen=True)
class Score:
    """A mean over cases, and the 95 % interval round it; NaN where the card has none."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class TestSet:
    """What was measured on one data set: cases, Dice of the prior and of the refined mask, and their difference."""

    name: str
    cases: int
    prior: Score
    refined: Score
    change: Score


def test_sets(model: HiDiff) -> list[TestSet]:
    """The card's results on test sets; those that cannot be read are left out."""
    test = _card(model).get("test")
    sets = test.get("data_sets") if isinstance(test, dict) else None
    found = []
    for name, told in sets.items() if isinstance(sets, dict) else ():
        try:
            scores = [_score(told[key]) for key in ("prior", "refined", "refined_minus_prior")]
            found.append(TestSet(str(name), int(told["cases"]), *scores))
        except (KeyError, TypeError, ValueError):
            continue
    return found


def _score(told: Mapping[str, Any]) -> Score:
    return Score(float(told["mean"]), float(told["low"]), float(told["high"]))


def _card(model: HiDiff) -> Mapping[str, Any]:
    if model.source is None:
        return {}
    try:
        card: Any = json.loads(model.source.card_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


_KEYS = ("low", "high", "share", "true")


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1.0001


def _pooled(rows: list[Mapping[str, float]]) -> float | None:
    """The share that is true over all rows, each by its share of the pixels."""
    weight = sum(row["share"] for row in rows)
    return sum(row["share"] * row["true"] for row in rows) / weight if weight else None
