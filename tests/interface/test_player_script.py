"""How the player's script is put together: one factory a file, no calls upward, samplers by Python's names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hidiff.diffusion.samplers import SAMPLERS
from hidiff.interface import player

WEB = Path(player.__file__).parent / "web"
SOURCES = {name: (WEB / f"{name}.js").read_text(encoding="utf-8") for name in ("schema", *player._SCRIPTS)}
APART = {"brush_value"}  # the script of another component
PURE = ("math", "formula_lines", "morphology", "lesson_formulas", "questions")

_TOKENS = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
_TOP = re.compile(r"^(?:async )?(function|const|let|var|class) (\w+)", re.MULTILINE)
_TYPE = re.compile(r"@typedef\s+\{.*?\}+\s+(\w+)|@typedef\s+\{object\}\s+(\w+)")


def code_of(source: str) -> str:
    """The source without comments and plain strings; templates stay, for what they hold may be code."""
    return _TOKENS.sub(lambda token: "" if token[0].startswith("/") else '""', source)


def types_in(source: str) -> set[str]:
    """The types that a file defines."""
    return {first or second for first, second in _TYPE.findall(source)}


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))


def test_every_file_belongs_to_the_script() -> None:
    assert {path.stem for path in WEB.glob("*.js")} == SOURCES.keys() | APART
    assert player._SCRIPTS[-1] == "main"


def test_comments_stay_at_home_and_nothing_else_does() -> None:
    sent = player.script()
    assert not [line for line in sent.splitlines() if line.lstrip().startswith(("//", "* @"))]
    whole = "\n".join(SOURCES[name] for name in player._SCRIPTS)
    assert code_of(sent).split() == code_of(whole).split()
    assert len(sent) < 0.8 * len(whole)


def test_the_schema_holds_types_alone() -> None:
    assert code_of(SOURCES["schema"]).strip() == ""


@pytest.mark.parametrize("name", [name for name in player._SCRIPTS if name not in PURE])
def test_a_file_exposes_one_factory(name: str) -> None:
    tops = _TOP.findall(code_of(SOURCES[name]))
    assert [kind for kind, _ in tops] == ["function"]
    assert tops[0][1].startswith("make")


@pytest.mark.parametrize("name", PURE)
def test_arithmetic_is_pure(name: str) -> None:
    code = code_of(SOURCES[name])
    assert {kind for kind, _ in _TOP.findall(code)} <= {"function", "const"}
    assert not words_of(code) & {"document", "window", "element", "props", "trigger", "watch"}


def test_only_the_end_runs_by_itself_and_meets_what_gradio_gives() -> None:
    for name, source in SOURCES.items():
        loose = [line for line in code_of(source).splitlines() if re.match(r"[^\s}\]]", line) and not _TOP.match(line)]
        assert loose == (["makePlayer({ element, trigger, props, watch });"] if name == "main" else [])


def test_no_file_names_what_a_later_one_defines() -> None:
    files = list(SOURCES)
    for at, name in enumerate(files):
        later = {top for other in files[at + 1 :] for _, top in _TOP.findall(code_of(SOURCES[other]))}
        assert not words_of(code_of(SOURCES[name])) & later
        types = set().union(*(types_in(SOURCES[other]) for other in files[at + 1 :]))
        assert not words_of(_in_jsdoc(SOURCES[name])) & types


def _in_jsdoc(source: str) -> str:
    """Everything that stands in braces in the JSDoc comments."""
    comments = re.findall(r"/\*\*.*?\*/", source, re.DOTALL)
    return " ".join(part for comment in comments for part in re.findall(r"\{.*\}", comment, re.DOTALL))


def test_names_are_given_once() -> None:
    names = [top for source in SOURCES.values() for _, top in _TOP.findall(code_of(source))]
    assert len(set(names)) == len(names)


@pytest.fixture(scope="module")
def ask(browser: Any) -> Iterator[Any]:
    """Evaluates the body of a function that knows math.js."""
    page = browser.new_page()
    yield lambda body, given=None: page.evaluate(f"(given) => {{ {SOURCES['math']}\n{body} }}", given)
    page.close()


def test_samplers_have_the_names_that_python_knows(ask: Any) -> None:
    assert sorted(ask("return Object.keys(SAMPLERS);")) == sorted(SAMPLERS)


@pytest.mark.parametrize("name", ["euler", "", "toString"])
def test_an_unknown_sampler_is_an_error_and_never_another(ask: Any, name: str) -> None:
    frame = "{ t: 2, s: 1, alpha_bar: 0.3, alpha_bar_s: 0.6, before: [1], after: [1], eps: [0.5], means: new Map() }"
    noise = "seed: [1, 0], sample: 0, channel: 0, origin: [0, 0]"
    chain = f"{{ size: [1, 1], p: [0.4], {noise}, sampler: given }}"
    for body in ("reverseMean(1, 0.5, 0.4, 0.3, 0.6, given)", f"story({frame}, {chain}, 0)"):
        told = ask(f"try {{ {body}; return null; }} catch (error) {{ return error.message; }}", name)
        assert told is not None and " is none of " in told
