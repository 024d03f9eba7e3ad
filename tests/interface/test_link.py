"""Links: what an address asks for, and what address asks for what is on the screen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from bright_model import red_model, save_disc
from hypothesis import given
from hypothesis import strategies as st

from hidiff.interface.examples import Example
from hidiff.interface.link import LONGEST, Link, parameter_of, read_link, write_link
from hidiff.interface.refine_tab.link_panel import link_to
from hidiff.interface.runs.compare import differences
from hidiff.interface.runs.recipe import Recipe, Source, Start, checked_settings, usual_settings
from hidiff.interface.runs.session import DisplayedRun
from hidiff.interface.texts import said_of, text
from hidiff.priors.sources import prior_sources_of
from hidiff.refinement.settings import SETTINGS
from hidiff.tasks import FUNDUS, POLYP

MODELS = {"polyp": red_model(POLYP), "fundus": red_model(FUNDUS)}
BROKEN = Start("false_blob", 3, "Watch it go.")


def example(name: str, task: str = "polyp", start: Start | None = None) -> Example:
    made = Example(Path(f"{name}.png"), name, task, "", "", True, "", b"")
    return made if start is None else replace(made, start=start)


EXAMPLES = (example("one", start=BROKEN), example("two"), example("eye", "fundus"))


def read(query: str) -> Link:
    link = read_link(dict(parse_qsl(query, keep_blank_values=True)), MODELS, EXAMPLES)
    assert link is not None
    return link


@st.composite
def recipes(draw: st.DrawFn) -> tuple[Recipe, str | None]:
    one = draw(st.sampled_from(EXAMPLES))
    model = MODELS[one.task]
    values = {}
    for name, row in SETTINGS.items():
        if row.kind == "whole":
            values[name] = draw(st.integers(int(row.low), min(int(row.high), model.config.denoiser.T)))
        elif row.kind == "share":
            values[name] = draw(st.floats(row.low, row.high, exclude_min=True, exclude_max=True))
        else:
            values[name] = draw(st.sampled_from([True, False] if row.kind == "switch" else list(row.choices or ())))
    kept = draw(st.sets(st.sampled_from(sorted(SETTINGS))))
    settings = checked_settings(model, usual_settings(model) | {name: values[name] for name in kept})
    source = draw(st.sampled_from(prior_sources_of(model.task)))
    recipe = Recipe(one.task, one.as_source, settings, source, draw(st.integers(0, 2**32 - 1)))
    return recipe, draw(st.none() | st.sampled_from(differences(model)))


@given(recipes())
def test_what_a_link_says_is_what_was_linked(made: tuple[Recipe, str | None]) -> None:
    recipe, against = made
    model = MODELS[recipe.task]
    link = read(write_link(recipe, against, model))
    assert link.refused == () and link.against == against
    assert EXAMPLES[link.example].as_source == recipe.source
    assert (link.start.prior_source, link.start.prior_seed) == (recipe.prior_source, recipe.prior_seed)
    assert checked_settings(model, usual_settings(model) | dict(link.settings)) == recipe.settings


@given(st.dictionaries(st.sampled_from(["task", "example", "start", "start-seed", "against", "seed", "x"]), st.text()))
def test_any_address_is_answered(query: dict[str, str]) -> None:
    link = read_link(query, MODELS, EXAMPLES)
    if not set(query) - {"x"}:
        assert link is None
        return
    assert link is not None and EXAMPLES[link.example].task in MODELS
    assert len(set(link.refused)) == len(link.refused) <= len(query)


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("task=polyp&example=one&steps=ten", ["steps"]),
        ("steps=0", ["steps"]),
        ("steps=1e1", ["steps"]),
        ("steps=1000", ["steps"]),
        ("samples=64", ["samples"]),  # this app's own limit
        ("seed=-1", ["seed"]),
        ("seed=%D9%A3", ["seed"]),  # a digit, and none of ours
        (f"seed={'9' * 19}", ["seed"]),
        (f"seed={'0' * (LONGEST + 1)}", ["seed"]),
        ("sampler=nonsense", ["sampler"]),
        ("mirror=maybe", ["mirror"]),
        ("confidence=nan", ["confidence"]),
        ("confidence=1", ["confidence"]),
        ("confidence=", ["confidence"]),
        ("task=lungs", ["task"]),
        ("example=../../etc/passwd", ["example"]),
        ("task=fundus&example=one", ["example"]),
        ("start=thin_lost", ["start"]),  # of thin objects, and the first example is none
        ("start=false_blob&start-seed=x", ["start-seed"]),
        ("against=everything", ["against"]),
        ("steps=no&seed=no&against=no", ["against", "seed", "steps"]),
        ("unknown=1&steps=4", []),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_is_taken(query: str, refused: list[str]) -> None:
    link = read(query)
    assert sorted(link.refused) == sorted(text("link.refused", name=name) for name in refused)
    for name in refused:
        assert name not in map(parameter_of, link.settings)


def test_what_is_not_said_is_as_the_example_and_the_weights_have_it() -> None:
    assert read("example=one") == Link(0, BROKEN)
    assert read("task=fundus") == Link(2, EXAMPLES[2].start)
    assert read("steps=4") == Link(0, BROKEN, {"steps": 4})
    assert read("example=one&start=segmentor").start == Start("segmentor", 0)
    assert read("mirror=on&focus=0").settings == {"mirror": True, "focus": False}
    assert read_link({"view": "present", "lang": "de"}, MODELS, EXAMPLES) is None
    assert read_link({"task": "polyp"}, MODELS, ()) is None and read_link({"task": "polyp"}, {}, EXAMPLES) is None


def test_what_a_visitor_brought_has_no_link_and_the_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, own = MODELS["polyp"], Source(tmp_path / "mine.png", "mine.png")
    save_disc(own.path)
    ours = Recipe("polyp", EXAMPLES[0].as_source, checked_settings(model, {}), "false_blob", 3)
    monkeypatch.delenv("SPACE_ID", raising=False)
    value = json.loads(link_to(DisplayedRun("run", ours, 10), model))
    assert value == {"query": "task=polyp&example=one", "outer": "", "note": ""}
    for recipe, key in (
        (replace(ours, source=own), "link.upload"),
        (replace(ours, scribbles=b"png"), "link.painted"),
        (replace(ours, own=own), "link.own"),
        (replace(ours, source=replace(ours.source, own_reference=own)), "link.own"),
    ):
        value = json.loads(link_to(DisplayedRun("run", recipe, 10), model))
        assert value["query"] == "" and value["note"] == said_of(text(key))


@pytest.mark.parametrize(
    ("space", "outer"),
    [("owner/name", "https://huggingface.co/spaces/owner/name"), ("<script>", ""), ("a/b/c", ""), ("", "")],
)
def test_on_a_space_the_link_leads_to_the_page_round_it(
    monkeypatch: pytest.MonkeyPatch, space: str, outer: str
) -> None:
    monkeypatch.setenv("SPACE_ID", space)
    recipe = Recipe("polyp", EXAMPLES[1].as_source, checked_settings(MODELS["polyp"], {}))
    assert json.loads(link_to(DisplayedRun("run", recipe, 10), MODELS["polyp"]))["outer"] == outer
