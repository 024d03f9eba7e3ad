"""Lesson 0: which part of a broken prior survives the chain."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question

KEPT = Question(
    "number",
    ask="lesson.survives.kept",
    truth="kept_of_prior",
    misconceptions={"whole": "lesson.survives.all", "nothing": "lesson.survives.none"},
    because="lesson.survives.kept_because",
    base="image",
)
PIECES = Question(
    "place",
    ask="lesson.survives.ask",
    truth="surviving_pieces",
    misconceptions={"vanishing_pieces": "lesson.survives.vanishes"},
    because="lesson.survives.because",
    base="image",
    second=KEPT,
)
LESSON = Lesson(
    "0-survives",
    title="lesson.survives.title",
    idea="lesson.survives.idea",
    questions=(PIECES,),
    text="lesson.survives.text",
    minutes=1,
    setup={"prior_source": "false_blob"},
    discuss=("lesson.survives.discuss_one", "lesson.survives.discuss_two"),
)
