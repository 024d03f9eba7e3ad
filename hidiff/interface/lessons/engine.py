"""Lesson 7: one bit for real."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question

BITS = Question(
    "choice",
    ask="lesson.engine.bits",
    truth="bits_sum",
    misconceptions={
        "bits_agree": "lesson.engine.count",
        "all_bits": "lesson.engine.all",
        "bits_average": "lesson.engine.average",
    },
    because="lesson.engine.bits_because",
    before="toss",
    after="answer",
)
SUM = Question(
    "choice",
    ask="lesson.engine.ask",
    truth="layer_sum",
    misconceptions={
        "layer_agree": "lesson.engine.count",
        "layer_seen": "lesson.engine.all",
        "layer_average": "lesson.engine.average",
    },
    because="lesson.engine.because",
    before="first",
    after="first",
    base="doubt",
    tool="layer",
    second=BITS,
)
LESSON = Lesson(
    "7-engine",
    title="lesson.engine.title",
    idea="lesson.engine.idea",
    questions=(SUM,),
    text="lesson.engine.text",
    minutes=5,
    setup={"prior_source": "false_blob"},
    discuss=("lesson.engine.discuss_one", "lesson.engine.discuss_two"),
)
