"""Texts of every language: known keys, the placeholders of the English ones, and no key that nothing uses."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

from hidiff.checkpoints.hub import find_weights
from hidiff.errors import ImageError
from hidiff.imaging.files import read_image
from hidiff.imaging.masks import marked_doubt
from hidiff.interface import texts
from hidiff.interface.examples import read_examples
from hidiff.interface.languages import asked_language, language_script, native_texts
from hidiff.interface.texts import (
    AGENTS,
    ENGLISH,
    LIBRARY,
    SINGLE,
    in_english,
    joined,
    native,
    recognised,
    said_of,
    text,
    text_or,
)
from hidiff.priors.sources import fitted_to
from hidiff.tasks import TASKS

PACKAGE = Path(texts.__file__).parents[1]
BESIDE = {  # keys that English has from elsewhere: from the tasks and from the examples' manifest
    *(f"task.{name}.{word}" for name in TASKS for word in ("object", "sought")),
    *(f"kind.{task.image_kind}" for task in TASKS.values()),
    *(f"example.{one.path.stem}.{word}" for one in read_examples() for word in ("title", "teaches")),
}


def placeholders(said: str) -> set[str]:
    """Names in braces; the page's scripts fill in theirs by the same names."""
    return {name for _, name, _, _ in Formatter().parse(said) if name is not None}


def faults(translated: Mapping[str, str]) -> list[str]:
    """The keys that English does not have, those whose placeholders are others than there, and those with HTML."""
    wrong = []
    for key, said in translated.items():
        base = key.removesuffix(SINGLE)
        known = base in ENGLISH or key in BESIDE
        given = placeholders(ENGLISH.get(base, ""))
        kept = placeholders(said) <= given if key.endswith(SINGLE) else placeholders(said) == given
        marked = re.search(r"</?[a-z]+>|[`]|\$\{", said) and not key.startswith(("about.", AGENTS))
        if not known or not kept or marked:
            wrong.append(key)
    return wrong


@pytest.mark.parametrize("language", texts.languages())
def test_a_language_has_known_keys_and_keeps_their_placeholders(language: str) -> None:
    module = texts.modules()[language]
    assert module.TITLE.strip() and re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", module.CODE)
    assert faults(module.TEXTS) == []
    assert set(ENGLISH) <= set(texts.texts_of(language)) <= {*ENGLISH, *module.TEXTS}
    assert set(native_texts()[language]) == set(native_texts()["en"])


@pytest.mark.parametrize("language", texts.languages())
def test_a_language_lacks_no_words(language: str) -> None:
    """But for what is all numbers, for a single one where a language knows none, and for what only programs read."""
    module = texts.modules()[language]
    words = {key for key, said in ENGLISH.items() if re.search(r"[A-Za-z]", re.sub(r"\{[^}]*\}", "", said))}
    needed = {key for key in words if not key.startswith(AGENTS) and not key.endswith(SINGLE)}
    assert needed - set(module.TEXTS) == set()


def test_unknown_keys_and_lost_placeholders_are_found() -> None:
    assert faults({"refine.refine": "Verfeinern", "say.answer": "Die Antwort. {change}"}) == []
    assert faults({"refine.refined": "Verfeinert", "say.answer": "Die Antwort."}) == ["refine.refined", "say.answer"]
    assert faults({"status.stopping": "<b>Schluss</b>", "status.before#one": "Einer"}) == ["status.stopping"]


def test_every_text_is_used_and_every_key_is_there() -> None:
    code = "\n".join(
        path.read_text()
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".html", ".js"} and path.parent.name != "texts"
    )
    scripted = ("player.js.", "lesson.js.", "teach.", LIBRARY)  # left away in scripts; the library has none
    unused = [
        key
        for key in (key.removesuffix(SINGLE) for key in ENGLISH)
        if not re.search(rf"""["']{re.escape(key)}["']""", code)
        and f"${key.replace('.', '_')}" not in code
        and not key.startswith(scripted)
        and not any(key.startswith(prefix) for prefix in re.findall(r'f"([\w.]+\.)\{', code))
    ]
    assert unused == []
    assert set(re.findall(r'\btext\(\s*"([\w.]+)"', code)) <= set(ENGLISH)


def test_a_sentence_knows_how_it_was_said_and_is_said_again_in_english() -> None:
    said = text("say.step", expected=1996, bits=65536, on=4, off=0)
    assert "1,996 of 65,536 bits" in said
    assert said_of(said) == {"say": "say.step", "with": {"expected": 1996, "bits": 65536, "on": 4, "off": 0}}
    both = joined(said, "", text("stroke.nothing"))
    assert in_english(said_of(both)) == both == f"{said} {text('stroke.nothing')}"
    assert in_english(said_of(text_or("example.none.title", "A disc"))) == "A disc"
    assert said_of("disc.png") == "disc.png"
    assert copy.deepcopy(said).said == said.said  # Gradio copies what a visitor's session holds


def test_where_weights_come_from_is_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HIDIFF_WEIGHTS", "HIDIFF_HUB_REPO", "HIDIFF_HUB_REVISION"):
        monkeypatch.delenv(name, raising=False)
    said = said_of(recognised(find_weights("polyp").note))
    assert said == {"say": "library.weights_alone", "with": {"task": "polyp"}}
    told = recognised("Weights of polyp: the embedded copy (the Hub did not answer).")
    assert said_of(told) == {
        "say": "library.weights_embedded",
        "with": {"task": "polyp", "reason": "the Hub did not answer"},
    }


def test_what_the_library_says_of_a_file_is_known_again(tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (tmp_path / "none.png").write_bytes(b"")
    said = []
    for name in ("cut.png", "none.png", "gone.png"):
        with pytest.raises(ImageError) as refused:
            read_image(tmp_path / name, name)
        said.append(said_of(recognised(str(refused.value))))
    with pytest.raises(ImageError) as refused:
        fitted_to(np.ones((40, 50), bool), (80, 40), "mask.png")
    said.append(said_of(recognised(str(refused.value))))
    said.append(said_of(recognised(fitted_to(np.ones((40, 50), bool), (80, 100), "mask.png")[1])))
    said.append(said_of(recognised(marked_doubt(np.zeros((8, 8), bool), "mask.png"))))
    keys = [one["say"] for one in said if isinstance(one, dict)]
    assert keys[0] in ("library.broken", "library.cut")
    assert keys[1:] == [f"library.{one}" for one in ("empty_file", "gone", "proportions", "resampled", "nothing_on")]
    assert said[-1] == {"say": "library.nothing_on", "with": {"name": "mask.png"}}
    assert recognised("A sentence of nobody's.") == "A sentence of nobody's."


def test_a_text_about_one_says_so_and_a_seed_is_no_amount() -> None:
    assert text("status.before", count=1) == "One visitor is before you."
    assert text("status.before", count=1200) == "1,200 visitors are before you."
    assert text("status.done", seed=1234567) == "Done, with seed 1234567."


def test_a_widget_is_given_the_key_and_plain_words_as_they_are() -> None:
    assert native(text("refine.refine")).endswith('"key": "refine.refine"}')
    assert native("Somebody's own task") == "Somebody's own task" and native("") == ""
    assert native(text("status.done", seed=3)) == "Done, with seed 3."


@pytest.mark.parametrize(
    ("query", "accepted", "code"),
    [
        ("", "", "en"),
        ("lang=de", "en", "de"),
        ("lang=xx&task=polyp", "fr;q=0.2, de-AT;q=0.9, en;q=0.5", "de"),
        ("", "pt, nl", "en"),
        ("lang=DE", "", "de"),
    ],
)
def test_the_address_then_the_browser_say_the_language(query: str, accepted: str, code: str) -> None:
    assert asked_language(query, accepted) == code


def test_a_script_of_a_language_cannot_end_the_page_that_holds_it() -> None:
    for code in texts.languages():
        assert "</" not in language_script(code) and language_script(code).startswith("hidiffTexts.add(")
