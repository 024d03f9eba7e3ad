"""The presenter's view: it fits a projector and half a projector, its type is large, and a clicker drives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bright_model import red_disc
from player_stand import Standing, chain, stand
from visitors import Watched

LEAST = 24  # pixels of type

ILL = """
([least]) => {
  const out = [];
  for (const part of document.querySelectorAll(".player *")) {
    if (!part.getClientRects().length) continue;
    const { right, bottom } = part.getBoundingClientRect();
    const type = parseFloat(getComputedStyle(part).fontSize);
    const said = [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (right > innerWidth + 1 || bottom > innerHeight + 1) out.push(`cut off: ${part.className}`);
    if (said && type < least) out.push(`${type} px: ${part.className}`);
  }
  return out;
}
"""


@pytest.fixture
def presented(browser: Any) -> Iterator[Callable[..., Standing]]:
    """Opens the stand at a size, shows a finished run at its fourth moment and presents it."""
    contexts = []

    def opened(width: int, height: int, theme: str) -> Standing:
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        contexts.append(context)
        on = Standing(context.new_page())
        on.page.set_content(stand(theme))
        picture, disc = red_disc()
        value = chain(picture, reference=disc)[0][-1]
        on.show({**value, "lead": "A wrong guess was put in on purpose. Watch the network take it out, bit by bit."}, 4)
        on.page.click("[data-do=large] >> nth=0")
        on.page.wait_for_selector(".player.large")
        return on

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "height", "theme"), [(1280, 720, "light"), (853, 480, "dark")])
def test_it_fits_and_can_be_read_from_the_back_row(
    presented: Callable[..., Standing], width: int, height: int, theme: str
) -> None:
    on = presented(width, height, theme)
    for panel in ("none", "curves", "pixel"):
        assert (on.page.get_attribute(".player", "data-panel") or "none") == panel
        assert on.page.evaluate(ILL, [LEAST]) == []
        cell = on.page.locator(".cell >> nth=0").bounding_box()
        assert cell["height"] > (0.2 if panel == "pixel" else 0.35) * height
        on.page.keyboard.press("p")


def test_a_clickers_keys_count_wherever_they_arrive(presented: Callable[..., Standing]) -> None:
    on = presented(1280, 720, "light")
    press = on.page.keyboard.press
    on.page.evaluate("document.activeElement.blur()")
    at = on.at()
    press("PageDown")
    press("PageDown")
    press("PageUp")
    assert on.at() == at + 1
    press("b")
    assert on.page.is_hidden(".stage")
    press("b")
    assert on.page.is_visible(".stage")
    on.page.focus(".stage")
    press("Escape")
    on.page.wait_for_selector(".player:not(.large)")
    on.page.evaluate("document.activeElement.blur()")
    press("PageDown")
    assert on.at() == at + 1  # the keys are the page's again


def test_the_address_asks_for_it(visit: Callable[..., Watched], server: Any) -> None:
    watched = visit(1280, 720)
    watched.page.goto(f"{server.url}/?view=present")
    watched.page.wait_for_selector(".player.large")
    assert watched.page.evaluate("getComputedStyle(document.documentElement).overflow") == "hidden"
