"""The addressed uniform field: published vectors, addressing, uniformity, independence, ranges.

The statistical tests use fixed seeds, so each of them passes or fails for good; their bounds are about five
standard deviations.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hidiff.diffusion.noise import philox4x32, uniform_field

SIGMAS = 5.0
GOLDEN = [
    [
        [7304831, 10040569, 765325, 881493, 12265669],
        [10437779, 10977971, 8580381, 15460915, 16394965],
        [13512973, 4215325, 3742437, 13501767, 3962883],
    ],
    [
        [15404919, 4841351, 15910361, 259995, 11423299],
        [8466319, 10192321, 14598365, 7956021, 10123969],
        [13091821, 889407, 2345089, 14358073, 8661487],
    ],
]
AXES = ("seed", "sample", "t", "channel", "row", "column")


def scalar_philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox 4x32-10 on Python's own integers, one block at a time."""
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        left, right = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (right >> 32) ^ b ^ k0, right % 2**32, (left >> 32) ^ d ^ k1, left % 2**32
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return [a, b, c, d]


def scalar_uniform(seed: int, sample: int, t: int, channel: int, row: int, column: int) -> float:
    """The documented layout, read literally."""
    block = scalar_philox([column // 4, row, t, sample * 2**16 + channel], [seed % 2**32, seed // 2**32])
    return (2 * (block[column % 4] >> 9) + 1) / 2**24


def deviations(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two independent uniform arrays in standard deviations."""
    products = (a.astype(np.float64) - 0.5) * (b.astype(np.float64) - 0.5)
    return float(products.mean() * 12 * np.sqrt(products.size))


def chi_square_deviations(cells: np.ndarray, bins: int) -> float:
    """Chi-square of equal expected counts, as standard deviations from its mean."""
    counts = np.bincount(cells.ravel(), minlength=bins)
    expected = cells.size / bins
    freedom = bins - 1
    return float((((counts - expected) ** 2).sum() / expected - freedom) / np.sqrt(2 * freedom))


def lagged(array: np.ndarray, lag: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The two overlapping parts of an array and the array moved by a lag."""
    here = tuple(slice(max(0, -step), n - max(0, step)) for step, n in zip(lag, array.shape, strict=True))
    there = tuple(slice(max(0, step), n - max(0, -step)) for step, n in zip(lag, array.shape, strict=True))
    return array[here], array[there]


@pytest.fixture(scope="module")
def whole() -> np.ndarray:
    """A field over every axis of the address: (seed, sample, t, channel, row, column)."""
    return np.array(
        [
            [[uniform_field(seed, sample, t, (4, 24, 24)) for t in range(1, 9)] for sample in range(6)]
            for seed in range(6)
        ]
    )


@pytest.fixture(scope="module")
def large() -> np.ndarray:
    return uniform_field(2024, 0, 10, (1, 512, 512))[0]


# --- the generator ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counter", "key", "block"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_published_vectors(counter: str, key: str, block: str) -> None:
    words, (k0, k1), expected = ([int(word, 16) for word in text.split()] for text in (counter, key, block))
    got = philox4x32(np.array(words, dtype=np.uint32), (k0, k1))
    assert got.dtype == np.uint32
    assert got.tolist() == expected
    assert scalar_philox(words, [k0, k1]) == expected


def test_many_counters_at_once_agree_with_one_at_a_time() -> None:
    counters = np.random.default_rng(1).integers(0, 2**32, (3, 5, 4), dtype=np.uint32)
    key = (0xDEADBEEF, 0xFFFFFFFF)
    got = philox4x32(counters, key)
    assert got.shape == (3, 5, 4)
    expected = [[scalar_philox(counter, list(key)) for counter in row] for row in counters.tolist()]
    assert got.tolist() == expected


def test_philox_leaves_its_counter_and_takes_numpy_key_words() -> None:
    counter = np.full((2, 4), 7, dtype=np.uint32)
    words = (np.uint32(0xFFFFFFFF), np.uint32(0x80000000))
    assert np.array_equal(philox4x32(counter, words), philox4x32(counter, (0xFFFFFFFF, 0x80000000)))
    assert (counter == 7).all()


@pytest.mark.parametrize(
    ("counter", "key"),
    [
        (np.zeros(4, dtype=np.int64), (0, 0)),
        (np.zeros((4, 3), dtype=np.uint32), (0, 0)),
        (np.array(0, dtype=np.uint32), (0, 0)),
        (np.zeros(4, dtype=np.uint32), (2**32, 0)),
        (np.zeros(4, dtype=np.uint32), (0, -1)),
        (np.zeros(4, dtype=np.uint32), (0,)),
    ],
)
def test_philox_refuses_other_counters_and_keys(counter: np.ndarray, key: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="Philox"):
        philox4x32(counter, key)


# --- the address -----------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**63 - 1),
    sample=st.integers(0, 2**16 - 1),
    t=st.integers(0, 2**16 - 1),
    channel=st.integers(0, 3),
    row=st.integers(0, 2**31 - 1),
    column=st.integers(0, 2**31 - 1),
)
def test_every_address_follows_the_documented_layout(
    seed: int, sample: int, t: int, channel: int, row: int, column: int
) -> None:
    field = uniform_field(seed, sample, t, (4, 1, 1), origin=(row, column))
    assert float(field[channel, 0, 0]) == scalar_uniform(seed, sample, t, channel, row, column)


def test_golden_values() -> None:
    field = uniform_field(20240703, 2, 7, (2, 3, 5), origin=(11, 6))
    numerators = (field.astype(np.float64) * 2**24).astype(np.int64)
    assert numerators.tolist() == GOLDEN


@settings(max_examples=100, deadline=None)
@given(
    top=st.integers(0, 60),
    left=st.integers(0, 60),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    base=st.tuples(st.integers(0, 2**31 - 100), st.integers(0, 2**31 - 100)),
)
def test_a_tile_reads_the_numbers_of_the_whole(
    top: int, left: int, height: int, width: int, base: tuple[int, int]
) -> None:
    everything = uniform_field(5, 1, 3, (2, 100, 100), origin=base)
    tile = uniform_field(5, 1, 3, (2, height, width), origin=(base[0] + top, base[1] + left))
    assert np.array_equal(tile, everything[:, top : top + height, left : left + width])


def test_a_field_worked_off_in_bands_equals_its_rows() -> None:
    # 3 x 2,000 x 30 blocks are more than one band holds, and no band divides 2,000 evenly.
    everything = uniform_field(8, 0, 4, (3, 2000, 118), origin=(5, 3))
    rows = [uniform_field(8, 0, 4, (3, 1, 118), origin=(5 + row, 3)) for row in range(0, 2000, 37)]
    assert np.array_equal(everything[:, ::37], np.concatenate(rows, axis=1))
    assert np.array_equal(everything[:, -1:], uniform_field(8, 0, 4, (3, 1, 118), origin=(2004, 3)))


def test_fewer_channels_are_the_first_of_more() -> None:
    assert np.array_equal(uniform_field(1, 0, 1, (5, 9, 7))[:2], uniform_field(1, 0, 1, (2, 9, 7)))


def test_the_order_of_calls_does_not_matter() -> None:
    addresses = [(seed, sample, t) for seed in (3, 4) for sample in (0, 1) for t in (9, 10)]
    forward = [uniform_field(*address, (1, 8, 8)) for address in addresses]
    backward = [uniform_field(*address, (1, 8, 8)) for address in reversed(addresses)]
    assert np.array_equal(forward, backward[::-1])


def test_numpy_integers_are_addresses_too() -> None:
    got = uniform_field(np.int64(9), np.int32(1), np.uint8(2), (np.int64(1), 4, 4), origin=(np.int64(3), 5))
    assert np.array_equal(got, uniform_field(9, 1, 2, (1, 4, 4), origin=(3, 5)))


def test_every_bit_of_the_address_counts() -> None:
    def patch(seed: int = 0, sample: int = 0, t: int = 0, row: int = 0, column: int = 0) -> bytes:
        return uniform_field(seed, sample, t, (1, 1, 4), origin=(row, column)).tobytes()

    patches = [patch()]
    patches += [patch(seed=2**bit) for bit in range(63)]
    patches += [patch(sample=2**bit) for bit in range(16)]
    patches += [patch(t=2**bit) for bit in range(16)]
    patches += [patch(row=2**bit) for bit in range(31)]
    patches += [patch(column=2**bit) for bit in range(2, 31)]
    channels = uniform_field(0, 0, 0, (2**16, 1, 4))
    patches += [channels[2**bit].tobytes() for bit in range(16)]
    assert len(set(patches)) == len(patches)
    # 2^16 x 4 numbers of 23 bits: a repeated block of four would be a repeated address.
    assert len(np.unique(channels.reshape(-1, 4), axis=0)) == 2**16


# --- the numbers -----------------------------------------------------------------------------------------


def test_shape_type_and_bounds(large: np.ndarray) -> None:
    field = uniform_field(1, 0, 5, (3, 6, 7), origin=(2, 1))
    assert field.shape == (3, 6, 7)
    assert field.dtype == np.float32
    assert field.flags.c_contiguous
    assert large.min() > 0.0
    assert large.max() < 1.0
    numerators = large.astype(np.float64) * 2**24
    assert (numerators % 2 == 1).all()


def test_the_extreme_words_stay_inside_the_unit_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, value in ((0, 2.0**-24), (2**32 - 1, 1 - 2.0**-24)):
        block = (np.full((1, 1, 1), word, dtype=np.uint64),) * 4
        monkeypatch.setattr("hidiff.diffusion.noise._rounds", lambda counter, key, block=block: block)
        assert uniform_field(0, 0, 0, (1, 1, 4)).tolist() == [[[value] * 4]]
        assert 0.0 < value < 1.0


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**63 - 1])
def test_uniform_by_chi_square_and_kolmogorov(seed: int) -> None:
    values = uniform_field(seed, 0, 10, (1, 512, 512)).astype(np.float64).ravel()
    numerators = (values * 2**24).astype(np.int64)
    # High, middle and low bits of the 23 that vary.
    for shift in (16, 8, 1):
        assert abs(chi_square_deviations((numerators >> shift) & 255, 256)) < SIGMAS
    ordered = np.sort(values)
    ranks = np.arange(1, values.size + 1) / values.size
    distance = max((ranks - ordered).max(), (ordered - ranks + 1 / values.size).max())
    # P(sqrt(n) D > 2.5) is about 7e-6, P(sqrt(n) D < 0.3) about 1e-5.
    assert 0.3 < np.sqrt(values.size) * distance < 2.5
    assert abs(values.mean() - 0.5) < SIGMAS / np.sqrt(12 * values.size)
    assert abs(values.var() - 1 / 12) < SIGMAS / np.sqrt(180 * values.size)


@pytest.mark.parametrize("axis", range(6), ids=AXES)
def test_uniform_at_each_value_of_an_axis(whole: np.ndarray, axis: int) -> None:
    for values in np.moveaxis(whole, axis, 0):
        assert abs(chi_square_deviations((values * 64).astype(np.int64), 64)) < SIGMAS


@pytest.mark.parametrize("axis", range(6), ids=AXES)
def test_neighbours_along_an_axis_are_uncorrelated(whole: np.ndarray, axis: int) -> None:
    for step in range(1, min(whole.shape[axis], 9)):
        lag = tuple(step if index == axis else 0 for index in range(6))
        assert abs(deviations(*lagged(whole, lag))) < SIGMAS


@pytest.mark.parametrize("axis", range(6), ids=AXES)
def test_neighbours_along_an_axis_fill_the_square_evenly(whole: np.ndarray, axis: int) -> None:
    # Sees dependence without correlation, such as u beside |2u - 1|.
    here, there = lagged(whole, tuple(int(index == axis) for index in range(6)))
    cells = (here * 16).astype(np.int64) * 16 + (there * 16).astype(np.int64)
    assert abs(chi_square_deviations(cells, 256)) < SIGMAS


@pytest.mark.parametrize("pair", list(itertools.combinations(range(6), 2)), ids=lambda p: f"{AXES[p[0]]}-{AXES[p[1]]}")
def test_diagonal_neighbours_are_uncorrelated(whole: np.ndarray, pair: tuple[int, int]) -> None:
    for sign in (1, -1):
        lag = tuple(1 if index == pair[0] else sign if index == pair[1] else 0 for index in range(6))
        assert abs(deviations(*lagged(whole, lag))) < SIGMAS


@pytest.mark.parametrize("threshold", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("axis", range(6), ids=AXES)
def test_drawn_bits_are_independent_along_an_axis(whole: np.ndarray, axis: int, threshold: float) -> None:
    here, there = lagged(whole < threshold, tuple(int(index == axis) for index in range(6)))
    both = float((here & there).mean())
    expected = threshold**2
    # Overlapping pairs are themselves a little dependent: the variance is at most 1 + 2 p / (1 + p) times.
    spread = np.sqrt(expected * (1 - expected) * (1 + 2 * threshold / (1 + threshold)) / here.size)
    assert abs(both - expected) < SIGMAS * spread


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 2025},
        {"seed": 2024 + 2**32},
        {"seed": 2024 + 2**62},
        {"sample": 1},
        {"sample": 2**15},
        {"t": 9},
        {"t": 10 + 2**15},
        {"sample": 10, "t": 0},
        {"origin": (1, 0)},
        {"origin": (0, 1)},
        {"origin": (0, 4)},
        {"origin": (2**30, 0)},
        {"origin": (0, 2**30)},
    ],
    ids=str,
)
def test_another_address_gives_an_unrelated_field(large: np.ndarray, other: dict[str, object]) -> None:
    address = {"seed": 2024, "sample": 0, "t": 10, "shape": (1, 512, 512), "origin": (0, 0), **other}
    field = uniform_field(**address)[0]  # type: ignore[arg-type]
    # 2^18 chances of 2^-23 each: more than a few equal numbers would be no accident.
    assert (field == large).sum() < 4
    assert abs(deviations(field, large)) < SIGMAS
    assert abs(deviations(field.T, large)) < SIGMAS


def test_rows_and_columns_are_not_interchangeable(large: np.ndarray) -> None:
    upper = np.triu_indices(512, k=1)
    assert (large[upper] == large.T[upper]).sum() < 4
    assert abs(deviations(large[upper], large.T[upper])) < SIGMAS


# --- ranges ----------------------------------------------------------------------------------------------


GOOD: dict[str, object] = {"seed": 0, "sample": 0, "t": 0, "shape": (1, 2, 2), "origin": (0, 0)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", -1),
        ("seed", 2**63),
        ("seed", 1.5),
        ("seed", None),
        ("sample", -1),
        ("sample", 2**16),
        ("sample", "1"),
        ("t", -1),
        ("t", 2**16),
        ("t", 2.0),
        ("shape", (0, 2, 2)),
        ("shape", (2**16 + 1, 2, 2)),
        ("shape", (1, 0, 2)),
        ("shape", (1, 2, 0)),
        ("shape", (1, 2, -3)),
        ("shape", (2, 2)),
        ("origin", (-1, 0)),
        ("origin", (0, -1)),
        ("origin", (2**31 - 1, 0)),
        ("origin", (0, 2**31 - 1)),
        ("origin", (2**31, 0)),
        ("origin", (0, 0.5)),
        ("origin", (0, 0, 0)),
    ],
)
def test_outside_the_ranges_is_one_plain_sentence(name: str, value: object) -> None:
    with pytest.raises(ValueError) as caught:
        uniform_field(**{**GOOD, name: value})  # type: ignore[arg-type]
    message = str(caught.value)
    assert message[0].isupper()
    assert message.endswith(".")
    assert "\n" not in message


def test_the_message_names_the_setting_its_value_and_the_range() -> None:
    with pytest.raises(ValueError, match=r"^The seed is -7; give a whole number from 0 to 9223372036854775807\.$"):
        uniform_field(-7, 0, 0, (1, 1, 1))


def test_the_last_addresses_of_the_ranges_are_allowed() -> None:
    last = (2**63 - 1, 2**16 - 1, 2**16 - 1)
    field = uniform_field(*last, (1, 2, 2), origin=(2**31 - 2, 2**31 - 2))
    assert float(field[0, 1, 1]) == scalar_uniform(*last, 0, 2**31 - 1, 2**31 - 1)
    channels = uniform_field(*last, (2**16, 1, 1))
    assert float(channels[-1, 0, 0]) == scalar_uniform(*last, 2**16 - 1, 0, 0)
