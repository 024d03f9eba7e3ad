"""Condition augmentation: image and features dropped, and styles of features mixed, in shares of the samples.

What a denoiser is shown of an image looks otherwise from another camera, or says nothing. Dropped, so that it learns
what masks look like by themselves; mixed as in "Domain generalization with MixStyle" (Zhou et al., ICLR 2021): the mean
and the spread of a channel are the camera's more than the object's.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Generator, Tensor

from hidiff.data.rng import uniform
from hidiff.training.batches import Batch, RefinerTraining

IMAGE_CENTRE = 0.45  # the brightness that the denoiser's stem takes for zero
MIXING = 0.1  # both parameters of the Beta distribution: most mixtures are nearly the one or the other


def augment_conditions(batch: Batch, settings: RefinerTraining, generator: Generator) -> Batch:
    """The batch with styles mixed, then parts dropped, each in its share of the samples; a share of 0 draws nothing."""
    if settings.style_mixing:
        batch = replace(batch, features=mix_styles(batch.features, settings.style_mixing, generator))
    if not settings.image_dropout and not settings.feature_dropout:
        return batch
    # the one lies within the other, so that with equal shares nothing but masks is left there
    chance = uniform(generator, len(batch.p), 0, 1).to(batch.p.device)[:, None, None, None]
    features = tuple(f.masked_fill(chance < settings.feature_dropout, 0) for f in batch.features)
    image = batch.image.masked_fill(chance < settings.image_dropout, IMAGE_CENTRE)
    return replace(batch, image=image, features=features)


def mix_styles(features: tuple[Tensor, ...], share: float, generator: Generator) -> tuple[Tensor, ...]:
    """Features (B,C,h,w) whose channels' mean and standard deviation lie, in this share of the samples, between their
    own and those of another sample, the same one on every map."""
    count = len(features[0])
    rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    own = torch.from_numpy(rng.beta(MIXING, MIXING, count)).float()
    own[torch.from_numpy(rng.random(count) >= share)] = 1.0
    other = torch.from_numpy(rng.permutation(count))
    mixed = []
    for given in features:
        values = given.float()
        mean, spread = values.mean((2, 3), keepdim=True), values.std((2, 3), keepdim=True, correction=0)
        weight, partner = own.to(given.device)[:, None, None, None], other.to(given.device)
        wanted_mean = weight * mean + (1 - weight) * mean[partner]
        wanted_spread = weight * spread + (1 - weight) * spread[partner]
        out = (values - mean) / spread.clamp_min(1e-6) * wanted_spread + wanted_mean
        mixed.append(torch.where(weight < 1, out, values).to(given.dtype))
    return tuple(mixed)
