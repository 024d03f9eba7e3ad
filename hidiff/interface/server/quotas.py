"""Quotas: how much of the disk and how many sessions one address may have, so that nobody lives at others' cost."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from typing import Any

from hidiff.interface.server.bodies import RefusedRequest
from hidiff.interface.texts import text

HOUR = 3600.0  # seconds; as long as files are kept
DISK_EACH = 500_000_000  # bytes that one address may upload within an hour: a class of fifty, ten megabytes each
DISK = 4_000_000_000  # bytes of all addresses
SESSIONS_EACH = 200  # of one address; of one more, the one that has been quiet for longest is forgotten
_ADDRESSES = 10_000  # that are remembered


class Quotas:
    """What each address has used. Asked within one event loop only."""

    def __init__(self, disk_each: int = DISK_EACH, disk: int = DISK, sessions_each: int = SESSIONS_EACH) -> None:
        self._disk_each, self._disk, self._sessions_each = disk_each, disk, sessions_each
        self._uploads: deque[tuple[float, str, int]] = deque()
        self._used: dict[str, int] = {}
        self._total = 0
        self._sessions: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()

    def check_upload(self, address: str, size: int) -> None:
        """Raise RefusedRequest where an upload of so many bytes goes beyond the address's share or the disk's."""
        self._forget_old()
        if self._used.get(address, 0) + size > self._disk_each or self._total + size > self._disk:
            minutes = 60 if not self._uploads else max(1, round((self._uploads[0][0] + HOUR - time.monotonic()) / 60))
            raise RefusedRequest(429, text("server.disk", minutes=minutes))

    def uploaded(self, address: str, size: int) -> None:
        """Note that so many bytes have come. Raises RefusedRequest as soon as they are too many."""
        self.check_upload(address, size)
        self._uploads.append((time.monotonic(), address, size))
        self._used[address] = self._used.get(address, 0) + size
        self._total += size

    def seen(self, address: str, session: str | None, app: Any) -> None:
        """Note a session of an address; where it has too many, its own oldest is forgotten, and nobody else's."""
        if session is None:
            return
        own = self._sessions.setdefault(address, OrderedDict())
        self._sessions.move_to_end(address)
        own[session] = None
        own.move_to_end(session)
        while len(own) > self._sessions_each:
            oldest, _ = own.popitem(last=False)
            _forget(app, oldest)
        while len(self._sessions) > _ADDRESSES:
            self._sessions.popitem(last=False)

    def _forget_old(self) -> None:
        while self._uploads and self._uploads[0][0] < time.monotonic() - HOUR:
            _, address, size = self._uploads.popleft()
            self._total -= size
            self._used[address] -= size
            if self._used[address] <= 0:
                del self._used[address]


def _forget(app: Any, session: str) -> None:
    """Let go of what Gradio keeps of a session."""
    holder = getattr(app, "state_holder", None)
    if holder is not None:
        with holder.lock:
            holder.session_data.pop(session, None)
            holder.time_last_used.pop(session, None)
