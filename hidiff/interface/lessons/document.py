"""A lesson as JSON, in words: for agents that teach with it. Figures of a trace stay placeholders in braces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hidiff.errors import SettingsError
from hidiff.interface.lessons import Lesson, Question, lessons
from hidiff.interface.texts import find_text

SCHEME = "hidiff://lessons/"
_PLACEHOLDERS = "Words in braces are figures that the app works out on the trace that it shows."


def addresses() -> dict[str, Lesson]:
    """Address of a resource -> the lesson, in their order."""
    return {f"{SCHEME}{number}": lesson for number, lesson in enumerate(lessons().values(), start=1)}


def lesson_document(number: object) -> dict[str, Any]:
    """The lesson of a number, from 1. Raises SettingsError where there is none."""
    known = list(lessons().values())
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(known):
        raise SettingsError(f"number is {number!r:.40}; choose a whole number from 1 to {len(known)}.")
    lesson = known[number - 1]
    return {
        "number": number,
        "id": lesson.id,
        "title": find_text(lesson.title),
        "idea": find_text(lesson.idea),
        "minutes": lesson.minutes,
        "setup": dict(lesson.setup),
        "questions": [_asked(question) for whole in lesson.questions for question in _chain(whole)],
        "text": find_text(lesson.text),
        "about": _PLACEHOLDERS,
    }


def _chain(question: Question | None) -> Iterator[Question]:
    """A question and those asked in its place."""
    while question is not None:
        yield question
        question = question.second


def _asked(question: Question) -> dict[str, Any]:
    return {
        "kind": question.kind,
        "ask": find_text(question.ask),
        "because": find_text(question.because),
        "misconceptions": [find_text(key) for key in question.misconceptions.values()],
    }
