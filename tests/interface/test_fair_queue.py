"""The queue: shares of visitors, short work before long, nothing for nobody, and a sentence where it is full."""

from __future__ import annotations

import asyncio
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from event_loop import run_async
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Queue

from hidiff.interface.server import queue as fair
from hidiff.interface.server.queue import FILES, MODEL, SHORT, FairQueue, in_order
from hidiff.interface.texts import text


class Function:
    """What Gradio knows of an event, as far as a queue asks."""

    def __init__(self, lane: str, name: str = "refine") -> None:
        self.concurrency_id, self.concurrency_limit = lane, 1
        self.api_name = self.fn = name
        self.validator, self.connection, self.time_limit, self.batch = None, "sse", None, False


FUNCTIONS = {0: Function(MODEL), 1: Function(SHORT, "prior"), 2: Function(FILES, "admit"), 3: Function(MODEL, "small")}


def queue_of_a_page() -> FairQueue:
    """As `build` makes one; of the page the queue needs its events alone."""
    holder: dict[str, Any] = {}
    blocks: Any = SimpleNamespace(fns=FUNCTIONS, blocks={5: None})
    state = SimpleNamespace(blocks_config=SimpleNamespace(fns=FUNCTIONS))
    blocks.state_holder = type("Holder", (dict,), {"__missing__": lambda self, key: holder.setdefault(key, state)})()
    usual = Queue(True, 16, 1, 32, blocks, 1)
    usual.active_jobs = [None] * 16
    return FairQueue.instead_of(usual, lambda event: event.fn.api_name == "small")


async def asked(queue: FairQueue, session: str | None, address: str = "10.0.0.1", fn: int = 0, **body: Any) -> Any:
    """An event that a visitor asks for; it is heard."""
    request: Any = SimpleNamespace(scope={"client": (address, 1), "headers": []})
    said = PredictBodyInternal.model_construct(
        **{"session_hash": session, "fn_index": fn, "data": [], "trigger_id": None, "request": request} | body
    )
    pushed = await queue.push(said, request, None)
    if pushed[0] and session is not None:
        heard(queue, session)
    await asyncio.sleep(0.001)
    return pushed


def heard(queue: FairQueue, session: str) -> None:
    box = queue.pending_messages_per_session[session]
    box.ever, box.asked = True, time.monotonic()


def line(queue: FairQueue, lane: str = MODEL) -> list[str]:
    return [event.session_hash for event in queue.event_queue_per_concurrency_id[lane].queue]


def test_the_second_of_any_comes_after_the_first_of_each() -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        for number in range(10):
            await asked(queue, f"crowd-{number % 3}", "10.0.0.9")
        await asked(queue, "guest", "10.0.0.1")
        await asked(queue, "guest", "10.0.0.1")
        assert line(queue)[:4] == ["crowd-0", "guest", "crowd-1", "guest"]
        assert line(queue)[4:] == ["crowd-2", *["crowd-0", "crowd-1", "crowd-2"] * 2, "crowd-0"]
        assert queue.visitors_before("guest") == 1
        found = queue.get_events()
        assert found is not None and found[0][0].session_hash == "crowd-0"
        assert line(queue)[0] in ("crowd-1", "guest")

    run_async(play())


def test_short_work_has_a_lane_of_its_own() -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        for number in range(5):
            await asked(queue, f"long-{number}")
        await asked(queue, "prior", fn=1)
        await asked(queue, "small", fn=3)
        assert line(queue) == [f"long-{number}" for number in range(5)]
        assert line(queue, SHORT) == ["prior", "small"]
        taken = {queue.get_events()[2] for _ in range(2)}  # of either lane one, whichever is looked at first
        assert taken <= {MODEL, SHORT}

    run_async(play())


def test_nothing_is_computed_for_a_session_that_nobody_listens_to() -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        await asked(queue, "deaf")
        box = queue.pending_messages_per_session["deaf"]
        box.ever = False
        assert queue.get_events() is None and line(queue) == ["deaf"]
        await asked(queue, "there")
        found = queue.get_events()
        assert found is not None and found[0][0].session_hash == "there"
        heard(queue, "deaf")
        queue._rests_until = 0.0
        found = queue.get_events()
        assert found is not None and found[0][0].session_hash == "deaf"

    run_async(play())


def test_a_session_that_does_not_read_is_not_computed_for() -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        await asked(queue, "slow")
        for _ in range(fair.UNREAD):
            queue.pending_messages_per_session["slow"].put_nowait(None)
        assert queue.get_events() is None

    run_async(play())


def test_what_nobody_listens_to_is_dropped_with_its_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        await asked(queue, "gone")
        await asked(queue, "here")
        await asked(queue, "slow")
        boxes = queue.pending_messages_per_session
        boxes["gone"].ever = False
        for name in ("gone", "slow"):
            boxes[name].asked -= fair.UNHEARD + 1
        await queue._forget({name for name, box in boxes.items() if box.gone})
        assert "slow" in boxes  # it has listened before, and may be reading a large message
        boxes["slow"].asked -= fair.UNHEARD * fair.SLOW_READER
        await queue._forget({name for name, box in boxes.items() if box.gone})
        assert line(queue) == ["here"] and list(boxes) == ["here"]
        assert list(queue.pending_event_ids_session) == ["here"]
        del boxes["gone"]  # as Gradio does when a stream that was open ends

    run_async(play())


def test_listening_is_what_a_stream_does() -> None:
    async def play() -> None:
        box = fair.Mailbox()
        assert not box.heard
        box.asked -= 100
        listening = asyncio.create_task(box.get())
        await asyncio.sleep(0)
        assert box.heard and not box.gone
        box.put_nowait("one")
        assert await listening == "one"

    run_async(play())


@pytest.mark.parametrize("lane", [0, 2])
def test_a_session_has_a_share_and_is_told_when_to_come_back(lane: int) -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        for _ in range(fair.SESSION_WAITS):
            assert (await asked(queue, "greedy", fn=lane))[0]
        name = FUNCTIONS[lane].concurrency_id
        accepted, event, _ = await asked(queue, "greedy", fn=lane)
        assert accepted and len(line(queue, name)) == fair.SESSION_WAITS
        box, messages = queue.pending_messages_per_session["greedy"], []
        while not box.empty():
            messages.append(box.get_nowait())
        (last,) = [one for one in messages if one.event_id == event]
        sentence = text("server.full", waiting=fair.SESSION_WAITS, seconds=round(fair.USUAL * fair.SESSION_WAITS))
        assert last.success is False and last.output["error"] == sentence and "come back in about" in sentence
        assert ((await asked(queue, "other", fn=lane))[0] and line(queue, name)[1] == "other") or lane == 0

    run_async(play())


def test_an_address_has_a_share_that_leaves_others_room() -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        for number in range(fair.ADDRESS_WAITS + 20):
            await asked(queue, f"made-{number}", "10.0.0.9")
        assert len(line(queue)) == fair.ADDRESS_WAITS
        await asked(queue, "guest", "10.0.0.1")
        assert line(queue)[1] == "guest"
        await asked(queue, "ready", "10.0.0.9", fn=2)  # what only reads files does not wait behind work
        assert line(queue, FILES) == ["ready"]

    run_async(play())


def test_calls_without_a_name_push_out_each_other() -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        holder: Any = SimpleNamespace(lock=threading.Lock(), session_data={"page": 1}, time_last_used={})
        queue.server_app = SimpleNamespace(state_holder=holder)  # type: ignore[assignment]
        for _ in range(fair.UNNAMED_EACH + 30):
            _, event, _ = await asked(queue, None)
            holder.session_data[event] = 1
        assert len(holder.session_data) == fair.UNNAMED_EACH + 1 and "page" in holder.session_data

    run_async(play())


@pytest.mark.parametrize(
    "body", [{"fn_index": None}, {"fn_index": 99}, {"fn_index": "0"}, {"data": None}, {"data": {"a": 1}}], ids=str
)
def test_what_is_no_event_is_a_sentence(body: dict[str, Any]) -> None:
    async def play() -> None:
        queue = queue_of_a_page()
        assert await asked(queue, None, **body) == (False, text("error.call"), "error")
        assert len(queue) == 0

    run_async(play())


def test_the_order_keeps_everybody() -> None:
    events: list[Any] = [
        SimpleNamespace(
            session_hash=f"s{number % 7}",
            enqueue_time=float(number),
            request=SimpleNamespace(scope={"client": (f"10.0.0.{number % 3}", 1), "headers": []}),
        )
        for number in range(60)
    ]
    ordered = in_order(events[::-1])
    assert sorted(event.enqueue_time for event in ordered) == [float(n) for n in range(60)]
    assert in_order(ordered) == ordered
    assert {event.request.scope["client"][0] for event in ordered[:3]} == {f"10.0.0.{n}" for n in range(3)}
