"""Malformed calls: every endpoint and event of a page with what nobody means to send, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

BIG = 10**19
FILE = {"meta": {"_type": "gradio.FileData"}}


def odd_values(rng: random.Random) -> list[Any]:
    """Wrong types, huge numbers, long strings, foreign files, markup, deep nesting."""
    deep: Any = 1
    for _ in range(30):
        deep = [deep]
    return [
        None, True, False, -1, 0, 1, 7, 2.5, 1e19, -1e19, BIG, "", "false", "x" * 200_000, "<script>alert(1)</script>",
        "\u0000\ud7ff", "../../etc/passwd", "/etc/passwd", [], [5], [None] * 50, {}, {"a": {"b": [1]}}, deep,
        {"path": "/etc/passwd", **FILE}, {"path": "../../etc/passwd", **FILE}, {"path": "", **FILE},
        {"path": None, **FILE}, {"path": 5, **FILE}, {"path": "x" * 5000, **FILE},
        {"path": "a\u0000b", **FILE}, {"url": None, **FILE},
        {"path": "/dev/zero", "orig_name": "<b>", "size": BIG, **FILE}, {"__type__": "update", "value": 1},
        {"on": "AAAA", "off": 5, "size": [BIG, -1], "picture": "x", "hold": "yes"}, {"size": [1e19, 1e19]},
        rng.random(), rng.randrange(-5, 5), "polyp", "segmentor", "own", "broken", "packed", "backend", "twin",
    ]  # fmt: skip


def malformed_bodies(events: list[dict[str, Any]], count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """So many bodies for `queue/join`, all events in turn. events: the page's dependencies."""
    rng = random.Random(seed)
    called = [one for one in events if one["backend_fn"]]
    for number in range(count):
        event = called[number % len(called)]
        values = odd_values(rng)
        data: Any = [rng.choice(values) for _ in event["inputs"]]
        whole = rng.randrange(12)
        if whole == 0:
            data = data[: rng.randrange(len(data) + 1)]
        elif whole == 1:
            data = [*data, *values[:3]]
        yield {
            "data": data,
            "fn_index": event["id"] if whole != 2 else rng.choice([9999, -1, event["id"]]),
            "trigger_id": rng.choice([None, 1, 99999, event["inputs"][0] if event["inputs"] else None]),
            "event_data": rng.choice(
                [None, {}, {"index": 0}, {"index": BIG}, {"index": "0"}, {"sample": -7}, *values[:8]]
            ),
            "session_hash": f"odd-{number % 5}",
        }
