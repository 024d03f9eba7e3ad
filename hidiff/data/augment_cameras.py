"""Camera augmentation: images as another camera would have taken them, as batched tensor operations on their device.

Uneven light, colour, tone, focus, resolution, sensor noise and JPEG, each drawn for each sample. The JPEG is the real
quantisation of 8 x 8 blocks of the discrete cosine transform, with the standard's tables and halved colour; only the
lossless coding of its numbers is left out. What moves or hides the object is not done here: labels hold as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

BLOCK = 8
_LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)  # ITU-T T.81, table K.1
_CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * BLOCK,) * 4,
)  # table K.2
_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))  # JFIF


def _drawn(generator: Generator, count: int, low: float, high: float) -> Tensor:
    """(count,1,1,1) in [low, high), on the generator's device."""
    return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator, device=generator.device)


def uneven_light(images: Tensor, generator: Generator) -> Tensor:
    """Darker away from some point of the frame, as behind a small lens: by up to 60 % at its far corner."""
    n, _, height, width = images.shape
    rows, columns = (torch.linspace(-1, 1, size, device=images.device) for size in (height, width))
    across = rows[:, None] - _drawn(generator, n, -0.5, 0.5)
    along = columns - _drawn(generator, n, -0.5, 0.5)
    distance = across**2 + along**2
    fall = distance / distance.amax((2, 3), keepdim=True)
    return images * (1 - _drawn(generator, n, 0, 0.6) * fall)


def recoloured(images: Tensor, generator: Generator) -> Tensor:
    """Another white balance, colour filters that overlap otherwise, saturation, contrast and brightness."""
    n, device = len(images), images.device
    gains = torch.exp(0.25 * (2 * torch.rand(n, 3, 1, generator=generator, device=device) - 1))
    mixing = torch.eye(3, device=device) + 0.06 * torch.randn(n, 3, 3, generator=generator, device=device)
    mixing = gains * mixing / mixing.sum(2, keepdim=True)
    grey = torch.full((3, 3), 1 / 3, device=device)
    saturation = _drawn(generator, n, 0.5, 1.5)[:, 0]
    mixing = (saturation * torch.eye(3, device=device) + (1 - saturation) * grey) @ mixing
    mixing = mixing * torch.exp(_drawn(generator, n, -0.3, 0.3)[:, 0])
    images = (mixing @ images.flatten(2)).view_as(images)
    mean = images.mean((1, 2, 3), keepdim=True)
    return ((images - mean) * _drawn(generator, n, 0.65, 1.35) + mean).clamp(0, 1)


def gamma(images: Tensor, generator: Generator) -> Tensor:
    """Another tone curve: a power of 0.6 to 1.6."""
    return images.clamp_min(1e-6) ** torch.exp(_drawn(generator, len(images), math.log(0.6), math.log(1.6)))


def out_of_focus(images: Tensor, generator: Generator) -> Tensor:
    """A Gaussian of 0.4 to 1.6 pixels."""
    sigma = _drawn(generator, len(images), 0.4, 1.6)
    reach = torch.arange(-5, 6, device=images.device)
    weight = torch.exp(-(reach**2) / (2 * sigma**2))
    weight = weight / weight.sum(-1, keepdim=True)  # (n,1,1,11)
    padded = F.pad(images, (5, 5, 5, 5), mode="replicate")
    height, width = images.shape[-2:]
    down = torch.zeros_like(padded[:, :, :height])
    for k in range(11):
        down += weight[..., k : k + 1] * padded[:, :, k : k + height]
    out = torch.zeros_like(images)
    for k in range(11):
        out += weight[..., k : k + 1] * down[..., k : k + width]
    return out


def coarser(images: Tensor, generator: Generator) -> Tensor:
    """Taken with 40 to 90 % of the pixels a side: each line of pixels averaged over what a larger pixel covers, and
    drawn out again."""
    factor = _drawn(generator, len(images), 0.4, 0.9)[:, 0]
    rows, columns = (_resampling(size, factor)[:, None] for size in images.shape[-2:])
    return rows @ images @ columns.transpose(-1, -2)


def _resampling(size: int, factor: Tensor) -> Tensor:
    """(n,size,size): down to `factor` (n,1,1) of a line and up again, both linear; rows sum to one."""
    place = torch.arange(size, device=factor.device) + 0.5
    coarse = place * factor  # where a pixel lies on the coarse line
    centres = place / factor  # where a coarse pixel lies on the line; those beyond the end get no weight
    up = (1 - (coarse.transpose(1, 2) - place).abs()).clamp_min(0)
    down = (1 - (centres.transpose(1, 2) - place).abs() * factor).clamp_min(0)
    joined = up @ (down / down.sum(-1, keepdim=True).clamp_min(1e-6))
    return joined / joined.sum(-1, keepdim=True).clamp_min(1e-6)


def noisy(images: Tensor, generator: Generator) -> Tensor:
    """A sensor's noise: that of the light, which grows with it, and that of reading it out, up to 4 % together; in half
    of the images finer than in colour, that is the same in all channels."""
    n, device = len(images), images.device
    light, reading = _drawn(generator, n, 0, 1e-3), _drawn(generator, n, 0, 0.025)
    grain = torch.randn(images.shape, generator=generator, device=device)
    grain = torch.where(_drawn(generator, n, 0, 1) < 0.5, grain[:, :1], grain)
    return images + (light * images.clamp(0, 1) + reading**2).sqrt() * grain


def compressed(images: Tensor, generator: Generator) -> Tensor:
    """Kept as a JPEG of quality 20 to 95."""
    return jpeg(images, _drawn(generator, len(images), 20, 95).flatten())


def jpeg(images: Tensor, quality: Tensor) -> Tensor:
    """images (n,3,H,W) in [0,1] as a JPEG of quality (n,), 1 to 100, would give them back; colour at half the
    resolution."""
    height, width = images.shape[-2:]
    matrix = torch.tensor(_YCC, device=images.device)
    beyond = (0, -width % (2 * BLOCK), 0, -height % (2 * BLOCK))
    ycc = F.pad(images.clamp(0, 1) * 255, beyond, mode="replicate")
    ycc = (matrix @ ycc.flatten(2)).view_as(ycc)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[:, None, None]
    luma = _quantised(ycc[:, :1] - 128, _LUMA, scale) + 128
    chroma = _quantised(F.avg_pool2d(ycc[:, 1:], 2), _CHROMA, scale)
    chroma = F.interpolate(chroma, scale_factor=2, mode="bilinear")
    kept = torch.cat([luma, chroma], 1)
    rgb = (torch.linalg.inv(matrix) @ kept.flatten(2)).view_as(kept)
    return (rgb[..., :height, :width] / 255).clamp(0, 1)


def _quantised(planes: Tensor, table: tuple[tuple[int, ...], ...], scale: Tensor) -> Tensor:
    """planes (n,C,H,W), whole blocks, whose cosine coefficients are rounded to multiples of the scaled table."""
    n, channels, height, width = planes.shape
    k = torch.arange(BLOCK, device=planes.device)
    cosines = torch.cos(math.pi * (2 * k + 1) * k[:, None] / (2 * BLOCK)) * math.sqrt(2 / BLOCK)
    cosines[0] /= math.sqrt(2)
    steps = ((torch.tensor(table, device=planes.device) * scale + 50) / 100).floor().clamp(1, 255)[:, None, None, None]
    blocks = planes.view(n, channels, height // BLOCK, BLOCK, width // BLOCK, BLOCK).transpose(3, 4)
    kept = ((cosines @ blocks @ cosines.T) / steps).round() * steps
    return (cosines.T @ kept @ cosines).transpose(3, 4).reshape_as(planes)


CAMERA: tuple[tuple[float, Callable[[Tensor, Generator], Tensor]], ...] = (
    (0.5, uneven_light),
    (1.0, recoloured),
    (0.8, gamma),
    (0.3, out_of_focus),
    (0.3, coarser),
    (0.4, noisy),
    (0.3, compressed),
)
"""What happens between scene and file, in order, and in which share of the images."""


def other_camera(images: Tensor, generator: Generator) -> Tensor:
    """images (B,3,H,W) in [0,1] as other cameras would have taken them, each by its own; the same range. generator: of
    their device. Black stays black: it is the border, not the scene."""
    scene = (images.amax(1, keepdim=True) > 0.01).to(images.dtype)
    chances = torch.rand(len(CAMERA), len(images), generator=generator, device=images.device).cpu()
    out = images.clone()
    for (share, change), chance in zip(CAMERA, chances, strict=True):
        index = (chance < share).nonzero()[:, 0].to(images.device)
        if len(index):
            out[index] = change(out[index], generator)
    return (out * scene).clamp(0, 1)
