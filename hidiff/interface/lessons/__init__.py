"""Lessons: data, one module each, found where it lies. None is shown yet.

To add a lesson, add a module with `LESSON` to this folder.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from hidiff.refinement.trace import Trace

Formula = Callable[[Trace], float]


@dataclass(frozen=True)
class Lesson:
    """A lesson asks for a number before it shows how it comes about.

    id: its place in the sequence and in links. title, question, text: keys of texts. setup: settings, prior source and
    example by name, as a link gives them. truth: the right answer, computed from the trace that is on the screen.
    misconceptions: text key of what one may wrongly think -> the answer that follows from it. Wrong choices come from
    there.
    """

    id: str
    title: str
    setup: Mapping[str, object]
    question: str
    truth: Formula
    misconceptions: Mapping[str, Formula]
    text: str


def lessons() -> dict[str, Lesson]:
    """id -> every lesson there is, in the order of their ids. Raises ValueError where two share one."""
    found: dict[str, Lesson] = {}
    for module in pkgutil.iter_modules(__path__):
        lesson: Lesson = import_module(f"{__name__}.{module.name}").LESSON
        if lesson.id in found:
            raise ValueError(f"two lessons are called {lesson.id}")
        found[lesson.id] = lesson
    return dict(sorted(found.items()))
