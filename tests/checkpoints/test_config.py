"""config.json: what is written is read back, and what is no config is refused in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hidiff.checkpoints.config import CONFIG_FORMAT, read_config, write_config
from hidiff.checkpoints.hub import EMBEDDED
from hidiff.errors import WeightsError

SHIPPED = sorted(path.parent for path in EMBEDDED.glob("*/config.json"))
pytestmark = pytest.mark.skipif(not SHIPPED, reason="no weights are embedded yet")


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_shipped_configs_are_read_and_written_back(folder: Path, tmp_path: Path) -> None:
    config = read_config(folder)
    assert config.task.name == folder.name
    write_config(tmp_path / "copy", config)
    assert read_config(tmp_path / "copy") == config


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff", b"[" * 100_000])
def test_a_config_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(WeightsError, match=r"config\.json in .* cannot be read; fetch"):
        read_config(tmp_path)


@pytest.mark.parametrize("data", [None, [], 3, {}, {"format": CONFIG_FORMAT + 1}])
def test_another_format_is_refused(tmp_path: Path, data: object) -> None:
    (tmp_path / "config.json").write_text(json.dumps(data))
    with pytest.raises(WeightsError, match=f"this version reads {CONFIG_FORMAT}"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    "change", [{"task": None}, {"denoiser": {}}, {"settings": {"steps": 0}}, {"segmentor": {"unknown": 1}}]
)
def test_a_field_that_is_not_known_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    write_config(tmp_path, read_config(SHIPPED[0]))
    known = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**known, **change}))
    with pytest.raises(WeightsError, match="not one this version reads"):
        read_config(tmp_path)


def test_a_config_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    config = read_config(SHIPPED[0])
    write_config(tmp_path, config)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space"):
        write_config(tmp_path, replace(config, settings=replace(config.settings, samples=3)))
    assert read_config(tmp_path) == config
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
