"""Texts of the interface, by key: one file a language. Nothing else in the interface holds a sentence for people.

To add a language, add a module with `CODE`, `TITLE` and `TEXTS` to this folder; what it lacks is said in English.

`text` gives English, and with it the key and the values, so that the page can say the same in its visitor's language:
`texts.js` fills a text in as `text` does. A number is grouped and cut as its language does it; `{seed:d}` leaves one as
it is. `KEY#one` is said where the number that comes first in the text is a single one, by the language's own rule.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from string import Formatter
from typing import Any

from hidiff.interface.texts.english import TEXTS as ENGLISH
from hidiff.refinement.settings import SETTINGS

Said = str | dict[str, Any] | list[Any]  # as it is, by its key with its values, or several one after the other
SINGLE = "#one"  # behind a key: where its number is one
DEFAULT = "en"
LIBRARY = "library."  # keys of what the library says, which knows no keys
AGENTS = "mcp."  # keys of what is said to programs, in English alone


class Sentence(str):
    """An English text that knows how it was said. said: plain JSON, for the page."""

    said: Said

    def __new__(cls, english: str, said: Said = "") -> Sentence:
        """The words and what they follow from."""
        sentence = super().__new__(cls, english)
        sentence.said = said
        return sentence


class _Words(Formatter):
    """Numbers without a specification are grouped."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "d" and isinstance(value, str):
            format_spec = ""  # what a visitor sent, and is no number
        if not format_spec and isinstance(value, int) and not isinstance(value, bool):
            format_spec = ","
        return str(super().format_field(value, format_spec))


_WORDS = _Words()


@cache
def modules() -> dict[str, Any]:
    """code -> module of every language there is, English first."""
    found = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {module.CODE: module for module in sorted(found, key=lambda one: (one.CODE != DEFAULT, one.CODE))}


def languages() -> dict[str, str]:
    """code -> title, in the language itself, of every language there is; English comes first."""
    return {code: str(module.TITLE) for code, module in modules().items()}


def texts_of(code: str) -> Mapping[str, str]:
    """Every text in a language, in English where it has none. Raises KeyError for a language that is not there."""
    return {**ENGLISH, **modules()[code].TEXTS}


def text(key: str, **values: object) -> Sentence:
    """The text of a key in English, its placeholders filled in. Raises KeyError for what is missing."""
    words = _WORDS.vformat(_template(key, values), (), values)
    with_values = {name: _plain(value) for name, value in values.items()}
    return Sentence(words, {"say": key, "with": with_values} if with_values else {"say": key})


def text_or(key: str, otherwise: str) -> Sentence:
    """What a key stands for in other languages; in English, and where a language has no such key, `otherwise`."""
    return Sentence(ENGLISH.get(key, otherwise), {"say": key, "else": otherwise})


def recognised(sentence: str) -> str:
    """A sentence of the library's, with its key and values where it is one of those that the texts know."""
    if isinstance(sentence, Sentence):
        return sentence
    for key, pattern in _library().items():
        if found := pattern.fullmatch(sentence):
            return text(key, **found.groupdict())
    return sentence


@cache
def _library() -> dict[str, re.Pattern[str]]:
    """key -> what a sentence of the library's with any values looks like."""
    known = [(key, words) for key, words in ENGLISH.items() if key.startswith(LIBRARY)]
    return {key: re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(words))) for key, words in known}


def joined(*sentences: str) -> Sentence:
    """Sentences one after the other; empty ones are left out."""
    whole = [one for one in sentences if one]
    parts = [said for one in map(said_of, whole) for said in (one if isinstance(one, list) else [one])]
    return Sentence(" ".join(whole), parts)


def said_of(sentence: str) -> Said:
    """What the page needs to say a sentence: plain words that have no key are said as they are."""
    return sentence.said if isinstance(sentence, Sentence) else str(sentence)


def in_english(said: Said) -> Sentence:
    """What is said, in English. Raises KeyError for a key or a value that is missing."""
    if isinstance(said, str):
        return Sentence(said, said)
    if isinstance(said, list):
        return joined(*map(in_english, said))
    if "else" in said:
        return text_or(said["say"], said["else"])
    values = said.get("with", {})
    return text(
        said["say"],
        **{name: in_english(one) if isinstance(one, str | dict | list) else one for name, one in values.items()},
    )


def native(sentence: str) -> str:
    """A text without values as Gradio's own widgets take it: the browser puts the language's in its place."""
    said = said_of(sentence)
    if not isinstance(said, dict) or said.get("with"):
        return str(sentence)
    return f"__i18n__{json.dumps({'__type__': 'translation_metadata', 'key': said['say']})}"


def find_text(key: str) -> str:
    """The text of a key as it stands; "" where there is none."""
    return Sentence(ENGLISH[key], {"say": key}) if key in ENGLISH else ""


def choice_name(setting: str, choice: str) -> str:
    """A choice of a setting in words: the language's, else the title that the registry of the choices gives it."""
    title = (SETTINGS[setting].choices or {}).get(choice, choice)
    return find_text(f"refine.{setting}.{choice}") or str(getattr(title, "title", title))


def _template(key: str, values: Mapping[str, object]) -> str:
    """The form of a text for its first number."""
    template = ENGLISH[key]
    for _, name, _, _ in _WORDS.parse(template):
        value = None if name is None else values.get(name)
        if isinstance(value, int | float):
            return ENGLISH.get(key + SINGLE, template) if value == 1 else template
    return template


def _plain(value: object) -> Any:
    if isinstance(value, str):
        return said_of(value)
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float):
        return value
    item = getattr(value, "item", None)  # numpy's numbers
    return item() if callable(item) else str(value)
