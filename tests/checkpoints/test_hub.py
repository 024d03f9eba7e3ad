"""The weights of a task: from the Hub where it gives the right files, else the embedded copy."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hub_server import REPO, HubServer
from huggingface_hub import constants
from safetensors.numpy import load_file
from small_weights import CARD, CONFIG, SEGMENTOR, flipped, tree, write_tree

from hidiff.checkpoints import hub, hub_client
from hidiff.checkpoints.hub import find_weights
from hidiff.checkpoints.manifest import build_manifest, read_manifest, write_manifest
from hidiff.errors import WeightsError

OTHER_COMMIT = "0123456789abcdef0123456789abcdef01234567"


def assert_embedded(found: hub.WeightsFolder, embedded: Path, *told: str) -> None:
    assert found.source == "embedded"
    assert found.path == embedded / "polyp"
    assert "\n" not in found.note
    for part in ("polyp", "the embedded copy", *told):
        assert part in found.note


# A task from the Hub


def test_right_files_come_from_the_hub(server: HubServer, embedded: Path, named: None) -> None:
    commit = server.repository(REPO).commit(tree())
    found = find_weights("polyp", embedded=embedded)
    assert found.source == "hub"
    assert REPO in found.note and commit[:10] in found.note
    assert embedded not in found.path.parents
    wanted = [name for name in tree() if name.startswith("polyp/") and name != CARD]
    assert {p.name: p.read_bytes() for p in found.path.iterdir()} == {
        name.removeprefix("polyp/"): tree()[name] for name in wanted
    }
    assert found.card_file.read_bytes() == tree()[CARD]  # nothing computes with it: the copy at hand serves
    assert load_file(found.path / "segmentor.safetensors")["weight"].tolist() == list(range(12))
    assert server.asked("/large/", "GET") == 2
    assert server.asked("fundus") == 0


def test_a_file_system_without_links_keeps_the_files_themselves(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", none)
    commit = server.repository(REPO).commit(tree())
    first = find_weights("polyp", embedded=embedded)
    assert first.source == "hub" and first.path.parent.name == commit
    assert not any(path.is_symlink() for path in first.path.iterdir())
    server.requests.clear()
    assert find_weights("polyp", embedded=embedded) == first
    assert server.asked("/resolve/") == 0


def test_all_files_come_from_one_commit(server: HubServer, embedded: Path, named: None) -> None:
    commit = server.repository(REPO).commit(tree())
    find_weights("polyp", embedded=embedded)
    assert server.asked("/revision/main") == 1
    assert server.asked(f"/resolve/{commit}/") == server.asked("/resolve/") >= 4


def test_one_request_is_enough_when_the_commit_is_cached(server: HubServer, embedded: Path, named: None) -> None:
    server.repository(REPO).commit(tree())
    first = find_weights("polyp", embedded=embedded)
    server.requests.clear()
    assert find_weights("polyp", embedded=embedded) == first
    assert server.requests == [("GET", f"/api/models/{REPO}/revision/main")]


def test_a_pinned_commit_that_is_cached_needs_no_request(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = server.repository(REPO).commit(tree())
    monkeypatch.setenv("HIDIFF_HUB_REVISION", commit)
    first = find_weights("polyp", embedded=embedded)
    assert first.source == "hub"
    server.close()
    server.requests.clear()
    assert find_weights("polyp", embedded=embedded) == first
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert find_weights("polyp", embedded=embedded) == first
    assert server.requests == []


def test_offline_goes_to_the_embedded_copy_without_a_request(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.repository(REPO).commit(tree())
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, "HF_HUB_OFFLINE is set")
    assert server.requests == []


def test_environment_goes_before_the_manifest(
    server: HubServer, embedded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = server.repository("manifest/its"), server.repository("environment/its")
    tagged = here.commit(tree(), "v1")
    newest = there.commit(tree() | {"README.md": b"new"}, "main")
    old = there.commit(tree() | {"README.md": b"old"}, "v0")
    assert len({tagged, newest, old}) == 3
    write_manifest(embedded, "manifest/its", "v1")
    found = find_weights("polyp", embedded=embedded)
    assert (found.source, tagged[:10] in found.note, "manifest/its" in found.note) == ("hub", True, True)

    # v1 is a revision of the manifest's repository: another repository has its own newest one.
    monkeypatch.setenv("HIDIFF_HUB_REPO", "environment/its")
    found = find_weights("polyp", embedded=embedded)
    assert (found.source, newest[:10] in found.note, "environment/its" in found.note) == ("hub", True, True)

    monkeypatch.setenv("HIDIFF_HUB_REVISION", "v0")
    assert old[:10] in find_weights("polyp", embedded=embedded).note
    assert newest[:10] in find_weights("polyp", revision="main", embedded=embedded).note

    monkeypatch.setenv("HIDIFF_HUB_REPO", "")
    here.refs["v0"] = tagged
    assert "manifest/its" in find_weights("polyp", embedded=embedded).note


def test_revision_with_a_slash_reaches_the_server_whole(server: HubServer, embedded: Path, named: None) -> None:
    commit = server.repository(REPO).commit(tree(), "refs/pr/1")
    found = find_weights("polyp", revision="refs/pr/1", embedded=embedded)
    assert (found.source, commit[:10] in found.note) == ("hub", True)
    assert server.asked("/revision/refs/pr/1") == 1


# A task when the Hub does not give it


def test_no_repository_named(server: HubServer, embedded: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="hidiff"):
        found = find_weights("polyp", embedded=embedded)
    assert_embedded(found, embedded, "no Hub repository is named")
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [("INFO", found.note)]
    assert server.requests == []


@pytest.mark.parametrize("name", [SEGMENTOR, CONFIG])
def test_another_file_of_the_same_size_is_refused(
    server: HubServer, embedded: Path, named: None, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.repository(REPO).commit(tree() | {name: flipped(tree()[name])})
    with caplog.at_level(logging.INFO, logger="hidiff"):
        found = find_weights("polyp", embedded=embedded)
    assert_embedded(found, embedded, name, "refused")
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [("WARNING", found.note)]
    # The listing tells the sha256 of a large file before the download; of a small one it has to be seen.
    assert (server.asked("/resolve/") > 0) is (name == CONFIG)


@pytest.mark.parametrize("name", [SEGMENTOR, CONFIG])
def test_headers_are_not_believed(server: HubServer, embedded: Path, named: None, name: str) -> None:
    """The headers are those of the right file, the body is not."""
    server.repository(REPO).commit(tree())
    server.bodies[name] = flipped(tree()[name])
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, name, "sha256", "refused")
    # What was refused lies in the client's cache: it is not believed there either, nor does it stay for ever.
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, name, "refused")
    server.bodies.clear()
    assert find_weights("polyp", embedded=embedded).source == "hub"


def test_a_damaged_file_in_the_cache_is_fetched_again(server: HubServer, embedded: Path, named: None) -> None:
    commit = server.repository(REPO).commit(tree())
    path = find_weights("polyp", commit, embedded).path / "segmentor.safetensors"
    path.resolve().write_bytes(flipped(tree()[SEGMENTOR]))
    server.requests.clear()
    found = find_weights("polyp", commit, embedded)
    assert (found.source, path.read_bytes()) == ("hub", tree()[SEGMENTOR])
    assert server.asked("/large/", "GET") >= 1


@pytest.mark.parametrize("name", [SEGMENTOR, CONFIG])
def test_wrong_size_is_refused_before_the_download(server: HubServer, embedded: Path, named: None, name: str) -> None:
    server.repository(REPO).commit(tree() | {name: tree()[name] + b" "})
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, name, "refused")
    assert server.asked(name, "GET") == 0


def test_a_body_cut_short_is_refused(server: HubServer, embedded: Path, named: None) -> None:
    server.repository(REPO).commit(tree())
    server.bodies[SEGMENTOR] = tree()[SEGMENTOR][:-4]
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, "download failed")
    assert server.asked("/large/", "GET") >= 1


def test_no_such_repository(server: HubServer, embedded: Path, named: None) -> None:
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, REPO, "no such repository")
    assert len(server.requests) == 1


def test_no_such_revision(server: HubServer, embedded: Path, named: None) -> None:
    server.repository(REPO).commit(tree())
    assert_embedded(find_weights("polyp", "v9", embedded), embedded, "no such revision")
    assert_embedded(find_weights("polyp", OTHER_COMMIT, embedded), embedded, "no such revision")
    assert server.asked("/revision/v9") == server.asked(f"/tree/{OTHER_COMMIT}") == 1
    assert len(server.requests) == 2


def test_a_pinned_commit_is_that_commit(server: HubServer, embedded: Path, named: None) -> None:
    repository = server.repository(REPO)
    repository.refs[OTHER_COMMIT] = repository.commit(tree())
    assert_embedded(find_weights("polyp", OTHER_COMMIT, embedded), embedded, "does not answer as the Hub does")


@pytest.mark.parametrize("name", [SEGMENTOR, CONFIG])
def test_no_such_file(server: HubServer, embedded: Path, named: None, name: str) -> None:
    server.repository(REPO).commit({n: b for n, b in tree().items() if n != name})
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, f"it has no file {name}")
    assert server.asked(name) == 0


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_hub_out_of_order_is_asked_once(server: HubServer, embedded: Path, named: None, status: int) -> None:
    server.repository(REPO).commit(tree())
    server.failing["API"] = status
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, f"status {status}")
    assert len(server.requests) == 1


def test_a_hub_out_of_order_is_not_missed_when_all_is_in_the_cache(
    server: HubServer, embedded: Path, named: None
) -> None:
    server.repository(REPO).commit(tree())
    first = find_weights("polyp", embedded=embedded)
    server.failing["API"] = 503
    assert find_weights("polyp", embedded=embedded) == first
    assert first.source == "hub"


def test_a_hub_that_fails_at_every_file(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.repository(REPO).commit(tree())
    server.failing["HEAD"] = 503
    monkeypatch.setattr("time.sleep", lambda _: None)  # the client's pauses between its tries
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, "status 503")


def test_a_hub_that_fails_in_the_middle(server: HubServer, embedded: Path, named: None) -> None:
    server.repository(REPO).commit(tree())
    server.failing["GET"] = 500
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, "status 500")
    assert server.asked("/resolve/", "HEAD") >= 1
    assert server.asked("/resolve/", "GET") + server.asked("/large/", "GET") >= 1


def test_a_server_that_is_no_hub(server: HubServer, embedded: Path, named: None) -> None:
    server.is_hub = False
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, "does not answer as the Hub does")
    assert len(server.requests) == 1


def test_no_server(embedded: Path, named: None, closed_port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", closed_port)
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, "could not be reached, ConnectError")
    assert waits == []


@pytest.mark.parametrize("kind", ["API", "HEAD"])
def test_a_server_too_slow(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(hub_client, "AT_START", 0.3)
    server.repository(REPO).commit(tree())
    server.stalled.add(kind)
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, "no answer within 0.3 seconds")
    finish(server)


def test_a_download_that_stalls_does_not_keep_the_process(server: HubServer, embedded: Path, named: None) -> None:
    server.repository(REPO).commit(tree())
    server.stalled.add("GET")
    code = (
        "import sys; from pathlib import Path; from hidiff.checkpoints import hub, hub_client; "
        "hub_client.AT_START = 2.0; print(hub.find_weights('polyp', embedded=Path(sys.argv[1])).source)"
    )
    home = {**os.environ, "HF_HOME": str(embedded.parent / "home")}
    run = [sys.executable, "-c", code, str(embedded)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(run, cwd=root, env=home, capture_output=True, text=True, timeout=20)
    assert done.stdout == "embedded\n", done.stderr
    assert server.asked("/resolve/", "GET") + server.asked("/large/", "GET") == 1


def test_a_download_that_stalls_goes_on_behind_and_serves_the_next_start(
    server: HubServer, embedded: Path, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_client, "AT_START", 0.5)
    server.repository(REPO).commit(tree())
    server.stalled.add("GET")
    assert_embedded(find_weights("polyp", embedded=embedded), embedded, "no answer within 0.5 seconds")
    finish(server)
    assert server.asked("/resolve/", "GET") + server.asked("/large/", "GET") == 3
    assert sorted(p.name for p in (embedded.parent / "cache").glob("*/snapshots/*/polyp/*")) == [
        "config.json",
        "denoiser.safetensors",
        "segmentor.safetensors",
    ]


def finish(server: HubServer) -> None:
    """Let the server answer and wait for what goes on in the background."""
    server.stalled.clear()
    server.release.set()
    for thread in threading.enumerate():
        if thread.name == "hidiff-hub":
            thread.join(20)
            assert not thread.is_alive()


@pytest.mark.parametrize("name", ["polyp", "a/b/c", "../up/one", "https://example.org/a", "a b/c", "a/b\nc"])
def test_a_repository_whose_name_is_none(
    server: HubServer, embedded: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HIDIFF_HUB_REPO", name)
    assert find_weights("polyp", embedded=embedded).source == "embedded"
    assert server.requests == []


def test_a_revision_that_is_none(server: HubServer, embedded: Path, named: None) -> None:
    assert_embedded(find_weights("polyp", "../../etc", embedded), embedded, "not a branch, a tag or a commit")
    assert server.requests == []


# The embedded copy


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: path.write_bytes(flipped(path.read_bytes())), "another sha256"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes where the manifest says"),
        (lambda path: path.unlink(), "is missing"),
    ],
)
def test_a_damaged_embedded_file(embedded: Path, damage: Any, told: str) -> None:
    damage(embedded / SEGMENTOR)
    with pytest.raises(WeightsError, match=rf"segmentor\.safetensors .*{told}.*restore it"):
        find_weights("polyp", embedded=embedded)
    assert find_weights("fundus", embedded=embedded).source == "embedded"


def test_the_hub_takes_the_place_of_a_damaged_embedded_copy(server: HubServer, embedded: Path, named: None) -> None:
    server.repository(REPO).commit(tree())
    (embedded / SEGMENTOR).unlink()
    assert find_weights("polyp", embedded=embedded).source == "hub"
    server.repositories.clear()
    with pytest.raises(WeightsError, match=r"segmentor\.safetensors is missing.*no such repository"):
        find_weights("polyp", embedded=embedded)


@pytest.mark.skipif(not (hub.EMBEDDED / "manifest.json").is_file(), reason="no weights are embedded yet")
def test_the_embedded_copy_is_whole() -> None:
    manifest = read_manifest(hub.EMBEDDED / "manifest.json")
    built = build_manifest(hub.EMBEDDED, manifest.repo, manifest.revision)
    assert built == json.loads((hub.EMBEDDED / "manifest.json").read_text())
    assert manifest.tasks


def test_the_client_is_not_imported_before_it_is_needed(embedded: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hidiff.checkpoints.hub import find_weights; "
        "print(find_weights('polyp', embedded=Path(sys.argv[1])).source, 'huggingface_hub' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    run = [sys.executable, "-c", code, str(embedded)]
    assert subprocess.run(run, cwd=root, capture_output=True, text=True).stdout == "embedded False\n"


def test_the_default_is_the_folder_beside_the_package(embedded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Path(__file__).resolve().parents[2] / "weights" == hub.EMBEDDED
    monkeypatch.setattr(hub, "EMBEDDED", embedded)
    assert_embedded(find_weights("polyp"), embedded)


@pytest.mark.parametrize("name", ["liver", "", "Polyp", "polyp ", "a/b/c/d", "../weights", "x" * 9000, "\0", "~"])
def test_unknown_names(server: HubServer, embedded: Path, name: str) -> None:
    with pytest.raises(WeightsError, match=r"name a task \(polyp, fundus\)"):
        find_weights(name, embedded=embedded)
    assert server.requests == []


def test_a_folder_is_used_as_it_stands(server: HubServer, tmp_path: Path, named: None) -> None:
    write_tree(tmp_path / "mine", {"config.json": b"{}"})
    for asked in (tmp_path / "mine", str(tmp_path / "mine")):
        found = find_weights(asked)
        assert (found.path, found.source) == (tmp_path / "mine", "folder")
        assert str(tmp_path / "mine") in found.note
    assert server.requests == []


def test_a_path_is_never_a_task_or_a_repository(server: HubServer, embedded: Path, named: None) -> None:
    server.repository(REPO).commit(tree())
    for asked in (Path("polyp"), Path(REPO)):
        with pytest.raises(WeightsError, match=r"holds no config\.json"):
            find_weights(asked, embedded=embedded)
    assert server.requests == []


def test_a_file_that_is_spared_is_not_missed_where_its_substitute_is_listed(embedded: Path) -> None:
    denoiser = "polyp/denoiser.safetensors"
    (embedded / denoiser).unlink()
    spared = {"denoiser.safetensors": "segmentor.safetensors"}
    assert find_weights("polyp", embedded=embedded, spared=spared).source == "embedded"
    for no_help in (None, {}, {"denoiser.safetensors": "other.safetensors"}):
        with pytest.raises(WeightsError, match=r"denoiser\.safetensors is missing"):
            find_weights("polyp", embedded=embedded, spared=no_help)


def test_a_folder_in_the_working_directory_is_never_taken_for_a_task(
    embedded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = "polyp"
    place = tmp_path / "somewhere"
    write_tree(place / task, {"config.json": b"{}"})
    write_tree(place / "mine", {"config.json": b"{}"})
    monkeypatch.chdir(place)
    assert find_weights(task, embedded=embedded).path == embedded / task
    for asked in (f"./{task}", "mine"):  # what is no task's name, or says that it is a path
        assert find_weights(asked, embedded=embedded).source == "folder"


def test_installed_weights_are_found_where_pip_puts_them(
    embedded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "EMBEDDED", tmp_path / "none")
    assert hub.embedded_weights() in (tmp_path / "none", hub._INSTALLED)
    monkeypatch.setattr(hub, "_INSTALLED", embedded)
    assert hub.embedded_weights() == embedded


# A server that is not the Hub


@pytest.mark.parametrize("tag", ["../../../../outside", "..", "a/b", "/outside", "x" * 40, "0" * 200])
@pytest.mark.parametrize("name", ["polyp/config.json", "polyp/segmentor.safetensors"])
def test_an_etag_that_is_no_digest_never_becomes_a_path(
    server: HubServer, embedded: Path, named: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str, name: str
) -> None:
    monkeypatch.setattr(hub_client, "AT_START", 60.0)
    monkeypatch.setattr(hub_client, "REACH", 60.0)  # the reason is looked at, whatever else the machine does
    server.repository(REPO).commit(tree())
    server.tags[name] = tag
    before = {path for path in tmp_path.rglob("*") if "cache" not in path.parts}
    found = find_weights("polyp", embedded=embedded)
    assert_embedded(found, embedded, hub_client.NO_HUB)
    assert {path for path in tmp_path.rglob("*") if "cache" not in path.parts} == before
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.name in ("outside", "x" * 40)]
    with pytest.raises(WeightsError, match="did not come from the Hub"):
        find_weights(f"{REPO}/polyp", embedded=embedded)
