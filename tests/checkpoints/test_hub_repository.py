"""Weights from a Hub repository that the caller names: it or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hub_server import REPO, HubServer
from huggingface_hub import constants
from small_weights import CONFIG, SEGMENTOR, flipped, manifest_bytes, tree

from hidiff.checkpoints import hub_client
from hidiff.checkpoints.hub import find_weights
from hidiff.errors import WeightsError


@pytest.mark.parametrize("folder", ["", "polyp"])
@pytest.mark.parametrize("with_manifest", [True, False])
def test_named_repository(server: HubServer, tmp_path: Path, embedded: Path, folder: str, with_manifest: bool) -> None:
    files = {name.removeprefix("polyp/") if not folder else name: content for name, content in tree().items()}
    if with_manifest:
        listed = json.loads((embedded / "manifest.json").read_text())
        if not folder:
            listed["files"] = {n.removeprefix("polyp/"): record for n, record in listed["files"].items()}
        files["manifest.json"] = json.dumps(listed).encode()
    commit = server.repository(REPO).commit(files)
    found = find_weights(f"{REPO}/{folder}".rstrip("/"), embedded=tmp_path / "none")
    assert found.source == "hub"
    assert commit[:10] in found.note
    assert ("checked against its manifest" in found.note) is with_manifest
    assert (found.path / "segmentor.safetensors").read_bytes() == tree()[SEGMENTOR]
    assert (found.path / "card.json").is_file()
    assert server.asked("fundus") == 0

    server.close()
    server.requests.clear()
    assert find_weights(f"{REPO}/{folder}".rstrip("/"), commit) == found  # pinned and cached: no request
    assert find_weights(f"{REPO}/{folder}".rstrip("/")) == found  # no server: the newest one that is cached
    assert server.requests == []


def test_pickles_are_never_fetched(server: HubServer, embedded: Path, named: None) -> None:
    pickles = {
        f"polyp/{name}": b"cos\nsystem\n(S'false'\ntR."
        for name in ("model.bin", "model.pt", "model.pkl", "model.ckpt", "model.py", "a/model.safetensors")
    }
    server.repository(REPO).commit(tree() | pickles)
    for asked in ("polyp", f"{REPO}/polyp"):
        found = find_weights(asked, embedded=embedded)
        assert found.source == "hub"
        assert {p.suffix for p in found.path.rglob("*")} == {".json", ".safetensors"}
    assert server.asked("/resolve/") > 4
    assert server.asked("/model.") == 0


def test_a_repository_of_pickles_only(server: HubServer) -> None:
    server.repository(REPO).commit({"config.json": b"{}", "pytorch_model.bin": b"cos\nsystem\n(S'false'\ntR."})
    with pytest.raises(WeightsError, match=r"holds no config\.json with \*\.safetensors"):
        find_weights(REPO)
    assert server.asked("config.json") > 0
    assert server.asked("pytorch_model") == 0


def test_named_repository_falls_back_on_nothing(
    server: HubServer, embedded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(asked: str, told: str, revision: str | None = None) -> None:
        with pytest.raises(WeightsError, match=told) as caught:
            find_weights(asked, revision, embedded)
        assert "\n" not in str(caught.value)

    fails(f"{REPO}/polyp", "no such repository")
    server.repository(REPO).commit(tree())
    fails(f"{REPO}/polyp", "no such revision", "v9")
    fails(f"{REPO}/liver", r"it holds no liver/config\.json")
    fails(REPO, r"it holds no config\.json.*owner/name/folder")
    fails("some--body/hidiff", "the Hub allows no such name")
    assert server.asked("some--body") == 0
    monkeypatch.setattr("time.sleep", lambda _: None)  # the client's pauses between its tries
    server.failing |= {"API": 500, "HEAD": 500}
    fails(f"{REPO}/polyp", "status 500")
    server.failing.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    fails(f"{REPO}/polyp", "HF_HUB_OFFLINE is set")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    server.close()
    fails(f"{REPO}/polyp", "could not be reached")


def test_named_repository_against_its_own_manifest(server: HubServer, embedded: Path) -> None:
    repository = server.repository(REPO)

    def fails(files: dict[str, bytes], told: str) -> None:
        repository.commit(files)
        with pytest.raises(WeightsError, match=told):
            find_weights(f"{REPO}/polyp")

    listed = json.loads((embedded / "manifest.json").read_text())["files"]
    good = tree() | {"manifest.json": manifest_bytes(embedded)}
    fails(good | {SEGMENTOR: flipped(tree()[SEGMENTOR])}, "segmentor.safetensors .*another sha256.*refused")
    fails(good | {CONFIG: tree()[CONFIG] + b" "}, r"config.json .*bytes where.*refused")
    fails({n: b for n, b in good.items() if n != "polyp/denoiser.safetensors"}, "denoiser.* is missing")
    fails(good | {"polyp/extra.safetensors": b""}, "does not list polyp/extra.safetensors")
    fails(good | {"manifest.json": b"["}, "not valid")
    fails(good | {"manifest.json": manifest_bytes(embedded, files={})}, "does not list")
    up = listed | {"polyp/../../../token": listed[CONFIG]}
    fails(good | {"manifest.json": manifest_bytes(embedded, files=up)}, "may not list")
    repository.commit(good)
    assert find_weights(f"{REPO}/polyp").source == "hub"


def test_a_named_repository_in_the_cache_serves_while_the_hub_is_silent(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.repository(REPO).commit(tree())
    first = find_weights(f"{REPO}/polyp")
    monkeypatch.setattr(hub_client, "REACH", 0.3)
    server.stalled.add("API")
    assert find_weights(f"{REPO}/polyp") == first
    server.release.set()


def test_a_repository_that_the_hub_no_longer_has_is_not_taken_from_the_cache(server: HubServer) -> None:
    server.repository(REPO).commit(tree())
    assert find_weights(f"{REPO}/polyp").source == "hub"
    server.repositories.clear()
    with pytest.raises(WeightsError, match="no such repository"):
        find_weights(f"{REPO}/polyp")


def test_what_a_task_left_in_the_cache_is_completed_and_checked(server: HubServer, embedded: Path, named: None) -> None:
    files = tree() | {"manifest.json": manifest_bytes(embedded), "polyp/extra.safetensors": b""}
    commit = server.repository(REPO).commit(files)
    spared = {"denoiser.safetensors": "segmentor.safetensors"}
    found = find_weights("polyp", commit, embedded, spared)
    assert (found.source, (found.path / "denoiser.safetensors").exists()) == ("hub", False)
    with pytest.raises(WeightsError, match=r"does not list polyp/extra\.safetensors"):
        find_weights(f"{REPO}/polyp", commit)
    assert (found.path / "denoiser.safetensors").exists()
