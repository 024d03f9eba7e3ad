"""Languages of the page: which one a request asks for, and what is sent of it."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from hidiff.interface.said_html import says
from hidiff.interface.texts import AGENTS, DEFAULT, ENGLISH, languages, modules, text, texts_of

FOLDER = "texts/"  # below the page: CODE.js holds one language
_SCRIPT = (Path(__file__).resolve().parent / "texts.js").read_text(encoding="utf-8")
_NATIVE = (  # keys of what Gradio's own widgets say
    "about.tab",
    "about.body",
    "about.links",
    "backend.",
    "compare.",
    "difference.",
    "engine.",
    "many.",
    "picture.",
    "prior.",
    "reference.",
    "refine.",
    "take.",
    "task.",
)


def asked_language(query: str, accepted: str) -> str:
    """The code of the language for a request, English where it asks for none of ours.

    query: the address's, whose `lang` goes first. accepted: the header Accept-Language.
    """
    wanted = parse_qs(query).get("lang", [])[:1]
    weighed = [one.partition(";") for one in accepted.split(",") if one.strip()]
    by_weight = sorted(weighed, key=lambda one: -_weight(one[2]))
    found = (known_language(tag) for tag in [*wanted, *(tag for tag, _, _ in by_weight)])
    return next((code for code in found if code), DEFAULT)


def known_language(tag: str) -> str | None:
    """Our language for a tag such as de-AT; None where there is none."""
    whole = tag.strip().lower()
    codes = list(languages())
    same = (code for code in codes if code.lower() == whole)
    near = (code for code in codes if code.split("-")[0] == whole.split("-")[0])
    return next(same, None) or next(near, None)


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def language_script(code: str) -> str:
    """A script that tells the page every text of a language. Raises KeyError for one that is not there."""
    said = {key: words for key, words in texts_of(code).items() if not key.startswith(AGENTS)}
    table = json.dumps(said, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f"hidiffTexts.add({json.dumps(code)},{table});\n"


def head_script(*codes: str, folder: str = FOLDER) -> str:
    """What stands first in a page: the texts' script, the languages that it brings along, and where the rest lie."""
    given = json.dumps({"languages": languages(), "folder": folder}, ensure_ascii=False)
    tables = "".join(language_script(code) for code in codes)
    return f"{_SCRIPT}\n{tables}hidiffTexts.begin({given});"


def language_switch() -> str:
    """HTML: a list of the languages, each by its own name; `page.js` is what makes it work."""
    label = text("page.language")
    names = "".join(
        f'<option value="{code}" lang="{code}">{escape(title)}</option>' for code, title in languages().items()
    )
    return (
        f'<select class="languages" aria-label="{escape(label)}"{says(aria_label=label, title=label)}>{names}</select>'
    )


def native_texts() -> dict[str, dict[str, str]]:
    """code -> key -> text, of what Gradio's own widgets say; each language has every key."""
    keys = [key for key, said in ENGLISH.items() if key.startswith(_NATIVE) and "{" not in said]
    return {code: {key: texts_of(code)[key] for key in keys} for code in modules()}
