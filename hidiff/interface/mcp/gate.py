"""ASGI middleware in front of the MCP server: its address, its life, and a limit on how much a message may hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from hidiff.interface.mcp.files import MAX_MESSAGE, too_large
from hidiff.interface.mcp.server import make_server
from hidiff.interface.texts import text
from hidiff.interface.title_card import App, Message, Receive, Send
from hidiff.pipeline import HiDiff

PATH = "/gradio_api/mcp"  # where Gradio has its own
DRAINED = 400_000_000  # bytes of a message that is too large: what comes after them is not waited for
_ENDS = 4096  # bytes of a message's ends, in which its number stands
_NUMBER = re.compile(rb'"id"\s*:\s*(\d{1,18}|"[\w.:-]{1,100}")\s*[,}]')


class McpGate:
    """Answers what is sent to `PATH`; everything else goes on to the app. Each message stands alone, no session."""

    def __init__(self, app: App, models: Mapping[str, HiDiff]) -> None:
        self._app = app
        self._models = models
        self._manager: StreamableHTTPSessionManager | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One connection, or the app's whole life."""
        if scope["type"] == "lifespan":
            server = make_server(self._models)
            manager = StreamableHTTPSessionManager(
                server, json_response=True, stateless=True, max_request_body_size=MAX_MESSAGE
            )
            async with manager.run():
                self._manager = manager
                await self._app(scope, receive, send)
        elif scope["type"] == "http" and _path(scope) == PATH and self._manager is not None:
            await self._answer(self._manager, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(
        self, manager: StreamableHTTPSessionManager, scope: Message, receive: Receive, send: Send
    ) -> None:
        if scope["method"] != "POST":  # no stream is kept open, no session ends: each message stands alone
            await _send(send, 405, b"text/plain; charset=utf-8", text("mcp.post").encode())
            return
        body, ends = await _read(receive)
        if body is None:
            await _refuse(ends, send)
            return
        given = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def again() -> Message:
            return next(given, None) or await receive()

        await manager.handle_request(scope, again, send)


def _path(scope: Message) -> str:
    """The path below the address under which a proxy has the app."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "").rstrip("/")).rstrip("/")


async def _read(receive: Receive) -> tuple[bytes | None, bytes]:
    """The body, and nothing; of one that is too large None, and its two ends. No more of it is ever held."""
    parts: list[bytes] = []
    seen, head, tail = 0, b"", b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None, b""
        part = message.get("body", b"")
        seen += len(part)
        head, tail = (head + part)[:_ENDS], (tail + part)[-_ENDS:]
        if seen <= MAX_MESSAGE:
            parts.append(part)
        else:
            parts.clear()
        if not message.get("more_body", False):
            return (b"".join(parts), b"") if seen <= MAX_MESSAGE else (None, tail + b"\n" + head)
        if seen > DRAINED:
            return None, tail + b"\n" + head


async def _refuse(ends: bytes, send: Send) -> None:
    """An answer to the message whose number stands in its ends, in a sentence; a status where there is none."""
    number = _NUMBER.search(ends)
    said: dict[str, Any] = {"content": [{"type": "text", "text": too_large()}], "isError": True}
    answer = {"jsonrpc": "2.0", "id": json.loads(number[1]) if number else None, "result": said}
    if number:
        await _send(send, 200, b"application/json", json.dumps(answer).encode())
    else:
        await _send(send, 413, b"text/plain; charset=utf-8", too_large().encode())


async def _send(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
