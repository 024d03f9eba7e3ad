"""What N samples say together, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hidiff.refinement.ensemble import spread


def test_shares_areas_and_dices_are_those_of_a_count() -> None:
    masks = np.array([[[1, 1, 0, 0]], [[1, 0, 0, 0]], [[1, 1, 1, 0]]], bool)
    told = spread(iter(masks), reference=masks[0])
    np.testing.assert_allclose(told.share, [[1, 2 / 3, 1 / 3, 0]], rtol=1e-6)
    np.testing.assert_allclose(told.disagreement, [[0, 1 / 3, 1 / 3, 0]], rtol=1e-5)
    assert told.areas == (0.5, 0.25, 0.75)
    assert told.dices == pytest.approx((1, 2 / 3, 4 / 5))
    assert spread(masks).dices == ()


def test_no_masks_have_no_spread() -> None:
    with pytest.raises(ValueError, match="no masks"):
        spread([])
