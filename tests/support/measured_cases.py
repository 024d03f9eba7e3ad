"""Results of cases made from drawn probabilities, for tests of what is said over cases: no network runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from hidiff.evaluation.calibration import Counts
from hidiff.evaluation.score import CaseResult
from hidiff.metrics import dice, iou

STEPS = 3


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Logits, any shape -> float32 probabilities."""
    return (1 / (1 + np.exp(-z))).astype(np.float32)


def logits(seed: int, size: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """z (size,size) within the limits, and a reference that follows it with an offset and a lot of chance."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 2, (size, size)).clip(-7, 7)
    return z, rng.random(z.shape) < sigmoid(1.5 * z - 1)


def score(p: np.ndarray, reference: np.ndarray) -> dict[str, Any]:
    """The figures at 0.5; a distance of 1."""
    mask = p > 0.5
    figures = {"dice": dice(mask, reference), "iou": iou(mask, reference), "area": float(mask.mean())}
    return {**figures, "hd95": 1.0, "sensitivity": 0.5, "specificity": 0.5}


def result(seed: int, masks: dict[str, np.ndarray], reference: np.ndarray, dataset: str = "d", group: str = "") -> Any:
    """A case with these probabilities, of which there must be "prior" and "refined"; y0_hat walks from one to the
    other."""
    prior, refined = masks["prior"], masks["refined"]
    guesses = [prior + (refined - prior) * np.float32(i / (STEPS - 1)) for i in range(STEPS)]
    core = {
        "scores": {name: score(p, reference) for name, p in masks.items()},
        "counts": {name: Counts.of(p, reference).to_json() for name, p in masks.items()},
        "t": list(range(STEPS, 0, -1)),
        "y0_hat": [dice(p > 0.5, reference) for p in guesses],
        "y_t": [0.5] * STEPS,
        "y0_hat_counts": [Counts.of(p, reference).to_json() for p in guesses],
    }
    return CaseResult(dataset, f"{seed}", group or f"{seed}", float(reference.mean()), 85.0, {"core": core})


def shifted(count: int, c: float, dataset: str = "d", first: int = 0) -> list[CaseResult]:
    """Cases whose refined mask is the prior with its operating point moved by c, two cases a group."""
    out = []
    for seed in range(first, first + count):
        z, reference = logits(seed)
        out.append(result(seed, {"prior": sigmoid(z), "refined": sigmoid(z + c)}, reference, dataset, f"g{seed // 2}"))
    return out
