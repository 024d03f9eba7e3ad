"""The formula beside the pixel: its symbols switch the map, the pixel fills it in, each line names its function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bright_model import red_disc
from player_stand import Standing, chain, stand

from hidiff.diffusion import bernoulli
from hidiff.interface import player

WEB = Path(player.__file__).parent / "web"
LINES = (WEB / "formula_lines.js").read_text("utf-8")
BASES = {"p": "prior", "y": "bits", "eps": "doubt", "y0": "guess", "mu": "mean", "u": "noise"}
STEP = 4  # a moment of the clock at which a coin is tossed


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Standing]]:
    """Opens the stand with a finished run by a sampler's rule, at a step."""
    contexts = []

    def stands(sampler: str = "ancestral", width: int = 1440, theme: str = "light") -> Standing:
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        on = Standing(context.new_page())
        on.page.on("pageerror", lambda error: on.errors.append(str(error)))
        on.page.set_content(stand(theme))
        picture, disc = red_disc()
        on.show(chain(picture, reference=disc, sampler=sampler, steps=5)[0][-1], STEP)
        on.unfold()
        return on

    yield stands
    for context in contexts:
        context.close()


def base_of(on: Standing) -> str:
    return str(on.page.get_attribute(".player", "data-base"))


def test_every_line_names_a_function_of_the_equations() -> None:
    named = re.findall(r'fn: "(\w+)"', LINES)
    assert len(named) >= 10 and all(callable(getattr(bernoulli, name)) for name in named)
    assert {"step_mean", "marginal_mean", "theta", "posterior", "mixture_mean", "estimate", "draw"} <= set(named)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_symbol_shows_its_map_as_long_as_it_is_pointed_at(
    opened: Callable[..., Standing], width: int, theme: str
) -> None:
    on = opened(width=width, theme=theme)
    on.page.click("[data-base=flips]")
    for symbol, base in BASES.items():
        if width > 500:  # a phone has no pointer that hovers
            on.page.hover(f".symbols [data-sym={symbol}]")
            assert base_of(on) == base
            on.page.hover(".note")
            assert base_of(on) == "flips"
        on.page.focus(f".symbols [data-sym={symbol}]")
        assert base_of(on) == base
        box = on.page.locator(f".symbols [data-sym={symbol}]").bounding_box()
        assert min(box["width"], box["height"]) >= 24
        on.page.evaluate("document.activeElement.blur()")
        assert base_of(on) == "flips"
    on.page.focus(".symbols [data-sym=eps]")
    on.page.keyboard.press("Enter")
    on.page.evaluate("document.activeElement.blur()")
    assert base_of(on) == "doubt"  # pressed: it stays
    assert on.errors == []


@pytest.mark.parametrize("sampler", ["ancestral", "plug_in", "ddim"])
def test_the_pixel_fills_the_formula_in(opened: Callable[..., Standing], sampler: str) -> None:
    on = opened(sampler)
    symbols = on.page.locator(".formula-lines math[role=math]")
    spoken = [symbols.nth(at).get_attribute("aria-label") for at in range(symbols.count())]
    assert symbols.count() == 3 and all(spoken)
    on.page.check(".depths [value=count]")
    for row, column in ((0, 0), (20, 30)):
        on.page.evaluate("document.querySelector('.stage').focus()")
        for _ in range(row or 1):
            on.page.keyboard.press("Control+Shift+ArrowDown" if row else "Shift+ArrowUp")
            on.page.keyboard.press("Shift+ArrowRight" if column else "Shift+ArrowLeft")
        shown = on.page.evaluate(
            "() => Object.fromEntries([...document.querySelectorAll('.pixel > .numbers [data-fact]')]"
            ".map((row) => [row.dataset.fact, row.querySelector('dd').textContent]))"
        )
        filled = on.page.evaluate(
            "() => Object.fromEntries([...document.querySelectorAll('.formula-lines [data-sym]')]"
            ".map((part) => [part.dataset.sym, part.textContent]))"
        )
        assert filled["y"] == shown["y"] and filled["eps"] == shown["eps"] and filled["y0"] == shown["y0"]
        assert abs(float(filled["mu"]) - float(shown["mean"])) < 1e-3
        assert abs(float(filled["u"]) - float(shown["u"])) < 1e-3
    on.page.check(".depths [value=derive]")
    said = on.page.locator(".formula-lines code").all_text_contents()
    assert [line.split(": ")[0] for line in said] == ["hidiff/diffusion/bernoulli.py"] * len(said)
    assert len(said) == (6 if sampler == "ddim" else 9)
    assert on.errors == []


def test_the_handles_move_the_numbers_and_go_back(opened: Callable[..., Standing]) -> None:
    on = opened()
    on.page.click(".handles summary")
    own = on.page.inner_text(".handles dl")
    on.page.focus("[data-handle=eps]")
    on.page.keyboard.press("End")
    assert on.page.text_content("[data-told=eps]") == "1.000"
    assert on.page.inner_text(".handles dl") != own
    on.page.focus("[data-handle=p]")
    on.page.keyboard.press("Home")
    bit = on.page.locator("[data-handle=y]")
    was = bit.is_checked()
    bit.press("Space")
    assert bit.is_checked() != was and on.page.text_content("[data-told=p]") == "0.000"
    on.page.click(".handles .back")
    assert on.page.inner_text(".handles dl") == own and bit.is_checked() == was
    assert on.errors == []


def test_the_keys_stand_behind_a_question_mark(opened: Callable[..., Standing]) -> None:
    on = opened()
    assert on.page.is_hidden(".keyhelp")
    on.page.click("[data-do=keys]")
    assert on.page.is_visible(".keyhelp") and on.page.get_attribute("[data-do=keys]", "aria-expanded") == "true"
    assert on.page.locator(".keyhelp kbd").count() > 10
    on.page.click("[data-do=keys]")
    assert on.page.is_hidden(".keyhelp")
