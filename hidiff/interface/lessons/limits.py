"""Lesson 8: when refinement does not help, and why never for diagnosis."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question
from hidiff.interface.lessons.survives import KEPT

BETTER = Question(
    "number",
    ask="lesson.limits.ask",
    truth="reported_better",
    misconceptions={"whole": "lesson.limits.always", "nothing": "lesson.limits.never"},
    because="lesson.limits.because",
    base="image",
)
FALSE_KEPT = Question(
    "number",
    ask="lesson.limits.kept",
    truth="kept_of_false",
    misconceptions={"whole": "lesson.survives.all", "nothing": "lesson.limits.mends"},
    because="lesson.limits.kept_because",
    base="image",
    second=KEPT,
)
LESSON = Lesson(
    "8-limits",
    title="lesson.limits.title",
    idea="lesson.limits.idea",
    questions=(FALSE_KEPT, BETTER),
    text="lesson.limits.text",
    minutes=6,
    setup={"prior_source": "false_blob"},
    fast=True,
)
