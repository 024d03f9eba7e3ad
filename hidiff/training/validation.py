"""Looks at a few fixed val cases while the networks train: Dice of prior and refined mask, a sheet, the curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hidiff.checkpoints.config import HiDiffConfig
from hidiff.data.cases import Case, read_case_mask
from hidiff.imaging.files import read_image, write_png
from hidiff.metrics import dice
from hidiff.models.denoiser import Denoiser
from hidiff.models.segmentor import build_segmentor
from hidiff.pipeline import HiDiff
from hidiff.tasks import Task
from hidiff.training.curves import draw_curves
from hidiff.training.plans import Plan
from hidiff.training.trainer import LOG, States
from hidiff.visuals.draw import contact_sheet, overlay

SHEETS, CURVES = "sheets", "curves.png"
STEPS = 5  # reverse steps of a look: it is to cost little
TILE = 224  # longer side of a picture on a sheet, pixels


class Validation:
    """Sees the same `count` cases of val every `every` iterations and at the end of a stage.

    Draws no random number of the training's: a run that is watched gives the weights of one that is not.
    """

    def __init__(
        self,
        task: Task,
        plan: Plan,
        cases: Sequence[Case],
        run: Path,
        every: int,
        device: torch.device | str = "cpu",
        count: int = 4,
    ) -> None:
        chosen = np.unique(np.linspace(0, max(0, len(cases) - 1), min(count, len(cases))).astype(int))
        self._cases = [cases[i] for i in chosen]
        self._config = HiDiffConfig(task, plan.segmentor, plan.denoiser, plan.settings)
        self._run, self._every, self._device = run, every, str(device)

    def due(self, done: int, total: int) -> bool:
        """Whether to look after `done` iterations of `total`; never where `every` is 0 or there is no val case."""
        return bool(self._cases) and self._every > 0 and (done % self._every == 0 or done == total)

    def validate(self, stage: str, iteration: int, states: States) -> dict[str, float]:
        """val_prior and, once there is a denoiser, val_refined: mean Dice; writes sheets/<stage>-<iteration>.png."""
        model, refines = self._model(states)
        scores: dict[str, list[float]] = {"val_prior": [], "val_refined": []}
        pictures, labels = [], []
        for case in self._cases:
            image = read_image(case.image)
            reference = read_case_mask(case.mask, image.shape[:2])
            within = read_case_mask(case.fov, image.shape[:2]) if case.fov else None
            prior = model.prior(image)
            maps = {"val_prior": prior.p}
            if refines:
                steps = min(STEPS, self._config.denoiser.T)
                maps["val_refined"] = model.refine(image, prior, steps=steps).finish().probability()
            pictures += [self._picture(image, None), self._picture(image, reference)]
            labels += [case.name, "reference"]
            for name, probability in maps.items():
                scores[name].append(dice(probability[0] > 0.5, reference, within))
                pictures.append(self._picture(image, probability[0] > 0.5))
                labels.append(f"{name.removeprefix('val_')} {scores[name][-1]:.3f}")
        sheet = contact_sheet(pictures, 2 + len(maps), labels)
        (self._run / SHEETS).mkdir(parents=True, exist_ok=True)
        write_png(self._run / SHEETS / f"{stage}-{iteration:06d}.png", sheet)
        return {name: float(np.mean(values)) for name, values in scores.items() if values}

    def draw_curves(self) -> None:
        """Renew curves.png from the log."""
        draw_curves(self._run / LOG, self._run / CURVES)

    def _model(self, states: States) -> tuple[HiDiff, bool]:
        with torch.random.fork_rng():
            segmentor = build_segmentor(self._config.segmentor)
            denoiser: nn.Module = nn.Identity() if states[1] is None else Denoiser(self._config.denoiser)
        segmentor.load_state_dict(states[0])
        if states[1] is not None:
            denoiser.load_state_dict(states[1])
        return HiDiff(self._config, segmentor, denoiser, device=self._device), states[1] is not None

    def _picture(self, image: NDArray[np.uint8], mask: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
        step = -(-max(image.shape[:2]) // TILE)
        small = np.ascontiguousarray(image[::step, ::step])
        if mask is None:
            return small
        return overlay(small, mask[::step, ::step])
