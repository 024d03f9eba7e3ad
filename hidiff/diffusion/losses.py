"""Losses (paper, section III-E): of the segmentor, and of a reverse step."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor

from hidiff.diffusion import bernoulli


def soft_dice_loss(probability: Tensor, target: Tensor) -> Tensor:
    """1 - soft Dice over the pixels of each mask (B,K,H,W) -> (B,K), with one pixel of smoothing."""
    overlap = 2 * (probability * target).sum((2, 3)) + 1
    return 1 - overlap / ((probability + target).sum((2, 3)) + 1)


def segmentation_loss(logits: Tensor, target: Tensor, threshold: float = 0.5) -> Tensor:
    """L_seg: binary cross entropy + soft Dice, a scalar.

    threshold: the loss takes logits + logit(threshold), so that what it would have called that probability becomes 0.5,
    where masks are cut. The Dice term makes a segmentor generous; above 0.5 is less so.
    """
    logits = logits + math.log(threshold / (1 - threshold))
    return F.binary_cross_entropy_with_logits(logits, target) + soft_dice_loss(logits.sigmoid(), target).mean()


def refiner_loss(logits: Tensor, y_t: Tensor, y_0: Tensor, p: Tensor, t: int, alpha_bar: Tensor) -> dict[str, Tensor]:
    """The parts of L_BBDM, scalars: `kl` between theta_post and mu_hat (at t = 1 the negative log likelihood of
    y_0), `bce` of eps_hat against eps = y_t XOR y_0, `dice` of y0_hat. One denoiser call serves all.

    The prior in the equations is a constant: a gradient through it would lower the loss by saturating p, which
    makes all posteriors agree and no mask better.
    """
    p = p.detach()
    eps = (y_t - y_0).abs()
    bce = F.binary_cross_entropy_with_logits(logits, eps)
    y0_hat = bernoulli.estimate(y_t, logits.sigmoid())
    kl = bce
    if t > 1:
        alpha_bar_t, alpha_bar_s = float(alpha_bar[t]), float(alpha_bar[t - 1])
        alpha = alpha_bar_t / alpha_bar_s
        target = bernoulli.posterior(y_t, y_0, p, alpha, alpha_bar_s).clamp(1e-6, 1 - 1e-6)
        mu_hat = bernoulli.mixture_mean(y_t, y0_hat, p, alpha, alpha_bar_s).clamp(1e-6, 1 - 1e-6)
        kl = (target * (target / mu_hat).log() + (1 - target) * ((1 - target) / (1 - mu_hat)).log()).mean()
    return {"kl": kl, "bce": bce, "dice": soft_dice_loss(y0_hat, y_0).mean()}


def total(parts: Mapping[str, Tensor]) -> Tensor:
    """L_BBDM, a scalar, of the parts that `refiner_loss` gives."""
    return parts["kl"] + parts["bce"] + 0.5 * parts["dice"]
