"""Bootstrap intervals of means and of paired differences, as a report keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.evaluation.score import CaseResult
from hidiff.metrics import bootstrap, bootstrap_by_group


def groups_of(results: Sequence[CaseResult]) -> list[str]:
    """The group of every case: of one patient or video, told apart from another data set's of the same name."""
    return [f"{r.dataset}/{r.group}" for r in results]


def of_defined(values: Sequence[float | None]) -> dict[str, Any]:
    """The interval over the cases in which there is such a figure, and how many those are."""
    known = np.array([v for v in values if v is not None], dtype=np.float64)
    return {**(asdict(bootstrap(known)) if known.size else {}), "defined": int(known.size)}


def difference(values: NDArray[np.float64], groups: Sequence[str]) -> dict[str, Any]:
    """A paired difference (N,): interval, shares better and worse; over whole groups where these hold several cases."""
    out: dict[str, Any] = {
        "cases": len(values),
        **asdict(bootstrap(values)),
        "better": float((values > 0).mean()),
        "worse": float((values < 0).mean()),
    }
    if 1 < len(set(groups)) < len(groups):
        interval = bootstrap_by_group(values, np.array(groups))
        out["by_group"] = {"groups": len(set(groups)), "low": interval.low, "high": interval.high}
    return out


def difference_of_defined(
    first: Sequence[float | None], second: Sequence[float | None], groups: Sequence[str]
) -> dict[str, Any] | None:
    """`difference` of first minus second, one figure a case each, on the cases that have both; None where none has."""
    known = [(a - b, g) for a, b, g in zip(first, second, groups, strict=True) if a is not None and b is not None]
    return difference(np.array([change for change, _ in known]), [group for _, group in known]) if known else None


def with_interval(values: dict[str, Any], digits: int = 4) -> str:
    """A paired difference as "+0.0123 [+0.0010, +0.0230]"."""
    return f"{values['mean']:+.{digits}f} [{values['low']:+.{digits}f}, {values['high']:+.{digits}f}]"
