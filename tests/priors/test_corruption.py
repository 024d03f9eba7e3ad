"""Priors that are wrong in the right way: each error does what its description says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from small_model import disc

from hidiff.priors import corruption
from hidiff.priors.corruption import BENCHMARK, SOLID, THIN, Corruption, Map, corrupt, description

H, W = 120, 160
SEEDS = range(30)
EVERY: dict[str, Corruption] = {
    f"{family}-{name}": error
    for family, errors in (("solid", SOLID), ("thin", THIN), ("benchmark", BENCHMARK))
    for name, error in errors.items()
}


def blob(height: int = H, width: int = W) -> Map:
    """A soft-edged disc of radius 1/8 of the longer side, in the middle."""
    side = max(height, width)
    rows, columns = np.indices((height, width))
    distance = np.hypot(rows - (height - 1) / 2, columns - (width - 1) / 2) - side / 8
    return (0.02 + 0.96 / (1 + np.exp(distance / (side / 160)))).astype(np.float32)


def vessels(height: int = H, width: int = W) -> Map:
    """A thick line and three thin ones."""
    lines = np.zeros((height, width), np.uint8)
    side = max(height, width)
    cv2.line(lines, (0, height // 3), (width - 1, height // 2), 1, max(1, side // 20))
    for k in (1, 2, 3):
        cv2.line(lines, (k * width // 4, 0), (k * width // 4 + width // 12, height - 1), 1, max(1, side // 320))
    return np.where(lines > 0, np.float32(0.9), np.float32(0.03))


def area(p: Map) -> int:
    return int((p > 0.5).sum())


def centroid(p: Map) -> np.ndarray:
    rows, columns = np.nonzero(p > 0.5)
    return np.array([rows.mean(), columns.mean()])


def draws(error: Corruption, p: Map) -> Iterator[Map]:
    for seed in SEEDS:
        yield error(p, np.random.default_rng(seed))


# --- what all of them keep to ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_an_error_depends_on_its_seed_alone(name: str) -> None:
    p = vessels(480, 640) if name.startswith("thin") else blob(480, 640)
    first, again, *others = (EVERY[name](p, np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, p)
    assert any(not np.array_equal(first, other) for other in others)


MAPS = {
    "blob": blob(),
    "vessels": vessels(),
    "empty": np.zeros((H, W), np.float32),
    "full": np.ones((H, W), np.float32),
    "half": np.full((H, W), 0.5, np.float32),
    "noise": np.random.default_rng(0).random((H, W), np.float32),
    "small": np.array([[0.9, 0.1]], np.float32),
    "column": np.linspace(0, 1, 33, dtype=np.float32)[:, None],
}


@pytest.mark.parametrize("kind", MAPS)
@pytest.mark.parametrize("name", EVERY)
def test_an_error_gives_a_new_probability_map(name: str, kind: str) -> None:
    p = MAPS[kind]
    before = p.copy()
    for seed in range(4):
        wrong = EVERY[name](p, np.random.default_rng(seed))
        assert wrong.shape == p.shape
        assert wrong.dtype == np.float32
        assert np.isfinite(wrong).all()
        assert wrong.min() >= 0 and wrong.max() <= 1 + 1e-6
        assert not np.shares_memory(wrong, p)
        assert np.array_equal(p, before)


@pytest.mark.parametrize("name", [n for n in EVERY if n not in ("thin-cut_segments", "thin-speckle")])
def test_an_error_means_the_same_at_twice_the_resolution(name: str) -> None:
    p = vessels(480, 640) if name.startswith("thin") else blob(480, 640)
    for seed in range(3):
        coarse = EVERY[name](p, np.random.default_rng(seed))
        fine = EVERY[name](p.repeat(2, axis=0).repeat(2, axis=1), np.random.default_rng(seed))
        fine = fine.reshape(480, 2, 640, 2).mean(axis=(1, 3))
        # edges may differ by a pixel of rounding; a length in pixels would move or grow half as far
        assert np.abs(coarse - fine).mean() < 0.012
        assert abs(area(coarse) - area(fine)) < 0.012 * coarse.size


# --- what each of them does ------------------------------------------------------------------------------


def test_calibrate_scales_and_moves_the_logits() -> None:
    p = np.linspace(0.05, 0.95, 200, dtype=np.float32).reshape(10, 20)
    logits = np.log(p / (1 - p.astype(np.float64)))
    slopes, offsets = [], []
    for wrong in draws(corruption.calibrate, p):
        assert (np.diff(wrong.flatten()) >= 0).all()
        seen = np.log(wrong / (1 - wrong.astype(np.float64)))
        slope, offset = np.polyfit(logits.flatten(), seen.flatten(), 1)
        assert np.allclose(seen, slope * logits + offset, rtol=0, atol=2e-3)
        slopes.append(slope)
        offsets.append(offset)
    assert 0.4 <= min(slopes) < 0.7 < 1.6 < max(slopes) <= 2.001
    assert -1.5 <= min(offsets) < -0.9 and 0.9 < max(offsets) <= 1.5


@pytest.mark.parametrize("distance", [None, 0.05, 0.1])
def test_shift_moves_by_a_share_of_the_longer_side(distance: float | None) -> None:
    p = blob()
    start = centroid(p)
    moves = []
    for seed in SEEDS:
        wrong = corruption.shift(p, np.random.default_rng(seed), distance=distance)
        assert area(wrong) == pytest.approx(area(p), rel=0.05)
        moves.append(centroid(wrong) - start)
    lengths = np.linalg.norm(moves, axis=1) / W
    if distance is None:
        assert 0.02 - 0.004 <= lengths.min() < 0.035 and 0.065 < lengths.max() <= 0.08 + 0.004
    else:
        assert np.allclose(lengths, distance, rtol=0, atol=0.004)
    for axis in (0, 1):  # in every direction
        assert min(m[axis] for m in moves) < 0 < max(m[axis] for m in moves)


def test_what_is_shifted_out_of_the_frame_is_lost() -> None:
    for wrong in draws(lambda p, rng: corruption.shift(p, rng, distance=0.2), np.ones((H, W), np.float32)):
        assert area(wrong) < 0.9 * H * W
        assert wrong.min() == 0


@pytest.mark.parametrize(("error", "sign"), [(corruption.erode, -1), (corruption.dilate, 1)])
def test_erode_and_dilate_move_the_edge_by_half_to_two_and_a_half_percent(error: Corruption, sign: int) -> None:
    p = blob(480, 640)
    radius = np.sqrt(area(p) / np.pi)
    changes = []
    for wrong in draws(error, p):
        assert (sign * (wrong - p) >= 0).all()
        changes.append(sign * (np.sqrt(area(wrong) / np.pi) - radius) / 640)
        assert np.allclose(centroid(wrong), centroid(p), atol=0.5)
    assert 0.005 - 0.002 <= min(changes) < 0.01
    assert 0.02 < max(changes) <= 0.025 + 0.002


def test_blur_is_a_gaussian_of_one_to_four_percent() -> None:
    p = np.zeros((241, 321), np.float32)
    p[120, 160] = 1.0
    rows, columns = np.indices(p.shape)
    sigmas = []
    for wrong in draws(corruption.blur, p):
        assert wrong.sum() == pytest.approx(1, abs=1e-4)
        spread = ((rows - 120) ** 2 * wrong).sum(), ((columns - 160) ** 2 * wrong).sum()
        assert spread[0] == pytest.approx(spread[1], rel=1e-3)
        sigmas.append(np.sqrt(spread[0]) / 321)
    assert 0.01 * 0.95 <= min(sigmas) < 0.017 and 0.033 < max(sigmas) <= 0.04 * 1.02


@pytest.mark.parametrize("share", [None, 0.1, 0.25, 0.6])
def test_erase_cuts_off_a_share_of_the_object(share: float | None) -> None:
    p = blob(240, 320)
    shares = []
    for seed in SEEDS:
        wrong = corruption.erase(p, np.random.default_rng(seed), share=share)
        erased = wrong != p
        assert np.allclose(wrong[erased], p[erased] * 0.02)
        shares.append((area(p) - area(wrong)) / area(p))
        # a straight line divides what is erased from what is kept
        hull = cv2.convexHull(np.argwhere(erased).astype(np.int32))
        kept = np.argwhere(~erased)[::97]
        assert not any(cv2.pointPolygonTest(hull, (float(r), float(c)), False) > 0 for r, c in kept)
    if share is None:
        assert 0.15 - 0.01 <= min(shares) < 0.22 and 0.43 < max(shares) <= 0.5 + 0.01
    else:
        assert np.allclose(shares, share, rtol=0, atol=0.015)


def test_erase_takes_from_every_side() -> None:
    p = blob()
    moves = [centroid(wrong) - centroid(p) for wrong in draws(corruption.erase, p)]
    for axis in (0, 1):
        assert min(m[axis] for m in moves) < -1 and max(m[axis] for m in moves) > 1


def test_erase_leaves_an_empty_map_as_it_is() -> None:
    p = np.full((H, W), 0.4, np.float32)
    for wrong in draws(corruption.erase, p):
        assert np.array_equal(wrong, p)


def test_a_false_blob_lies_where_there_is_no_object() -> None:
    p = blob(240, 320)
    sizes = []
    for wrong in draws(corruption.false_blob, p):
        added = wrong > p
        assert np.array_equal(wrong[~added], p[~added])
        assert not (p[added] > 0.5).any()
        assert wrong[added].min() >= 0.8 and wrong[added].max() <= 0.98
        count, _ = cv2.connectedComponents(added.astype(np.uint8))
        assert count == 2  # the ground and one blob
        assert np.array_equal(wrong > 0.5, (p > 0.5) | added)
        sizes.append(added.sum() / 320**2)
    assert max(sizes) <= np.pi * 0.155**2
    assert np.median(sizes) > np.pi * 0.03**2
    assert max(sizes) > 3 * min(sizes)


def test_a_false_blob_keeps_off_a_large_object_too() -> None:
    p = np.where(disc(240, 320, 120, 160, 90), np.float32(0.95), np.float32(0.02))  # a third of the image
    for wrong in draws(corruption.false_blob, p):
        assert not ((wrong > p) & (p > 0.5)).any()


def test_cut_segments_opens_gaps_in_the_lines() -> None:
    p = vessels(480, 640)
    line = p > 0.5
    for wrong in draws(corruption.cut_segments, p):
        cut = wrong != p
        assert (wrong <= p).all()
        assert np.allclose(wrong[cut] / p[cut], (wrong[cut] / p[cut])[0], rtol=1e-4)
        assert (wrong[cut] / p[cut]).max() <= 0.3 + 1e-6
        count, _, boxes, _ = cv2.connectedComponentsWithStats(cut.astype(np.uint8))
        assert 2 <= count <= 26
        assert boxes[1:, cv2.CC_STAT_WIDTH].min() >= 2 * round(0.006 * 640)
        assert 0 < (line & cut).sum() < 0.6 * line.sum()
        # every gap is centred on the object
        assert all(line[labels_of(cut) == k].any() for k in range(1, count))


def labels_of(mask: np.ndarray) -> np.ndarray:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    return labels


def test_cut_segments_leaves_an_empty_map_as_it_is() -> None:
    p = np.full((H, W), 0.3, np.float32)
    for wrong in draws(corruption.cut_segments, p):
        assert np.array_equal(wrong, p)


def test_drop_thin_loses_thin_branches_and_keeps_the_thick() -> None:
    p = np.full((480, 640), 0.03, np.float32)
    p[100:140] = 0.9  # 40 pixels: 6 %
    p[:, 300:302] = 0.9  # 2 pixels: 0.3 %, less than the smallest disc
    thin = np.zeros(p.shape, bool)
    thin[:80, 300:302] = thin[160:, 300:302] = True
    for wrong in draws(corruption.drop_thin, p):
        assert np.array_equal(wrong[102:138], p[102:138])
        factor = wrong[thin] / p[thin]
        assert factor.min() >= 0.05 - 1e-6 and factor.max() <= 0.35 + 1e-6
        assert (wrong <= p).all()


def test_speckle_adds_small_specks() -> None:
    p = vessels(480, 640)
    counts = []
    for wrong in draws(corruption.speckle, p):
        added = wrong != p
        assert (wrong[added] > p[added]).all()
        assert wrong[added].min() >= 0.5 and wrong.max() <= 1
        count, _, boxes, _ = cv2.connectedComponentsWithStats(added.astype(np.uint8))
        counts.append(count - 1)
        assert added.mean() < 0.05
        # scribbles of 0.3 to 2 % half-length; two or three may touch
        assert np.median(boxes[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)) <= 0.04 * 640
    assert 10 <= min(counts) < 50 < 80 < max(counts) <= 120


def test_thicken_widens_by_a_pixel_or_two() -> None:
    p = vessels(480, 640)
    for wrong in draws(corruption.thicken, p):
        assert (wrong >= p).all()
        reach = cv2.dilate((p > 0.5).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        assert area(p) < area(wrong)
        assert not (wrong > 0.5)[~reach].any()


# --- families --------------------------------------------------------------------------------------------


def test_the_families_name_errors_of_solid_and_of_thin_objects() -> None:
    assert set(SOLID) == {"calibrate", "shift", "erode", "dilate", "erase", "false_blob", "blur"}
    own = {"calibrate", "cut_segments", "drop_thin", "speckle", "thicken", "blur"}
    assert set(THIN) == own | {"erase", "false_blob"}
    assert list(BENCHMARK) == ["quarter_erased", "false_blob", "shifted_5_percent"]


def test_every_error_describes_itself() -> None:
    told = {name: description(error) for name, error in EVERY.items()}
    assert all(len(words) > 10 and "\n" not in words for words in told.values()), told
    shared = len(SOLID.keys() & THIN.keys() - {"blur"}) + 1  # calibrate, erase, false_blob, and that of the benchmark
    assert len(set(told.values())) == len(told) - shared
    assert told["thin-thicken"] == "Vessels a pixel or two too wide"


def test_the_benchmarks_errors_have_their_size() -> None:
    p = blob(240, 320)
    for seed in SEEDS:
        erased = BENCHMARK["quarter_erased"](p, np.random.default_rng(seed))
        assert (area(p) - area(erased)) / area(p) == pytest.approx(0.25, abs=0.015)
        shifted = BENCHMARK["shifted_5_percent"](p, np.random.default_rng(seed))
        assert np.linalg.norm(centroid(shifted) - centroid(p)) / 320 == pytest.approx(0.05, abs=0.003)


def test_vessels_are_blurred_less_than_solids() -> None:
    p = vessels(240, 320)
    for seed in SEEDS:
        thin, solid = (family["blur"](p, np.random.default_rng(seed)) for family in (THIN, SOLID))
        assert np.abs(thin - p).mean() < 0.7 * np.abs(solid - p).mean()


def test_corrupt_keeps_or_makes_one_or_two_different_errors() -> None:
    calls: list[str] = []

    def recorded(name: str) -> Corruption:
        def error(p: Map, rng: np.random.Generator) -> Map:
            calls.append(name)
            return p + np.float32(0.001)

        return error

    family = {name: recorded(name) for name in "abcd"}
    p = np.full((4, 4), 0.5, np.float32)
    rng = np.random.default_rng(0)
    rounds = []
    for _ in range(3000):
        calls.clear()
        wrong = corrupt(p, family, rng)
        rounds.append(list(calls))
        assert wrong is not p and not np.shares_memory(wrong, p)
        assert np.allclose(wrong, 0.5 + 0.001 * len(calls))
    lengths = np.bincount([len(names) for names in rounds], minlength=3) / 3000
    assert len(lengths) == 3
    # five standard deviations of a share of 3,000 are at most .046
    assert lengths[0] == pytest.approx(0.15, abs=0.033)
    assert lengths[2] == pytest.approx(0.85 / 3, abs=0.041)
    assert all(len(set(names)) == len(names) for names in rounds)
    first = [names[0] for names in rounds if names]
    for name in family:
        assert first.count(name) / len(first) == pytest.approx(0.25, abs=0.043)


@pytest.mark.parametrize("keep", [0.0, 1.0])
def test_corrupt_always_or_never_keeps(keep: float) -> None:
    p = blob()
    rng = np.random.default_rng(1)
    same = [np.array_equal(corrupt(p, SOLID, rng, keep=keep), p) for _ in range(30)]
    assert all(same) if keep else not any(same)


def test_corrupt_depends_on_its_generator_alone() -> None:
    p = blob()
    first, again, other = (corrupt(p, SOLID, np.random.default_rng(s), keep=0) for s in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
