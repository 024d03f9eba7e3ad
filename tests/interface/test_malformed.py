"""Every endpoint and event with what nobody means: a sentence each, no traceback anywhere, and the page works on."""

from __future__ import annotations

import errno
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import pytest
from bright_model import red_model, save_disc
from event_loop import run_async
from gradio_client import Client, handle_file
from malformed import malformed_bodies

from hidiff.errors import HiDiffError
from hidiff.interface import build, launch_options
from hidiff.interface.examples import MANIFEST, read_examples
from hidiff.interface.server.faults import plainly
from hidiff.interface.texts import text

PATIENCE = 60.0


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("examples")
    save_disc(folder / "one.png")
    (folder / MANIFEST).write_text('[{"file": "one.png", "title": "One", "task": "polyp", "synthetic": true}]')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        page = build({"polyp": red_model()}, {}, read_examples(folder))
        _, address, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        yield address.rstrip("/")
        page.close()


def answered(url: str, body: dict[str, Any]) -> str:
    """All that comes back of an event."""
    with httpx.Client(timeout=PATIENCE) as visitor:
        joined = visitor.post(f"{url}/gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            assert joined.status_code in (400, 404, 422, 503), joined.text
            return joined.text
        event, out = joined.json()["event_id"], joined.text
        with visitor.stream("GET", f"{url}/gradio_api/queue/data?session_hash={body['session_hash']}") as stream:
            for line in stream.iter_lines():
                said = json.loads(line[5:]) if line.startswith("data:") else {}
                if said.get("event_id") == event:
                    out += line
                if said.get("msg") in ("close_stream", "unexpected_error"):
                    break
        return out


def malformed(url: str, count: int, seed: int, caplog: Any, capfd: Any, folder: Path) -> None:
    with httpx.Client(timeout=PATIENCE) as visitor:
        events = visitor.get(f"{url}/config").json()["dependencies"]
    caplog.set_level(logging.INFO)
    for body in malformed_bodies(events, count, seed):
        said = answered(url, body)
        assert "Traceback" not in said and "site-packages" not in said, said[-2000:]
        assert "x" * 300 not in said, "what was sent came back whole"
        assert len(said) < 3_000_000
    out, err = capfd.readouterr()
    for log in (out, err, caplog.text):
        assert "Traceback" not in log, log[-3000:]
        assert "x" * 300 not in log
    assert not any(record.exc_info for record in caplog.records)
    save_disc(folder / "disc.png")
    client = Client(url, verbose=False, download_files=folder, httpx_kwargs={"timeout": PATIENCE})
    mask, _ = client.predict(handle_file(str(folder / "disc.png")), "polyp", steps=2, api_name="/refine")
    assert Path(mask).stat().st_size > 0
    client.close()


def test_a_hundred_malformed_calls(url: str, caplog: Any, capfd: Any, tmp_path: Path) -> None:
    malformed(url, 100, 0, caplog, capfd, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1, 8))
def test_hundreds_of_malformed_calls(url: str, seed: int, caplog: Any, capfd: Any, tmp_path: Path) -> None:
    malformed(url, 100, seed, caplog, capfd, tmp_path)


def test_events_out_of_order_by_many_at_once(url: str, capfd: Any) -> None:
    """Downloads, stops, looks and samples before there is anything, all at the same time."""
    with httpx.Client(timeout=PATIENCE) as visitor:
        events = [one for one in visitor.get(f"{url}/config").json()["dependencies"] if one["backend_fn"]]
    failed: list[str] = []

    def play(number: int) -> None:
        for event in events[number::4]:
            body = {"data": [None] * len(event["inputs"]), "fn_index": event["id"], "session_hash": f"order-{number}"}
            said = answered(url, body)
            if "Traceback" in said:
                failed.append(said)

    visitors = [threading.Thread(target=play, args=(number,)) for number in range(4)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    out, err = capfd.readouterr()
    assert failed == [] and "Traceback" not in out + err


def test_a_disk_that_is_full_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """As any fault of an event: the visitor reads what to do, the log has one line."""
    fault = OSError(errno.ENOSPC, "No space left on device", "/srv/secret/uploads/a.npz")
    page: Any = SimpleNamespace()

    async def process_api(**_: Any) -> None:
        raise page.fault

    page.process_api = process_api
    plainly(page)
    for page.fault, sentence in (
        (fault, text("server.no_space")),
        (ValueError("/srv/secret"), text("error.call")),
        (HiDiffError("A sentence."), "A sentence."),
        (gr.Error("/srv/secret", print_exception=True), text("error.call")),
        (gr.Error("Said already.", print_exception=False), "Said already."),
    ):
        with pytest.raises(gr.Error) as refused, caplog.at_level(logging.INFO):
            run_async(page.process_api(block_fn=SimpleNamespace(api_name="refine")))
        assert refused.value.message == sentence and not refused.value.print_exception
    assert "secret" not in caplog.text and len(caplog.records) == 3
