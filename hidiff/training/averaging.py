"""The mean of several runs' weights: often steadier than any of them.

Model soups (Wortsman et al., ICML 2022). It works for runs that went on from a common start, for these lie in one
valley of the loss.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hidiff.checkpoints.manifest import CARD, FileRecord
from hidiff.errors import SettingsError
from hidiff.files import write_text
from hidiff.pipeline import DENOISER_FILE, SEGMENTOR_FILE, HiDiff

# in a card: what made it
MADE_BY = ("command", "plan", "start", "averaged", "raised", "data", "seed", "commits", "how_it_ran")
_NEWS = ("val", "test", "calibration", "twin", "bench", "minutes_of_the_last_session")  # true of one run alone


def mean_state(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of each floating-point tensor, summed in float64; whole numbers (counters) are the last one's."""
    out = {}
    for name, last in states[-1].items():
        if last.is_floating_point():
            out[name] = torch.stack([state[name].double() for state in states]).mean(0).to(last.dtype)
        else:
            out[name] = last.clone()
    return out


def average(folders: Sequence[Path], out: Path) -> HiDiff:
    """Write the mean of the weights in `folders` to `out`, with the last one's settings, and a card that says so.

    Raises SettingsError for fewer than two folders or networks of different makes, WeightsError for unreadable ones.
    """
    if len(folders) < 2:
        raise SettingsError("An average needs two folders of weights or more; name them all.")
    models = [HiDiff.from_pretrained(folder, trainable=True) for folder in folders]
    last = models[-1]
    for model in models:
        if (model.task, model.config.segmentor, model.config.denoiser) != (
            last.task,
            last.config.segmentor,
            last.config.denoiser,
        ):
            raise SettingsError("The weights to average are of different makes; choose runs of one task and one plan.")
    last.segmentor.load_state_dict(mean_state([model.segmentor.state_dict() for model in models]))
    last.denoiser.load_state_dict(mean_state([model.denoiser.state_dict() for model in models]))
    last.save_pretrained(out)
    cards = [_card(folder) for folder in folders]
    told: dict[str, Any] = {key: value for key, value in cards[-1].items() if key not in (*MADE_BY, *_NEWS)}
    told["command"] = f"python -m hidiff train --average {' '.join(['DIR'] * len(folders))} --out DIR"
    told |= {key: cards[-1][key] for key in ("data", "seed") if key in cards[-1]}
    told["commits"] = list(dict.fromkeys(commit for card in cards for commit in card.get("commits", [])))
    told["averaged"] = [
        {
            "files": {name: FileRecord.of(folder / name).sha256 for name in (SEGMENTOR_FILE, DENOISER_FILE)},
            **{key: card[key] for key in MADE_BY if key in card},
        }
        for folder, card in zip(folders, cards, strict=True)
    ]
    write_text(out / CARD, json.dumps(told, indent=2) + "\n")
    return last


def _card(folder: Path) -> dict[str, Any]:
    file = folder / CARD
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found
