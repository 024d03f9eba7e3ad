"""Files that an agent gives: `data:` as it stands, or an address of this server's own uploads. Nothing is fetched."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote, urlsplit

from hidiff.errors import ImageError
from hidiff.interface.runs.recipe import Source
from hidiff.interface.runs.uploads import new_folder, uploaded
from hidiff.interface.texts import text

MAX_DATA = 8_000_000  # bytes of a file in `data:`
MAX_MESSAGE = 4 * MAX_DATA // 3 + 1_000_000  # of a message, which holds them in base64
_UPLOADS = "/gradio_api/file="


def given_file(name: str, value: object, host: str, root: str = "") -> Source:
    """A parameter's file as a source. host: under which this server was asked, root: the path there.

    Raises ImageError, one sentence, for a path, for another server's address, and for what is too large or no base64.
    """
    if not isinstance(value, str) or not value:
        raise ImageError(text("error.image_missing"))
    if value[:5].lower() == "data:":
        return _decoded(name, value)
    try:
        parts = urlsplit(value)
        own = parts.scheme in ("http", "https") and bool(host) and parts.netloc.lower() == host.lower()
    except ValueError:
        own = False
    if own and parts.path.startswith(root.rstrip("/") + _UPLOADS):
        return uploaded({"path": unquote(parts.path.split(_UPLOADS, 1)[1])})
    raise ImageError(text("mcp.address", name=name))


def too_large() -> str:
    """What is said of a file or a message that is too large."""
    return text("mcp.too_large", limit=MAX_DATA // 1_000_000)


def _decoded(name: str, value: str) -> Source:
    head, comma, content = value.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise ImageError(text("mcp.not_base64", name=name))
    if len(content) > 4 * MAX_DATA // 3 + 4:
        raise ImageError(too_large())
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageError(text("mcp.not_base64", name=name)) from error
    path = new_folder() / name
    path.write_bytes(data)
    return Source(path, name)
