"""Out-of-fold evaluation: each case of the training split with the segmentor of a run that never saw it.

A cross-validation over training groups of what the segmentor alone does, with one look or many: far more cases than val
has. The denoiser has learned from these very cases, if from other priors, so what it makes of them flatters it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hidiff.data.cases import Case, DataError, folds
from hidiff.errors import SettingsError
from hidiff.models.segmentor import build_segmentor
from hidiff.pipeline import HiDiff
from hidiff.training.warm_start import FOLD, WarmStart, load_matching


def out_of_fold(
    run: Path, model: HiDiff, cases: Sequence[Case], digest: str
) -> tuple[Callable[[Case], HiDiff], dict[str, str]]:
    """The model of a case of the training split: the weights' denoiser on the segmentor of the fold that holds the case
    back. cases: all of that split that the run learned from; digest: of all its cases. Returns also which checkpoints
    these are, by name.

    Raises WeightsError where the folder holds no run, SettingsError where it has no folds, DataError where it learned
    from other data.
    """
    started = WarmStart.of_run(run)
    count = int(started.origin["folds"])
    names = [f"{FOLD}{k}" for k in range(count)]
    if not count or not set(names) <= set(started.states):
        raise SettingsError(f"{run} holds no segmentors of folds; choose a run that trained them.")
    if started.origin.get("data", digest) != digest:
        raise DataError(f"{run} learned from other data or splits; give --data and --datasets as it had them.")
    members = []
    for name in names:
        segmentor = build_segmentor(model.config.segmentor)
        load_matching(segmentor, started.states[name])
        members.append(HiDiff(model.config, segmentor, model.denoiser, device=str(model.device)))
    fold = dict(
        zip(((c.dataset, c.name) for c in cases), folds(cases, count, int(started.origin["seed"])), strict=True)
    )

    def of(case: Case) -> HiDiff:
        return members[fold[case.dataset, case.name]]

    files = started.origin["files"]
    return of, {name: files[f"{name}.safetensors"] for name in names}
