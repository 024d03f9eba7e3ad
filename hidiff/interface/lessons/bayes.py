"""Lesson 4: Bayes' rule at one pixel, where the exact rule and the published one lie furthest apart."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question
from hidiff.interface.lessons.coin import TOSS

EXPECTED = Question(
    "number",
    ask="lesson.bayes.flips",
    truth="expected_flips",
    misconceptions={"doubted_at_gap": "lesson.bayes.decides", "expected_flips_plug_in": "lesson.bayes.plug_in"},
    because="lesson.bayes.flips_because",
    before="gap",
    after="gap",
    base="mean",
)
WITNESSES = Question(
    "choice",
    ask="lesson.bayes.ask",
    truth="mean_exact",
    misconceptions={
        "mean_guess": "lesson.bayes.decides",
        "mean_plug_in": "lesson.bayes.plug_in",
        "mean_ddim": "lesson.bayes.ddim",
    },
    because="lesson.bayes.because",
    within=0.03,
    before="gap",
    after="gap",
    base="mean",
    tool="handles",
    second=EXPECTED,
)
LESSON = Lesson(
    "4-bayes",
    title="lesson.bayes.title",
    idea="lesson.bayes.idea",
    questions=(TOSS, WITNESSES),
    text="lesson.bayes.text",
    minutes=8,
    setup={"prior_source": "false_blob"},
    discuss=("lesson.bayes.discuss_one", "lesson.bayes.discuss_two"),
)
