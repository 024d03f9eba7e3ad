"""A start beside the Hub: how long it may take, what travels, what each failure is called, and what an owner adds."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from hub_server import REPO, HubServer
from huggingface_hub import close_session, constants
from small_weights import SEGMENTOR, flipped, manifest_bytes, tree

from hidiff.checkpoints import hub_client
from hidiff.checkpoints.hub import added_weights, available_tasks, find_weights
from hidiff.errors import WeightsError

ROOT = Path(__file__).resolve().parents[2]
HALF = len(tree()[SEGMENTOR]) // 2
ADDED = 5.0  # seconds that the Hub may add to the start of an app of two tasks: its imports take the rest of ten

TROUBLES = {
    "401": ({"failing": {"API": 401}}, "status 401: it did not take this computer's token"),
    "404": ({"failing": {"API": 404}}, "404"),
    "429": ({"failing": {"API": 429}, "extra": {"Retry-After": "120"}}, "status 429 and asks to wait 120 seconds"),
    "429 at a file": ({"failing": {"HEAD": 429}, "extra": {"Retry-After": "120"}}, "no answer within 1 seconds"),
    "500": ({"failing": {"API": 500}}, "status 500"),
    "500 at a file": ({"failing": {"HEAD": 500}}, "no answer within 1 seconds"),
    "slow": ({"stalled": {"API"}}, "no answer within 3 seconds"),
    "slow at a file": ({"stalled": {"GET"}}, "no answer within 1 seconds"),
    "wrong digest": ({"bodies": {SEGMENTOR: flipped(tree()[SEGMENTOR])}}, "another sha256 than the manifest says"),
    "half a file": ({"bodies": {SEGMENTOR: tree()[SEGMENTOR][:HALF]}}, "the download failed"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_the_hub_does_two_tasks_are_there_in_time(
    server: HubServer, embedded: Path, named: None, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over real sockets and with the client's own pauses; the limit is as it is where the Hub is merely slow."""
    if trouble != "slow":
        monkeypatch.setattr(hub_client, "AT_START", 1.0)
    state, told = TROUBLES[trouble]
    server.repository(REPO).commit(tree())
    for name, value in state.items():
        setattr(server, name, value)
    began = time.monotonic()
    first, second = (find_weights(task, embedded=embedded) for task in ("polyp", "fundus"))
    assert time.monotonic() - began < ADDED
    assert first.source == "embedded"
    assert told in first.note and "\n" not in first.note
    if "no answer" in told:
        assert "it did not answer a moment ago" in second.note


def test_a_hub_that_kept_one_waiting_is_asked_again_later(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_client, "AT_START", 0.3)
    monkeypatch.setattr(hub_client, "AGAIN", 0.2)
    commit = server.repository(REPO).commit(tree())
    server.stalled.add("API")
    assert find_weights("polyp", embedded=embedded).source == "embedded"
    server.stalled.clear()
    server.release.set()
    monkeypatch.setattr(hub_client, "AT_START", 3.0)
    time.sleep(0.3)
    assert find_weights("polyp", commit, embedded).source == "hub"


def test_what_is_cached_needs_no_hub_even_while_it_is_silent(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = server.repository(REPO).commit(tree())
    first = find_weights("polyp", commit, embedded)
    monkeypatch.setitem(hub_client._silent, server.address, time.monotonic() + 60)
    server.requests.clear()
    assert find_weights("polyp", commit, embedded) == first
    assert "a moment ago" in find_weights("fundus", commit, embedded).note
    assert server.requests == []


def test_without_an_embedded_copy_the_hub_is_waited_for(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_client, "AT_START", 0.0)  # nobody could answer within that
    server.repository(REPO).commit(tree())
    (embedded / SEGMENTOR).unlink()
    assert find_weights("polyp", embedded=embedded).source == "hub"


def test_only_what_computes_travels(server: HubServer, embedded: Path, named: None) -> None:
    server.repository(REPO).commit(tree())
    spared = {"denoiser.safetensors": "segmentor.safetensors"}
    find_weights("polyp", embedded=embedded, spared=spared)
    asked = {path.split("/")[-1] for method, path in server.requests if "/resolve/" in path}
    assert asked == {"config.json", "segmentor.safetensors"}
    (embedded / "polyp" / "card.json").unlink()  # then the model card does as well
    found = find_weights("polyp", embedded=embedded, spared=spared)
    assert found.card_file.read_bytes() == tree()["polyp/card.json"]


def test_offline_mode_asks_nothing(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.repository(REPO).commit(tree())
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    found = find_weights("polyp", embedded=embedded)
    assert (found.source, "HF_HUB_OFFLINE is set" in found.note, server.requests) == ("embedded", True, [])


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder in which nobody may write")
def test_a_cache_that_cannot_be_written_to(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.repository(REPO).commit(tree())
    monkeypatch.setattr(constants, "HF_HUB_CACHE", "/proc/hidiff-cache")
    found = find_weights("polyp", embedded=embedded)
    assert (found.source, "its cache cannot be written to" in found.note) == ("embedded", True)


def through_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")  # a name that no resolver knows
    close_session()


def test_a_proxy_is_used(server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch) -> None:
    server.repository(REPO).commit(tree())
    through_proxy(monkeypatch, server.address)
    found = find_weights("polyp", embedded=embedded)
    close_session()
    assert (found.source, server.asked("/large/") > 0) == ("hub", True)


def test_a_proxy_that_is_down(embedded: Path, named: None, closed_port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    through_proxy(monkeypatch, closed_port)
    found = find_weights("polyp", embedded=embedded)
    close_session()
    assert (found.source, "could not be reached" in found.note) == ("embedded", True)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_shows_the_download_on_a_terminal_alone(
    server: HubServer, embedded: Path, named: None, terminal: bool
) -> None:
    server.repository(REPO).commit(tree())
    code = (
        "import sys; from pathlib import Path; from hidiff.checkpoints.hub import find_weights; "
        "print(find_weights('polyp', embedded=Path(sys.argv[1])).source)"
    )
    home = {**os.environ, "HF_HOME": str(embedded.parent / "home")}
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    run = [sys.executable, "-c", code, str(embedded)]
    errors = follower if terminal else subprocess.PIPE
    done = subprocess.run(run, cwd=ROOT, env=home, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=30)
    shown = os.read(leader, 1 << 16).decode() if terminal else done.stderr
    os.close(follower)
    os.close(leader)
    assert done.stdout == "hub\n"
    assert ("config.json" in shown and "100%|" in shown) is terminal


# What the owner of an app adds


def test_repositories_are_added_to_the_tasks(
    server: HubServer, embedded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tree() | {"manifest.json": manifest_bytes(embedded)}
    server.repository("some/both").commit(files)
    server.repository("some/one").commit({n.removeprefix("polyp/"): b for n, b in tree().items() if "polyp" in n})
    monkeypatch.setenv("HIDIFF_WEIGHTS", "some/both, some/one,some/none,some/both/polyp")
    assert available_tasks(embedded) == ("polyp", "fundus")  # the project's own stay
    added = added_weights()
    assert added == ("some/both/fundus", "some/both/polyp", "some/one", "some/none", "some/both/polyp")
    assert [find_weights(address).source for address in added[:3]] == ["hub"] * 3
    with pytest.raises(WeightsError, match="no such repository"):
        find_weights(added[3])


def test_a_folder_and_repositories_go_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setenv("HIDIFF_WEIGHTS", f"{folder},some/one/polyp")
    assert (available_tasks(), added_weights()) == ((), ("some/one/polyp",))
    monkeypatch.setenv("HIDIFF_WEIGHTS", f"{folder},{tmp_path}")
    with pytest.raises(WeightsError, match=r"names 2 folders"):
        available_tasks()


def test_a_repository_of_one_task_is_found_by_its_name(server: HubServer, embedded: Path) -> None:
    files = tree() | {"manifest.json": manifest_bytes(embedded)}
    server.repository(REPO).commit(files)
    with pytest.raises(WeightsError, match="it holds fundus and polyp: name one"):
        find_weights(REPO)
    files["manifest.json"] = manifest_bytes(
        embedded, files={n: r for n, r in json.loads(files["manifest.json"])["files"].items() if "polyp" in n}
    )
    server.repository(REPO).commit(files)
    assert find_weights(REPO).path.name == "polyp"


def test_a_file_too_large_does_not_travel(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.repository(REPO).commit(tree())
    monkeypatch.setattr(hub_client, "MOST_BYTES", len(tree()[SEGMENTOR]) - 1)
    with pytest.raises(WeightsError, match=r"segmentor.safetensors has \d+ bytes where \d+ are the most"):
        find_weights(f"{REPO}/polyp")
    assert server.asked("/resolve/") == 0
