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

from hidiff.app import _without_folders
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
    with process_of(weights, tmp_path) as (_, url):
        yield url


@contextmanager
def process_of(weights: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process, and its address."""
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
        yield process, url
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


def test_after_sigterm_nothing_of_a_visitor_is_left(weights: Path, tmp_path: Path) -> None:
    """In the middle of a run, too: its visitor is told, and the process ends by itself."""
    from bright_model import save_disc

    save_disc(tmp_path / "Jane Doe 1970-01-01.png")
    with process_of(weights, tmp_path) as (process, url):
        client = Client(url, verbose=False, httpx_kwargs={"timeout": PATIENCE})
        image = handle_file(str(tmp_path / "Jane Doe 1970-01-01.png"))
        client.predict(image, "polyp", api_name="/prior")
        job = client.submit(image, "polyp", steps=10, samples=16, api_name="/refine")
        deadline = time.monotonic() + PATIENCE
        while not job.outputs() and time.monotonic() < deadline:
            time.sleep(0.05)
        folder = tmp_path / "gradio" / "hidiff"
        assert folder.stat().st_mode & 0o777 == 0o700 and [path for path in folder.rglob("*.png")]
        process.terminate()
        assert process.wait(60) == 0
        left = [path for path in folder.rglob("*") if path.is_file()]
        assert left == []
    log = (tmp_path / "log.txt").read_text()
    assert "Traceback" not in log and "Jane" not in log, log


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The file /srv/secret/polyp/config.json is cut.", "The file config.json is cut."),
        ("The folder C:\\Users\\me\\polyp holds nothing.", "The folder polyp holds nothing."),
        ("owner/name of https://huggingface.co/owner/name and/or 3/4", None),
    ],
)
def test_visitors_are_shown_no_folder_of_the_server(said: str, shown: str | None) -> None:
    assert _without_folders(said) == (said if shown is None else shown)
