"""A run's log as a picture: the loss of each stage above, Dice on the watched val cases below."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hidiff.files import atomic

PRIOR_COLOUR, REFINED_COLOUR, LOSS_COLOUR = "#8a8f98", "#0072b2", "#333333"
_DICE = (("val_prior", "prior", PRIOR_COLOUR), ("val_refined", "refined", REFINED_COLOUR))


def read_log(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The lines of a run's log by stage, in the order in which the stages began; a line cut short is left out."""
    stages: dict[str, list[dict[str, Any]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        stages.setdefault(record["stage"], []).append(record)
    return stages


def draw_curves(log: Path, picture: Path) -> None:
    """Write the curves of a log as a PNG; nothing where the log is empty."""
    stages = read_log(log)
    if not stages:
        return
    figure = Figure(figsize=(3.4 * len(stages), 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, len(stages), squeeze=False)
    for column, (stage, records) in enumerate(stages.items()):
        upper, lower = axes[0][column], axes[1][column]
        upper.set_title(stage)
        known = [(r["iteration"], r["loss"]) for r in records if "loss" in r]
        if known:
            upper.plot(*zip(*known, strict=True), color=LOSS_COLOUR)
        for key, label, colour in _DICE:
            seen = [(r["iteration"], r[key]) for r in records if key in r]
            if seen:
                lower.plot(*zip(*seen, strict=True), color=colour, marker="o", markersize=3, label=label)
        if lower.lines:
            lower.legend(frameon=False)
        lower.set_xlabel("iteration")
        for panel in (upper, lower):
            panel.grid(alpha=0.25)
    axes[0][0].set_ylabel("loss (running mean)")
    axes[1][0].set_ylabel("Dice, val cases")
    with atomic(picture) as draft:
        figure.savefig(draft, format="png", dpi=110)
