"""Lessons: data, one module each, found where it lies. They ask before they show.

To add a lesson, add a module with `LESSON` to this folder. Formulas stand by name in `player/web/lesson_formulas.js`,
which works them out on the trace that the player shows; here is no answer.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal

Kind = Literal["number", "choice", "curve", "most", "place"]
Moment = Literal["prior", "toss", "first", "gap", "answer"]
Tool = Literal["", "layer", "handles"]


@dataclass(frozen=True)
class Question:
    """What is asked of a trace before it is shown.

    kind: a number on a slider; a choice of numbers; a choice of drawn curves; which of some formulas is the largest
    (`misconceptions` are all that are offered, and `truth` is ""); a place in the picture. ask, because: keys of texts;
    a placeholder is the name of a formula. truth: name of the formula of the right answer. misconceptions: name of a
    formula -> key of the text that names the idea behind it. within: answers that are no further apart are one answer;
    of counts as a share, of shares and of Dice as a difference, of curves as a share of their peak. before, after: the
    moment that the player shows while it is asked and when it is revealed; "gap" is the step, and the pixel, at which
    the exact mean and the published one differ most. base: the map it reveals. tool: what comes with it, the drawing
    of one layer's bits beside the question, or the handles on one pixel after the answer. second: asked where two
    options come out alike or the trace has no answer.
    """

    kind: Kind
    ask: str
    truth: str
    misconceptions: Mapping[str, str]
    because: str
    within: float = 0.1
    before: Moment = "prior"
    after: Moment = "answer"
    base: str = "bits"
    tool: Tool = ""
    second: Question | None = None


@dataclass(frozen=True)
class Lesson:
    """One idea. id: its place in the sequence and in links. title, idea, text: keys of texts; the text is what "Why?"
    unfolds. discuss: what a teacher asks a class. setup: settings and prior source by name, as a link gives them; an
    example that starts so is offered where a trace says nothing. minutes: how long it takes. fast: whether it belongs
    to the short way through."""

    id: str
    title: str
    idea: str
    questions: tuple[Question, ...]
    text: str
    minutes: int
    setup: Mapping[str, object] = field(default_factory=dict)
    fast: bool = False
    discuss: tuple[str, ...] = ()


def lessons() -> dict[str, Lesson]:
    """id -> every lesson there is, in the order of their ids. Raises ValueError where two share one."""
    found: dict[str, Lesson] = {}
    for module in pkgutil.iter_modules(__path__):
        lesson = getattr(import_module(f"{__name__}.{module.name}"), "LESSON", None)
        if lesson is None:
            continue
        if lesson.id in found:
            raise ValueError(f"two lessons are called {lesson.id}")
        found[lesson.id] = lesson
    return dict(sorted(found.items()))
