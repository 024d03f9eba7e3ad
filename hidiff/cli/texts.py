"""`python -m hidiff texts [CODE]`: the interface's texts for translators, a line a text, and what a language lacks."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from hidiff.errors import SettingsError
from hidiff.interface import texts
from hidiff.interface.texts import AGENTS, DEFAULT, ENGLISH, SINGLE

_SOURCE = Path(texts.__file__).resolve().parent / "english.py"
_SAYS = re.compile(r"[^\W\d_](?![^{]*})")  # letters outside of a placeholder: numbers alone are the browser's
_PLACE, _KEY = re.compile(r"    # (.*)"), re.compile(r'    "([\w.#-]+)":')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m hidiff texts`."""
    parser.add_argument("language", nargs="?", default=DEFAULT, metavar="CODE", help="such as de; English if not given")
    parser.add_argument("--missing", action="store_true", help="only what the language lacks and says in English")


def run(args: argparse.Namespace) -> int:
    """Write place, key, English and translation, with tabs between them; 1 where --missing finds any."""
    if args.language not in texts.languages():
        raise SettingsError(f"There is no language {args.language}; choose one of {', '.join(texts.languages())}.")
    own, places = texts.modules()[args.language].TEXTS, dict(_places())
    keys = [key for key in ENGLISH if not key.startswith(AGENTS)]
    missing = [key for key in keys if key not in own and not key.endswith(SINGLE) and re.search(_SAYS, ENGLISH[key])]
    for key in missing if args.missing else keys:
        cells = (places.get(key, ""), key, ENGLISH[key], own.get(key, ""))
        sys.stdout.write("\t".join(cell.replace("\n", "\\n") for cell in cells) + "\n")
    return int(bool(missing)) if args.missing else 0


def _places() -> Iterator[tuple[str, str]]:
    """Each key of the English texts with the heading that it stands under."""
    place = ""
    for line in _SOURCE.read_text(encoding="utf-8").splitlines():
        if found := _PLACE.match(line):
            place = found[1]
        elif found := _KEY.match(line):
            yield found[1], place
