"""app.py itself, started as on a Space, with random weights of the real networks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from gradio_client import Client, handle_file

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.segmentor import LiteConfig, LiteSegmentor
from hidiff.pipeline import HiDiff
from hidiff.tasks import POLYP, TASKS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights for one task, and of another a folder without its networks."""
    torch.manual_seed(0)
    segmentor = LiteConfig(width=16)
    denoiser = DenoiserConfig(feature_channels=16, channels=(8, 12, 16, 16, 24), blocks=1, heads=2)
    model = HiDiff(HiDiffConfig(POLYP, segmentor, denoiser), LiteSegmentor(segmentor), Denoiser(denoiser))
    folder = tmp_path_factory.mktemp("weights")
    model.save_pretrained(folder / "polyp")
    (folder / "fundus").mkdir()
    (folder / "fundus" / "config.json").write_bytes((folder / "polyp" / "config.json").read_bytes())
    return folder


@contextmanager
def running(weights: Path, tmp_path: Path) -> Iterator[str]:
    """The address of app.py in a process of its own, started from another folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "HIDIFF_WEIGHTS": str(weights),
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(tmp_path / "gradio"),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PYTHONPATH": str(ROOT),
    }
    log = tmp_path / "log.txt"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")], cwd=tmp_path, env=environment, stdout=stream, stderr=stream
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                with urllib.request.urlopen(url, timeout=5):
                    break
            except OSError:
                time.sleep(0.3)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_it_answers_and_segments_and_names_the_task_whose_weights_are_not_whole(weights: Path, tmp_path: Path) -> None:
    from bright_model import save_disc

    save_disc(tmp_path / "disc.png")
    with running(weights, tmp_path) as url:
        page = urllib.request.urlopen(url, timeout=PATIENCE).read().decode()
        assert "Not available here" in page
        assert TASKS["fundus"].title in page
        client = Client(url, verbose=False, httpx_kwargs={"timeout": PATIENCE})
        mask, report = client.predict(
            handle_file(str(tmp_path / "disc.png")), "polyp", steps=2, samples=1, seed=0, api_name="/refine"
        )
        assert Path(mask).is_file()
        assert report["settings"]["steps"] == 2
        client.close()


def test_it_starts_without_any_weights(tmp_path: Path) -> None:
    with running(tmp_path / "none", tmp_path) as url:
        page = urllib.request.urlopen(url, timeout=PATIENCE).read().decode()
        assert "There are no weights here" in page
