"""The table of settings: it, the dataclass and the keywords agree, and options, ranges and refusals come from it."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any, get_type_hints

import numpy as np
import pytest

from hidiff.cli import evaluate, segment
from hidiff.cli.options import add_settings, settings_given
from hidiff.diffusion.samplers import SAMPLERS
from hidiff.errors import SettingsError
from hidiff.evaluation.record import RECORDED
from hidiff.refinement.settings import AGGREGATES, MAX_SAMPLES, SETTINGS, Setting, Settings, SettingsGiven

SHIPPED = tuple(SAMPLERS)

KINDS = {"whole": int, "share": float, "choice": str, "switch": bool}


# ------------------------------------------------------------------------------------------- the three agree
def test_table_dataclass_and_keywords_have_the_same_names_in_the_same_order() -> None:
    assert list(SETTINGS) == [field.name for field in fields(Settings)] == list(get_type_hints(SettingsGiven))
    assert all(row.name == name for name, row in SETTINGS.items())


@pytest.mark.parametrize("name", SETTINGS)
def test_types_follow_from_the_kind(name: str) -> None:
    kind = KINDS[SETTINGS[name].kind]
    assert get_type_hints(Settings)[name] is kind
    assert get_type_hints(SettingsGiven)[name] == kind | None


@pytest.mark.parametrize("name", SETTINGS)
def test_the_default_is_one_that_may_be_given(name: str) -> None:
    default = getattr(Settings(), name)
    assert SETTINGS[name].checked(default) == default
    assert getattr(Settings(**{name: default}), name) == default


@pytest.mark.parametrize("name", SETTINGS)
def test_a_row_says_what_it_is(name: str) -> None:
    row = SETTINGS[name]
    assert row.help and not row.help.endswith(".")
    assert (row.choices is not None) == (row.kind == "choice")
    assert (row.low < row.high) == (row.kind in ("whole", "share"))
    assert bool(row.range) == (row.kind != "switch")


def test_choices_are_the_tables_themselves() -> None:
    assert SETTINGS["sampler"].choices is SAMPLERS
    assert SETTINGS["aggregate"].choices is AGGREGATES


# ------------------------------------------------------------------------------------------------------ ranges
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("steps", "1 to 1000"),
        ("samples", "1 to 64"),
        ("seed", "a whole number from 0"),
        ("sampler", f"{', '.join(SHIPPED[:-1])} or {SHIPPED[-1]}"),
        ("aggregate", "last, mean or blend"),
        ("confidence", "between 0.5 and 1"),
        ("focus", ""),
        ("mirror", ""),
    ],
)
def test_the_range_in_words(name: str, words: str) -> None:
    assert SETTINGS[name].range == words


@pytest.mark.parametrize(("choices", "words"), [({}, ""), ({"a": 1}, "a"), ({"a": 1, "b": 2}, "a or b")])
def test_the_range_of_few_choices(choices: dict[str, int], words: str) -> None:
    assert Setting("x", "choice", "help", choices=choices).range == words


@pytest.mark.parametrize("name", ["steps", "samples", "seed"])
def test_the_ends_of_a_whole_number_s_range_are_in_it(name: str) -> None:
    row = SETTINGS[name]
    for end, outside in ((int(row.low), int(row.low) - 1), (int(row.high), int(row.high) + 1)):
        assert row.checked(end) == end
        with pytest.raises(SettingsError):
            row.checked(outside)


@pytest.mark.parametrize("value", [np.int64(3), np.uint8(3)])
def test_numpy_s_integers_become_plain_ones(value: Any) -> None:
    settings = Settings(steps=value)
    assert settings.steps == 3 and type(settings.steps) is int


# ---------------------------------------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"steps": 0}, "steps is 0; choose a whole number from 1 to 1000."),
        ({"steps": 2.5}, "steps is 2.5; choose a whole number from 1 to 1000."),
        ({"steps": True}, "steps is True; choose a whole number from 1 to 1000."),
        ({"samples": 65}, f"samples is 65; choose a whole number from 1 to {MAX_SAMPLES}."),
        ({"seed": -1}, f"seed is -1; choose a whole number from 0 to {2**63 - 1}."),
        ({"sampler": "euler"}, f"sampler is 'euler'; choose one of {', '.join(SHIPPED)}."),
        ({"sampler": None}, f"sampler is None; choose one of {', '.join(SHIPPED)}."),
        ({"aggregate": "best"}, "aggregate is 'best'; choose one of last, mean, blend."),
        ({"confidence": 0.5}, "confidence is 0.5; choose a number between 0.5 and 1."),
        ({"confidence": 1}, "confidence is 1; choose a number between 0.5 and 1."),
        ({"confidence": float("nan")}, "confidence is nan; choose a number between 0.5 and 1."),
        ({"confidence": "high"}, "confidence is 'high'; choose a number between 0.5 and 1."),
    ],
)
def test_what_is_out_of_range_is_refused_in_one_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings(**given)
    assert str(refusal.value) == sentence


def test_a_chain_has_at_most_as_many_steps_as_times() -> None:
    assert Settings(steps=10).within(10) == Settings(steps=10)
    with pytest.raises(SettingsError, match=r"^steps is 11; choose a whole number from 1 to 10\.$"):
        Settings(steps=11).within(10)


# ----------------------------------------------------------------------------------------------------- options
def parser_of(module: Any) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser


@pytest.mark.parametrize(
    ("module", "names"),
    [(segment, list(SETTINGS)), (evaluate, [*RECORDED, "seed"])],
    ids=["segment", "evaluate"],
)
def test_the_options_of_a_command_come_from_the_table(module: Any, names: list[str]) -> None:
    actions = {action.dest: action for action in parser_of(module)._actions}
    assert [name for name in actions if name in SETTINGS] == names
    for name in names:
        row, action = SETTINGS[name], actions[name]
        assert action.option_strings[0] == f"--{name.replace('_', '-')}" and action.default is None
        if row.kind == "switch":
            assert action.option_strings[1] == f"--no-{name.replace('_', '-')}" and action.help == row.help
        else:
            assert action.help == f"{row.help}: {row.range}"


def test_what_is_not_given_is_not_among_the_settings() -> None:
    parser = argparse.ArgumentParser()
    add_settings(parser)
    assert settings_given(parser.parse_args([])) == {}
    words = "--steps 3 --seed 5 --sampler ddim --no-focus --mirror --aggregate mean --confidence 0.7 --samples 2"
    given = settings_given(parser.parse_args(words.split()))
    assert Settings(**given) == Settings(3, 2, 5, "ddim", False, True, "mean", 0.7)


def test_a_row_that_is_added_is_an_option_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS, "half_life", Setting("half_life", "share", "of nothing", 0, 1))
    parser = argparse.ArgumentParser()
    add_settings(parser, ("half_life",))
    assert settings_given(parser.parse_args(["--half-life", "0.25"])) == {"half_life": 0.25}
    assert "of nothing: between 0 and 1" in " ".join(parser.format_help().split())


@pytest.mark.parametrize("value", ["\n", "a\nb", "x" * 5000, [["\n"]], b"\n\n", 10**400])
@pytest.mark.parametrize("name", ["samples", "sampler", "confidence"])
def test_what_is_refused_is_repeated_in_one_short_line(name: str, value: object) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings(**{name: value})  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 200
