"""What the player is given: the moments of one recipe, or of two on one clock, as payloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hidiff.interface.player.payload import Payload, Reel, replay, side_by_side
from hidiff.interface.runs.cache import Kept
from hidiff.interface.runs.compare import abreast
from hidiff.interface.runs.recipe import moments
from hidiff.interface.runs.run import Against, Moment, Picture, Recipe, Verdict
from hidiff.pipeline import HiDiff


@dataclass(frozen=True)
class Scene:
    """One value of the player. moment: what was added to it last; lane: 0, or 1 for the second."""

    payload: Payload
    moment: Moment
    lane: int = 0


def reel_of(
    run: str, picture: Picture, model: HiDiff, recipe: Recipe, chain: int = 0, title: str = "", samples: bool = True
) -> Reel:
    """An empty reel for a recipe. title: the lane's name, if there are two. samples: all chains come in the end."""
    return Reel(
        run, picture, model.card, recipe.settings, chain, title=title, reference=picture.reference, samples=samples
    )


def scenes(
    run: str,
    picture: Picture,
    model: HiDiff,
    recipe: Recipe,
    against: Against | None = None,
    verdict: Callable[[], Verdict] = lambda: "go",
) -> Iterator[Scene]:
    """The scenes of one recipe, or of two, which are computed in turn."""
    if against is None:
        reel = reel_of(run, picture, model, recipe)
        for moment in moments(model, picture, recipe, verdict):
            yield Scene(reel.add(moment), moment)
        return
    lanes = (recipe, against.titles[0]), (against.recipe, against.titles[1])
    reels = [reel_of(run, picture, model, one, title=title, samples=False) for one, title in lanes]
    values: dict[int, Payload] = {}
    for lane, moment in abreast(*(moments(model, picture, one, verdict) for one, _ in lanes)):
        values[lane] = reels[lane].add(moment)
        if len(values) == len(lanes):
            yield Scene(side_by_side(values[0], values[1]), moment, lane)


def sample_scene(run: str, model: HiDiff, recipe: Recipe, kept: Kept, chain: int) -> Payload:
    """The whole of one chain of a finished refinement. Raises IndexError when there is no such chain."""
    if not 0 <= chain < recipe.settings.samples:
        raise IndexError(chain)
    return replay(kept.refinement, kept.prior, reel_of(run, kept.picture, model, recipe, chain))
