"""A run: what one or two recipes give on one picture, event by event, as it is computed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import HiDiffError
from hidiff.interface.runs.recipe import TIME_LIMIT, Picture, Recipe, given_map
from hidiff.interface.runs.session import Verdict
from hidiff.interface.texts import recognised, text
from hidiff.pipeline import HiDiff
from hidiff.priors.scribbles import decode_scribbles
from hidiff.priors.sources import GivenMap, prior_from_source, prior_of_map
from hidiff.priors.views import Prior
from hidiff.refinement.chain import Refinement
from hidiff.refinement.kept import lean
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.prepare import read_given_prior
from hidiff.refinement.trace import Step

CLOSING = threading.Event()  # the server's end, after which nobody waits for a run


@dataclass(frozen=True)
class RunEvent:
    """Something that has been computed: the prior, a step, or the answer.

    prior: where the chains start. refinement: a `Refinement` under way, None before it begins. step: only of kind
    "step". stopped: the answer came before the last step. lane: the recipe's place, 0 or 1.
    """

    kind: Literal["prior", "step", "answer"]
    prior: Prior
    refinement: Outcome | None = None
    step: Step | None = None
    stopped: bool = False
    lane: int = 0


def run(
    model: HiDiff, picture: Picture, recipes: Sequence[Recipe], verdict: Callable[[], Verdict] = lambda: "go"
) -> Iterator[RunEvent]:
    """The events of recipes of one picture, which are computed in turn: each the prior, every step, the answer.

    What one recipe has more than the other comes at the end. Noise is addressed by seed, sample, time, row and column,
    so all recipes meet the same uniform numbers. `verdict` is asked before every piece of work, and when it is done:
    "stop" goes on to the answers with what there is, "leave" ends at once, and what was computed meanwhile is not
    given. Raises ImageError when a file of a recipe is gone since.
    """
    lanes = [_Lane(model, picture, recipe, number) for number, recipe in enumerate(recipes)]
    while lanes:
        for lane in list(lanes):
            said = verdict()
            if said == "leave":
                return
            event = lane.advance(stop=said == "stop")
            if verdict() == "leave":
                return
            yield event
            if event.kind == "answer":
                lanes.remove(lane)


def limited(verdict: Callable[[], Verdict], seconds: float = TIME_LIMIT) -> Callable[[], Verdict]:
    """The same verdict, which becomes "stop" once so many seconds have passed, and "leave" when the server closes."""
    end = time.monotonic() + seconds

    def said() -> Verdict:
        now: Verdict = "leave" if CLOSING.is_set() else verdict()
        return "stop" if now == "go" and time.monotonic() > end else now

    return said


class _Lane:
    """One recipe under way: what `advance` gives next follows from what it has given."""

    def __init__(self, model: HiDiff, picture: Picture, recipe: Recipe, number: int) -> None:
        self._model = model
        self._picture = picture
        self._recipe = recipe
        self._number = number
        self._prior: Prior | None = None
        self._refinement: Refinement | None = None

    def advance(self, stop: bool) -> RunEvent:
        """The prior first, then a step each time, then the answer; with `stop` the answer at once after the prior."""
        recipe = self._recipe
        if self._prior is None:
            self._prior = self._given_prior() if recipe.own is not None else self._proposed_prior()
            return RunEvent("prior", self._prior, lane=self._number)
        if self._refinement is None:
            self._refinement = self._begin(self._prior)
        left = 0 if recipe.alone else len(self._refinement.times) - len(self._refinement.steps)
        if left and not stop:
            step = next(self._refinement)
            return RunEvent("step", self._prior, self._refinement, step, lane=self._number)
        return RunEvent("answer", self._prior, self._refinement, stopped=left > 0, lane=self._number)

    def _proposed_prior(self) -> Prior:
        recipe = self._recipe
        proposed = self._model.prior(self._picture.pixels, recipe.settings.mirror)
        prior = prior_from_source(self._model.task, proposed, recipe.prior_source, recipe.prior_seed)
        if recipe.scribbles is None or not recipe.settings.hold or not self._model.points_at_answer(prior):
            return prior
        runner = self._model.runner(recipe.network, recipe.backend)
        return self._model.answer_as_prior(self._picture.pixels, prior, recipe.settings, runner)

    def _given_prior(self) -> Prior:
        """The prior of a mask that the visitor brought, without scribbles. The refinement begins with the mask itself,
        and so does it here."""
        assert self._recipe.own is not None
        task, size = self._model.task, self._picture.size
        own, _ = given_map(self._recipe.own, size)
        self._refinement = self._begin(own)
        given = read_given_prior(own, self._recipe.settings.confidence, task.classes, size)
        return prior_of_map(task, self._picture.pixels, given.p)

    def _begin(self, prior: Prior | GivenMap) -> Refinement:
        recipe = self._recipe
        scribbles: NDArray[np.uint8] | None = None if recipe.scribbles is None else decode_scribbles(recipe.scribbles)
        settings: Any = asdict(recipe.settings) | ({"focus": False} if recipe.alone else {})
        backend: Any = {"network": recipe.network, "backend": recipe.backend}
        refinement = self._model.refine(self._picture.pixels, prior, scribbles=scribbles, **backend, **settings)
        lean(refinement)
        return refinement


def chosen_model(models: Mapping[str, HiDiff], task: object) -> HiDiff:
    """The model of a task. Raises HiDiffError when there is none."""
    if not isinstance(task, str) or task not in models:
        raise HiDiffError(text("error.task", task=task, tasks=", ".join(models) or "none"))
    return models[task]


def weights_note(model: HiDiff) -> str:
    """Where the weights come from, without a path of the server's."""
    if model.source is None:
        return text("weights.unknown", task=model.task.name)
    if model.source.source == "folder":
        return text("weights.folder", task=model.task.name)
    return recognised(model.source.note)
