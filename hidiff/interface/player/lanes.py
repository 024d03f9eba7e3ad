"""The player's builder for one recipe or for two on one clock: events of a run -> payloads."""

from __future__ import annotations

from collections.abc import Sequence

from hidiff.interface.player.payload import Payload, PayloadBuilder, replay, side_by_side
from hidiff.interface.runs.cache import FinishedRun
from hidiff.interface.runs.recipe import Picture, Recipe
from hidiff.interface.runs.run import RunEvent
from hidiff.interface.task_words import object_of
from hidiff.interface.texts import text, text_or
from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import decode_scribbles
from hidiff.priors.sources import NOISE, SEGMENTOR


class LanesBuilder:
    """The payloads of a run of one recipe, or of two that stand side by side.

    name: of the run. titles: what to call the lanes, where there are two. With two lanes the samples of one are not
    shown, and there is nothing to show until both have begun.
    """

    def __init__(
        self, name: str, model: HiDiff, picture: Picture, recipes: Sequence[Recipe], titles: Sequence[str] = ("",)
    ) -> None:
        alone = len(recipes) == 1
        self._builders = [
            builder_of(name, picture, model, recipe, title=title, samples=alone)
            for recipe, title in zip(recipes, titles, strict=True)
        ]
        self._payloads: dict[int, Payload] = {}

    def add(self, event: RunEvent) -> Payload | None:
        """The player's value, plain JSON, with one more event; None as long as a lane has nothing to show."""
        self._payloads[event.lane] = self._builders[event.lane].add(event)
        if len(self._payloads) < len(self._builders):
            return None
        first, *second = (self._payloads[lane] for lane in range(len(self._builders)))
        return side_by_side(first, second[0]) if second else first


def builder_of(
    name: str, picture: Picture, model: HiDiff, recipe: Recipe, chain: int = 0, title: str = "", samples: bool = True
) -> PayloadBuilder:
    """A builder without frames for a recipe. title: the lane's name, if there are two. samples: all chains come in the
    end."""
    return PayloadBuilder(
        name,
        picture,
        model.task,
        recipe.settings,
        chain,
        title=title,
        reference=picture.reference,
        samples=samples,
        scribbles=None if recipe.scribbles is None else decode_scribbles(recipe.scribbles),
        lead=lead_of(model, recipe),
        badge=badge_of(recipe),
        remark=recipe.remarks.note if recipe.own is not None else "",
    )


def lead_of(model: HiDiff, recipe: Recipe) -> str:
    """What a recipe does, in one sentence for people: the example's own where it starts as that teaches."""
    start, task = recipe.source.start, model.task
    sought = object_of(task)
    if recipe.alone:
        return text("lead.alone")
    if recipe.scribbles is not None:
        return text("lead.held" if recipe.settings.hold else "lead.painted")
    if recipe.own is not None:
        return text("lead.own")
    if recipe.prior_source == SEGMENTOR and recipe.settings.leaves("segmentor"):
        return text("lead.left", object=sought)
    if start.teaches and (recipe.prior_source, recipe.prior_seed) == (start.prior_source, start.prior_seed):
        return text_or(f"example.{recipe.source.path.stem}.teaches", start.teaches)
    if recipe.prior_source in (SEGMENTOR, NOISE):
        return text(f"lead.{recipe.prior_source}", object=sought)
    return text("lead.broken", error=text(f"prior.{recipe.prior_source}"))


def badge_of(recipe: Recipe) -> str:
    """What marks the picture: drawn by a script, broken on purpose."""
    broken = recipe.own is None and recipe.prior_source not in (SEGMENTOR, NOISE)
    marks = [text("refine.synthetic")] * recipe.source.synthetic + [text("refine.on_purpose")] * broken
    if len(marks) > 1:
        return text("refine.both_marks", first=marks[0], second=marks[1])
    return marks[0] if marks else ""


def sample_payload(name: str, model: HiDiff, recipe: Recipe, finished: FinishedRun, chain: int) -> Payload:
    """The whole of one chain of a finished refinement. Raises IndexError when there is no such chain."""
    if not 0 <= chain < recipe.settings.samples:
        raise IndexError(chain)
    return replay(finished.refinement, finished.prior, builder_of(name, finished.picture, model, recipe, chain))
