"""Logit shift: weights whose segmentor's logits are raised by a constant, so that its masks are cut elsewhere.

A shift by c changes no order of the pixels. It moves the threshold at which a probability becomes a mask, from one half
to sigmoid(-c), into the segmentor itself: its masks, the app's and a chain that starts from its prior all follow.
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

from safetensors.torch import load_file

from hidiff.checkpoints.manifest import CARD, FileRecord
from hidiff.checkpoints.networks import SEGMENTOR_FILE
from hidiff.errors import SettingsError
from hidiff.files import write_tensors, write_text
from hidiff.models.segmentor_base import TrainableSegmentor
from hidiff.pipeline import HiDiff

LARGEST = 10.0  # logits


def raise_logits(folder: Path, by: float, out: Path) -> HiDiff:
    """Write a folder's weights to another, `out`, with `by` (-10 to 10) added to the segmentor's logits, and a card
    that says so. All else is copied as it is.

    Raises SettingsError for another number, for one folder twice and for a segmentor without a bias in its last layer,
    WeightsError for weights that cannot be read.
    """
    if not math.isfinite(by) or abs(by) > LARGEST:
        raise SettingsError(f"The logits cannot be raised by {by}; give a number from {-LARGEST:g} to {LARGEST:g}.")
    if folder.resolve() == out.resolve():
        raise SettingsError("--out is the folder of the weights themselves; choose another.")
    model = HiDiff.from_pretrained(folder, trainable=True)
    assert isinstance(model.segmentor, TrainableSegmentor)
    bias = model.segmentor.logit_bias()
    if bias is None:
        raise SettingsError("This segmentor's logits cannot be raised: its last layer has no bias.")
    name = next(name for name, one in model.segmentor.named_parameters() if one is bias)
    out.mkdir(parents=True, exist_ok=True)
    for file in sorted(folder.iterdir()):
        if file.is_file():
            shutil.copyfile(file, out / file.name)
    state = load_file(folder / SEGMENTOR_FILE)
    state[name] = (state[name].double() + by).to(state[name].dtype)
    write_tensors(out / SEGMENTOR_FILE, state)
    card = json.loads((folder / CARD).read_text(encoding="utf-8")) if (folder / CARD).is_file() else {}
    earlier = card.get("raised", {}).get("by", 0.0)
    card["raised"] = {
        "by": round(earlier + by, 6),
        "segmentor": FileRecord.of(folder / SEGMENTOR_FILE).sha256,
        "command": f"python -m hidiff train --raise-logits {by:g} --init-from DIR --out DIR",
    }
    write_text(out / CARD, json.dumps(card, indent=2) + "\n")
    return HiDiff.from_pretrained(out)
