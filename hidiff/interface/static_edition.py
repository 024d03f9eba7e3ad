"""The static edition: player, lessons, every language and the small examples as plain files, without a server.

The scripts, the texts and the payloads are the app's own. What lies there opens from a disk as from any web server, and
asks nothing of any other place.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from hidiff.errors import WeightsError
from hidiff.files import write_text
from hidiff.interface.example_cache import ExampleCache
from hidiff.interface.examples import Example, of_task, strip
from hidiff.interface.languages import FOLDER, head_script, language_script, language_switch
from hidiff.interface.page import offered
from hidiff.interface.player import script, stand_alone, style
from hidiff.interface.player.lesson_words import lesson_words
from hidiff.interface.said_html import element
from hidiff.interface.task_words import title_of
from hidiff.interface.texts import DEFAULT, languages, text
from hidiff.interface.title_card import ICON
from hidiff.pipeline import HiDiff

BUDGET = 1_000_000  # bytes of all examples' payloads: what goes on a school's network
_HERE = Path(__file__).resolve().parent
_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="$icon">
$style
$head
</head><body>
<header><h1>$title</h1>$switch<p>$lead $terms</p></header>
<main><div id="examples">$strip</div><div id="player">$player</div></main>
<footer id="upload" tabindex="-1">$missing</footer>
$scripts
</body></html>
""")
_READ_ME = Template("""---
title: $title
emoji: 🎓
colorFrom: blue
colorTo: yellow
sdk: static
app_file: index.html
pinned: false
license: apache-2.0
---

# $title

$lead $terms

$missing

Open `index.html`: from a disk, or from any web server. `?lesson=1` opens a lesson, `?lang=de` chooses a language.
""")


def edition_files(
    models: Mapping[str, HiDiff], examples: Sequence[Example], cache: ExampleCache, one_file: bool = False
) -> dict[str, str]:
    """path -> text of every file of the edition, for the examples of the first task that there are examples of.

    one_file: everything in index.html. cache: has the examples in the same places. Raises HiDiffError where an example
    cannot be refined, and ValueError where there is none.
    """
    task = next((name for name in models if of_task(examples, name)), None)
    if task is None:
        raise ValueError("there is no example")
    chosen = dict(_within_budget(of_task(examples, task), cache))
    shown = [examples[place] for place in chosen]
    payloads = {
        f"payloads/{index}.js": f"hidiffEdition.give({index},{_json({**payload, 'run': f'example-{index}'})});\n"
        for index, payload in enumerate(chosen.values())
    }
    tables = {f"{FOLDER}{code}.js": language_script(code) for code in languages()}
    lessons = lesson_words(shown, {task: title_of(models[task].task)})
    scripts = {
        "player.js": f"function hidiffPlayer(element, trigger, props, watch) {{\n{script()}\n}}\n",
        "edition.js": (_HERE / "edition.js").read_text(encoding="utf-8"),
    }
    if one_file:
        head = f"<script>{head_script(*languages())}</script>"
        body = "".join(f"<script>{_closed(source)}</script>\n" for source in [*scripts.values(), *payloads.values()])
        return {"index.html": _page(shown, task, lessons, head, body)}
    head = f"<script>{head_script(DEFAULT)}</script>"
    body = "".join(f'<script src="{name}"></script>\n' for name in scripts)
    page = _page(shown, task, lessons, head, body)
    return {"index.html": page, "README.md": _read_me(), **scripts, **tables, **payloads}


def edition_of(models: Mapping[str, HiDiff], one_file: bool = False) -> dict[str, str]:
    """The edition of the project's own examples. Raises WeightsError where no model has one."""
    examples = offered(models)
    if not examples:
        raise WeightsError("There are no weights that an example belongs to; the command needs one task's at least.")
    return edition_files(models, examples, ExampleCache(models, examples), one_file)


def write_edition(folder: Path, files: Mapping[str, str]) -> int:
    """Write the files below a folder, which is made; their bytes in all. Files of other names stay as they are."""
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_text(folder / name, source)
    return sum(len(source.encode()) for source in files.values())


def _within_budget(places: Sequence[tuple[int, Example]], cache: ExampleCache) -> Iterator[tuple[int, dict[str, Any]]]:
    """Places of examples with their payloads, as long as there is room; the first has room in any case."""
    left = BUDGET
    for place, _ in places:
        payload = cache.own(place)
        size = len(_json(payload))
        if left < BUDGET and size > left:
            continue
        left -= size
        yield place, payload


def _page(shown: Sequence[Example], task: str, lessons: Mapping[str, Any], head: str, scripts: str) -> str:
    icon = base64.b64encode(ICON.read_bytes()).decode("ascii")
    styles = (_HERE / "edition.css").read_text(encoding="utf-8"), f"#player {{ {style()} }}"
    return _PAGE.substitute(
        title=text("edition.title"),
        icon=f"data:image/svg+xml;base64,{icon}",
        style="\n".join(f"<style>{rules}</style>" for rules in styles),
        head=head,
        switch=language_switch(),
        lead=element("span", text("edition.lead")),
        terms=element("strong", text("page.terms")),
        strip=strip(shown, task, opened=True, own=False),
        player=stand_alone(lessons),
        missing=element("p", text("edition.missing")),
        scripts=f"{scripts}<script>hidiffEdition.begin(hidiffPlayer);</script>",
    )


def _read_me() -> str:
    names = ("edition.title", "edition.lead", "page.terms", "edition.missing")
    return _READ_ME.substitute({name.split(".")[1]: text(name) for name in names})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _closed(source: str) -> str:
    """A script that does not end where it names the end of one."""
    return source.replace("</script", "<\\/script")
