"""The gate before Gradio: what is passed on, what is answered, and with which headers."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from event_loop import run_async

from hidiff.interface.server import bodies
from hidiff.interface.server.addresses import HOSTS, own_upload, visitor_address
from hidiff.interface.server.bodies import MAX_JSON, MAX_UPLOAD
from hidiff.interface.server.gate import Gate, security_headers
from hidiff.interface.server.quotas import Quotas
from hidiff.interface.texts import text

JOIN, UPLOAD = "/gradio_api/queue/join", "/gradio_api/upload"


class Behind:
    """An app that says what reached it. answers: a status, or a fault that it raises."""

    def __init__(self, answers: int | Exception = 200) -> None:
        self.answers = answers
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", scope["method"] == "POST"
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        if isinstance(self.answers, Exception):
            raise self.answers
        await send({"type": "http.response.start", "status": self.answers, "headers": [(b"x-own", b"1")]})
        await send({"type": "http.response.body", "body": b"echoed: " + body})


def asked(
    gate: Gate,
    path: str,
    body: bytes | list[bytes] = b"",
    method: str = "POST",
    peer: str = "127.0.0.1",
    **headers: str,
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an answer."""
    pieces = body if isinstance(body, list) else [body]
    given = {"host": "127.0.0.1:7860", "content-type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    if not isinstance(body, list):
        given.setdefault("content-length", str(len(body)))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "server": ("127.0.0.1", 7860),
        "client": (peer, 5),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    coming = [
        {"type": "http.request", "body": one, "more_body": place + 1 < len(pieces)} for place, one in enumerate(pieces)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    run_async(gate(scope, receive, send))
    assert [one["type"] for one in sent] == ["http.response.start", "http.response.body"]
    return sent[0]["status"], {a.decode(): b.decode() for a, b in sent[0]["headers"]}, sent[1]["body"].decode()


def joined(gate: Gate, said: object, **headers: str) -> tuple[int, str]:
    status, _, body = asked(gate, JOIN, json.dumps(said).encode(), **headers)
    return status, body


def test_what_is_in_order_is_passed_on_as_it_is_and_answered_with_safe_headers() -> None:
    behind = Behind()
    said = json.dumps({"data": ["see https://example.org", 1.5, None], "session_hash": "abc-1"}).encode()
    status, headers, _ = asked(Gate(behind), JOIN, said)
    assert status == 200 and behind.bodies == [said]
    assert headers.pop("x-own") == "1"
    assert headers == security_headers()
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "object-src 'none'" in headers["content-security-policy"]


def test_on_a_space_the_hub_may_frame_the_page_and_any_host_and_origin_is_its_proxys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPACE_ID", "owner/name")
    assert "https://huggingface.co" in security_headers()["content-security-policy"]
    status, _ = joined(Gate(Behind()), {"data": []}, host="owner-name.hf.space", origin="https://huggingface.co")
    assert status == 200


@pytest.mark.parametrize("whole", [True, False], ids=["said", "in pieces"])
def test_json_beyond_a_megabyte_is_refused_before_it_is_held(whole: bool) -> None:
    behind, piece = Behind(), b"x" * 100_000
    pieces = [b'{"data":["', *[piece] * (MAX_JSON // len(piece)), b'"]}']
    status, _, body = asked(Gate(behind), JOIN, b"".join(pieces) if whole else pieces)
    assert status == 413 and json.loads(body)["detail"] == text("server.too_large", limit=1.0)
    assert behind.bodies == []


def test_an_upload_is_counted_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_UPLOAD", MAX_UPLOAD // 1000)
    piece = b"x" * 1000
    status, _, _ = asked(Gate(Behind()), UPLOAD, [piece] * 51)
    assert status == 200
    status, _, body = asked(Gate(Behind()), UPLOAD, [piece] * 52)
    assert status == 413 and "0.051 MB" in body
    status, _, _ = asked(Gate(Behind()), UPLOAD, content_length=str(MAX_UPLOAD // 1000 + 1))
    assert status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"data":[NaN]}',
        b'{"data":[Infinity]}',
        b'{"data":[1e999]}',
        b'{"data":[%s]}' % (b"9" * 400),
        b'{"data":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"a":' * 50 + b"1" + b"}" * 50,
    ],
    ids=lambda body: str(body[:24]),
)
def test_numbers_that_nobody_means_and_what_is_no_json_are_refused(body: bytes) -> None:
    behind = Behind()
    status, _, said = asked(Gate(behind), JOIN, body)
    if body == b"":  # as good as null
        assert status == 200
        return
    assert status == 400 and json.loads(said)["detail"] == text("server.no_json") and behind.bodies == []


@pytest.mark.parametrize(
    "address",
    [
        "http://1.2.3.4/x",
        " HTTPS://a.b/c",
        "ftp://a.b/c",
        "file:///etc/passwd",
        "//a.b/c",
        "data:image/png;base64,AAAA",
        "http://127.0.0.1:1/gradio_api/file=/tmp/x",
        "http://127.0.0.1:7860@a.b/gradio_api/file=/tmp/x",
    ],
)
@pytest.mark.parametrize("key", ["path", "url"])
def test_an_address_in_a_files_place_is_refused_wherever_it_stands(address: str, key: str) -> None:
    file = {key: address, "meta": {"_type": "gradio.FileData"}}
    for said in ({"data": [file]}, {"data": [1, {"deep": [file]}]}, {"data": [], "event_data": file}, [file]):
        behind = Behind()
        status, body = joined(Gate(behind), said)
        assert status == 400 and json.loads(body)["detail"] == text("error.address") and behind.bodies == []


def test_an_address_of_an_own_upload_becomes_its_path() -> None:
    behind, address = Behind(), "http://127.0.0.1:7860/gradio_api/file=/tmp/hidiff/ab/one.png"
    assert joined(Gate(behind), {"data": [{"path": address, "url": address}]})[0] == 200
    assert json.loads(behind.bodies[0]) == {"data": [{"path": "/tmp/hidiff/ab/one.png", "url": address}]}
    scope = {"headers": [(b"host", b"there.example")]}
    assert own_upload(address, scope) is None
    assert own_upload("https://there.example/root/gradio_api/file=/tmp/a", scope) == "/tmp/a"


@pytest.mark.parametrize(
    "path", ["/gradio_api/file=http://a.b/c", "/gradio_api/file=HTTPS://a.b", "/gradio_api/proxy=https://a.hf.space/x"]
)
def test_nothing_is_fetched_for_a_visitor(path: str) -> None:
    status, _, body = asked(Gate(Behind()), path, method="GET")
    assert status == 403 and text("error.address") in body
    assert asked(Gate(Behind()), "/gradio_api/file=/tmp/hidiff/a.png", method="GET")[0] == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil", ""])
def test_a_local_server_answers_to_its_own_names_only(host: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    status, _, _ = asked(Gate(Behind()), "/", b"{}", method=method, host=host)
    assert status == 421
    status, _, _ = asked(Gate(Behind()), "/", b"{}", method=method, x_forwarded_host=host or "x")
    assert status == 421
    for own in ("localhost:7860", "127.0.0.1", "[::1]:7860", "LOCALHOST."):
        assert asked(Gate(Behind()), "/", b"{}", method=method, host=own)[0] == 200
    monkeypatch.setenv(HOSTS, "lab.example, evil.example")
    assert asked(Gate(Behind()), "/", b"{}", method=method, host="lab.example")[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1.evil:7860", "file://"]
)
def test_a_page_of_another_site_sends_nothing(origin: str) -> None:
    for path in (JOIN, UPLOAD):
        status, _, body = asked(Gate(Behind()), path, b"{}", origin=origin)
        assert status == 403 and text("server.origin") in body
    assert asked(Gate(Behind()), "/", method="GET", origin=origin)[0] == 200  # without leave to read it
    assert asked(Gate(Behind()), JOIN, b"{}", origin="http://127.0.0.1:7860")[0] == 200


def test_what_would_repeat_a_request_or_a_fault_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    status, body = joined(Gate(Behind(422)), {"data": "x" * 5000})
    assert (status, json.loads(body)["detail"]) == (422, text("error.call"))
    with caplog.at_level(logging.INFO):
        status, body = joined(Gate(Behind(KeyError("/srv/secret/path"))), {"data": ["x" * 5000]})
    assert (status, json.loads(body)["detail"]) == (500, text("error.call"))
    (record,) = caplog.records
    assert record.getMessage() == f"A request failed: KeyError in test_gate.py, line {record_line()}"
    assert record.exc_info is None


def record_line() -> int:
    """Where `Behind` raises."""
    from pathlib import Path

    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(at for at, line in enumerate(lines, 1) if line.strip() == "raise self.answers")


@pytest.mark.parametrize("session", ["x" * 200, "a b", "<b>", "../x", 5, ["a"]])
def test_a_sessions_name_is_a_short_word(session: object) -> None:
    assert joined(Gate(Behind()), {"data": [], "session_hash": session})[0] == 400


def test_an_address_has_its_share_of_the_disk_and_others_keep_theirs() -> None:
    gate = Gate(Behind(), Quotas(disk_each=1000, disk=1500))
    assert asked(gate, UPLOAD, b"x" * 900)[0] == 200
    status, _, body = asked(gate, UPLOAD, b"x" * 200)
    assert status == 429 and "come back in 60 minutes" in body
    assert asked(gate, UPLOAD, [b"x" * 90, b"x" * 90])[0] == 429  # a length that is not said counts as well
    assert asked(gate, UPLOAD, b"x" * 400, peer="10.0.0.7")[0] == 200
    assert asked(gate, UPLOAD, b"x" * 400, peer="10.0.0.8")[0] == 429  # of all


def test_invented_sessions_push_out_their_inventors_own() -> None:
    import threading
    from types import SimpleNamespace

    holder = SimpleNamespace(lock=threading.Lock(), session_data={"victim": 1}, time_last_used={})
    app, quotas = SimpleNamespace(state_holder=holder), Quotas(sessions_each=3)
    quotas.seen("10.0.0.1", "victim", app)
    for number in range(50):
        holder.session_data[f"made-{number}"] = 1
        quotas.seen("10.0.0.2", f"made-{number}", app)
    assert sorted(holder.session_data) == ["made-47", "made-48", "made-49", "victim"]


def test_whose_request_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(peer: str, forwarded: str = "") -> str:
        return visitor_address({"client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]})

    assert of("10.0.0.1", "8.8.8.8") == "10.0.0.1"  # anybody may write such a header
    assert of("2001:db8:1:2:3:4:5:6") == of("2001:db8:1:2::9") != of("2001:db8:1:3::9")
    assert of("::ffff:10.0.0.1") == "10.0.0.1"
    monkeypatch.setenv("SPACE_ID", "owner/name")
    assert of("10.0.0.1", "1.1.1.1, 8.8.8.8") == "8.8.8.8"  # what its own proxy has added
    assert of("10.0.0.1", "8.8.4.4, 10.16.0.3") == "8.8.4.4"
    assert of("10.0.0.1", "nonsense") == "10.0.0.1"
