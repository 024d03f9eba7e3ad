"""Planes, bytes of signs, look-up tables: what the packed engine's numbers stand for, without a kernel."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hidiff.models.packed.layout import CHUNK, PAD, TABLES, BinaryWeights, Grid, real_weights, signs_to_bytes

sides = st.integers(1, 40)


@given(sides, sides, st.integers(1, 9))
def test_a_map_comes_back_from_its_planes(height: int, width: int, channels: int) -> None:
    grid = Grid(height, width)
    planes = grid.planes(channels)
    maps = np.random.default_rng(0).normal(size=(channels, height, width)).astype(np.float32)
    grid.view(planes)[:channels] = maps
    assert np.array_equal(grid.view(planes)[:channels], maps)
    assert np.count_nonzero(planes) == np.count_nonzero(maps)  # not a place outside was touched


@given(sides, sides)
def test_every_tap_of_every_run_stays_in_its_plane(height: int, width: int) -> None:
    grid = Grid(height, width)
    taps = grid.taps(1)
    assert grid.origin + taps.min() >= 0
    assert grid.origin + grid.chunks * CHUNK + taps.max() <= grid.length
    assert grid.inside.sum() == height * width


@given(sides, sides, st.data())
def test_a_tap_is_the_neighbour_or_padding(height: int, width: int, data: st.DataObject) -> None:
    grid = Grid(height, width)
    planes = grid.sign_planes(1)
    maps = np.arange(height * width).reshape(1, height, width) % 16
    grid.view(planes)[:] = maps.astype(np.uint8)
    row, column = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    around = np.pad(maps[0], 1, constant_values=PAD)[row : row + 3, column : column + 3]
    place = grid.origin + row * grid.stride + column
    assert np.array_equal(planes[place + grid.taps(1)], around.ravel())


def test_bit_k_of_byte_j_is_channel_4j_plus_k() -> None:
    signs = np.zeros((6, 1), bool)
    signs[[0, 3, 5]] = True
    assert signs_to_bytes(signs).ravel().tolist() == [0b1001, 0b10]


@pytest.mark.parametrize("w", range(16))
def test_the_tables_count_agreement(w: int) -> None:
    for a in range(16):
        same = [1 if (w >> bit & 1) == (a >> bit & 1) else -1 for bit in range(4)]
        assert 2 * TABLES[w, a] == sum(same)
        for valid in range(1, 5):
            assert TABLES[16 * valid + w, a] == sum(same[:valid])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_look_ups_add_up_to_the_sum_of_signs_and_fit_in_eight_bits(inputs: int, outputs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, seen = rng.integers(0, 2, (outputs, inputs, 3, 3)) > 0, rng.integers(0, 2, (inputs, 3, 3)) > 0
    bits = BinaryWeights.of(weights)
    codes = bits.codes.reshape(-1, 9 * -(-inputs // 4), 4)
    found = TABLES[codes, signs_to_bytes(seen).reshape(-1)[None, :, None]].astype(int)  # (groups, look-ups, 4)
    expected = (np.where(weights, 1, -1) * np.where(seen, 1, -1)).sum((1, 2, 3))
    assert np.array_equal(found.sum(1).reshape(-1)[:outputs] * bits.unit, expected)
    largest = np.abs(TABLES[codes].astype(int)).max(-1)
    for first, last in zip(bits.ends[:-1], bits.ends[1:], strict=True):
        assert largest[:, first:last].sum(1).max() <= 127
    assert bits.ends[0] == 0 and bits.ends[-1] == codes.shape[1]


def test_real_weights_stand_four_rows_to_a_group() -> None:
    matrix = np.arange(15, dtype=np.float32).reshape(5, 3)
    laid = real_weights(matrix).reshape(2, 3, 4)
    assert np.array_equal(laid[0], matrix[:4].T)
    assert np.array_equal(laid[1, :, 0], matrix[4]) and not laid[1, :, 1:].any()


def test_the_kernels_are_compiled_anew_when_what_they_are_built_from_changes() -> None:
    """numba looks at kernels.py alone: BUILT_FROM there must be this number."""
    kernels = pytest.importorskip("hidiff.models.packed.kernels")
    folder = Path(kernels.__file__).parent
    content = b"".join((folder / f"{name}.py").read_bytes() for name in ("vectors", "layout"))
    assert zlib.crc32(content) == kernels.BUILT_FROM
