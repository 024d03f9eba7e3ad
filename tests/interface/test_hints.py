"""Hints: every symbol has words, on hover, on focus and on a tap, and they stay within the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bright_model import red_disc
from player_stand import Standing, chain

from hidiff.interface.texts import ENGLISH, text

Opens = Callable[..., Standing]


@pytest.mark.parametrize("width", [390, 1300])
def test_every_symbol_has_words_where_it_stands(place: Opens, width: int) -> None:
    picture, disc = red_disc()
    on = place(width=width, height=800, reduced_motion="reduce")
    on.show(chain(picture, reference=disc)[0][-1], 4)
    if width < 480:
        on.page.click("[data-do=unfold]")
    terms = on.page.locator(".player .term:visible, .player [data-base]:visible")
    assert terms.count() > 25
    for term in terms.all():
        hint = term.get_attribute("data-hint")
        assert hint, term.inner_text()
        term.focus()
        assert on.page.text_content(".hinted") == hint
        box = on.page.locator(".hinted").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert term.get_attribute("aria-describedby") == on.page.get_attribute(".hinted", "id")
    on.page.keyboard.press("Escape")
    assert on.page.is_hidden(".hinted")


def test_a_pointer_may_go_from_the_term_to_its_hint_and_a_tap_shows_it(place: Opens) -> None:
    on = place(width=390, height=800, reduced_motion="reduce", has_touch=True)
    on.show(chain()[0][-1], 4)
    term = on.page.locator(".figure .name").first
    term.hover()
    assert on.page.text_content(".hinted") == text("player.js.hint.changed")
    on.page.hover(".hinted")
    on.page.wait_for_timeout(400)
    assert on.page.is_visible(".hinted")
    on.page.mouse.move(5, 700)
    on.page.wait_for_selector(".hinted", state="hidden")
    term.tap()
    assert on.page.is_visible(".hinted")
    on.page.tap(".sentence")
    assert on.page.is_hidden(".hinted")


def test_a_curves_term_is_explained_and_does_not_scrub(place: Opens) -> None:
    on = place(reduced_motion="reduce")
    on.show(chain()[0][-1], 4)
    on.page.click("[data-curve=flips] .term")
    assert on.at() == 4
    assert on.page.text_content(".hinted") == ENGLISH["player.curve.flips_hint"]


def test_the_player_can_be_skipped(place: Opens) -> None:
    on = place()
    on.show(chain()[0][-1])
    on.page.keyboard.press("Tab")
    assert on.page.evaluate("document.activeElement.className") == "skip"
    assert on.page.locator(".skip").bounding_box()["width"] > 24
