"""Lesson 3: the denoiser says which bits are wrong."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question

COUNT = Question(
    "number",
    ask="lesson.doubt.count",
    truth="doubted_bits",
    misconceptions={"half_of_bits": "lesson.doubt.any", "no_bit": "lesson.doubt.trusts"},
    because="lesson.doubt.count_because",
    within=0.25,
    before="first",
    after="first",
    base="doubt",
)
DOUBTED = Question(
    "number",
    ask="lesson.doubt.count",
    truth="doubted_bits",
    misconceptions={
        "doubted_above_half": "lesson.doubt.yes_no",
        "flipping_first": "lesson.doubt.flips",
        "changed_in_all": "lesson.doubt.correction",
    },
    because="lesson.doubt.count_because",
    before="first",
    after="first",
    base="doubt",
    second=COUNT,
)
WHERE = Question(
    "place",
    ask="lesson.doubt.ask",
    truth="most_doubted",
    misconceptions={"most_undecided": "lesson.doubt.undecided", "flipping_bits": "lesson.doubt.flips"},
    because="lesson.doubt.because",
    before="first",
    after="first",
    base="doubt",
    second=COUNT,
)
LESSON = Lesson(
    "3-doubt",
    title="lesson.doubt.title",
    idea="lesson.doubt.idea",
    questions=(WHERE, DOUBTED),
    text="lesson.doubt.text",
    minutes=5,
    setup={"prior_source": "false_blob"},
    fast=True,
    discuss=("lesson.doubt.discuss_one", "lesson.doubt.discuss_two"),
)
