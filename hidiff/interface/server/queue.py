"""The fair queue: Gradio's, with a share for every visitor, a lane for short work, and nothing done for nobody.

Visitors are told apart by address and, within one, by session. Of what waits, the first event of each address comes
before the second of any; within an address its sessions take turns; among equals short work goes first. So the list
that waits stands in the order in which it will be computed, and places in it mean something.

An event begins only while somebody listens to its session. One that nobody has listened to for `UNHEARD` seconds is
dropped, and so are the messages of its session. What is too much is answered at once, in the session's own stream, with
when to come back.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from gradio.queueing import Event, EventQueue, Queue
from gradio.server_messages import EstimationMessage, HeartbeatMessage, ProcessCompletedMessage
from gradio.utils import LRUCache, run_coro_in_background

from hidiff.interface.server.addresses import visitor_address
from hidiff.interface.server.quotas import Quotas
from hidiff.interface.texts import text

# The lanes: long work, short work, one look of the segmentor, what only reads files.
MODEL, SHORT, LOOK, FILES = "model", "short", "look", "files"
SESSION_WAITS = 12  # events of one session in a lane: what a hand that paints asks for while one step is computed
ADDRESS_WAITS = 120  # of one address: two for each of a class of sixty
WAITS = 480  # of all
UNHEARD = 60.0  # seconds
SLOW_READER = 5  # times as long, where somebody has listened before: one large message may take a while
UNNAMED_EACH = 20  # sessions of calls without a name, of which an address's newest are kept
LISTENS = 15.0  # seconds within which a stream that is open asks for the next message
PASSING = 16  # unread messages from which on none is added that will be out of date
UNREAD = 64  # messages that wait to be read, beyond which nothing more is computed for a session
REST = 0.02  # seconds between two looks at a queue in which nothing could begin; Gradio looks a thousand times a second
BOXES = 10_000  # sessions whose messages are kept; of more the oldest go
ANSWERS = 2_000  # sessions beyond which what is too much is refused without a message
USUAL = 10.0  # seconds of a piece of work, before any has been measured

Cost = Callable[[Event], bool]


class Mailbox(asyncio.Queue[Any]):
    """The messages of a session, and when somebody asked for one last."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = self.made = time.monotonic()
        self.ever = False

    def put_nowait(self, item: Any) -> None:
        """Add a message; one that only tells how things stand is left out where such are unread already."""
        if self.qsize() < PASSING or not isinstance(item, EstimationMessage | HeartbeatMessage):
            super().put_nowait(item)

    async def get(self) -> Any:
        """The next message; to wait for one counts as listening."""
        self.asked, self.ever = time.monotonic(), True
        message = await super().get()
        self.asked = time.monotonic()
        return message

    @property
    def heard(self) -> bool:
        """Whether somebody listens, and keeps up."""
        return self.ever and time.monotonic() - self.asked < LISTENS and self.qsize() < UNREAD

    @property
    def gone(self) -> bool:
        """Whether nobody has listened for so long that nobody will."""
        return time.monotonic() - self.asked > UNHEARD * (SLOW_READER if self.ever else 1)


class Mailboxes(LRUCache[str, Any]):
    """Mailboxes by session; whatever queue is put there, it is one. What is gone already may be deleted again."""

    def __setitem__(self, session: str, queue: Any) -> None:
        super().__setitem__(session, queue if isinstance(queue, Mailbox) else Mailbox())

    def __delitem__(self, session: str) -> None:
        if session in self:
            super().__delitem__(session)


class FairQueue(Queue):
    """Gradio's queue in another order, see the module. It belongs to one event loop."""

    _is_short: Cost
    _rests_until: float
    _unnamed: Quotas

    @classmethod
    def instead_of(cls, usual: Queue, is_short: Cost) -> FairQueue:
        """A queue as Gradio has made one, before anything is in it. is_short: whether an event's work is."""
        fair = cls.__new__(cls)
        fair.__dict__.update(usual.__dict__)
        fair.max_size = None
        fair.pending_messages_per_session = Mailboxes(BOXES)
        fair.event_queue_per_concurrency_id[SHORT] = EventQueue(SHORT, 1)
        fair._is_short = is_short
        fair._rests_until = 0.0
        fair._unnamed = Quotas(sessions_each=UNNAMED_EACH)
        return fair

    def start(self) -> None:
        """Begin to compute, and to forget those who have gone."""
        super().start()
        run_coro_in_background(self._tidy)

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        """File an event under its lane; what is too much, or no event at all, is answered."""
        fn = self._fn_of(body)
        if fn is None or not isinstance(body.data, list):
            return False, text("error.call"), "error"
        body.batched = False
        if body.trigger_id is not None and body.trigger_id not in self.blocks.blocks:
            body.trigger_id = None
        refusal = self._refusal(body.session_hash, visitor_address(request.scope), str(fn.concurrency_id))
        if refusal:
            return self._answered(body, request, fn, username, refusal)
        named = body.session_hash is not None
        pushed = await super().push(body, request, username)
        if pushed[0]:
            self._file(self.event_ids_to_events.get(str(pushed[1])))
            if not named:
                self._unnamed.seen(visitor_address(request.scope), body.session_hash, self.server_app)
        return pushed

    def get_events(self) -> Any:
        """What is computed next: of a lane that is free the first that somebody listens to."""
        if time.monotonic() < self._rests_until:
            return None
        lanes = self.event_queue_per_concurrency_id.values()
        unheard = [[event for event in lane.queue if not self._is_heard(event)] for lane in lanes]
        for lane, held in zip(lanes, unheard, strict=True):
            lane.queue[:] = [event for event in lane.queue if event not in held]
        try:
            found = super().get_events()
        finally:
            for lane, held in zip(lanes, unheard, strict=True):
                lane.queue.extend(held)
        if found is None:
            self._rests_until = time.monotonic() + REST
        else:
            self._put_in_order(found[2])
        return found

    def visitors_before(self, session: str | None, lane: str = MODEL) -> int:
        """How many other visitors have an event under way, or waiting earlier, in the lane where a session's waits; in
        `lane`, where none waits yet."""
        jobs = [event for job in self.active_jobs if job for event in job if event.concurrency_id in (MODEL, SHORT)]
        if any(event.session_hash == session for event in jobs):
            return 0
        lines = {name: self._waiting(name) for name in (MODEL, SHORT)}
        lane = next((name for name, waiting in lines.items() if session in waiting), lane)
        own = lines[lane].index(session) if session in lines[lane] else len(lines[lane])
        working = [event.session_hash for event in jobs if event.concurrency_id == lane]
        return len({*working, *lines[lane][:own]} - {session})

    def _waiting(self, lane: str) -> list[str | None]:
        """The sessions of what waits in a lane, in their order."""
        found = self.event_queue_per_concurrency_id.get(lane)
        return [] if found is None else [event.session_hash for event in found.queue]

    def _fn_of(self, body: Any) -> Any:
        """The event that a body names, without a session's state being made for it; None where there is none."""
        return self.blocks.fns.get(body.fn_index) if isinstance(body.fn_index, int) else None

    def _refusal(self, session: str | None, address: str, lane: str) -> str:
        """Why an event is too much, with when to come back; "" where it is not."""
        lanes = self.event_queue_per_concurrency_id.items()
        waiting = [event for name, line in lanes if (name == FILES) == (lane == FILES) for event in line.queue]
        of_session = sum(event.session_hash == session for event in waiting)
        of_address = sum(_address_of(event) == address for event in waiting)
        full = of_session >= SESSION_WAITS or of_address >= ADDRESS_WAITS or len(waiting) >= WAITS
        if not full:
            return ""
        known = [
            self.process_time_per_fn[event.fn].avg_time for event in waiting if event.fn in self.process_time_per_fn
        ]
        each = sum(known) / len(known) if known else USUAL
        count = of_session if of_session >= SESSION_WAITS else len(waiting)
        return text("server.full", waiting=count, seconds=max(5, round(each * count)))

    def _answered(self, body: Any, request: Any, fn: Any, username: str | None, sentence: str) -> Any:
        """The sentence as the event's own end, in the session's stream: clients show it as they show any error."""
        event, boxes = Event(body.session_hash, fn, request, username), self.pending_messages_per_session
        if event.session_hash not in boxes:
            if len(boxes) >= ANSWERS:
                return False, sentence, "queue_full"
            boxes[event.session_hash] = Mailbox()
        if boxes[event.session_hash].qsize() >= UNREAD:
            return False, sentence, "queue_full"
        self.pending_event_ids_session.setdefault(event.session_hash, set()).add(event._id)
        title = text("server.full_title")
        output = {"error": sentence, "title": title, "visible": True, "duration": 10}
        self.send_message(event, ProcessCompletedMessage(output=output, success=False, title=title))
        return True, event._id, "success"

    def _file(self, event: Event | None) -> None:
        """Move an event that was just filed into its lane, and the lane into its order."""
        if event is None:
            return
        if event.concurrency_id == MODEL and self._is_short(event):
            self.event_queue_per_concurrency_id[MODEL].queue.remove(event)
            event.concurrency_id = SHORT
            self.event_queue_per_concurrency_id[SHORT].queue.append(event)
        self._put_in_order(str(event.concurrency_id))
        self._rests_until = 0.0

    def _put_in_order(self, lane: str) -> None:
        waiting = self.event_queue_per_concurrency_id[lane].queue
        waiting[:] = in_order(waiting)
        self.broadcast_estimations(lane)

    def _is_heard(self, event: Event) -> bool:
        box = self.pending_messages_per_session.get(event.session_hash)
        return isinstance(box, Mailbox) and box.heard

    async def _tidy(self) -> None:
        """Drop sessions' messages, and what waits for them, where nobody has listened for long."""
        while not self.stopped:
            await asyncio.sleep(1)
            boxes: dict[str, Any] = dict(self.pending_messages_per_session)
            await self._forget({name for name, box in boxes.items() if box.gone})

    async def _forget(self, sessions: set[str]) -> None:
        for name in sessions:
            await self.clean_events(session_hash=name)
            del self.pending_messages_per_session[name]
            self.pending_event_ids_session.pop(name, None)


def in_order(waiting: Sequence[Event]) -> list[Event]:
    """Events as they will be computed; see the module."""
    turns = _by_turns(sorted(waiting, key=lambda one: one.enqueue_time), lambda one: str(one.session_hash))
    return _by_turns(turns, _address_of)


def _by_turns(events: Sequence[Event], whose: Callable[[Event], str]) -> list[Event]:
    """The first of each owner, then the second of each, and so on; among these as they came."""
    of: Counter[str] = Counter()
    ranks = []
    for event in events:
        ranks.append(of[whose(event)])
        of[whose(event)] += 1
    return [event for _, event in sorted(zip(ranks, events, strict=True), key=lambda pair: pair[0])]


def _address_of(event: Event) -> str:
    return visitor_address(event.request.scope)


def visitors_before(blocks: gr.Blocks, session: str | None, short: bool = False) -> int:
    """How many visitors of a page are before a session's event; short: whether that is short work, if it is to come."""
    queue = blocks._queue
    return queue.visitors_before(session, SHORT if short else MODEL) if isinstance(queue, FairQueue) else 0
