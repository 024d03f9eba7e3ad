"""Texts of every language: known keys, the placeholders of the English ones, and no key that nothing uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

from hidiff.interface import texts
from hidiff.interface.texts import ENGLISH

PACKAGE = Path(texts.__file__).parents[1]


def placeholders(text: str) -> set[str]:
    """Names in braces; the page's scripts fill in theirs by the same names."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def faults(translated: Mapping[str, str]) -> list[str]:
    """The keys that English does not have, or whose placeholders are others than there."""
    return [
        key
        for key, text in translated.items()
        if key not in ENGLISH or placeholders(text) != placeholders(ENGLISH[key])
    ]


@pytest.mark.parametrize("language", texts.languages())
def test_a_language_has_known_keys_and_keeps_their_placeholders(language: str) -> None:
    module = import_module(f"{texts.__name__}.{language}")
    assert module.TITLE.strip()
    assert faults(module.TEXTS) == []
    assert set(texts.texts_of(language)) == set(ENGLISH)


def test_unknown_keys_and_lost_placeholders_are_found() -> None:
    assert faults({"refine.refine": "Verfeinern", "say.answer": "Die Antwort. {change}"}) == []
    assert faults({"refine.refined": "Verfeinert", "say.answer": "Die Antwort."}) == ["refine.refined", "say.answer"]


def test_every_text_is_used_and_every_key_is_there() -> None:
    code = "\n".join(
        path.read_text()
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".html"} and path.parent.name != "texts"
    )
    unused = [
        key
        for key in ENGLISH
        if not re.search(rf"""["']{re.escape(key)}["']""", code)
        and f"${key.replace('.', '_')}" not in code
        and not any(key.startswith(prefix) for prefix in re.findall(r'f"([\w.]+\.)\{', code))
    ]
    assert unused == []
    assert set(re.findall(r'text\(\s*"([\w.]+)"', code)) <= set(ENGLISH)
