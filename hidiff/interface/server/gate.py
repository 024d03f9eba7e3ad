"""The gate: an ASGI layer before Gradio, which answers what must not reach it and adds the headers of a safe page."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from gradio.route_utils import FnIndexInferError

from hidiff.interface.server import bodies
from hidiff.interface.server.addresses import foreign_host, foreign_origin, headers_of, on_space, visitor_address
from hidiff.interface.server.bodies import Message, Receive, RefusedRequest, Send
from hidiff.interface.server.quotas import Quotas
from hidiff.interface.texts import text
from hidiff.interface.title_card import App

_log = logging.getLogger(__name__)

# Gradio's page is made of inline scripts, of functions that are built from texts, and of inline styles.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
_AGENTS = "/gradio_api/mcp"
_FRAMES = "https://huggingface.co https://*.huggingface.co https://*.hf.space"
_ASSETS = " https://cdnjs.cloudflare.com"  # of the script by which a Space's frame takes the page's height
_FETCHES = re.compile(r"/(?:file=\s*(?:[a-z][a-z0-9+.\-]*:|//|\\\\)|proxy=)", re.IGNORECASE)
_SESSION = re.compile(r"(?:^|&)session_hash=([^&]*)")


class Gate:
    """Passes on what is in order. quotas: of visitors, by address; each has one of its own unless it is given."""

    def __init__(self, app: App, quotas: Quotas | None = None) -> None:
        self._app = app
        self._quotas = Quotas() if quotas is None else quotas

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "websocket":  # the page needs none
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Guarded(send)
        try:
            await self._app(scope, await self._admitted(scope, receive), answer)
        except RefusedRequest as refusal:
            await answer.refuse(refusal.status, str(refusal))
        except FnIndexInferError:
            await answer.refuse(404, text("server.no_endpoint"))
        except Exception as fault:  # whatever Gradio did not foresee; its own answer would be a traceback in the log
            _log.error("A request failed: %s", told_fault(fault))
            _log.debug("%s", fault, exc_info=True)
            await answer.refuse(500, text("error.call"))

    async def _admitted(self, scope: Message, receive: Receive) -> Receive:
        """What the app is to receive. Raises RefusedRequest."""
        if foreign_host(scope):
            raise RefusedRequest(421, text("server.host"))
        if foreign_origin(scope):
            raise RefusedRequest(403, text("server.origin"))
        path, address = str(scope["path"]), visitor_address(scope)
        if _FETCHES.search(path):
            raise RefusedRequest(403, text("error.address"))
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            named = _SESSION.search(bytes(scope.get("query_string", b"")).decode("latin-1"))
            if named is not None and len(named[1]) > bodies.LONGEST_NAME:
                raise RefusedRequest(400, text("server.session"))
            return receive
        headers = headers_of(scope)
        if path.rstrip("/").endswith(_AGENTS):  # which counts by itself, and answers in its own way
            return receive
        if path.rstrip("/").endswith("/upload"):
            bodies.check_length(headers, bodies.MAX_UPLOAD)
            self._quotas.check_upload(address, int(headers.get("content-length", "0")))
            return bodies.counted(receive, bodies.MAX_UPLOAD, lambda size: self._quotas.uploaded(address, size))
        bodies.check_length(headers, bodies.MAX_JSON)
        body = await bodies.read_whole(receive)
        if body is None:
            return receive
        if "multipart/form-data" not in headers.get("content-type", ""):
            body, session = bodies.checked_json(body or b"null", scope)
            self._quotas.seen(address, session, scope.get("app"))
            scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() != b"content-length"]
            scope["headers"].append((b"content-length", str(len(body)).encode()))
        return bodies.replayed(body, receive)


class _Guarded:
    """Sends an answer with the headers of a safe page; what would repeat a whole request says so in a sentence."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False
        self._replaced = False

    async def __call__(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start":
            if message["status"] == 422:
                self._replaced = True
                return
            self._begun = True
            message = {**message, "headers": _guarded(message.get("headers", ()))}
        elif self._replaced:
            if not message.get("more_body", False) and not self._begun:
                await self.refuse(422, text("error.call"))
            return
        await self._send(message)

    async def refuse(self, status: int, sentence: str) -> None:
        """Answer with a sentence, unless an answer has begun already."""
        if self._begun:
            return
        self._begun = True
        body = json.dumps({"detail": sentence, "error": sentence}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if status in (413, 429):
            headers.append((b"connection", b"close"))  # what is still to come of the body is not read
        await self._send({"type": "http.response.start", "status": status, "headers": _guarded(headers)})
        await self._send({"type": "http.response.body", "body": body})


def security_headers() -> dict[str, str]:
    """The headers that every answer carries. On a Space the page stands in a frame of the Hub's."""
    space = on_space()
    policy = dict(_POLICY)
    if space:
        policy["script-src"] += _ASSETS
        policy["connect-src"] += f" {_FRAMES}"
    policy["frame-ancestors"] = f"'self' {_FRAMES}" if space else "'self'"
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
    }


def told_fault(fault: BaseException) -> str:
    """Where a fault was raised, in one line and without what was given: its kind, file and line."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(fault).__name__
    file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{type(fault).__name__} in {file}, line {trace.tb_lineno}"


def _guarded(headers: Any) -> list[tuple[bytes, bytes]]:
    own: Mapping[str, str] = security_headers()
    kept = [(name, value) for name, value in headers if name.decode("latin-1").lower() not in own]
    return kept + [(name.encode(), value.encode()) for name, value in own.items()]
