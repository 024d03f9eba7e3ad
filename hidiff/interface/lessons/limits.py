"""Lesson 8: when refinement does not help, and why never for diagnosis."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question
from hidiff.interface.lessons.motion import NEVER
from hidiff.interface.lessons.survives import KEPT

BETTER = Question(
    "number",
    ask="lesson.limits.ask",
    truth="reported_better",
    misconceptions={"whole": "lesson.limits.always", "nothing": "lesson.limits.never"},
    because="lesson.limits.because",
    base="image",
)


def _false_kept(misconceptions: dict[str, str], second: Question) -> Question:
    return Question(
        "number",
        ask="lesson.limits.kept",
        truth="kept_of_false",
        misconceptions=misconceptions,
        because="lesson.limits.kept_because",
        base="image",
        second=second,
    )


ALL, HALF, MENDS = {"whole": "lesson.survives.all"}, {"half": "lesson.limits.half"}, {"nothing": "lesson.limits.mends"}
FALSE_STAYED = _false_kept(HALF | MENDS, KEPT)  # where all of it is there still
FALSE_GONE = _false_kept(ALL | HALF, FALSE_STAYED)  # where nothing of it is left
FALSE_KEPT = _false_kept(ALL | MENDS, FALSE_GONE)
LESSON = Lesson(
    "8-limits",
    title="lesson.limits.title",
    idea="lesson.limits.idea",
    questions=(NEVER, FALSE_KEPT, BETTER),
    text="lesson.limits.text",
    minutes=6,
    setup={"prior_source": "false_blob"},
    fast=True,
    discuss=("lesson.limits.discuss_one", "lesson.limits.discuss_two"),
)
