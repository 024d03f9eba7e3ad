"""The static edition: the app's own payloads and texts as plain files, from a disk and from a web server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from bright_model import red_model, save_disc
from visitors import SLOW

from hidiff.interface import static_edition
from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.examples import MANIFEST, read_examples
from hidiff.interface.static_edition import BUDGET, edition_files, edition_of, write_edition
from hidiff.interface.texts import languages, texts_of

Edition = tuple[Path, ExampleCache, dict[str, str]]


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """A folder with `folder/` and `single/`, the cache that they were made from, and the files of the first."""
    root = tmp_path_factory.mktemp("edition")
    for name in ("one", "two"):
        save_disc(root / f"{name}.png")
    start = {"source": "false_blob", "seed": 3, "teaches": "A blob was added."}
    (root / MANIFEST).write_text(
        json.dumps(
            [
                {"file": f"{name}.png", "title": f"Disc {name}", "task": "polyp", "mask": f"{name}.png", "start": begin}
                for name, begin in (("one", start), ("two", None))
            ]
        )
    )
    examples, models = read_examples(root), {"polyp": red_model()}
    cache = ExampleCache(models, examples, root / "cache")
    files = edition_files(models, examples, cache)
    write_edition(root / "folder", files)
    write_edition(root / "single", edition_files(models, examples, cache, one_file=True))
    return root, cache, files


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *said: object) -> None:
        """Nothing is said."""


@pytest.fixture(scope="module")
def address(edition: Edition) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(edition[0])))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _without_time(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload without what a clock has measured, so that two runs can be compared."""
    frames = [{**one, "facts": [fact for fact in one["facts"] if fact[0] != "seconds"]} for one in payload["frames"]]
    return {**payload, "run": "", "frames": frames}


def test_the_payloads_are_the_apps_own(edition: Edition) -> None:
    _, cache, files = edition
    sent = [name for name in files if name.startswith("payloads/")]
    assert sent == ["payloads/0.js", "payloads/1.js"]
    for index, name in enumerate(sent):
        head, _, value = files[name].partition(",")
        assert head == f"hidiffEdition.give({index}"
        assert _without_time(json.loads(value.removesuffix(");\n"))) == _without_time(cache.own(index))


def test_every_language_lies_there_and_the_read_me_is_a_spaces(edition: Edition) -> None:
    root, _, files = edition
    assert {f"texts/{code}.js" for code in languages()} <= set(files)
    assert "sdk: static" in files["README.md"] and "app_file: index.html" in files["README.md"]
    assert [path.name for path in (root / "single").iterdir()] == ["index.html"]
    scripts = sum(len(source.encode()) for name, source in files.items() if not name.startswith("payloads/"))
    assert scripts < 700_000


def test_examples_stop_where_there_is_no_more_room(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    root, cache, _ = edition
    monkeypatch.setattr(static_edition, "BUDGET", 10)
    files = edition_files({"polyp": red_model()}, read_examples(root), cache)
    assert [name for name in files if name.startswith("payloads/")] == ["payloads/0.js"]


@pytest.mark.parametrize(
    ("place", "width", "code"),
    [("folder", 1280, "de"), ("folder", 390, "en"), ("single", 390, "zh-CN"), ("served", 1280, "en")],
)
def test_a_lesson_is_done_without_a_server(
    browser: Any, edition: Edition, address: str, place: str, width: int, code: str
) -> None:
    root = edition[0]
    base = f"{address}/folder/" if place == "served" else (root / place).as_uri() + "/"
    page = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce").new_page()
    page.set_default_timeout(SLOW)
    said, asked = [], []
    page.on("console", lambda one: said.append(one.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(f"{base}index.html?lesson=1&lang={code}")
    page.wait_for_selector('.player[data-state="done"][data-run="example-0"]')
    words = texts_of(code)
    page.wait_for_selector(f'.lesson h3:has-text("{words["lesson.coin.title"]}")')
    assert page.evaluate("document.documentElement.lang") == code
    assert page.text_content("header .languages option:checked")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    before = len(asked)
    if page.get_attribute(".player", "data-asking") == "number":
        page.locator(".lesson input[type=range]").first.fill("400")
    else:
        page.check('.lesson [name=answer][value="0"]')
    page.check('.lesson [name=sure][value="rather"]')
    page.click(f'.lesson button:has-text("{words["lesson.js.show"]}")')
    page.wait_for_selector(".lesson .answer p")
    assert words["lesson.coin.idea"] in page.text_content(".lesson .answer")
    assert len(asked) == before  # nothing is asked of anybody while a question is answered
    page.click('[data-example="1"]')
    page.wait_for_selector('.player[data-run="example-1"]')
    page.select_option("select.languages", "de")
    page.wait_for_function("document.documentElement.lang === 'de'")
    page.wait_for_selector(f'.player .play[aria-label="{texts_of("de")["player.play"]}"]', state="attached")
    page.context.close()
    assert said == [] and all(url.startswith((base, "data:", "blob:")) for url in asked)


@pytest.mark.nightly
def test_the_edition_of_the_projects_own_examples_is_small(tmp_path: Path) -> None:
    from hidiff import HiDiff

    models = {"polyp": HiDiff.from_pretrained(Path(__file__).resolve().parents[2] / "weights" / "polyp")}
    single = write_edition(tmp_path, edition_of(models, one_file=True))
    assert BUDGET / 2 < single < 1.7e6
