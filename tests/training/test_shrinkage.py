"""Weights whose correction is taken in part: by kind of prior, in every network of the folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_model import build, disc, picture

from hidiff.checkpoints.networks import SEGMENTOR_FILE
from hidiff.diffusion.bernoulli import estimate
from hidiff.errors import SettingsError
from hidiff.models.denoiser import Denoiser
from hidiff.pipeline import HiDiff
from hidiff.training.shrinkage import parse_shares, shrink, shrunk
from hidiff.types import PRIOR_KINDS

H, W = 64, 64


@pytest.fixture(scope="module")
def model() -> HiDiff:
    plain = build()
    config = replace(plain.config, denoiser=replace(plain.config.denoiser, prior_skip=True))
    with torch.random.fork_rng():
        torch.manual_seed(1)
        denoiser = Denoiser(config.denoiser)
    with torch.no_grad():
        assert denoiser.trust is not None
        denoiser.trust.fill_(0.6)
    return HiDiff(config, plain.segmentor, denoiser)


@torch.inference_mode()
def test_logits_lie_between_the_prior_s_and_the_network_s(model: HiDiff) -> None:
    network = model.denoiser
    assert isinstance(network, Denoiser)
    out = shrunk(network, {"segmentor": 0.25, "scribbles": 0.0})
    generator = torch.Generator().manual_seed(0)
    image, p = torch.rand(1, 3, H, W, generator=generator), 0.1 + 0.8 * torch.rand(1, 1, H, W, generator=generator)
    y_t = (torch.rand(1, 1, H, W, generator=generator) < 0.4).float()
    features = [torch.randn(1, 8, H // stride, W // stride, generator=generator) for stride in (4, 8, 16, 32)]
    t = torch.tensor([4])
    whole = (1 - 2 * y_t) * network(image, y_t, p, t, features)  # logits of y0_hat
    for kind, share in (("segmentor", 0.25), ("unknown", 1.0), ("scribbles", 0.0)):
        whose = torch.tensor([PRIOR_KINDS.index(kind)])
        logits = out(image, y_t, p, t, features, whose)
        found = torch.logit(estimate(y_t, logits.sigmoid()))
        torch.testing.assert_close(found, (1 - 2 * y_t) * logits, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(found, share * whole + (1 - share) * torch.logit(p), rtol=1e-3, atol=1e-3)


def test_a_folder_is_written_that_loads_and_says_what_was_done(model: HiDiff, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "before")
    shrink(tmp_path / "before", {"segmentor": 0.0}, tmp_path / "after")
    after = HiDiff.from_pretrained(tmp_path / "after")
    image, mask = picture(H, W), disc(H, W, 30, 30, 10)
    own = after.refine(image, focus=False).finish()
    assert np.allclose(own.probability(), own.prior_map, atol=1e-4)
    before = HiDiff.from_pretrained(tmp_path / "before")
    given = [each.refine(image, mask).finish().probability() for each in (before, after)]
    assert np.array_equal(*given)
    assert json.loads((tmp_path / "after" / "card.json").read_text())["shrunk"]["shares"] == {"segmentor": 0.0}
    files = [(tmp_path / folder / SEGMENTOR_FILE).read_bytes() for folder in ("before", "after")]
    assert files[0] == files[1]
    plain = replace(model.config.denoiser, prior_skip=False)
    with pytest.raises(SettingsError, match="cannot be shrunk"):
        shrunk(Denoiser(plain), {"segmentor": 0.5})


@torch.no_grad()
def test_a_share_of_a_share(model: HiDiff) -> None:
    network = model.denoiser
    assert isinstance(network, Denoiser)
    once = shrunk(network, {"segmentor": 0.2, "unknown": 0.5})
    twice = shrunk(shrunk(network, {"segmentor": 0.5}), {"segmentor": 0.4, "unknown": 0.5})
    assert once.state_dict().keys() == twice.state_dict().keys()
    for name, value in once.state_dict().items():
        torch.testing.assert_close(value, twice.state_dict()[name])


def test_shares_are_read_and_wrong_ones_refused() -> None:
    assert parse_shares(["segmentor=0.5", "scribbles=0"]) == {"segmentor": 0.5, "scribbles": 0.0}
    for word in ("segmentor", "nobody=0.5", "scribbles=2", "scribbles=x", "scribbles=nan"):
        with pytest.raises(SettingsError, match="give KIND=SHARE"):
            parse_shares([word])
