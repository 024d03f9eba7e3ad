"""The one rule for what a mask is: two values, label maps, colours, opacity, depths, lossy formats, floats."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hidiff.data.cases import Case, pack
from hidiff.errors import ImageError
from hidiff.imaging.files import read_map, read_mask
from hidiff.imaging.masks import binary_mask, marked_doubt, mask_or_probability, require_size
from hidiff.priors.sources import read_prior
from hidiff.refinement.prepare import read_given_prior
from hidiff.refinement.reference import read_reference
from hidiff.tasks import POLYP

ROWS, COLUMNS = np.indices((40, 56))
INSIDE = (ROWS - 18) ** 2 + (COLUMNS - 30) ** 2 <= 100
ODD = COLUMNS % 2 > 0
SOFT = cv2.GaussianBlur(INSIDE.astype(np.float32), (0, 0), 3)


def coloured(on: tuple[int, int, int], off: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
    return np.where(INSIDE[..., None], np.uint8(on), np.uint8(off))


def palette(colours: list[int], indices: np.ndarray) -> Image.Image:
    image = Image.fromarray(indices.astype(np.uint8), "P")
    image.putpalette(colours + [0] * (768 - len(colours)))
    return image


VOC = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128, 128, 0, 128, 0, 128, 128, 128, 128, 128, 64, 0, 0]
MASKS: dict[str, np.ndarray | Image.Image] = {
    "0/255": INSIDE * np.uint8(255),
    "0/1": INSIDE * np.uint8(1),
    "0/2": INSIDE * np.uint8(2),
    "0/38": INSIDE * np.uint8(38),
    "0/100": INSIDE * np.uint8(100),
    "1/2": INSIDE + np.uint8(1),
    "200/201": INSIDE + np.uint8(200),
    "0/1 in 16 bits": INSIDE * np.uint16(1),
    "0/255 in 16 bits": INSIDE * np.uint16(255),
    "0/1000 in 16 bits": INSIDE * np.uint16(1000),
    "0/65535": INSIDE * np.uint16(65535),
    "labels 0/1/2": (INSIDE * (1 + ODD)).astype(np.uint8),
    "labels 0/1/2/3 in 16 bits": (INSIDE * (1 + COLUMNS % 3)).astype(np.uint16),
    "dark red on black": coloured((38, 0, 0)),
    "blue on black": coloured((0, 0, 255)),
    "yellow on blue": coloured((255, 255, 0), (0, 0, 255)),
    "viridis": coloured((253, 231, 37), (68, 1, 84)),
    "palette": palette(VOC, INSIDE * 1),
    "palette of labels": palette(VOC, INSIDE * np.where(ODD, 8, 1)),
    "grey and opacity": np.dstack([INSIDE * np.uint8(255), np.full(INSIDE.shape, 255, np.uint8)]),
    "opacity of black": np.dstack([np.zeros((*INSIDE.shape, 3), np.uint8), INSIDE * np.uint8(255)]),
    "opacity of a highlighter": np.dstack([coloured((255, 0, 0), (255, 0, 0)), INSIDE * np.uint8(100)]),
    "1 bit": Image.fromarray(INSIDE),
}


def file_of(folder: Path, mask: np.ndarray | Image.Image, suffix: str = ".png") -> Path:
    path = folder / f"mask{suffix}"
    (mask if isinstance(mask, Image.Image) else Image.fromarray(mask)).save(path)
    return path


@pytest.mark.parametrize("kind", MASKS)
def test_a_mask_is_a_mask_whatever_its_values(tmp_path: Path, kind: str) -> None:
    path = file_of(tmp_path, MASKS[kind])
    assert np.array_equal(read_mask(path), INSIDE * np.uint8(255))
    for read in (read_map(path), read_prior(path), read_reference(path, "m", INSIDE.shape)[0]):
        assert read.dtype == np.bool_ and np.array_equal(read, INSIDE)
    image = file_of(tmp_path, np.zeros((*INSIDE.shape, 3), np.uint8), ".bmp")
    data = pack([Case("d", "m", image, path, "g", "train")], POLYP)
    assert np.isclose((data.masks[0] > 127).mean(), INSIDE.sum() * (256 / 56) ** 2 / 256**2, rtol=0.03)


@pytest.mark.parametrize("top", [1.0, 1.0001, 2.0, 255.0, 1000.0, 0.3])
def test_a_float_of_two_values_is_a_mask(tmp_path: Path, top: float) -> None:
    path = tmp_path / "m.tif"
    cv2.imwrite(str(path), (INSIDE * top).astype(np.float32))
    assert np.array_equal(read_map(path), INSIDE)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
@pytest.mark.parametrize("top", [255, 200, 100, 60])
def test_a_lossy_mask_is_one_whatever_its_grey(tmp_path: Path, suffix: str, top: int) -> None:
    read = read_map(file_of(tmp_path, (INSIDE * top).astype(np.uint8), suffix))
    assert read.dtype == np.bool_ and (read != INSIDE).mean() < 0.005


def test_the_noise_of_a_lossy_format_is_no_mask(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 4, INSIDE.shape).astype(np.uint8)
    assert not read_map(file_of(tmp_path, noise, ".jpg")).any()


def test_a_soft_map_stays_one_in_every_depth(tmp_path: Path) -> None:
    for array in ((SOFT * 255).round().astype(np.uint8), (SOFT * 65535).round().astype(np.uint16), SOFT):
        assert np.allclose(mask_or_probability(array), SOFT, atol=1 / 255)
    assert np.allclose(read_map(file_of(tmp_path, (SOFT * 255).astype(np.uint8))), SOFT, atol=1 / 255)
    assert np.allclose(mask_or_probability(SOFT * 255), SOFT, atol=1e-6)
    assert mask_or_probability((SOFT * 9).round().astype(np.uint16)).max() < 0.001  # faint stays faint


@pytest.mark.parametrize("wild", [SOFT * 100, SOFT * 1000, SOFT - 0.5, np.where(INSIDE, np.nan, SOFT), SOFT * 1.5])
def test_what_is_out_of_range_is_refused_with_its_name(wild: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r"^p\.tif holds samples outside 0\.\.1 and 0\.\.255"):
        mask_or_probability(wild.astype(np.float32), name="p.tif")


@pytest.mark.parametrize(
    "array",
    [
        INSIDE,
        INSIDE * np.uint8(2),
        INSIDE * np.int32(7),
        INSIDE * np.uint16(100),
        INSIDE * np.int64(-1) + 3,
        (INSIDE * (1 + ODD)).astype(np.int64),
        INSIDE.astype(np.float32) * 255,
        INSIDE[None],
    ],
)
def test_arrays_are_read_by_the_same_rule(array: np.ndarray) -> None:
    given = read_given_prior(array, 0.9, 1, INSIDE.shape)
    expected = ~INSIDE if array.max() == 3 else INSIDE
    assert np.array_equal(given.p[0] > 0.5, expected) and np.array_equal(given.found[0] > 0, expected)


@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from([np.uint8, np.uint16, np.int32, np.float32]))
def test_of_any_two_values_the_higher_is_on(one: int, other: int, dtype: type) -> None:
    low, high = sorted((one, other))
    read = mask_or_probability(np.where(INSIDE, high, low).astype(dtype))
    expected = INSIDE if low < high else np.full_like(INSIDE, low > 0)
    assert np.array_equal(binary_mask(read), expected)


def test_empty_and_full_masks_are_said_and_nearly_such_ones() -> None:
    large = np.zeros((200, 300), bool)
    assert marked_doubt(large, "a.png") == "a.png is empty: no pixel of it is on."
    assert marked_doubt(~large, "a.png") == "a.png is on everywhere."
    large[5, :20] = True
    assert marked_doubt(large, "a.png") == "a.png is nearly empty: 20 of its 60000 pixels are on."
    assert marked_doubt(~large, "a.png") == "a.png is nearly full: all but 20 of its 60000 pixels are on."
    assert marked_doubt(INSIDE, "a.png") == ""


def test_another_size_is_one_sentence() -> None:
    with pytest.raises(ImageError, match=r"^m\.png is 56 x 39 and its image 56 x 40; give both one size\.$"):
        require_size((39, 56), (40, 56), "m.png")


@pytest.mark.parametrize("level", [0.5, 0.3, 0.999])
def test_a_constant_between_off_and_on_is_a_probability(level: float) -> None:
    read = mask_or_probability(np.full((4, 5), level, np.float32))
    assert read.dtype == np.float32 and np.allclose(read, level)
