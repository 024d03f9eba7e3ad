"""schema.js against what the server really sends: every key, every type, nothing missing and nothing more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bright_model import red_disc
from player_stand import chain
from typedefs import Schema, parsed

from hidiff.interface import player
from hidiff.interface.player.payload import side_by_side

SCHEMA = Schema((Path(player.__file__).parent / "web" / "schema.js").read_text(encoding="utf-8"))


def faults(value: object, type_: str = "Payload") -> list[str]:
    """As it arrives in the browser."""
    return SCHEMA.faults(json.loads(json.dumps(value, allow_nan=False)), type_)


@pytest.fixture(scope="module")
def plain() -> list[dict[str, Any]]:
    return chain(steps=3)[0]


@pytest.fixture(scope="module")
def rich() -> list[dict[str, Any]]:
    """With a reference, several samples, and scribbles of both kinds."""
    picture, disc = red_disc()
    scribbles = np.full(disc.shape, 128, np.uint8)
    scribbles[90:110, 120:140] = 0
    scribbles[10:20, 20:30] = 255
    return chain(picture, reference=disc, scribbles=scribbles, samples=3, steps=3, sampler="plug_in")[0]


def test_every_value_of_a_run_is_a_payload(plain: list[dict[str, Any]], rich: list[dict[str, Any]]) -> None:
    for value in (*plain, *rich):
        assert faults(value) == []
    kinds = [frame["kind"] for frame in plain[-1]["frames"]]
    assert kinds == ["prior", "toss", "step", "step", "step", "answer"]
    assert plain[0]["chain"] is None and plain[0]["live"] and not plain[-1]["live"]
    assert rich[-1]["samples"] is not None and rich[-1]["closer"] is not None
    assert rich[-1]["frames"][2]["numbers"]["dice"] is not None
    assert rich[-1]["reference"] is not None and plain[-1]["reference"] is None


@pytest.mark.parametrize("asked", [{"focus": False}, {"sampler": "ddim"}, {"steps": 1}, {"samples": 2, "steps": 1}])
def test_every_kind_of_run_gives_payloads(asked: dict[str, object]) -> None:
    assert [fault for value in chain(**asked)[0] for fault in faults(value)] == []


def test_numbers_that_travel_exactly_are_in_the_schema() -> None:
    """Noise that the levels cannot hold: eps_hat and means are sent beside them."""
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    value = chain(noise, focus=False, steps=4)[0][-1]
    codes = [frame["eps"] for frame in value["frames"] if frame["kind"] == "step"]
    assert any("exact" in code for code in codes) and any("mean" in code for code in codes)
    assert faults(value) == []


def test_a_run_that_was_stopped_gives_a_payload() -> None:
    verdicts = iter(("go",) * 4)
    values, _ = chain(steps=8, verdict=lambda: next(verdicts, "stop"))
    assert 3 <= len(values[-1]["frames"]) < 10
    assert values[-1]["frames"][-1]["kind"] == "answer"
    assert [fault for value in values for fault in faults(value)] == []


def test_two_lanes_are_a_payload_while_they_run_and_when_they_are_done() -> None:
    first, second = chain(name="a", title="a", steps=3)[0], chain(name="b", title="b", steps=2, seed=5)[0]
    for one, other in ((0, 0), (2, 1), (-1, -2), (-1, -1)):
        both = side_by_side(first[one], second[other])
        assert faults(both) == []
        assert faults(both["second"], "SecondLane") == []
    judged = side_by_side(*[chain(*red_disc(), name=name, steps=1)[0][-1] for name in "ab"])
    assert faults(judged) == [] and judged["reference"] and not judged["second"]["reference"]
    assert both["second"]["closer"]["picture"] is None
    apart = side_by_side(first[-1], chain(name="c", steps=2, focus=False)[0][-1])
    assert apart["second"]["closer"] is None
    assert faults(apart) == []


def _changed(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Copies of a value, each with one key lost, one added, or one leaf of another type; of a list, its first."""
    if isinstance(value, dict):
        yield f"{at} more", {**value, "unheard_of": 1}
        for key in value:
            yield f"{at}.{key} lost", {name: part for name, part in value.items() if name != key}
            for what, part in _changed(value[key], f"{at}.{key}"):
                yield what, {**value, key: part}
    elif isinstance(value, list):
        yield f"{at} no list", 7
        if value:
            for what, part in _changed(value[0], f"{at}[0]"):
                yield what, [part, *value[1:]]
    else:
        yield f"{at} another type", {"unheard_of": 1}


OPTIONAL = re.compile(r"\.(at|exact|second|eps\.mean|with) lost$|\.with\b")  # what is said has values of any kind


def test_every_single_change_is_found(plain: list[dict[str, Any]], rich: list[dict[str, Any]]) -> None:
    value = side_by_side(rich[-1], plain[-1])
    for frame in value["frames"]:
        for what, changed in _changed({**value, "frames": [frame]}):
            assert SCHEMA.faults(changed, "Payload") or OPTIONAL.search(what), what


@pytest.mark.parametrize("text", ["", "string |", "[string", "Record<string, number>", "string number", "{a: string}"])
def test_a_type_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        parsed(text)


@pytest.mark.parametrize(
    "source",
    [
        "/** @typedef {Missing} A */",
        "/** @typedef {string} A */ /** @typedef {number} A */",
        "/** @typedef {object} A\n * @property {string} a\n * @property {string} a */",
        "/** @typedef {object} A\n * @property string a */",
        "/** only words */",
    ],
)
def test_a_schema_that_cannot_be_read_is_an_error(source: str) -> None:
    with pytest.raises(ValueError):
        Schema(source)


def test_numbers_are_finite_and_no_booleans() -> None:
    assert SCHEMA.faults(True, "number") and SCHEMA.faults(float("nan"), "number") and SCHEMA.faults(1, "boolean")
    assert not SCHEMA.faults(1, "number") and not SCHEMA.faults(0.5, "number")
