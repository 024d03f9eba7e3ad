"""Plots of a report: paired differences, Dice along the chain, reliability. Matplotlib without pyplot: no state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hidiff.files import atomic

Row = tuple[str, float, float, float]  # name, mean, low, high

GAIN, LOSS, OPEN = "#1f77b4", "#d95f02", "#666666"  # told apart by every kind of colour blindness
_COLOURS = {"prior": "#666666", "refined": "#1f77b4", "chains": "#d95f02"}
_DPI = 110


def save_differences(
    path: Path, panels: Mapping[str, Sequence[Row]], title: str, label: str = "difference in Dice, 95 % interval"
) -> None:
    """A panel for each name, all with the same rows: paired differences with their intervals, a line at zero; NaN
    leaves a row empty."""
    rows = max(len(panel) for panel in panels.values())
    figure = Figure(figsize=(3.2 + 3.4 * len(panels), 1.4 + 0.34 * rows), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axis, (name, panel) in zip(axes, panels.items(), strict=True):
        for place, (_, mean, low, high) in enumerate(panel):
            colour = verdict_colour(low, high)
            axis.plot([low, high], [place, place], color=colour, linewidth=2)
            axis.plot([mean], [place], "o", color=colour, markersize=5)
        axis.axvline(0, color="black", linewidth=0.8)
        axis.set_yticks(range(len(panel)), [row[0] for row in panel])
        axis.set_title(name, fontsize=10)
        axis.grid(axis="x", linewidth=0.4)
        axis.tick_params(labelsize=8)
    axes[0].invert_yaxis()
    figure.suptitle(title, fontsize=11)
    figure.supxlabel(label, fontsize=9)
    _save(figure, path)


def verdict_colour(low: float, high: float) -> str:
    """Blue where the interval lies above 0, orange where it lies below, grey where it holds 0."""
    return GAIN if low > 0 else LOSS if high < 0 else OPEN


def save_along_chain(path: Path, panels: dict[str, dict[str, Any]], title: str) -> None:
    """A panel for each data set: Dice of y0_hat and of y_t from t = T on the left to t = 1, and the prior's."""
    figure = Figure(figsize=(1 + 3.6 * len(panels), 3.4), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (name, part) in zip(axes, panels.items(), strict=True):
        for kind, found in part["by_t"].items():
            t, colour = found["t"], _COLOURS[kind]
            words = "one chain" if kind == "refined" else "a chain a mirror"
            axis.plot(t, found["y0_hat"], "o-", color=colour, label=f"y0_hat, {words}", markersize=4)
            axis.plot(t, found["y_t"], ":", color=colour, label=f"y_t, {words}")
        axis.axhline(part["prior"]["mean"], color=_COLOURS["prior"], linewidth=1, linestyle="--", label="prior")
        axis.set_title(f"{name} ({part['cases']})", fontsize=10)
        axis.set_xlabel("t")
        axis.set_xticks(part["by_t"]["refined"]["t"])
        axis.invert_xaxis()
        axis.grid(linewidth=0.4)
        axis.tick_params(labelsize=8)
    axes[0].set_ylabel("mean Dice")
    axes[-1].legend(fontsize=7)
    figure.suptitle(title, fontsize=11)
    _save(figure, path)


def save_reliability(path: Path, found: dict[str, dict[str, Any]], title: str) -> None:
    """What was said against what was true, before and after the temperature; below it the share of pixels."""
    kinds = list(found)
    figure = Figure(figsize=(1 + 3 * len(kinds), 4.4), layout="constrained")
    axes = figure.subplots(2, len(kinds), squeeze=False, sharex=True, height_ratios=(3, 1))
    for column, kind in enumerate(kinds):
        upper, lower = axes[0, column], axes[1, column]
        _reliability(upper, found[kind])
        upper.set_title(kind, fontsize=10)
        rows = found[kind]["table_after"]
        width = rows[0]["high"] - rows[0]["low"]
        lower.bar([row["low"] for row in rows], [row["share"] for row in rows], width, align="edge", color=OPEN)
        lower.set_yscale("log")
        lower.set_xlabel("probability said", fontsize=9)
    axes[0, 0].set_ylabel("share of the object", fontsize=9)
    axes[1, 0].set_ylabel("pixels", fontsize=9)
    figure.suptitle(title, fontsize=11)
    _save(figure, path)


def _reliability(axis: Axes, found: dict[str, Any]) -> None:
    axis.plot([0, 1], [0, 1], color="black", linewidth=0.8)
    for table, error, words, colour in (
        ("table", "ece_before", "as it comes", LOSS),
        ("table_after", "ece_after", f"temperature {found['temperature']:.2f}", GAIN),
    ):
        rows = found[table]
        label = f"{words}: ECE {found[error]:.4f}"
        axis.plot([r["said"] for r in rows], [r["true"] for r in rows], "o-", color=colour, markersize=3, label=label)
    axis.legend(fontsize=7, loc="upper left")
    axis.grid(linewidth=0.4)
    axis.tick_params(labelsize=8)


def _save(figure: Figure, path: Path) -> None:
    """Write a PNG that depends on the figures alone, not on the day or the version."""
    with atomic(path) as draft:
        figure.savefig(draft, format="png", dpi=_DPI, metadata={"Software": None})
