"""Verdicts and Markdown tables: what a paired difference's interval allows to say, and how figures are set.

A verdict on two masks follows best-threshold Dice and average precision, which no shift of the operating point
changes; where a report has neither, Dice at 0.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hidiff.evaluation.intervals import with_interval
from hidiff.evaluation.measures import BEST_DICE, FAIR, PRECISION

ENOUGH = 8  # cases that a verdict needs: an interval of fewer says more of the bootstrap than of the masks
BETTER, WORSE, OPEN, FEW = "better", "worse", "open", "too few cases"

Difference = dict[str, Any]  # of `intervals.difference`
Changes = Mapping[str, Difference]  # by measure, of one pair of masks


def verdict(found: Difference, less_is_more: bool = False) -> str:
    """What one difference's interval allows to say."""
    if found["cases"] < ENOUGH:
        return FEW
    above, below = (WORSE, BETTER) if less_is_more else (BETTER, WORSE)
    return above if found["low"] > 0 else below if found["high"] < 0 else OPEN


def is_fair(changes: Mapping[str, Any]) -> bool:
    """Whether there are the measures that no shift of the operating point changes."""
    return set(FAIR) <= changes.keys()


def fair_verdict(changes: Changes) -> str:
    """Better where both measures' intervals lie above 0, worse where either lies below, else open. A pair without
    these measures is judged by its Dice at 0.5 ("dice")."""
    if not is_fair(changes):
        return verdict(changes["dice"])
    both = [verdict(changes[name]) for name in FAIR]
    return FEW if FEW in both else WORSE if WORSE in both else BETTER if both == [BETTER, BETTER] else OPEN


def shown(found: Difference) -> str:
    """A difference with its interval and the shares of cases that are better and worse."""
    return f"{with_interval(found)}, {found['better']:.0%} / {found['worse']:.0%}"


def judged(found: Difference) -> str:
    """A difference, the shares of cases, and the verdict on it alone."""
    return f"{shown(found)}, {verdict(found)}"


def judged_pair(changes: Changes) -> str:
    """Two masks in one cell: both fair measures, the verdict, and Dice at 0.5 beside them."""
    if not is_fair(changes):
        return judged(changes["dice"])
    return (
        f"best-threshold Dice {with_interval(changes[BEST_DICE])}, "
        f"average precision {with_interval(changes[PRECISION])}, {fair_verdict(changes)} "
        f"(Dice at 0.5 {with_interval(changes['dice'])})"
    )


def bracketed(found: Mapping[str, float], digits: int) -> str:
    """A mean with its interval."""
    return f"{found['mean']:.{digits}f} [{found['low']:.{digits}f}, {found['high']:.{digits}f}]"


def defined(found: Mapping[str, Any], digits: int) -> str:
    """A mean over the cases that have the figure, or that none has."""
    return f"{found['mean']:.{digits}f}" if found["defined"] else "none"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
