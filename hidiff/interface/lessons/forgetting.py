"""Lesson 2: the forward process forgets the mask towards the prior."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question

HALF_TIME = Question(
    "choice",
    ask="lesson.forgetting.half",
    truth="half_forgotten_time",
    misconceptions={"first_time": "lesson.forgetting.early", "last_time": "lesson.forgetting.late"},
    because="lesson.forgetting.half_because",
    after="toss",
)
TO_PRIOR = Question(
    "number",
    ask="lesson.forgetting.ask",
    truth="forgotten_to_prior",
    misconceptions={
        "half_of_bits": "lesson.forgetting.random",
        "no_bit": "lesson.forgetting.nothing",
        "reference_area": "lesson.forgetting.erased",
    },
    because="lesson.forgetting.because",
    within=0.25,
    after="toss",
    second=HALF_TIME,
)
TO_COIN = Question(
    "number",
    ask="lesson.forgetting.coin",
    truth="forgotten_to_coin",
    misconceptions={"forgotten_to_prior": "lesson.forgetting.same", "reference_area": "lesson.forgetting.erased"},
    because="lesson.forgetting.coin_because",
    within=0.25,
    after="toss",
    second=HALF_TIME,
)
LESSON = Lesson(
    "2-forgetting",
    title="lesson.forgetting.title",
    idea="lesson.forgetting.idea",
    questions=(TO_PRIOR, TO_COIN),
    text="lesson.forgetting.text",
    minutes=6,
    setup={"prior_source": "false_blob"},
    discuss=("lesson.forgetting.discuss_one", "lesson.forgetting.discuss_two"),
)
