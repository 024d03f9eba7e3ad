"""What the browser needs of the lessons: their data, their texts, and the figures that the report gives."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hidiff.files import project_folder
from hidiff.interface.examples import Example
from hidiff.interface.lessons import lessons
from hidiff.interface.texts import said_of

RESULTS = project_folder("weights") / "results"
_SPACE = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)


def lesson_words(examples: Sequence[Example], titles: Mapping[str, str], results: Path = RESULTS) -> dict[str, Any]:
    """What stands in the page: lessons, in order; task: the title of the one whose report is told of; examples,
    prior source -> place in the strip of the first that starts so; reported, see `reported`; report, see
    `report_address`.

    examples: what the page offers. titles: task -> title, of those that there are models for; the report is that of
    the first that has one.
    """
    reports = {task: reported(task, results) for task in titles}
    task = next((task for task, report in reports.items() if report), "")
    return {
        "lessons": [asdict(lesson) for lesson in lessons().values()],
        "task": said_of(titles.get(task, "")),
        "examples": {example.start.prior_source: place for place, example in reversed(list(enumerate(examples)))},
        "reported": reports.get(task, {}),
        "report": report_address(),
    }


def report_address() -> str:
    """Where a visitor may tell of a mistake: the discussions of the Space that this runs on; "" elsewhere."""
    space = os.environ.get("SPACE_ID", "")
    return f"https://huggingface.co/spaces/{space}/discussions/new" if _SPACE.fullmatch(space) else ""


def reported(task: str, results: Path = RESULTS) -> dict[str, float]:
    """The report's figures on all test images of a task, as it has them; {} where there is no report.

    cases; better, worse: shares of the images; gain, low, high: the mean difference of Dice and its interval.
    """
    try:
        whole = json.loads((results / f"{task}_test.json").read_text(encoding="utf-8"))["all"]
        gain = whole["refined_minus_prior"]
        return {
            "cases": whole["cases"],
            "better": whole["share_better"],
            "worse": whole["share_worse"],
            "gain": gain["mean"],
            "low": gain["low"],
            "high": gain["high"],
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}
