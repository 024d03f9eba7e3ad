"""The list of weights: what it names, and what it may not name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hub_server import HubServer
from small_weights import CONFIG, SEGMENTOR, manifest_bytes, tree, write_tree

from hidiff.checkpoints.hub import find_weights
from hidiff.checkpoints.manifest import build_manifest, read_manifest, write_manifest
from hidiff.errors import WeightsError


def test_build_lists_what_may_be_loaded_and_nothing_else(embedded: Path) -> None:
    other = {
        "polyp/model.bin": b"1",
        "polyp/model.pt": b"1",
        "polyp/model.pkl": b"1",
        "polyp/notes.json": b"{}",
        "polyp/deep/config.json": b"{}",
        "config.json": b"{}",
        "top.safetensors": b"1",
        ".hidden/config.json": b"{}",
    }
    write_tree(embedded, other)
    built = build_manifest(embedded)
    assert sorted(built["files"]) == sorted(tree())
    assert (built["format"], built["repo"], built["revision"]) == (1, None, None)
    assert built["files"][CONFIG] == {
        "size": 17,
        "sha256": "fb92856450ae1c6192bd79a8628469ceff2ed598a03c329ba64df9f7908b4736",
    }


def test_write_is_read_back(embedded: Path) -> None:
    path = write_manifest(embedded, "a/b", "v1")
    assert path == embedded / "manifest.json"
    manifest = read_manifest(path)
    assert (manifest.repo, manifest.revision, manifest.tasks) == ("a/b", "v1", ("fundus", "polyp"))
    assert sorted(manifest.files) == sorted(tree())
    assert manifest.files[SEGMENTOR].size == len(tree()[SEGMENTOR])
    assert [p.name for p in embedded.iterdir() if p.is_file()] == ["manifest.json"]


def test_a_write_that_fails_leaves_the_old_manifest(embedded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (embedded / "manifest.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space"):
        write_manifest(embedded, "a/b", "v1")
    assert (embedded / "manifest.json").read_bytes() == before
    assert [p.name for p in embedded.iterdir() if p.is_file()] == ["manifest.json"]


def test_build_refuses_what_cannot_be_read_back(embedded: Path) -> None:
    with pytest.raises(WeightsError, match="owner/name"):
        build_manifest(embedded, repo="nobody")
    with pytest.raises(WeightsError, match="a branch, a tag or a commit"):
        build_manifest(embedded, "a/b", revision="a..b")
    write_tree(embedded, {"polyp/two words.safetensors": b""})
    with pytest.raises(WeightsError, match="two words"):
        build_manifest(embedded)


@pytest.mark.parametrize(
    "name",
    [
        "../polyp/config.json",
        "polyp/../../config.json",
        "/etc/config.json",
        "polyp/../config.json",
        "polyp//config.json",
        "..\\config.json",
        "a/b/config.json",
        "./config.json",
        "polyp/.safetensors",
        "polyp/model.pt",
        "polyp/model.bin",
        "polyp/model.safetensors.pkl",
        "polyp/model.safetensors\n",
        "polyp/notes.json",
        "",
    ],
)
def test_names_that_a_manifest_may_not_list(server: HubServer, embedded: Path, named: None, name: str) -> None:
    manifest = build_manifest(embedded)
    manifest["files"][name] = manifest["files"][CONFIG]
    (embedded / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match="may not list"):
        find_weights("polyp", embedded=embedded)
    assert server.requests == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, "format 1"),
        ({"repo": "../x"}, "'repo'"),
        ({"repo": 3}, "'repo'"),
        ({"revision": "../x"}, "'revision'"),
        ({"files": []}, "'files'"),
        ({"files": {CONFIG: None}}, "size or the sha256"),
        ({"files": {CONFIG: {"size": True, "sha256": "0" * 64}}}, "size or the sha256"),
        ({"files": {CONFIG: {"size": -1, "sha256": "0" * 64}}}, "size or the sha256"),
        ({"files": {CONFIG: {"size": 1, "sha256": "0" * 63}}}, "size or the sha256"),
        ({"files": {CONFIG: {"size": 1, "sha256": "G" * 64}}}, "size or the sha256"),
    ],
)
def test_manifests_that_are_none(embedded: Path, change: dict[str, Any], told: str) -> None:
    (embedded / "manifest.json").write_bytes(manifest_bytes(embedded, **change))
    with pytest.raises(WeightsError, match=told):
        find_weights("polyp", embedded=embedded)


@pytest.mark.parametrize("content", [b"", b"null", b"[" * 100_000, b"\xff\xfe", b"{", None])
def test_a_manifest_that_cannot_be_read(embedded: Path, content: bytes | None) -> None:
    path = embedded / "manifest.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"manifest\.json .*restore it"):
        find_weights("polyp", embedded=embedded)
