"""Operating points: the threshold and the temperature of each mask, chosen on val and nowhere else.

On other splits they come from val's report. On val itself each case is scored at the point that suits the other folds
of a cross-validation over groups best, so that no case has chosen its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hidiff.data.cases import DataError
from hidiff.errors import SettingsError
from hidiff.evaluation.calibration import Counts, fit_temperature
from hidiff.evaluation.intervals import groups_of
from hidiff.evaluation.score import CaseResult
from hidiff.evaluation.thresholds import best_edge, dice_curve, edge_of, thresholds

FOLDS = 5
VAL = "val"

Key = tuple[str, str]  # data set and name of a case
Counted = Mapping[Key, Mapping[str, Counts]]


@dataclass(frozen=True)
class OperatingPoint:
    """threshold: a probability, 0..1. temperature: above 0. ValueError for anything else."""

    threshold: float
    temperature: float

    def __post_init__(self) -> None:
        edge_of(self.threshold)
        if not self.temperature > 0:
            raise ValueError(f"the temperature is {self.temperature!r:.40}, which is not above 0")

    @classmethod
    def best(cls, counts: Sequence[Counts]) -> OperatingPoint:
        """Of one mask over its cases, at least one: the threshold of the highest mean Dice and the temperature of the
        least log loss."""
        edge = best_edge(np.mean([dice_curve(c) for c in counts], axis=0))
        return cls(float(thresholds()[edge]), fit_temperature(Counts.mean(counts)))


Points = Mapping[str, OperatingPoint]  # by mask


@dataclass(frozen=True)
class Chosen:
    """What was chosen on val. points: by case, and by mask there. note: how, as a report keeps it; None where nothing
    was chosen."""

    points: Mapping[Key, Points] = field(default_factory=dict)
    note: dict[str, Any] | None = None


def key_of(result: CaseResult) -> Key:
    """What tells a case from the others."""
    return result.dataset, result.name


def counted(results: Sequence[CaseResult]) -> Counted:
    """The counts of every mask that has some, by case."""
    return {
        key_of(r): {
            mask: Counts.from_json(rows) for part in r.parts.values() for mask, rows in part.get("counts", {}).items()
        }
        for r in results
    }


def best_points(counts: Sequence[Mapping[str, Counts]]) -> dict[str, OperatingPoint]:
    """Each mask's best point over those of the cases that have it."""
    masks = dict.fromkeys(mask for case in counts for mask in case)
    return {mask: OperatingPoint.best([case[mask] for case in counts if mask in case]) for mask in masks}


def folds_of(groups: Sequence[str], most: int = FOLDS) -> list[int]:
    """The fold of each case (N,): groups dealt out in turn, one fold a group where there are fewer than `most`."""
    place = {group: i % most for i, group in enumerate(sorted(set(groups)))}
    return [place[group] for group in groups]


def cross_validated(results: Sequence[CaseResult], counts: Counted) -> Chosen:
    """Each case at the points that suit the cases of the other folds best; nothing chosen where all are one group."""
    folds = folds_of(groups_of(results))
    number = max(folds) + 1
    if number < 2:
        return Chosen()
    by_fold = [
        best_points([counts[key_of(r)] for r, its in zip(results, folds, strict=True) if its != fold])
        for fold in range(number)
    ]
    note = {"how": "cross-validation", "folds": number, "by_fold": [points_to_json(points) for points in by_fold]}
    return Chosen({key_of(r): by_fold[fold] for r, fold in zip(results, folds, strict=True)}, note)


@dataclass(frozen=True)
class ValPoints:
    """The points that a report of val names. cases: how many chose them; task and weights: whose they are."""

    points: Points
    cases: int
    task: str
    weights: str

    def check_weights(self, weights: str) -> None:
        """SettingsError unless these are the weights that the points were chosen for."""
        if self.weights != weights:
            raise SettingsError(
                "The report of --operating-points was made with other weights; evaluate these weights on val first."
            )

    def for_all(self, results: Sequence[CaseResult]) -> Chosen:
        """Every case at the same points."""
        note = {"how": "report", "cases": self.cases, "operating_points": points_to_json(self.points)}
        return Chosen({key_of(r): self.points for r in results}, note)


def points_to_json(points: Points) -> dict[str, dict[str, float]]:
    """{mask: {"threshold", "temperature"}}."""
    return {mask: asdict(point) for mask, point in points.items()}


def read_points(file: Path, task: str) -> ValPoints:
    """The points of a report of this task on val.

    Raises SettingsError for another split or task, DataError for what is no such report.
    """
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise DataError(f"{file} cannot be read; name a report of evaluate --split val --json.") from None
    except ValueError:
        raise DataError(f"{file} is no report; name one of evaluate --split val --json.") from None
    if not isinstance(report, Mapping) or report.get("kind") != "evaluation":
        raise DataError(f"{file} is no report of an evaluation; name one of evaluate --split val --json.")
    if report.get("split") != VAL:
        raise SettingsError(f"Operating points are chosen on val, not on {report.get('split')}; name a report of val.")
    if report.get("task") != task:
        raise SettingsError(f"{file} is a report of the task {report.get('task')}, not of {task}; name one of {task}.")
    try:
        points = {mask: OperatingPoint(**point) for mask, point in report["operating_points"].items()}
        return ValPoints(points, int(report["all"]["cases"]), task, str(report["weights"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise DataError(f"{file} names no operating points; evaluate on val again, with --json.") from None
