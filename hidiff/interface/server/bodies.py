"""Request bodies: how large they may be, and which JSON reaches an event."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from hidiff.interface.server.addresses import own_upload
from hidiff.interface.texts import text

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

MAX_JSON = 1_000_000  # bytes
MAX_UPLOAD = 51_000_000  # bytes of a request, so that a file of 50 MB fits
_DIGITS = 20  # of a number; a seed has 19
_DEEP = 40  # levels of lists and objects in each other
LONGEST_NAME = 128  # letters of a session's name
_NAME = re.compile(r"[\w.:\-]{1,128}")
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.\-]*://|data:|//)", re.IGNORECASE)


class RefusedRequest(Exception):  # noqa: N818 (an answer, not a fault)
    """A request that is answered in a sentence and not passed on."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class TooLarge(RefusedRequest):
    """A body beyond its limit."""

    def __init__(self, most: int) -> None:
        super().__init__(413, text("server.too_large", limit=most / 1e6))


def check_length(headers: Mapping[str, str], most: int) -> None:
    """Raise TooLarge where a request says itself that its body is longer than `most` bytes."""
    said = headers.get("content-length", "0")
    if not said.isdecimal() or len(said) > _DIGITS or int(said) > most:
        raise TooLarge(most)


def counted(receive: Receive, most: int, seen: Callable[[int], None]) -> Receive:
    """Receives a body and raises TooLarge where it goes beyond `most` bytes; `seen` is told of each piece's bytes."""
    total = 0

    async def receive_some() -> Message:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            length = len(message.get("body", b""))
            total += length
            seen(length)
            if total > most:
                raise TooLarge(most)
        return message

    return receive_some


async def read_whole(receive: Receive, most: int = MAX_JSON) -> bytes | None:
    """A body of at most `most` bytes; None where whoever sent it has gone. Raises TooLarge."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge(most)
        if not message.get("more_body", False):
            return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Receives a body that was read before, and then whatever comes."""
    waiting = [body]

    async def receive_again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return receive_again


def checked_json(body: bytes, scope: Mapping[str, Any]) -> tuple[bytes, str | None]:
    """A JSON body as it may be passed on, and the session that it names.

    Addresses of this server's own uploads become the paths that they name. Raises RefusedRequest for what is no JSON,
    for numbers that nobody means, for an odd session's name and for any other address in a file's place.
    """
    try:
        said = json.loads(body, parse_constant=_no_number, parse_int=_whole, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise RefusedRequest(400, text("server.no_json")) from error
    changed = _without_addresses(said, scope)
    session = said.get("session_hash") if isinstance(said, dict) else None
    if session is not None and not (isinstance(session, str) and _NAME.fullmatch(session)):
        raise RefusedRequest(400, text("server.session"))
    return (json.dumps(said).encode() if changed else body), session


def _no_number(_: str) -> float:
    raise ValueError("no number")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError("too long a number")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if abs(value) > 1e20:
        raise ValueError("too large a number")
    return value


def _without_addresses(said: Any, scope: Mapping[str, Any]) -> bool:
    """Put paths in the place of own addresses, whatever stands around them; whether there were any."""
    changed, waiting = False, [(said, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > _DEEP:
            raise RefusedRequest(400, text("server.no_json"))
        if isinstance(one, dict):
            for key in ("path", "url"):
                value = one.get(key)
                if not isinstance(value, str) or not _ADDRESS.match(value):
                    continue
                own = own_upload(value, scope)
                if own is None:
                    raise RefusedRequest(400, text("error.address"))
                if key == "path":
                    one[key], changed = own, True
        if isinstance(one, dict | list):
            waiting += [(part, depth + 1) for part in (one.values() if isinstance(one, dict) else one)]
    return changed
