"""Scores of one case: every mask that is asked for, scored against the reference at the image's own resolution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.data.cases import Case, read_case_mask
from hidiff.evaluation.calibration import Counts
from hidiff.evaluation.memoize import memoized
from hidiff.evaluation.protocol import PARTS, Protocol
from hidiff.imaging.files import read_image
from hidiff.imaging.frames import square_frame
from hidiff.metrics import dice, hd95, iou, sensitivity, specificity
from hidiff.pipeline import HiDiff
from hidiff.priors.corruption import BENCHMARK, Corruption
from hidiff.priors.scribbles import scribble_masks
from hidiff.priors.simulated_user import bounding_box, edit, rough_ellipse, scribble_at_largest_error
from hidiff.priors.views import Prior
from hidiff.refinement.chain import Refinement
from hidiff.tasks import check_canvas
from hidiff.types import Map, Mask

Score = dict[str, float | None]

CORRUPTION_SIDE = 256  # priors are broken at this size, so that an error is as coarse for a large image as for a small
CORE = "core"
SECOND_READER = "second_reader"  # a mask without probabilities, and so without counts


@dataclass(frozen=True)
class CaseResult:
    """What is known of one case. area: the reference's share of the pixels that count. diagonal: of the image, in
    pixels. parts: each part's figures, as JSON holds them. digest: of the case's files (`Case.digest`)."""

    dataset: str
    name: str
    group: str
    area: float
    diagonal: float
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    digest: str = ""

    @property
    def scores(self) -> dict[str, Score]:
        """The score of every mask, by its name."""
        return {name: score for part in self.parts.values() for name, score in part.get("scores", {}).items()}

    @property
    def prior(self) -> float:
        """Dice of the plain prior."""
        return float(self.parts[CORE]["scores"]["prior"]["dice"])

    @property
    def refined(self) -> float:
        """Dice of the refined mask."""
        return float(self.parts[CORE]["scores"]["refined"]["dice"])

    def to_json(self) -> dict[str, Any]:
        """For a report: without the calibration counts and the bits along the chain, of which it has the means."""
        left_out = {"counts", "t", "y_t", "y0_hat", "y0_hat_counts", "chains_by_step"}
        flat = {key: value for part in self.parts.values() for key, value in part.items() if key not in left_out}
        return {
            "dataset": self.dataset,
            "name": self.name,
            "group": self.group,
            "area": self.area,
            "prior": self.prior,
            "refined": self.refined,
            "by_step": self.parts[CORE]["y0_hat"],
            **flat,
            "scores": self.scores,
        }


def is_whole(name: str, part: Mapping[str, Any]) -> bool:
    """Whether a part holds the counts that are kept with its scores since; without them it is worked out again."""
    counted = part.get("counts", {})
    masks = (mask for mask in part.get("scores", {}) if mask != SECOND_READER)
    return all(mask in counted for mask in masks) and (name != CORE or "y0_hat_counts" in part)


class Subject:
    """A case, opened. reference (H,W); within: the pixels that count, or None for all of them."""

    def __init__(self, model: HiDiff, case: Case, protocol: Protocol) -> None:
        self.model = memoized(model)
        self.case = case
        self.protocol = protocol
        self.settings = model.settings(**protocol.options)
        self.image = read_image(case.image)
        check_canvas(model.task, self.image, case.image.name)
        self.size = (self.image.shape[0], self.image.shape[1])
        self.reference: Mask = read_case_mask(case.mask, self.size)
        self.within: Mask | None = read_case_mask(case.fov, self.size) if case.fov else None

    def generator(self, purpose: str) -> np.random.Generator:
        """Chance that depends on the case, the purpose and the seed alone."""
        address = f"{self.case.dataset}/{self.case.name}/{purpose}/{self.protocol.seed}"
        return np.random.default_rng(np.frombuffer(address.encode(), np.uint8).astype(np.uint32))

    def dice(self, p: Map | Mask) -> float:
        """Of a probability or mask (K,H,W) or (H,W)."""
        return dice(_mask(p), self.reference, self.within)

    def score(self, p: Map | Mask) -> Score:
        """Every figure of a probability or mask (K,H,W) or (H,W)."""
        mask = _mask(p)
        return {
            "dice": dice(mask, self.reference, self.within),
            "iou": iou(mask, self.reference, self.within),
            "hd95": hd95(mask, self.reference, self.within),
            "sensitivity": sensitivity(mask, self.reference, self.within),
            "specificity": specificity(mask, self.reference, self.within),
            "area": float(mask.mean() if self.within is None else mask[self.within].mean()),
        }

    def counts(self, p: Map) -> list[list[float]]:
        """The calibration counts of a probability (K,H,W)."""
        return Counts.of(p[0], self.reference, self.within).to_json()

    def figures(self, probabilities: Mapping[str, Map]) -> dict[str, Any]:
        """{"scores", "counts"} of probabilities (K,H,W) by name."""
        return {
            "scores": {name: self.score(p) for name, p in probabilities.items()},
            "counts": {name: self.counts(p) for name, p in probabilities.items()},
        }

    def refine(self, prior: Prior | NDArray[Any] | None = None, **changes: Any) -> Refinement:
        """The protocol's refinement, finished, with changes."""
        return self.model.refine(self.image, prior, **(self.protocol.options | changes)).finish()

    def refined(self) -> Refinement:
        """The refined mask's refinement."""
        return self.refine(self.proposed())

    def proposed(self) -> Prior:
        """The prior that the protocol's refinement begins with."""
        return self.model.prior(self.image, self.settings.mirror)

    def chains(self) -> Refinement:
        """A chain a mirror, on the prior averaged over mirrors."""
        return self.refine(self.model.prior(self.image, True), **self.protocol.chain_options(self.model.task.mirrors))

    def by_step(self, refinement: Refinement, counted: bool = False) -> dict[str, list[Any]]:
        """t, Dice of the mean y0_hat after each step, and of y_t before it (the mean over chains). counted: also the
        counts of that y0_hat."""
        shown = refinement.in_original
        guesses = [shown(step.y0_hat.mean(axis=0)) for step in refinement.steps]
        return {
            "t": [step.t for step in refinement.steps],
            "y0_hat": [self.dice(guess) for guess in guesses],
            "y_t": [
                float(np.mean([self.dice(shown(bits.astype(np.float32))) for bits in step.y_t]))
                for step in refinement.steps
            ],
            **({"y0_hat_counts": [self.counts(guess) for guess in guesses]} if counted else {}),
        }


def _mask(p: Map | Mask) -> Mask:
    plane = p if p.ndim == 2 else p[0]
    mask: Mask = plane.astype(np.bool_) if plane.dtype == np.bool_ else plane > 0.5
    return mask


def evaluate_case(
    model: HiDiff,
    case: Case,
    protocol: Protocol,
    parts: tuple[str, ...] | None = None,
    twin: HiDiff | None = None,
) -> CaseResult:
    """Work out the parts of one case; by default the core and all that the protocol asks for."""
    subject = Subject(model, case, protocol)
    wanted = (CORE, *(part for part in PARTS if protocol.wants(part, 0))) if parts is None else parts
    found = {name: _WORK[name](subject) for name in wanted if name != "twin"}
    if "twin" in wanted and twin is not None:
        found["twin"] = subject.figures({"twin": Subject(twin, case, protocol).refined().probability()})
    inside = subject.reference if subject.within is None else subject.reference[subject.within]
    diagonal = float(np.hypot(*subject.reference.shape))
    return CaseResult(case.dataset, case.name, case.group, float(inside.mean()), diagonal, found, case.digest)


def _core(subject: Subject) -> dict[str, Any]:
    prior = subject.model.prior(subject.image).p
    refinement = subject.refined()
    figures = subject.figures({"prior": prior, "refined": refinement.probability()})
    return {**figures, **subject.by_step(refinement, counted=True)}


def _chains(subject: Subject) -> dict[str, Any]:
    refinement = subject.chains()
    return {
        **subject.figures({"chains": refinement.probability()}),
        "chains_by_step": subject.by_step(refinement),
    }


def focused_and_whole(refinement: Refinement) -> Map:
    """(K,H,W): the segmentor alone, its whole-image prior and its look into the window averaged, with the calls
    that the refinement makes. Where there is no window it is the prior."""
    closer = refinement.frame.map_out(refinement.view.p, background=refinement.prior_map)
    return ((closer + refinement.prior_map) / 2).astype(np.float32)


def _baselines(subject: Subject) -> dict[str, Any]:
    prior, turned = subject.model.prior(subject.image), subject.model.prior(subject.image, True)
    single = subject.protocol.single_options
    looks = subject.refine(prior, **(single | {"steps": 1}))
    one = subject.refine(subject.proposed(), **subject.protocol.single_step_options)
    many = subject.refine(turned, **(subject.protocol.chain_options(subject.model.task.mirrors) | {"steps": 1}))
    found = subject.figures(
        {
            "window": focused_and_whole(looks),
            "mirrors": turned.p,
            "mirrors_window": focused_and_whole(many),
            "one_chain": subject.refine(prior, **single).probability(),
            "single_step": one.probability(),
            "chains_single_step": many.probability(),
            "half_prior": _from_half(subject, prior).probability(),
        }
    )
    if subject.case.second_reader:
        second = read_case_mask(subject.case.second_reader, subject.size)
        found["scores"][SECOND_READER] = subject.score(second)
    return found


def _from_half(subject: Subject, prior: Prior) -> Refinement:
    """The chain in the same window with the features as ever, but p = 1/2 in its start, its means and its input."""
    settings = subject.model.settings(**subject.protocol.single_options)
    prepared = subject.model.prepare(subject.image, prior, settings)
    halved = replace(prepared, p=np.full_like(prepared.p, 0.5), kind="unknown")
    return subject.model.refine_prepared(halved, settings).finish()


def _corruptions(subject: Subject) -> dict[str, Any]:
    prior = subject.proposed()
    broken = {}
    for name in subject.protocol.corruptions or BENCHMARK:
        worse = break_prior(prior.p, BENCHMARK[name], subject.generator(name))
        broken[name] = [subject.dice(worse), subject.dice(subject.refine(worse).probability())]
    return {"broken": broken}


def break_prior(p: Map, corruption: Corruption, rng: np.random.Generator) -> Map:
    """p (K,H,W) broken by the corruption; worked at `CORRUPTION_SIDE` and brought back."""
    frame = square_frame((p.shape[1], p.shape[2]), side=CORRUPTION_SIDE)
    small = frame.map_in(p)
    top, left, height, width = frame.content
    inner = np.ascontiguousarray(small[0, top : top + height, left : left + width])
    worse = corruption(inner, rng)
    return cv2.resize(worse, (p.shape[2], p.shape[1]), interpolation=cv2.INTER_LINEAR).astype(np.float32)[None]


def _user(subject: Subject) -> dict[str, Any]:
    if not subject.reference.any():
        return {"given": {}}  # nothing to point at
    masks = {
        "ellipse": rough_ellipse(subject.reference, subject.generator("ellipse")),
        "box": bounding_box(subject.reference),
    }
    return {
        "given": {
            name: [subject.dice(mask), subject.dice(subject.refine(mask).probability())] for name, mask in masks.items()
        }
    }


def scribble(model: HiDiff, case: Case, protocol: Protocol) -> dict[str, Any]:
    """One disc at the heart of the refined mask's largest error: Dice before, of the edited mask itself, after.

    Empty where no error is large enough to be painted at.
    """
    subject = Subject(model, case, protocol)
    prior = subject.proposed()
    mask = _mask(subject.refine(prior).probability())
    truth = subject.reference
    shown = mask if subject.within is None else np.where(subject.within, mask, truth)
    scribbles = scribble_at_largest_error(shown, truth, subject.generator("scribble"))
    on, off = scribble_masks(scribbles)
    if not (on | off).any():
        return {"scribble": []}
    after = subject.refine(prior, scribbles=scribbles).probability()
    return {"scribble": [subject.dice(mask), subject.dice(edit(mask, scribbles)), subject.dice(after)]}


def _seeds(subject: Subject) -> dict[str, Any]:
    prior = subject.proposed()
    first = subject.protocol.seed
    seeds = range(first, first + subject.protocol.seeds)
    return {"seeds": [subject.dice(subject.refine(prior, seed=seed).probability()) for seed in seeds]}


_WORK: dict[str, Callable[[Subject], dict[str, Any]]] = {
    CORE: _core,
    "chains": _chains,
    "baselines": _baselines,
    "corruptions": _corruptions,
    "user": _user,
    "seeds": _seeds,
}
