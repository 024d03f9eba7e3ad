"""What axe-core, the accessibility checker, says of the page. Get it by `npm install --prefix .cache axe-core`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from visitors import Watched

from hidiff.interface.texts import text

ROOT = Path(__file__).resolve().parents[2]
AXE = Path(os.environ.get("HIDIFF_AXE") or ROOT / ".cache" / "node_modules" / "axe-core" / "axe.min.js")


def violations(page: Any) -> list[str]:
    """All of them, whatever their level, each with the elements it is about."""
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [f"{one['id']} ({one['impact']}): {[node['html'][:120] for node in one['nodes']][:4]}" for one in found]


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not at hand: npm install --prefix .cache axe-core")
@pytest.mark.parametrize(
    "opened", [(1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")], indirect=True
)
def test_no_violation(opened: Watched) -> None:
    opened.pick()
    opened.wait_done()
    opened.page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    assert violations(opened.page) == []
    opened.start_from("broken")
    opened.wait_begun()
    opened.wait_done()
    for panel in ("start", "reference", "compare", "many", "take", "more"):
        opened.open(panel)
    opened.page.wait_for_timeout(400)
    assert violations(opened.page) == []
    opened.page.click(f'button[role="tab"]:has-text("{text("about.tab")}")')
    assert violations(opened.page) == []
