"""Noise: the addressed uniform field, one number in (0, 1) for every seed, sample, time, channel, row and column.

A Bernoulli draw is y_t = [u_t < mean]. The number u is not taken from a stream but computed from its
address by a counter-based generator in integer arithmetic, so a tile, a batch, a second chain and another
machine read the same number at the same address, in any order.

Generator: Philox 4x32 with 10 rounds; Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC 2011, section 3.3.

Layout of an address (every field has its own bits, so no two addresses share a block and a lane):

    counter word 0   column // 4       column in [0, 2^31); lane column % 4 of the output is the number's word
    counter word 1   row               row in [0, 2^31)
    counter word 2   t                 t in [0, 2^16)
    counter word 3   sample * 2^16 + channel      both in [0, 2^16)
    key word 0, 1    seed mod 2^32, seed // 2^32  seed in [0, 2^63)
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

SEED_LIMIT = 2**63
SAMPLE_LIMIT = 2**16
TIME_LIMIT = 2**16
CHANNEL_LIMIT = 2**16
PIXEL_LIMIT = 2**31

_LANES = 4
_ROUNDS = 10
_WORD = 2**32
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
# About half a megabyte of words in flight: the rounds then run in the processor's cache.
_BAND_BLOCKS = 2**14

_U32 = npt.NDArray[np.uint32]
_U64 = npt.NDArray[np.uint64]
_Words = tuple[_U64, _U64, _U64, _U64]


def philox4x32(counter: _U32, key: tuple[SupportsIndex, SupportsIndex]) -> _U32:
    """Philox 4x32-10: four random words for each counter of four words.

    Args:
        counter: uint32, shape (..., 4).
        key: two words, each in [0, 2^32).

    Returns:
        uint32, shape (..., 4): the output block of each counter.

    Raises:
        ValueError: the counter is not uint32 with a last axis of 4, or a key word is out of range.

    Source: Salmon et al., SC 2011, section 3.3; agrees with the test vectors published with Random123.
    """
    if counter.dtype != np.uint32 or counter.ndim == 0 or counter.shape[-1] != 4:
        raise ValueError("The Philox counter must be a uint32 array whose last axis has length 4.")
    words = tuple(operator.index(word) for word in key)
    if len(words) != 2 or not all(0 <= word < _WORD for word in words):
        raise ValueError("The Philox key must be two whole numbers from 0 to 2^32 - 1.")
    wide = np.atleast_2d(counter).astype(np.uint64)
    block = _rounds((wide[..., 0], wide[..., 1], wide[..., 2], wide[..., 3]), (words[0], words[1]))
    return np.stack(block, axis=-1).astype(np.uint32).reshape(counter.shape)


def uniform_field(
    seed: SupportsIndex,
    sample: SupportsIndex,
    t: SupportsIndex,
    shape: tuple[SupportsIndex, SupportsIndex, SupportsIndex],
    origin: tuple[SupportsIndex, SupportsIndex] = (0, 0),
) -> npt.NDArray[np.float32]:
    """The uniform numbers u_t that decide the bits y_t of one sample, over a rectangle of pixels.

    Every value is an odd multiple of 2^-24, exact in float32: 2^23 equally likely values, symmetric about
    1/2, from 2^-24 to 1 - 2^-24. So u is never 0 or 1, and y = [u < mean] is sure for a mean of 0 or 1.

    Args:
        seed: in [0, 2^63).
        sample: index of the chain, in [0, 2^16).
        t: time of the bits that are drawn, in [0, 2^16): T for y_T; a step from t to s uses s.
        shape: (K, H, W), each at least 1. Channels are 0..K-1, K at most 2^16.
        origin: (row, column) of the first pixel. The field at an origin equals the slice of a larger field;
            row + H and column + W may reach 2^31.

    Returns:
        float32, shape (K, H, W), contiguous, values in (0, 1).

    Raises:
        ValueError: a number is not whole or lies outside its range.
    """
    seed = _whole("seed", seed, 0, SEED_LIMIT)
    sample = _whole("sample number", sample, 0, SAMPLE_LIMIT)
    t = _whole("time t", t, 0, TIME_LIMIT)
    if len(shape) != 3 or len(origin) != 2:
        raise ValueError("Give the noise a shape of (channels, rows, columns) and an origin of (row, column).")
    channels = _whole("number of channels", shape[0], 1, CHANNEL_LIMIT + 1)
    top = _whole("first row", origin[0], 0, PIXEL_LIMIT)
    left = _whole("first column", origin[1], 0, PIXEL_LIMIT)
    height = _whole("number of rows", shape[1], 1, PIXEL_LIMIT - top + 1)
    width = _whole("number of columns", shape[2], 1, PIXEL_LIMIT - left + 1)

    key = (seed % _WORD, seed // _WORD)
    first_block = left // _LANES
    blocks = (left + width - 1) // _LANES - first_block + 1
    skipped = left - first_block * _LANES
    # The words stay apart by axis and meet by broadcasting: most of the first two rounds costs nothing.
    column_word = np.arange(first_block, first_block + blocks, dtype=np.uint64)  # (blocks,)
    row_word = np.arange(top, top + height, dtype=np.uint64)[:, None]  # (H, 1)
    time_word = np.full(1, t, dtype=np.uint64)
    channel_word = np.arange(channels, dtype=np.uint64)[:, None, None]  # (K, 1, 1)
    sample_word = channel_word + np.uint64(sample * CHANNEL_LIMIT)

    field = np.empty((channels, height, width), dtype=np.float32)
    for band in _bands(height, channels * blocks):
        block = _rounds((column_word, row_word[band], time_word, sample_word), key)
        words = np.empty((*block[0].shape, _LANES), dtype=np.uint32)  # (K, h, blocks, 4)
        for lane, word in enumerate(block):
            words[..., lane] = word
        words >>= np.uint32(8)
        words |= np.uint32(1)
        # Below 2^24 the words are the same numbers as int32, which converts faster.
        rows = words.view(np.int32).reshape(channels, -1, blocks * _LANES)
        field[:, band] = rows[:, :, skipped : skipped + width]
    field *= np.float32(2.0**-24)
    return field


def _rounds(counter: _Words, key: tuple[int, int]) -> _Words:
    """Ten rounds on four broadcastable uint64 arrays that hold 32-bit words; at least one axis each."""
    x0, x1, x2, x3 = counter
    for index in range(_ROUNDS):
        k0, k1 = (np.uint64((word + index * step) % _WORD) for word, step in zip(key, _KEY_STEPS, strict=True))
        product0 = x0 * _MULTIPLIERS[0]
        product1 = x2 * _MULTIPLIERS[1]
        x0, x2 = (product1 >> _SHIFT) ^ (x1 ^ k0), (product0 >> _SHIFT) ^ (x3 ^ k1)
        x1, x3 = product1 & _LOW, product0 & _LOW
    return x0, x1, x2, x3


def _bands(height: int, blocks_per_row: int) -> Iterator[slice]:
    rows = max(1, _BAND_BLOCKS // blocks_per_row)
    for start in range(0, height, rows):
        yield slice(start, min(start + rows, height))


def _whole(name: str, value: SupportsIndex, low: int, limit: int) -> int:
    """The value as an int in [low, limit), or a ValueError."""
    try:
        number = operator.index(value)
    except TypeError:
        number = low - 1
    if not low <= number < limit:
        raise ValueError(f"The {name} is {value}; give a whole number from {low} to {limit - 1}.")
    return number
