"""Texts of the interface, by key: one file a language. Nothing else in the interface holds a sentence for people.

To add a language, add a module with `TITLE` and `TEXTS` to this folder; what it lacks is said in English.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from hidiff.interface.texts.english import TEXTS as ENGLISH
from hidiff.refinement.settings import SETTINGS


def languages() -> dict[str, str]:
    """name -> title of every language there is."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: str(import_module(f"{__name__}.{name}").TITLE) for name in names}


def texts_of(language: str) -> Mapping[str, str]:
    """Every text in a language, in English where it has none. Raises KeyError for a language that is not there."""
    if language not in languages():
        raise KeyError(language)
    return {**ENGLISH, **import_module(f"{__name__}.{language}").TEXTS}


def text(key: str, **values: object) -> str:
    """The text of a key, its placeholders filled in. Raises KeyError for a key or a value that is missing."""
    return ENGLISH[key].format(**values)


def find_text(key: str) -> str:
    """The text of a key as it stands; "" where there is none."""
    return ENGLISH.get(key, "")


def choice_name(setting: str, choice: str) -> str:
    """A choice of a setting in words: the language's, else the title that the registry of the choices gives it."""
    title = (SETTINGS[setting].choices or {}).get(choice, choice)
    return ENGLISH.get(f"refine.{setting}.{choice}") or str(getattr(title, "title", title))
