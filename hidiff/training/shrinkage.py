"""Shrinkage: weights whose denoiser is told the kinds of prior apart, and corrects the segmentor's own by a share.

A correction that is right on the whole and too sure of itself gains when it is taken in part: the logits of y0_hat lie
between the prior's and the network's. The share is chosen on val. Priors of other kinds are corrected as before.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch

from hidiff.checkpoints.config import write_config
from hidiff.checkpoints.manifest import CARD
from hidiff.checkpoints.networks import REAL_FILE
from hidiff.errors import SettingsError
from hidiff.files import write_tensors, write_text
from hidiff.models.denoiser import PRIOR_KINDS, Denoiser
from hidiff.pipeline import HiDiff
from hidiff.training.warm_start import load_matching


@torch.no_grad()
def shrunk(denoiser: Denoiser, share: float) -> Denoiser:
    """A denoiser of all kinds of prior that corrects the segmentor's by this share (0 leaves it, 1 is all of it) and
    the others as the given one does. Raises SettingsError for a share outside 0..1, a denoiser that is told the kinds
    already, or one without the prior's own logits."""
    config = denoiser.config
    if not 0 <= share <= 1:
        raise SettingsError(f"The share is {share:g}; choose a number from 0 to 1.")
    if config.kinds > 1 or denoiser.trust is None:
        raise SettingsError("These weights cannot be shrunk; choose some with prior_skip and one kind of prior.")
    out = Denoiser(replace(config, kinds=len(PRIOR_KINDS))).eval().requires_grad_(False)
    load_matching(out, denoiser.state_dict())
    assert out.gain is not None and out.trust is not None
    out.gain[: config.T] = share
    out.trust[: config.T] = 1 - share + share * denoiser.trust
    return out


def shrink(folder: Path, share: float, out: Path) -> HiDiff:
    """Write a folder's weights, shrunk, to `out`, its real-valued twin too, with a card that says so. Raises
    SettingsError as `shrunk` does and WeightsError for weights that cannot be read."""
    model = HiDiff.from_pretrained(folder, trainable=True)
    twin = HiDiff.from_pretrained(folder, network="real").denoiser if (folder / REAL_FILE).is_file() else None
    assert isinstance(model.denoiser, Denoiser)
    denoiser = shrunk(model.denoiser, share)
    config = replace(model.config, denoiser=denoiser.config)
    card = json.loads((folder / CARD).read_text()) if (folder / CARD).is_file() else {}
    made = HiDiff(config, model.segmentor, denoiser)
    made.save_pretrained(out)
    write_config(out, config)
    if isinstance(twin, Denoiser):
        write_tensors(out / REAL_FILE, shrunk(twin, share).state_dict())
    card["shrunk"] = {"kind": "segmentor", "share": share, "command": f"python -m hidiff train --shrink {share:g}"}
    write_text(out / CARD, json.dumps(card, indent=2) + "\n")
    return made
