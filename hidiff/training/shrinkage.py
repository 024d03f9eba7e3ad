"""Shrinkage: weights whose denoiser is told the kinds of prior apart, and corrects some of them by a share.

A correction that is right on the whole and too sure of itself gains when it is taken in part: the logits of y0_hat lie
between the prior's and the network's. The shares are chosen on val.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from hidiff.checkpoints.manifest import CARD
from hidiff.checkpoints.networks import REAL_FILE, SEGMENTOR_FILE
from hidiff.errors import SettingsError
from hidiff.files import write_tensors, write_text
from hidiff.models.denoiser import Denoiser
from hidiff.pipeline import HiDiff
from hidiff.training.warm_start import load_matching
from hidiff.types import PRIOR_KINDS


def parse_shares(words: list[str]) -> dict[str, float]:
    """["segmentor=0.5", ...] -> {"segmentor": 0.5, ...}. Raises SettingsError for another kind or a share outside
    0..1."""
    shares = {}
    for word in words:
        kind, _, number = word.partition("=")
        try:
            shares[kind] = float(number)
        except ValueError:
            shares[kind] = -1.0
        if kind not in PRIOR_KINDS or not 0 <= shares[kind] <= 1:
            raise SettingsError(f"{word!r:.40} is no share; give KIND=SHARE, of {', '.join(PRIOR_KINDS)}, from 0 to 1.")
    return shares


@torch.no_grad()
def shrunk(denoiser: Denoiser, shares: Mapping[str, float]) -> Denoiser:
    """A denoiser of all kinds of prior that corrects those named by their share (0 leaves a prior as it is, 1 is all of
    the correction) and the others as the given one does. One that is told the kinds already keeps its rows, and the
    share is of their correction. Raises SettingsError for a denoiser without the prior's own logits."""
    config = denoiser.config
    if denoiser.trust is None:
        raise SettingsError("These weights cannot be shrunk; choose some with prior_skip.")
    out = Denoiser(replace(config, kinds=len(PRIOR_KINDS))).eval().requires_grad_(False)
    load_matching(out, denoiser.state_dict())
    assert out.gain is not None and out.trust is not None
    if config.kinds == 1:
        out.gain.fill_(1.0)
        out.trust.copy_(denoiser.trust.repeat(len(PRIOR_KINDS), 1))
    for index, kind in enumerate(PRIOR_KINDS):
        share = shares.get(kind, 1.0)
        rows = slice(index * config.T, (index + 1) * config.T)
        out.gain[rows] *= share
        out.trust[rows] = 1 - share + share * out.trust[rows]
    return out


def shrink(folder: Path, shares: Mapping[str, float], out: Path) -> HiDiff:
    """Write a folder's weights, shrunk, to another, `out`, its real-valued twin too, with a card that says so. Raises
    SettingsError as `shrunk` does and WeightsError for weights that cannot be read."""
    model = HiDiff.from_pretrained(folder, trainable=True)
    twin = HiDiff.from_pretrained(folder, network="real").denoiser if (folder / REAL_FILE).is_file() else None
    assert isinstance(model.denoiser, Denoiser)
    denoiser = shrunk(model.denoiser, shares)
    config = replace(model.config, denoiser=denoiser.config)
    card = json.loads((folder / CARD).read_text(encoding="utf-8")) if (folder / CARD).is_file() else {}
    made = HiDiff(config, model.segmentor, denoiser)
    made.save_pretrained(out)
    shutil.copyfile(folder / SEGMENTOR_FILE, out / SEGMENTOR_FILE)  # in the precision in which it came
    if isinstance(twin, Denoiser):
        half = torch.float16 in {value.dtype for value in load_file(folder / REAL_FILE).values()}
        state = shrunk(twin, shares).state_dict()
        write_tensors(
            out / REAL_FILE,
            {name: value.half() if half and value.is_floating_point() else value for name, value in state.items()},
        )
    words = " ".join(f"{kind}={share:g}" for kind, share in shares.items())
    card["shrunk"] = {"shares": dict(shares), "command": f"python -m hidiff train --shrink {words} --init-from DIR"}
    write_text(out / CARD, json.dumps(card, indent=2) + "\n")
    return made
