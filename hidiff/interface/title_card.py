"""The page's Open Graph card and icon: what a shared link shows, in the place of Gradio's own tags."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from pathlib import Path
from typing import Any

from hidiff.interface.languages import FOLDER, asked_language, head_script, language_script
from hidiff.interface.texts import languages, text

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_HERE = Path(__file__).resolve().parent
ICON = _HERE / "icon.svg"
CARD = _HERE / "card.png"
CARD_PATH = "/card.png"
CARD_SIZE = 1200, 630  # pixels
COLOURS = {"light": "#ffffff", "dark": "#020617"}  # of the browser's own frame
_THEIRS = re.compile(rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')
_FIRST = re.compile(rb'<meta charset="utf-8"\s*/?>')
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+(?:/[A-Za-z0-9._~/\-]*)?")


class TitleCard:
    """An ASGI middleware: gives the picture of the card, and writes the page's tags into its HTML.

    What lies outside must not have compressed the page yet; Gradio's own middleware does so later.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on but the card's picture; only the page's own HTML is changed."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        elif scope["path"].endswith(CARD_PATH):
            await _send_card(send)
        elif (code := _asked_file(scope["path"])) is not None:
            await _send(send, language_script(code).encode(), b"text/javascript; charset=utf-8", b"max-age=3600")
        elif scope["path"].rstrip("/") == scope.get("root_path", "").rstrip("/"):
            new = tags(address_of(scope)) + _texts(scope)
            await self._app(scope, receive, _Rewritten(send, new))
        else:
            await self._app(scope, receive, send)


class _Rewritten:
    """Sends an answer on; HTML is held until it is whole, and then sent with other tags."""

    def __init__(self, send: Send, new: bytes) -> None:
        self._send, self._new = send, new
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = with_tags(self._body, self._new) if self._body else b""
        headers = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        if body:
            headers += [(b"content-length", str(len(body)).encode()), (b"vary", b"Accept-Language")]
        await self._send({**self._start, "headers": headers})
        await self._send({**message, "body": body})


def with_tags(page: bytes, new: bytes) -> bytes:
    """A page's HTML with these tags in the place of every Open Graph and Twitter tag that it had."""
    return _FIRST.sub(lambda found: found.group(0) + new, _THEIRS.sub(b"", page), count=1)


def tags(address: str) -> bytes:
    """The tags of the head. address: of the page, as its visitors know it, or "" where that is not known."""
    title, said = text("page.title"), f"{text('page.lead')} {text('page.terms')}"
    named = {"og:type": "website", "og:site_name": title, "og:title": title, "og:description": said}
    if address:
        width, height = CARD_SIZE
        named |= {"og:url": f"{address}/", "og:image": f"{address}{CARD_PATH}", "og:image:alt": text("page.card")}
        named |= {"og:image:width": str(width), "og:image:height": str(height)}
    lines = [f'<meta property="{name}" content="{escape(value)}">' for name, value in named.items()]
    lines += ['<meta name="twitter:card" content="summary_large_image">']
    lines += [f'<meta name="description" content="{escape(said)}">']
    for scheme, colour in COLOURS.items():
        lines.append(f'<meta name="theme-color" media="(prefers-color-scheme: {scheme})" content="{colour}">')
    lines.append('<link rel="icon" type="image/svg+xml" href="favicon.ico">')
    return ("\n" + "\n".join(lines)).encode()


def _texts(scope: Message) -> bytes:
    """The texts in the language that the request asks for, and the script that says them, before anything else runs."""
    accepted = _headers(scope).get("accept-language", "")
    code = asked_language(scope.get("query_string", b"").decode("latin-1"), accepted)
    return f"<script>{head_script(code)}</script>".encode()


def _asked_file(path: str) -> str | None:
    """The language whose file lies at a path; None where it is another's."""
    *_, folder, name = ["", *path.split("/")]
    code, dot, kind = name.rpartition(".")
    return code if f"{folder}/" == FOLDER and dot and kind == "js" and code in languages() else None


def _headers(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _is_html(message: Message) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])


def address_of(scope: Message) -> str:
    """Where a visitor found the page, without a slash at its end; "" where the request tells of no sound address."""
    headers = _headers(scope)
    scheme = headers.get("x-forwarded-proto", str(scope.get("scheme", "http"))).split(",")[0].strip()
    host = headers.get("x-forwarded-host", headers.get("host", "")).split(",")[0].strip()
    address = f"{scheme}://{host}{scope.get('root_path', '')}".rstrip("/")
    return address if host and _ADDRESS.fullmatch(address) else ""


async def _send_card(send: Send) -> None:
    await _send(send, CARD.read_bytes(), b"image/png", b"max-age=86400")


async def _send(send: Send, body: bytes, kind: bytes, kept: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"cache-control", kept)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
