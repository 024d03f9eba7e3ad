"""Threshold-free measures of masks over cases: best-threshold Dice, average precision and log loss, and differences.

Moving all probabilities of a mask up or down changes neither best-threshold Dice nor average precision (`FAIR`). Log
loss does answer to it, as it asks whether probabilities mean what they say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.evaluation.calibration import Counts, log_loss
from hidiff.evaluation.intervals import difference_of_defined, groups_of, of_defined
from hidiff.evaluation.operating_points import Chosen, Counted, Key, OperatingPoint, key_of
from hidiff.evaluation.score import CaseResult
from hidiff.evaluation.thresholds import average_precision, best_edge, dice_curve, edge_of, thresholds

BEST_DICE, PRECISION, LOSS = "best_threshold_dice", "average_precision", "log_loss"
VAL_DICE, VAL_LOSS = "dice_at_val_threshold", "log_loss_at_val_temperature"
FAIR = (BEST_DICE, PRECISION)
"""What a verdict follows: no shift of the operating point changes them."""

Values = dict[str, list[float | None]]  # of each measure, one a case


@dataclass(frozen=True)
class Measured:
    """One mask of one case. curve (FINE,): Dice at each of `thresholds`. average_precision: None where the reference
    is empty. The figures at val's point are None where none was chosen."""

    curve: NDArray[np.float64]
    average_precision: float | None
    log_loss: float
    dice_at_val_threshold: float | None
    log_loss_at_val_temperature: float | None

    @classmethod
    def of(cls, counts: Counts, chosen: OperatingPoint | None) -> Measured:
        """From the counts, and the point that was chosen on val."""
        curve = dice_curve(counts)
        return cls(
            curve,
            average_precision(counts),
            log_loss(counts),
            None if chosen is None else float(curve[edge_of(chosen.threshold)]),
            None if chosen is None else log_loss(counts, chosen.temperature),
        )


Measures = Mapping[Key, Mapping[str, Measured]]


def measure(counts: Counted, chosen: Chosen) -> Measures:
    """Every mask of every case."""
    return {
        key: {mask: Measured.of(found, chosen.points.get(key, {}).get(mask)) for mask, found in masks.items()}
        for key, masks in counts.items()
    }


def _of_mask(results: Sequence[CaseResult], mask: str, measures: Measures) -> list[Measured]:
    """The mask on each of the cases; empty unless all of them have its counts."""
    found = [measures.get(key_of(r), {}).get(mask) for r in results]
    known = [m for m in found if m is not None]
    return known if len(known) == len(found) else []


def _common_edge(measured: Sequence[Measured]) -> int:
    """The one edge at which the mean Dice of these cases, at least one, is highest."""
    return best_edge(np.mean([m.curve for m in measured], axis=0))


def _values(measured: Sequence[Measured], edge: int) -> Values:
    """Every measure of every case; best-threshold Dice is that at the edge."""
    return {
        BEST_DICE: [float(m.curve[edge]) for m in measured],
        VAL_DICE: [m.dice_at_val_threshold for m in measured],
        PRECISION: [m.average_precision for m in measured],
        LOSS: [m.log_loss for m in measured],
        VAL_LOSS: [m.log_loss_at_val_temperature for m in measured],
    }


def of_mask(results: Sequence[CaseResult], mask: str, measures: Measures) -> dict[str, Any]:
    """Each measure's mean and interval; the best common threshold as a probability. Empty where there are no counts."""
    measured = _of_mask(results, mask, measures)
    if not measured:
        return {}
    edge = _common_edge(measured)
    out = {name: of_defined(values) for name, values in _values(measured, edge).items()}
    out[BEST_DICE]["threshold"] = float(thresholds()[edge])
    return {name: found for name, found in out.items() if found["defined"]}


def of_pair(results: Sequence[CaseResult], a: str, b: str, measures: Measures) -> dict[str, Any]:
    """Each measure of mask a minus that of b on the same cases, each mask at its own best threshold for them.

    More is better but of log loss. Empty where there are no counts.
    """
    first, second = _of_mask(results, a, measures), _of_mask(results, b, measures)
    if not first or not second:
        return {}
    mine, other = _values(first, _common_edge(first)), _values(second, _common_edge(second))
    found = {name: difference_of_defined(mine[name], other[name], groups_of(results)) for name in mine}
    return {name: change for name, change in found.items() if change is not None}


def by_case(results: Sequence[CaseResult], measures: Measures) -> list[dict[str, dict[str, float]]]:
    """For each case its masks' measures that exist, at the threshold that suits all cases with the mask best."""
    out: list[dict[str, dict[str, float]]] = [{} for _ in results]
    masks = dict.fromkeys(mask for r in results for mask in measures.get(key_of(r), {}))
    for mask in masks:
        places = [i for i, r in enumerate(results) if mask in measures[key_of(r)]]
        measured = [measures[key_of(results[i])][mask] for i in places]
        values = _values(measured, _common_edge(measured))
        for row, place in enumerate(places):
            one = ((name, column[row]) for name, column in values.items())
            out[place][mask] = {name: value for name, value in one if value is not None}
    return out


def along_chain(results: Sequence[CaseResult]) -> dict[str, Any]:
    """Of y0_hat after each step: best-threshold Dice with the threshold of each step, average precision, and the last
    step's minus the first's. Empty unless all cases have the counts of their steps."""
    rows = [r.parts["core"].get("y0_hat_counts") for r in results]
    if not all(rows):
        return {}
    steps = [[Measured.of(Counts.from_json(step), None) for step in found] for found in rows if found]
    each = list(zip(*steps, strict=True))  # by step, the cases
    edges = [_common_edge(measured) for measured in each]
    values = [_values(measured, edge) for measured, edge in zip(each, edges, strict=True)]
    groups = groups_of(results)
    changes = {name: difference_of_defined(values[-1][name], values[0][name], groups) for name in FAIR}
    return {
        "threshold": [float(thresholds()[edge]) for edge in edges],
        **{name: [of_defined(step[name]).get("mean") for step in values] for name in FAIR},
        "last_minus_first_measures": {name: change for name, change in changes.items() if change is not None},
    }
