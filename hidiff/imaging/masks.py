"""Binary masks and probability maps: the one rule that says which of the two an array of samples is.

In this order, whatever the depth and the file:

- One value: nothing is marked where it is 0, everything where it is another; a float between 0 and 1 is a probability.
- Two values are a mask, whatever they are; the higher one is on. Of two colours the brighter one is on.
- A few small whole numbers are a label map (2 to `MOST_LABELS` of them besides others, none above `MOST_LABEL`, or a
  few colours on black): every label but 0 is on.
- Anything else is a probability: bytes from 0 to 255, 16 bits from 0 to 65535, floats from 0 to 1, or to 255 where
  they reach its upper half. What lies outside that by more than the rounding of a resampled picture is refused: a
  percentage, logits, what is no number.

A lossy format has blurred its maker's values, so its pictures are always a mask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import ImageError
from hidiff.types import Mask

GivenMap = NDArray[Any]  # (H,W): bool for a mask, float32 in 0..1 for a probability

MASK_LEVEL = 127  # a byte above it is on
MOST_LABELS = 8  # values of a label map, 0 included
MOST_LABEL = 20  # the highest label: as many classes as PASCAL VOC has
ROUNDING = 0.01  # how far a float may lie outside its range, as a share of it: a resampled picture overshoots

NEARLY = 0.0005  # a mask that covers less of the image, or lacks less, is nearly empty or nearly full
_BLOCK = 1_000_000  # samples that are looked at together
_SMALL = (np.uint8, np.uint16)  # whose values are counted, not sorted
_OUTSIDE = "{} holds samples outside 0..1 and 0..255; scale them and try again."
_FAINT = 32  # in a lossy picture, what stays below is the format's own noise
_FULL_RANGE = 224  # a lossy picture that reaches it holds 0 to 255


def mask_or_probability(samples: NDArray[Any], exact: bool = True, name: str = "The mask") -> GivenMap:
    """Samples (H,W), grey, or (H,W,3), RGB, of any real type -> a mask (bool) or a probability (float32, 0 to 1).

    exact: False for a picture that a lossy format has blurred. name: what to call it in an error. Raises ImageError
    where a sample is no number or out of range.
    """
    samples = np.asarray(samples)
    if samples.dtype == np.bool_:
        marked: Mask = samples if samples.ndim == 2 else np.asarray(samples.any(axis=2))
        return marked
    if samples.dtype.kind not in "uif":
        raise ImageError(f"{name} holds {samples.dtype} samples; give a mask or a probability map of numbers.")
    if samples.dtype.kind == "f" and not np.isfinite(samples).all():
        raise ImageError(_OUTSIDE.format(name))
    if not exact:
        return _lossy(_grey(samples))
    few = _few_colours(samples) if samples.ndim == 3 else None
    return few if few is not None else _exact(_grey(samples), name)


def binary_mask(given: GivenMap) -> Mask:
    """What of a map (H,W) is on: a mask as it is, of a probability what exceeds one half."""
    mask: Mask = given if given.dtype == np.bool_ else given > 0.5
    return mask


def marked_doubt(mask: Mask, name: str) -> str:
    """A sentence about a mask that is empty, full or nearly so, with its name; "" about any other."""
    on, total = int(mask.sum()), mask.size
    if on == 0:
        return f"{name} is empty: no pixel of it is on."
    if on == total:
        return f"{name} is on everywhere."
    if on < NEARLY * total:
        return f"{name} is nearly empty: {on} of its {total} pixels are on."
    if total - on < NEARLY * total:
        return f"{name} is nearly full: all but {total - on} of its {total} pixels are on."
    return ""


def require_size(shape: tuple[int, ...], size: tuple[int, ...], name: str, of: str = "its image") -> None:
    """Raise ImageError unless a mask (h,w) has the image's size (height, width)."""
    if tuple(shape) != tuple(size):
        raise ImageError(f"{name} is {shape[1]} x {shape[0]} and {of} {size[1]} x {size[0]}; give both one size.")


def _grey(samples: NDArray[Any]) -> NDArray[Any]:
    grey: NDArray[Any] = samples if samples.ndim == 2 else samples.max(axis=2)
    return grey


def _lossy(grey: NDArray[Any]) -> Mask:
    top = int(grey.max())
    mask: Mask = grey > (top // 2 if _FAINT <= top < _FULL_RANGE else MASK_LEVEL)
    return mask


def _few_colours(samples: NDArray[Any]) -> Mask | None:
    """The mask of a picture of a few colours that are not greys; None where it is another picture."""
    if samples.dtype.kind == "f" or all(bool((some == some[..., :1]).all()) for some in _blocks(samples)):
        return None
    apart = samples.reshape(-1, samples.shape[2])[:: max(1, samples[..., 0].size // 4096)]
    if len(np.unique(_codes(apart))) > MOST_LABELS:  # told from a sample, long before all are sorted
        return None
    codes = np.concatenate([np.unique(_codes(some)) for some in _blocks(samples)])
    found = _distinct(codes, MOST_LABELS)
    if found is None:
        return None
    colours = [tuple(int(code) >> shift & 0xFFFFF for shift in (40, 20, 0)) for code in found]
    if len(colours) == 2:
        ground = found[min((0, 1), key=lambda index: (max(colours[index]), sum(colours[index])))]
    elif (0, 0, 0) in colours and any(len(set(colour)) > 1 for colour in colours):
        ground = found[colours.index((0, 0, 0))]
    else:
        return None
    on: Mask = np.concatenate([_codes(some) != ground for some in _blocks(samples)])
    return on


def _codes(colours: NDArray[Any]) -> NDArray[np.uint64]:
    """Colours (...,3) as one number each."""
    codes = colours[..., 0].astype(np.uint64)
    for channel in (1, 2):
        codes = codes * np.uint64(1 << 20) + colours[..., channel].astype(np.uint64)
    return codes


def _blocks(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Some rows at a time, so that what is made of them takes little memory."""
    rows = max(1, _BLOCK // max(1, values[0].size)) if len(values) else 1
    for top in range(0, len(values), rows):
        yield values[top : top + rows]


def _exact(grey: NDArray[Any], name: str) -> GivenMap:
    values = _distinct(grey, MOST_LABELS)
    if values is not None and len(values) == 1:
        if grey.dtype.kind == "f" and not -ROUNDING <= values[0] <= 255 * (1 + ROUNDING):
            raise ImageError(_OUTSIDE.format(name))
        if grey.dtype.kind == "f" and 0 < values[0] < 1:
            return grey.astype(np.float32)
        return np.full(grey.shape, bool(values[0] != 0))
    if values is not None and len(values) == 2:
        on: Mask = grey == values[1]
        return on
    if values is not None and _are_labels(values):
        labelled: Mask = grey != 0
        return labelled
    return _probability(grey, name)


def _are_labels(values: NDArray[Any]) -> bool:
    whole = values.dtype.kind != "f" or bool((values == np.round(values)).all())
    return whole and values[0] >= 0 and 1 < values[-1] <= MOST_LABEL


def _probability(grey: NDArray[Any], name: str) -> NDArray[np.float32]:
    least, top = grey.min(), grey.max()
    if grey.dtype.kind == "u" and grey.dtype.itemsize <= 2:
        scaled = grey.astype(np.float32)
        scaled /= np.float32(np.iinfo(grey.dtype).max)
        return scaled
    full = 1 if grey.dtype.kind == "f" and top <= 1 + ROUNDING else 255
    if least < -ROUNDING * full or top > full * (1 + ROUNDING) or 1 + ROUNDING < top <= full / 2:
        raise ImageError(_OUTSIDE.format(name))
    probability = np.empty(grey.shape, np.float32)
    for some, part in zip(_blocks(grey), _blocks(probability), strict=True):
        part[...] = np.clip(some / full, 0, 1)
    return probability


def _distinct(values: NDArray[Any], most: int) -> NDArray[Any] | None:
    """The values that occur, sorted; None where they are more than `most`."""
    flat = values.reshape(-1)
    if len(np.unique(flat[:: max(1, flat.size // 4096)])) > most:  # told from a sample, long before all are sorted
        return None
    found = flat[:0]
    for some in _blocks(flat):
        found = np.union1d(found, np.flatnonzero(np.bincount(some)) if values.dtype in _SMALL else some)
        if len(found) > most:
            return None
    found = found.astype(values.dtype)
    return found if len(found) <= most else None
