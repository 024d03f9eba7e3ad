"""The chains of a refinement: what they hold, and when they let it go."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from small_model import picture, small


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_refinement_that_is_left_after_any_step_is_freed_at_once(steps: int) -> None:
    """Without the garbage collector: numpy's arrays do not count for it, so it would come too late."""
    gc.collect()
    gc.disable()
    try:
        refinement = small().refine(picture(), steps=3)
        for _ in range(steps):
            next(refinement)
        gone = weakref.ref(refinement), weakref.ref(refinement.view)
        del refinement
        assert [one() for one in gone] == [None, None]
    finally:
        gc.enable()


def test_the_field_of_a_refinement_is_the_one_its_steps_met() -> None:
    refinement = small().refine(picture(), steps=3, samples=2).finish()
    for step in refinement.steps[:-1]:
        assert step.u is not None and np.array_equal(step.u, refinement.field(step.s))
