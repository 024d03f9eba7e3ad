"""The packed engine's layers as numba kernels.

Importing this module compiles nothing; the first call does, or reads what an earlier process compiled.

A kernel that takes long shares its work out over threads by (band of places, group of four output channels), and no
sum is ever split: the number of threads changes no bit. All maps are flat planes as `layout.Grid` lays them out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import config, get_thread_id, njit, prange
from numpy.typing import NDArray

from hidiff.files import own_temporary_folder
from hidiff.models.packed.layout import CHUNK
from hidiff.models.packed.vectors import REAL_RUN, agreement, float_of_bits, sign_bytes, weighted

BAND = 8  # chunks of one band: their signs and one group's weights fit in the first cache
THREADS = int(config.NUMBA_NUM_THREADS)

# numba keeps compiled code as long as this file is the same, whatever it was built from: with `vectors` or
# `layout` changes this number, which a test compares with theirs
BUILT_FROM = 317318721


def compiled(parallel: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A kernel that is kept on disk: beside this file, in the user's own cache, or in a temporary folder that is the
    user's alone. Where none of them can be written, it works all the same."""

    def make(function: Callable[..., Any]) -> Callable[..., Any]:
        options = {"nogil": True, "parallel": parallel, "error_model": "numpy"}
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # numba itself has found no folder for its cache
            pass
        try:
            config.CACHE_DIR = str(own_temporary_folder("hidiff-numba"))
            return njit(cache=True, **options)(function)
        except (RuntimeError, OSError):
            config.CACHE_DIR = ""
            return njit(**options)(function)

    return make


class Scratch(NamedTuple):
    """A place for one tile's sums for each thread, (threads, 256): of signs, and of real numbers in either type."""

    sums: NDArray[np.int16]
    double: NDArray[np.float64]
    single: NDArray[np.float32]


def scratch() -> Scratch:
    """A new one."""
    shape = (THREADS, 4 * CHUNK)
    return Scratch(np.zeros(shape, np.int16), np.zeros(shape, np.float64), np.zeros(shape, np.float32))


# ------------------------------------------------------------------------------------------------- binary layers
@compiled(parallel=False)
def _activate(dots, x, place, length, scale, shift, slope, after, mask, start, channel):  # type: ignore[no-untyped-def]
    """One tile after its binary sums: scale, residual, RPReLU, into x."""
    inside = mask[start : start + CHUNK]
    for f in range(4):
        a, b = scale[channel + f], shift[channel + f]
        s, o = slope[channel + f], after[channel + f]
        d = dots[f * CHUNK : (f + 1) * CHUNK]
        row = x[place + f * length : place + f * length + CHUNK]
        for i in range(CHUNK):
            h = row[i] + (a * np.float32(d[i]) + b)
            row[i] = ((h if h >= 0 else h * s) + o) * inside[i]


@compiled(parallel=True)
def binary_layer(seen, taps, codes, ends, x, shape, scale, shift, slope, after, threshold, mask, pad, signs, sums):  # type: ignore[no-untyped-def]
    """A block in one pass: binary convolution of the signs `seen`, BatchNorm, residual and RPReLU into x, next signs.

    shape: origin, length of a plane, chunks. scale .. threshold: numbers of each channel, at one time t. signs may
    not be `seen`.
    """
    origin, length, chunks = shape
    groups = scale.size // 4
    bands = (chunks + BAND - 1) // BAND
    for task in prange(bands * groups):
        band, group = task // groups, task % groups
        dots = sums[get_thread_id()]
        first = group * 4
        for chunk in range(band * BAND, min(chunks, band * BAND + BAND)):
            start = chunk * CHUNK
            place = origin + start
            agreement(seen, place, taps, codes, first * taps.size, ends, dots)
            _activate(dots, x, first * length + place, length, scale, shift, slope, after, mask, start, first)
            sign_bytes(x, first * length + place, length, threshold, first, pad, start, signs, group * length + place)


@compiled(parallel=True)
def binary_sums(seen, taps, codes, ends, shape, groups, unit, scale, out, sums):  # type: ignore[no-untyped-def]
    """The bare binary convolution: out = integer sum * scale of the channel, float32 planes."""
    origin, length, chunks = shape
    bands = (chunks + BAND - 1) // BAND
    for task in prange(bands * groups):
        band, group = task // groups, task % groups
        dots = sums[get_thread_id()]
        for chunk in range(band * BAND, min(chunks, band * BAND + BAND)):
            place = origin + chunk * CHUNK
            agreement(seen, place, taps, codes, group * taps.size * 4, ends, dots)
            for f in range(4):
                factor = np.float32(unit) * scale[group * 4 + f]
                start = (group * 4 + f) * length + place
                row = out[start : start + CHUNK]
                d = dots[f * CHUNK : (f + 1) * CHUNK]
                for i in range(CHUNK):
                    row[i] = np.float32(d[i]) * factor


# --------------------------------------------------------------------------------------------------- real layers
@compiled(parallel=True)
def real_layer(x, taps, weights, bias, added, gelu, x_origin, shape, mask, threshold, pad, signs, out, sums):  # type: ignore[no-untyped-def]
    """out = weighted sum of x over the taps + bias + added (planes like out's, or none), 0 at the padding; with
    `gelu` through that; and where `signs` is not empty the signs of out + threshold."""
    origin, length, chunks = shape
    groups = bias.size // 4
    bands = (chunks + BAND - 1) // BAND
    for task in prange(bands * groups):
        band, group = task // groups, task % groups
        tile = sums[get_thread_id()]
        for chunk in range(band * BAND, min(chunks, band * BAND + BAND)):
            start = chunk * CHUNK
            for run in range(CHUNK // REAL_RUN):
                weighted(
                    x,
                    x_origin + start + run * REAL_RUN,
                    taps,
                    weights,
                    group * taps.size * 4,
                    4,
                    tile,
                    run * REAL_RUN,
                )
            inside = mask[start : start + CHUNK]
            for f in range(4):
                channel = group * 4 + f
                b = bias[channel]
                part = tile[f * CHUNK : (f + 1) * CHUNK]
                place = channel * length + origin + start
                row = out[place : place + CHUNK]
                if added.size:
                    more = added[place : place + CHUNK]
                    for i in range(CHUNK):
                        row[i] = (np.float32(part[i] + b) + more[i]) * inside[i]
                elif gelu:
                    for i in range(CHUNK):
                        row[i] = _gelu(np.float32(part[i] + b)) * inside[i]
                else:
                    for i in range(CHUNK):
                        row[i] = np.float32(part[i] + b) * inside[i]
            if signs.size:
                place = origin + start
                first = group * 4
                sign_bytes(
                    out, first * length + place, length, threshold, first, pad, start, signs, group * length + place
                )


@compiled(parallel=False)
def _exp(x):  # type: ignore[no-untyped-def]
    """exp of a float32 that is at most a few, to a few units in the last place; 0 far below."""
    x = max(x, np.float32(-87.0))
    n = np.floor(x * np.float32(1.4426950408889634) + np.float32(0.5))
    r = (x - n * np.float32(0.693359375)) + n * np.float32(2.12194440e-4)
    s = np.float32(1 / 720) + r * np.float32(1 / 5040)
    s = np.float32(1 / 120) + r * s
    s = np.float32(1 / 24) + r * s
    s = np.float32(1 / 6) + r * s
    s = np.float32(0.5) + r * s
    s = np.float32(1) + r * s
    s = np.float32(1) + r * s
    return s * float_of_bits(np.int32((np.int32(n) + np.int32(127)) << np.int32(23)))


@compiled(parallel=False)
def _gelu(x):  # type: ignore[no-untyped-def]
    """x times the normal distribution function; erf by 7.1.26 of Abramowitz and Stegun, off by at most 1.5e-7."""
    z = abs(x) * np.float32(0.7071067811865476)
    k = np.float32(1) / (np.float32(1) + np.float32(0.3275911) * z)
    s = np.float32(-1.453152027) + k * np.float32(1.061405429)
    s = np.float32(1.421413741) + k * s
    s = np.float32(-0.284496736) + k * s
    s = np.float32(0.254829592) + k * s
    tail = np.float32(0.5) * (k * s) * _exp(-z * z)  # the distribution function at -|x|
    return x * (np.float32(1) - tail if x >= 0 else tail)


# ------------------------------------------------------------------------------------------- between the levels
@compiled(parallel=True)
def pool(x, fine, height, width, coarse, channels, out):  # type: ignore[no-untyped-def]
    """Means of 2 x 2 places. fine, coarse: origin, length, row stride; height, width: of the coarse map."""
    origin, length, stride = fine
    origin_c, length_c, stride_c = coarse
    half = 2 * width
    for channel in prange(channels):
        for r in range(height):
            start = channel * length + origin + 2 * r * stride
            a, b = x[start : start + half], x[start + stride : start + stride + half]
            place = channel * length_c + origin_c + r * stride_c
            row = out[place : place + width]
            for i in range(width):
                row[i] = (((a[2 * i] + a[2 * i + 1]) + b[2 * i]) + b[2 * i + 1]) * np.float32(0.25)


@compiled(parallel=True)
def merge_up(coarse_x, coarse, height, width, x, fine, mask_chunks, threshold, pad, signs):  # type: ignore[no-untyped-def]
    """x += coarse_x, each place of it twice as high and wide; then the signs of x + threshold."""
    origin_c, length_c, stride_c = coarse
    origin, length, stride = fine
    groups = threshold.size // 4
    for group in prange(groups):
        for channel in range(group * 4, group * 4 + 4):
            for r in range(height):
                place = channel * length_c + origin_c + r * stride_c
                small = coarse_x[place : place + width]
                start = channel * length + origin + 2 * r * stride
                a, b = x[start : start + 2 * width], x[start + stride : start + stride + 2 * width]
                for i in range(width):
                    a[2 * i] += small[i]
                    a[2 * i + 1] += small[i]
                    b[2 * i] += small[i]
                    b[2 * i + 1] += small[i]
        for chunk in range(mask_chunks):
            place = origin + chunk * CHUNK
            first = group * 4
            sign_bytes(
                x, first * length + place, length, threshold, first, pad, chunk * CHUNK, signs, group * length + place
            )


@compiled(parallel=False)
def fold_bits(y, patch, shape, out):  # type: ignore[no-untyped-def]
    """y (K,H,W) of 0 and 1 -> planes of -1 and 1, patch x patch pixels of a class to as many channels."""
    origin, length, stride = shape
    classes, height, width = y.shape
    for channel in range(classes * patch * patch):
        k, i, j = channel // (patch * patch), channel // patch % patch, channel % patch
        for r in range(height // patch):
            place = channel * length + origin + r * stride
            row = out[place : place + width // patch]
            source = y[k, r * patch + i]
            for c in range(width // patch):
                row[c] = source[c * patch + j] * np.float32(2) - np.float32(1)


@compiled(parallel=False)
def unfold_logits(x, patch, shape, y, weights, prior_logits, out):  # type: ignore[no-untyped-def]
    """Planes of the head -> logits (K,H,W). weights (K,2): what the head's are multiplied by, and then, where they are
    not zero, the prior's own, which are added."""
    origin, length, stride = shape
    classes, height, width = out.shape
    for line in range(classes * height):
        k, r = line // height, line % height
        row = out[k, r]
        for j in range(patch):
            channel = (k * patch + r % patch) * patch + j
            place = channel * length + origin + r // patch * stride
            source = x[place : place + width // patch]
            for c in range(width // patch):
                row[c * patch + j] = source[c]
        gain, trust = weights[k, 0], weights[k, 1]
        bits, prior = y[k, r], prior_logits[k, r]
        for c in range(width):
            row[c] = gain * row[c] + ((np.float32(1) - np.float32(2) * bits[c]) * trust) * prior[c]


# ------------------------------------------------------------------------------------------------------ attention
@compiled(parallel=False)
def normalise(x, channels, length, places, epsilon, out):  # type: ignore[no-untyped-def]
    """LayerNorm over the channels without its affine part; x, out: planes of `length` places."""
    for chunk in range((places + CHUNK - 1) // CHUNK):
        start = chunk * CHUNK
        mean, scale = np.zeros(CHUNK, np.float64), np.zeros(CHUNK, np.float64)
        for c in range(channels):
            row = x[c * length + start : c * length + start + CHUNK]
            for i in range(CHUNK):
                mean[i] += row[i]
        for i in range(CHUNK):
            mean[i] /= channels
        for c in range(channels):
            row = x[c * length + start : c * length + start + CHUNK]
            for i in range(CHUNK):
                scale[i] += (row[i] - mean[i]) * (row[i] - mean[i])
        for i in range(CHUNK):
            scale[i] = 1 / np.sqrt(scale[i] / channels + epsilon)
        for c in range(channels):
            row = x[c * length + start : c * length + start + CHUNK]
            target = out[c * length + start : c * length + start + CHUNK]
            for i in range(CHUNK):
                target[i] = (row[i] - mean[i]) * scale[i]


@compiled(parallel=True)
def attend(queries, keys, values, channels, length, places, heads, out, chances, turned, sums):  # type: ignore[no-untyped-def]
    """softmax(queries . keys) values for each head; planes of `length` places, the queries scaled before.

    chances (heads * chunks, length * CHUNK) and turned (heads * length * width) are room to work in.
    """
    width = channels // heads
    chunks = (places + CHUNK - 1) // CHUNK
    for head in prange(heads):
        room = turned[head * length * width : (head + 1) * length * width]
        for c in range(width):
            row = values[(head * width + c) * length : (head * width + c) * length + places]
            for j in range(places):
                room[j * width + c] = row[j]
    steps_q = np.arange(width) * length
    steps_j = np.arange(places) * CHUNK
    for task in prange(heads * chunks):
        head, start = task // chunks, task % chunks * CHUNK
        room, tile = chances[task], sums[get_thread_id()]
        base = head * width * length
        peak = np.full(CHUNK, np.float32(-1e30))
        for j in range(0, places, 4):
            for run in range(CHUNK // REAL_RUN):
                weighted(queries, base + start + run * REAL_RUN, steps_q, keys, base + j, length, tile, run * REAL_RUN)
            for f in range(min(4, places - j)):
                part, row = tile[f * CHUNK : (f + 1) * CHUNK], room[(j + f) * CHUNK : (j + f + 1) * CHUNK]
                for i in range(CHUNK):
                    score = np.float32(part[i])
                    row[i] = score
                    peak[i] = max(peak[i], score)
        total = np.zeros(CHUNK, np.float64)
        for j in range(places):
            row = room[j * CHUNK : (j + 1) * CHUNK]
            for i in range(CHUNK):
                e = _exp(row[i] - peak[i])
                row[i] = e
                total[i] += e
        turned_values = turned[head * length * width :]
        for c in range(0, width, 4):
            for run in range(CHUNK // REAL_RUN):
                weighted(room, run * REAL_RUN, steps_j, turned_values, c, width, tile, run * REAL_RUN)
            for f in range(min(4, width - c)):
                place = base + (c + f) * length + start
                row, part = out[place : place + CHUNK], tile[f * CHUNK : (f + 1) * CHUNK]
                for i in range(CHUNK):
                    row[i] = part[i] / total[i]


@compiled(parallel=False)
def gather(x, shape, height, width, channels, length, out):  # type: ignore[no-untyped-def]
    """The places of a map without their padding: planes of `length` places."""
    origin, plane, stride = shape
    for channel in range(channels):
        for r in range(height):
            place, target = channel * plane + origin + r * stride, channel * length + r * width
            out[target : target + width] = x[place : place + width]


@compiled(parallel=False)
def scatter(x, length, height, width, shape, mask_chunks, threshold, pad, out, signs):  # type: ignore[no-untyped-def]
    """The inverse of `gather`, and the signs of out + threshold."""
    origin, plane, stride = shape
    groups = threshold.size // 4
    for group in range(groups):
        for channel in range(group * 4, group * 4 + 4):
            for r in range(height):
                place, source = channel * plane + origin + r * stride, channel * length + r * width
                out[place : place + width] = x[source : source + width]
        for chunk in range(mask_chunks):
            place = origin + chunk * CHUNK
            first = group * 4
            sign_bytes(
                out, first * plane + place, plane, threshold, first, pad, chunk * CHUNK, signs, group * plane + place
            )
