"""Reference masks: one is read for an image, and a refinement's prior and refined mask are scored against it.

Everything is counted in the original frame, in all pixels of the image, of the first class.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hidiff.imaging.masks import binary_mask
from hidiff.metrics import dice, hd95, iou
from hidiff.priors.sources import fitted_to, read_prior
from hidiff.types import Mask

if TYPE_CHECKING:
    from hidiff.refinement.outcome import Outcome


@dataclass(frozen=True)
class MaskScores:
    """One mask against a reference. dice, iou: 0..1. hd95: pixels, None where one of the two is empty. missed: pixels
    of the reference that the mask lacks; false: pixels of the mask that the reference lacks."""

    dice: float
    iou: float
    hd95: float | None
    missed: int
    false: int

    @classmethod
    def of(cls, mask: Mask, reference: Mask) -> MaskScores:
        """Of two masks (H,W)."""
        missed, false = int((reference & ~mask).sum()), int((mask & ~reference).sum())
        return cls(dice(mask, reference), iou(mask, reference), hd95(mask, reference), missed, false)


@dataclass(frozen=True)
class ReferenceScores:
    """What a refinement was worth: the prior's mask and the refined one against the same reference."""

    prior: MaskScores
    refined: MaskScores

    @property
    def document(self) -> dict[str, dict[str, Any]]:
        """As plain JSON: prior and refined, each with dice, iou, hd95, missed and false."""
        return asdict(self)


def scored(outcome: Outcome, reference: Mask, prior: Mask | None = None) -> ReferenceScores:
    """The scores of a refinement so far against a reference (H,W) of the image's size. prior (H,W): what the answer is
    compared with; None: what it started from, scribbles that hold included."""
    masks = edited_prior(outcome) if prior is None else prior, outcome.probability()[0] > 0.5
    return ReferenceScores(*(MaskScores.of(mask, reference) for mask in masks))


def edited_prior(outcome: Outcome) -> Mask:
    """(H,W): the prior of the first class as a mask, with what scribbles that hold made of it: a person's own work is
    no gain of the chain's."""
    if outcome.scribbles is None:
        edited: Mask = outcome.prior_map[0] > 0.5
    else:
        edited = outcome.in_original(outcome.p)[0] > 0.5
    return edited


def read_reference(path: Path, name: str, size: tuple[int, int]) -> tuple[Mask, str]:
    """A reference mask of any tool for an image of a size (height, width), and a sentence where it was resampled.

    It is read as a given prior is; a grey counts as on above one half. Raises ImageError where it cannot be read or
    its proportions are not the image's.
    """
    fitted, note = fitted_to(binary_mask(read_prior(path, name)), size, name)
    return fitted, note
