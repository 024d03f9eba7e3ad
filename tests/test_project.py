"""The project's own promises: pins that agree, commands of the README that exist, files that stay small."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hidiff

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "hidiff").glob("*/README.md"))]
COMMANDS = sorted(
    {(page, name) for page in PAGES for name in re.findall(r"-m hidiff ((?:publish )?\w+)", page.read_text())}
)


def pin(package: str) -> str:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return next(line.split("==")[1] for line in lines if line.startswith(f"{package}=="))


def test_the_space_runs_the_gradio_that_is_pinned() -> None:
    assert re.search(r"^sdk_version: (.+)$", README, re.M).group(1) == pin("gradio")  # type: ignore[union-attr]


def test_the_version_stands_in_one_place_more_and_agrees() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == hidiff.__version__


def test_the_changes_and_the_citation_are_of_this_version() -> None:
    changes = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert hidiff.__version__ in changes and changes == sorted(changes, reverse=True)
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {hidiff.__version__}\n" in citation and "cff-version: 1.2.0" in citation


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_names_files_that_exist(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_app_stays_thin() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) <= 60


@pytest.mark.parametrize("command", sorted({name for _, name in COMMANDS}))
def test_the_options_of_every_page_exist(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hidiff", *command.split(), "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    texts = [page.read_text().replace("\\\n", " ") for page, name in COMMANDS if name == command]
    for line in (found for text in texts for found in re.findall(rf"-m hidiff {command}([^\n`]*)", text)):
        for option in re.findall(r"--[a-z-]+", line):
            assert option in done.stdout, option
