"""Lesson 5: how a chain moves."""

from __future__ import annotations

from hidiff.interface.lessons import Lesson, Question

NEVER = Question(
    "number",
    ask="lesson.motion.never",
    truth="never_flipped",
    misconceptions={"half": "lesson.motion.half", "nothing": "lesson.motion.repainted"},
    because="lesson.motion.never_because",
    base="flips",
)
CURVE = Question(
    "curve",
    ask="lesson.motion.ask",
    truth="flips_by_step",
    misconceptions={
        "flips_falling": "lesson.motion.falling",
        "flips_constant": "lesson.motion.constant",
        "flips_ddim": "lesson.motion.ddim",
    },
    because="lesson.motion.because",
    within=0.05,
    base="flips",
    second=NEVER,
)
LESSON = Lesson(
    "5-motion",
    title="lesson.motion.title",
    idea="lesson.motion.idea",
    questions=(CURVE, NEVER),
    text="lesson.motion.text",
    minutes=5,
    setup={"prior_source": "false_blob"},
    discuss=("lesson.motion.discuss_one", "lesson.motion.discuss_two"),
)
