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
    return {f"{SCHEME}{number}": lesson for number, lesson in _numbered().items()}


def lesson_numbers() -> list[int]:
    """The numbers of all lessons."""
    return list(_numbered())


def _numbered() -> dict[int, Lesson]:
    """The number with which a lesson's id begins -> the lesson."""
    return {int(lesson.id.partition("-")[0]): lesson for lesson in lessons().values()}


def lesson_document(number: object) -> dict[str, Any]:
    """The lesson of a number. Raises SettingsError where there is none."""
    known = _numbered()
    if isinstance(number, bool) or not isinstance(number, int) or number not in known:
        raise SettingsError(f"number is {number!r:.40}; choose one of {', '.join(map(str, known))}.")
    lesson = known[number]
    return {
        "number": number,
        "id": lesson.id,
        "title": find_text(lesson.title),
        "idea": find_text(lesson.idea),
        "minutes": lesson.minutes,
        "setup": dict(lesson.setup),
        "questions": [_asked(question) for whole in lesson.questions for question in _chain(whole)],
        "text": find_text(lesson.text),
        "discuss": [find_text(key) for key in lesson.discuss],
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
