"""How the packed engine lays maps and bits out in memory, in numpy; what the numbers mean, not how they are summed.

A map of C channels is C planes one after another. A plane holds the rows of the map, each followed by one place of
padding that serves its right border and the next row's left one; above and below lies a row of padding. Every tap of
a 3x3 window is then one fixed distance in memory, and a run of places can be worked on whatever rows it crosses.

Signs travel four channels to a byte: bit k of plane j is set where channel 4 j + k is +1. Padding is the byte 0x80,
for which a table look-up gives 0: a place outside counts neither as +1 nor as -1, as in the float simulation.

XNOR and popcount of four bits against four weights has 16 possible answers. Such a table fits in one vector
register, and one instruction looks up 16 or 32 places in it (the shuffle trick of Mula's vector popcount; Mula,
Kurz and Lemire, "Faster population counts using AVX2 instructions", Computer Journal 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

CHUNK = 64  # places that a kernel works on at once
GROUP = 4  # channels in a byte, and output channels that a kernel works on at once
PAD = 0x80

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def rounded_up(number: int, step: int) -> int:
    """The smallest multiple of `step` that is not below `number`."""
    return -(-number // step) * step


@dataclass(frozen=True)
class Grid:
    """Where the places of a height x width map lie in a plane."""

    height: int
    width: int

    @property
    def stride(self) -> int:
        """From one row to the next."""
        return self.width + 1

    @property
    def chunks(self) -> int:
        """Runs of CHUNK places that cover all rows."""
        return -(-self.height * self.stride // CHUNK)

    @property
    def origin(self) -> int:
        """The place of row 0, column 0."""
        return rounded_up(self.stride + 1, CHUNK)

    @property
    def length(self) -> int:
        """Places in a plane, margins included, so that no tap of no run leaves it."""
        return self.origin + self.chunks * CHUNK + rounded_up(self.stride + 1, CHUNK)

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """(chunks * CHUNK,): which places from `origin` on are places of the map."""
        place = np.arange(self.chunks * CHUNK)
        return (place % self.stride < self.width) & (place < self.height * self.stride)

    @cached_property
    def mask(self) -> F32:
        """`inside` as 1 and 0."""
        return self.inside.astype(np.float32)

    @cached_property
    def pad(self) -> U8:
        """PAD outside the map, else 0: what a byte of signs is joined with."""
        return np.where(self.inside, 0, PAD).astype(np.uint8)

    def planes(self, channels: int) -> F32:
        """Zeros for a map of that many channels, filled up to whole groups."""
        return np.zeros(rounded_up(channels, GROUP) * self.length, np.float32)

    def sign_planes(self, channels: int) -> U8:
        """Padding for the signs of a map of that many channels."""
        return np.full(-(-channels // GROUP) * self.length, PAD, np.uint8)

    def view(self, planes: NDArray[np.generic]) -> NDArray[np.generic]:
        """The places of the map in `planes`, (C,H,W), not a copy."""
        rows = planes.reshape(-1, self.length)[:, self.origin : self.origin + self.height * self.stride]
        return rows.reshape(-1, self.height, self.stride)[:, :, : self.width]

    def taps(self, planes: int) -> I64:
        """(planes * 9,): how far each tap of a 3x3 window is, plane by plane, from the window's centre in plane 0."""
        steps = np.arange(-1, 2)
        window = (steps[:, None] * self.stride + steps).ravel()
        return (np.arange(planes)[:, None] * self.length + window).ravel().astype(np.int64)

    def points(self, planes: int) -> I64:
        """(planes,): the same for a 1x1 window."""
        return np.arange(planes, dtype=np.int64) * self.length


def signs_to_bytes(signs: NDArray[np.bool_]) -> U8:
    """Signs (C,...), True for +1 -> (ceil(C/4),...) bytes; the bits of channels that do not exist are 0."""
    out = np.zeros((-(-len(signs) // GROUP), *signs.shape[1:]), np.uint8)
    for bit in range(GROUP):
        part = signs[bit::GROUP]
        out[: len(part)] |= part.astype(np.uint8) << np.uint8(bit)
    return out


# ------------------------------------------------------------------------------------------------ look-up tables
def _tables() -> NDArray[np.int8]:
    """(80,16): row w of the first 16 is half the agreement of four weights w with four signs, from -2 to 2; rows
    16 v + w, v = 1..4, are the whole agreement of the lowest v bits alone."""
    agreement = 1 - 2 * (np.arange(16)[:, None] >> np.arange(GROUP) & 1)  # (16,4): the sign of each bit, bit 1 is -1
    differ = agreement[np.arange(16)[:, None] ^ np.arange(16)]  # (w,a,bit): +1 where they agree
    whole = [differ[..., :valid].sum(-1) for valid in range(1, GROUP + 1)]
    return np.concatenate([whole[-1] // 2, *whole]).astype(np.int8)


TABLES = _tables()


@dataclass(frozen=True)
class BinaryWeights:
    """Signs of a 3x3 convolution (O,I,3,3) as a kernel reads them.

    codes (groups, I/4 * 9, 4): for each group of output channels and each look-up, four row numbers of TABLES.
    unit: what a sum of look-ups is to be multiplied by, 2 where I is whole bytes. ends: after which look-ups the
    8-bit sums are to be emptied into 16-bit ones; none of them can overflow before.
    """

    codes: U8
    unit: int
    ends: I64

    @classmethod
    def of(cls, signs: NDArray[np.bool_]) -> BinaryWeights:
        """signs (O,I,3,3), True for +1."""
        outputs, inputs = signs.shape[:2]
        rest = inputs % GROUP
        by_input = signs_to_bytes(signs.transpose(1, 0, 2, 3))  # (I/4,O,3,3)
        if rest:
            by_input[:-1] += 16 * GROUP
            by_input[-1] += np.uint8(16 * rest)
        full = np.zeros((len(by_input), rounded_up(outputs, GROUP), 9), np.uint8)
        full[:, :outputs] = by_input.reshape(len(by_input), outputs, 9)
        codes = full.reshape(len(by_input), -1, GROUP, 9).transpose(1, 0, 3, 2)
        lookups = 9 * len(by_input)
        largest = GROUP if rest else GROUP // 2
        ends = np.append(np.arange(0, lookups, 127 // largest), lookups)
        return cls(np.ascontiguousarray(codes).reshape(-1), 1 if rest else 2, ends.astype(np.int64))


def real_weights(matrix: F32) -> F64:
    """A matrix (O,I) as a kernel reads it: (groups, I, 4), flat; rows that do not exist are 0."""
    outputs, inputs = matrix.shape
    full = np.zeros((rounded_up(outputs, GROUP), inputs), np.float64)
    full[:outputs] = matrix
    return np.ascontiguousarray(full.reshape(-1, GROUP, inputs).transpose(0, 2, 1)).reshape(-1)


def padded(values: F32) -> F32:
    """(..., C) -> (..., C filled up with 0 to whole groups)."""
    spare = rounded_up(values.shape[-1], GROUP) - values.shape[-1]
    return np.ascontiguousarray(np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, spare)]), dtype=np.float32)
