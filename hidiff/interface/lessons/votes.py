"""Lesson 6: every step votes."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question
from hidiff.interface.lessons.doubt import DOUBTED

FIRST_OR_LAST = Question(
    "most",
    ask="lesson.votes.two",
    truth="",
    misconceptions={"dice_first": "lesson.votes.first", "dice_last": "lesson.votes.last"},
    because="lesson.votes.two_because",
    within=0.002,
    base="guess",
)
NEAREST = Question(
    "most",
    ask="lesson.votes.ask",
    truth="",
    misconceptions={
        "dice_prior": "lesson.votes.prior",
        "dice_last": "lesson.votes.last",
        "dice_mean": "lesson.votes.mean",
    },
    because="lesson.votes.because",
    within=0.002,
    base="guess",
    second=FIRST_OR_LAST,
)
LESSON = Lesson(
    "6-votes",
    title="lesson.votes.title",
    idea="lesson.votes.idea",
    questions=(DOUBTED, NEAREST),
    text="lesson.votes.text",
    minutes=6,
    setup={"prior_source": "false_blob"},
    discuss=("lesson.votes.discuss_one", "lesson.votes.discuss_two"),
)
