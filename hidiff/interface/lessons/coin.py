"""Lesson 1: a mask is a coin in every pixel."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question

ONE_COIN = Question(
    "choice",
    ask="lesson.coin.one",
    truth="coin_on",
    misconceptions={"half": "lesson.coin.fair", "coin_thresholded": "lesson.coin.threshold"},
    because="lesson.coin.one_because",
    after="toss",
)
TOSS = Question(
    "number",
    ask="lesson.coin.ask",
    truth="tossed_across",
    misconceptions={
        "half_of_bits": "lesson.coin.fair",
        "no_bit": "lesson.coin.threshold",
        "undecided_bits": "lesson.coin.undecided",
    },
    because="lesson.coin.because",
    within=0.25,
    after="toss",
    second=ONE_COIN,
)
LESSON = Lesson(
    "1-coin",
    title="lesson.coin.title",
    idea="lesson.coin.idea",
    questions=(TOSS,),
    text="lesson.coin.text",
    minutes=4,
    setup={"prior_source": "false_blob"},
    fast=True,
    discuss=("lesson.coin.discuss_one", "lesson.coin.discuss_two"),
)
