"""A small server on the loopback that answers the Hub's download routes as the Hub does; uploads: `hub_uploads`.

HEAD and GET  /{owner}/{name}/resolve/{revision}/{file}    small files directly, large ones by a redirect
HEAD and GET  /large/{sha256}                              large files, on a second host name, as on the Hub
GET           /api/models/{owner}/{name}/revision/{revision}
GET           /api/models/{owner}/{name}/tree/{revision}
GET           the same of /api/spaces
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import unquote, urlsplit

from hub_uploads import Received, UploadRoutes, repository_key

REPO = "somebody/hidiff"  # the repository of most tests


@dataclass
class Repository:
    """`commits` maps a commit to its files, `refs` a branch or a tag to a commit."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def commit(self, files: Mapping[str, bytes], ref: str = "main") -> str:
        listing = json.dumps({n: hashlib.sha256(b).hexdigest() for n, b in files.items()}, sort_keys=True)
        name = hashlib.sha1(listing.encode()).hexdigest()
        self.commits[name] = dict(files)
        self.refs[ref] = name
        return name


class HubServer:
    """Use it in a `with` statement. What it does wrong is set between requests:

    `failing` maps a kind of request to the status that answers all of that kind; `bodies` maps a name of a
    file to what is sent as its content while its tags are those of the right one; `tags` to another ETag;
    `stalled` holds the kinds that wait for `release`; without `is_hub` every answer is a web page. `requests`
    lists what was asked as (method, path). The kinds are "API", and for files "HEAD" and "GET". `extra` are headers of
    a failing answer. `token` is what an upload has to bring, and `received` what came.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.requests: list[tuple[str, str]] = []
        self.failing: dict[str, int] = {}
        self.bodies: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.stalled: set[str] = set()
        self.release = threading.Event()
        self.large: dict[str, bytes] = {}
        self.is_hub = True
        self.extra: dict[str, str] = {}
        self.token = ""
        self.received = Received()
        self._connections: list[socket.socket] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def repository(self, name: str) -> Repository:
        return self.repositories.setdefault(name, Repository())

    def asked(self, part: str, method: str | None = None) -> int:
        """How many requests had `part` in their path."""
        return sum(part in path and method in (None, m) for m, path in self.requests)

    def __enter__(self) -> HubServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of those who wait and stop; what comes later finds a closed port."""
        self.release.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        for connection in self._connections:
            with contextlib.suppress(OSError):  # most have been closed by the client
                connection.shutdown(socket.SHUT_RDWR)
        self._connections.clear()

    def _handler(hub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 (`self` is the handler below)
        class Handler(UploadRoutes, BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                self.hub = hub
                hub._connections.append(self.connection)

            def do_HEAD(self) -> None:
                self.respond()

            def do_GET(self) -> None:
                self.respond()

            def do_POST(self) -> None:
                self.respond()

            def do_PUT(self) -> None:
                self.respond()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests read `requests`."""

            def respond(self) -> None:
                body = self.read_body()
                path = urlsplit(self.path).path
                parts = [unquote(part) for part in path.strip("/").split("/")]
                hub.requests.append((self.command, unquote(path)))
                kind = "API" if path.startswith("/api/") else self.command
                if kind in hub.stalled:
                    hub.release.wait(60)
                if kind in hub.failing:
                    return self.answer(hub.failing[kind], hub.extra, b"out of order")
                if not hub.is_hub:
                    return self.answer(200, {"ETag": '"1"'}, b"<html>Welcome</html>")
                if self.command in ("POST", "PUT"):
                    return self.receive(parts, body)
                if path.startswith("/large/"):
                    digest = path.removeprefix("/large/")
                    return self.answer(200, {"ETag": f'"{digest}"'}, hub.large[digest])
                if path.startswith(("/api/models/", "/api/spaces/")) and len(parts) >= 6:
                    return self.describe(repository_key(*parts[1:4]), parts[4], parts[5])
                if len(parts) >= 5 and parts[2] == "resolve":
                    return self.resolve("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
                self.answer(404, {}, b"no such route")

            def find(self, repo: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
                repository = hub.repositories.get(repo)
                if repository is None:
                    self.answer(404, {"X-Error-Code": "RepoNotFound"}, b"Repository not found")
                    return None
                commit = repository.refs.get(revision, revision)
                if commit not in repository.commits:
                    self.answer(404, {"X-Error-Code": "RevisionNotFound"}, b"Invalid rev id")
                    return None
                return commit, repository.commits[commit]

            def describe(self, repo: str, what: str, revision: str) -> None:
                if (found := self.find(repo, revision)) is None:
                    return
                commit, files = found
                reply: object = {"id": repo, "sha": commit, "siblings": [{"rfilename": n} for n in files]}
                if what == "tree":
                    reply = [entry(name, content) for name, content in files.items()]
                self.answer(200, {"Content-Type": "application/json"}, json.dumps(reply).encode())

            def resolve(self, repo: str, revision: str, name: str) -> None:
                if (found := self.find(repo, revision)) is None:
                    return
                commit, files = found
                if name not in files:
                    headers = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}
                    return self.answer(404, headers, b"Entry not found")
                content, sent = files[name], hub.bodies.get(name, files[name])
                headers = {"X-Repo-Commit": commit, "ETag": f'"{hub.tags.get(name, git_sha1(content))}"'}
                if not is_large(name):
                    return self.answer(200, headers, sent)
                digest = hashlib.sha256(content).hexdigest()
                hub.large[digest] = sent
                headers |= {
                    "X-Linked-ETag": f'"{hub.tags.get(name, digest)}"',
                    "X-Linked-Size": str(len(content)),
                    "Location": f"{hub.address.replace('127.0.0.1', 'localhost')}/large/{digest}",
                }
                self.answer(302, headers, b"Found")

            def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
                self.send_response(status)
                for key, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(key, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        return Handler


def is_large(name: str) -> bool:
    return not name.endswith((".json", ".md", ".txt"))


def git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def entry(name: str, content: bytes) -> dict[str, object]:
    """One file in the reply to a tree request."""
    described: dict[str, object] = {
        "type": "file",
        "path": name,
        "size": len(content),
        "oid": git_sha1(content),
    }
    if is_large(name):
        digest = hashlib.sha256(content).hexdigest()
        described["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 130}
    return described
