"""Addresses: whose request it is, and which host names and origins a server answers to."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

HOSTS = "HIDIFF_HOSTS"  # environment: further names, parted by commas, by which a server may be called
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_PREFIX = 64  # bits of an IPv6 address that one household has to itself
UNKNOWN = "unknown"


def on_space() -> bool:
    """Whether the app runs on a Hugging Face Space, whose proxy says whose request it is."""
    return bool(os.environ.get("SPACE_ID"))


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an ASGI request, by names in lower case; the last of several."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}


def visitor_address(scope: Mapping[str, Any]) -> str:
    """Whose request it is: the peer's address, on a Space the last public one that its proxies have named.

    What stands before that in X-Forwarded-For is the visitor's own word and counts for nothing. Of an IPv6 address the
    network counts.
    """
    client = scope.get("client")
    address = str(client[0]) if client else UNKNOWN
    if on_space():
        named = headers_of(scope).get("x-forwarded-for", "").split(",")
        address = next((one.strip() for one in reversed(named) if _is_public(one.strip())), address)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, _PREFIX), strict=False))
    return str(parsed)


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def foreign_host(scope: Mapping[str, Any]) -> bool:
    """Whether a request that came in over the loopback calls the server by a name that is not its own.

    A page elsewhere can have its own name resolved to this machine; the browser then takes this server for that page's.
    """
    server = scope.get("server")
    if on_space() or not server or not _is_loopback(str(server[0])):
        return False
    headers = headers_of(scope)
    named = [headers.get("host", ""), *filter(None, [headers.get("x-forwarded-host", "").split(",")[0].strip()])]
    return any(_host(name) not in _own_names() for name in named)


def foreign_origin(scope: Mapping[str, Any]) -> bool:
    """Whether a page of another origin sends a request that changes something."""
    headers = headers_of(scope)
    origin = headers.get("origin")
    if on_space() or origin is None or scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    own = {headers.get("host", ""), headers.get("x-forwarded-host", "").split(",")[0].strip()} - {""}
    return _without_port(origin) == "" or not any(_same(origin, one) for one in own)


def own_upload(address: str, scope: Mapping[str, Any]) -> str | None:
    """The path of a file that an address of this very server names; None for every other address."""
    found = re.fullmatch(r"https?://([^/?#]+)(/[^?#]*)?/gradio_api/file=(.+)", address)
    if found is None:
        return None
    headers = headers_of(scope)
    own = {headers.get("host", ""), headers.get("x-forwarded-host", "").split(",")[0].strip()} - {""}
    return found[3] if found[1] in own else None


def _own_names() -> frozenset[str]:
    more = os.environ.get(HOSTS, "").lower().split(",")
    return _LOCAL | {one.strip() for one in more if one.strip()}


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _host(named: str) -> str:
    """The name in a Host header, without its port."""
    return _without_port(f"//{named}")


def _without_port(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _same(origin: str, host: str) -> bool:
    """Whether an origin is a host, with its port; ports that go without saying are left out by browsers."""
    try:
        one, other = urlsplit(origin), urlsplit(f"{urlsplit(origin).scheme}://{host}")
        return (one.hostname, one.port) == (other.hostname, other.port)
    except ValueError:
        return False
