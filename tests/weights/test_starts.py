"""The examples' starts and the README's film, with the weights that ship: what they show is what is said of them."""

from __future__ import annotations

import json
import re
import shlex
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hidiff.__main__ import main
from hidiff.imaging.files import read_image, read_mask
from hidiff.metrics import dice
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import prior_from_source

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = {entry["file"]: entry for entry in json.loads((ROOT / "examples" / "manifest.json").read_text())}
FILM = ROOT / "examples" / "refinement.webp"
MEASURED = {  # Dice of prior and of answer
    "polyp_small.jpg": (0.365, 0.958),
    "polyp_large.jpg": (0.639, 0.952),
    "polyp_pedunculated.jpg": (0.000, 0.882),
    "polyp_flat.jpg": (0.928, 0.908),
    "retina_synthetic_1.jpg": (0.408, 0.839),
    "retina_synthetic_2.jpg": (0.673, 0.861),
}


@lru_cache(maxsize=1)
def model_of(task: str) -> HiDiff:
    return HiDiff.from_pretrained(ROOT / "weights" / task)


@pytest.mark.parametrize("file", MEASURED)
def test_a_start_ends_as_it_was_measured(file: str) -> None:
    entry = ENTRIES[file]
    model, image = model_of(entry["task"]), read_image(ROOT / "examples" / file)
    truth = read_mask(ROOT / "examples" / entry["mask"]) > 127
    proposed = model.prior(image, model.settings().mirror)
    prior = prior_from_source(model.task, proposed, entry["start"]["source"], entry["start"]["seed"])
    refinement = model.refine(image, prior, seed=0).finish()
    before, after = (dice(p[0] > 0.5, truth) for p in (refinement.prior_map, refinement.probability()))
    assert (before, after) == pytest.approx(MEASURED[file], abs=0.01)  # another processor rounds a sum differently
    assert ("refinement loses" in entry["note"]) is (after < before)
    for said, value in zip(
        re.findall(r"Dice (0\.\d+) before, (0\.\d+) after", entry["note"]), [(before, after)], strict=False
    ):
        assert [float(number) for number in said] == pytest.approx(value, abs=0.01)


def test_the_readme_s_command_makes_the_readme_s_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = next(line for line in (ROOT / "README.md").read_text().splitlines() if "--animate --reference" in line)
    command = shlex.split(words)[3:]
    command[command.index("--out") + 1] = str(tmp_path)
    monkeypatch.chdir(ROOT)
    assert main(command) == 0
    with Image.open(next(tmp_path.glob("*.webp"))) as made, Image.open(FILM) as shown:
        assert made.n_frames == shown.n_frames == 13 and made.size == shown.size
        for index in range(13):
            made.seek(index)
            shown.seek(index)
            one, other = (np.asarray(moving.convert("RGB")).astype(float) for moving in (made, shown))
            assert np.abs(one - other).mean() < 2, index
    assert FILM.stat().st_size < 700_000
