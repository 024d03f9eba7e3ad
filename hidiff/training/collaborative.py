"""The alternate-collaborative loop: refiner and segmentor step in turn on the same batch (HiDiff, section III-E).

Refiner step: prior and features are constants, the segmentor is in eval mode; AdamW moves the denoiser alone.
Segmentor step: fresh t and y_t; L_seg + w * L_BBDM; AdamW moves the segmentor alone. The gradient of L_BBDM
reaches it by the features and by p as an input of the denoiser; y_t is a sample and carries none, and p in the
equations of the loss, target and mean alike, is a constant.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from hidiff.diffusion import bernoulli
from hidiff.models.denoiser import Denoiser
from hidiff.models.segmentor import LiteSegmentor
from hidiff.training.batches import Batch, Material, Scene, disturb, frozen, see
from hidiff.training.optimization import MovingAverage, device_of, iteration_generator, one_cycle
from hidiff.training.refiner import RefinerTraining, denoiser_logits, reach, refiner_loss, total
from hidiff.training.segmentor import segmentation_loss
from hidiff.training.trainer import Journal, Observer, State

Order = Literal["refiner first", "segmentor first"]
_SEGMENTOR, _DENOISER = "segmentor", "denoiser"


@dataclass(frozen=True)
class Collaboration:
    """Settings of the loop; what batches and y_t are made of stands in `RefinerTraining`.

    weight: w, the share of L_BBDM in the segmentor's loss; 0 makes the collaboration one-way. warm_up: share of
    the run over which w grows from 0. order: who steps first on a batch. The rates are peaks of one cycle each.
    clip: largest norm of either network's gradient. moving_norms: whether the segmentor's BatchNorm statistics
    move in its own steps; held, the denoiser is shown the very features that it will meet. cut: see
    `segmentation_loss`.
    """

    iterations: int = 300
    weight: float = 0.1
    warm_up: float = 0.2
    order: Order = "refiner first"
    denoiser_rate: float = 5e-4
    encoder_rate: float = 5e-5
    decoder_rate: float = 1.5e-4
    denoiser_decay: float = 1e-4
    segmentor_decay: float = 0.02
    warm: float = 0.1
    decay: float = 0.995
    clip: float = 1.0
    moving_norms: bool = False
    cut: float = 0.5
    checkpoint_every: int = 50

    def weight_at(self, iteration: int) -> float:
        """w in this iteration."""
        rise = self.warm_up * self.iterations
        return self.weight if iteration >= rise else self.weight * iteration / rise


@contextmanager
def _at_work(network: nn.Module) -> Iterator[None]:
    """The network's parameters take gradients here and nowhere else."""
    network.requires_grad_(True)
    try:
        yield
    finally:
        network.requires_grad_(False)


def _learning(segmentor: LiteSegmentor, moving_norms: bool) -> None:
    segmentor.train()
    for module in segmentor.modules():
        if isinstance(module, nn.BatchNorm2d) and not moving_norms:
            module.eval()


def collaborative_loss(
    segmentor: LiteSegmentor,
    denoiser: Denoiser,
    scene: Scene,
    y_0: Tensor,
    weight: float,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    generator: Generator,
    cut: float = 0.5,
) -> dict[str, Tensor]:
    """The segmentor's loss on a scene, scalars: `seg` is L_seg, `bbdm` is L_BBDM (absent where weight is 0),
    `loss` is seg + weight * bbdm. y_0 (B,K,S,S): the masks in the denoiser's view."""
    logits, p, features = see(segmentor, scene, settings.precision)
    seg = segmentation_loss(logits, scene.y, cut)
    if weight == 0:
        return {"loss": seg, "seg": seg}
    image = scene.whole if scene.closer is None else scene.closer.image
    margin = bernoulli.PRIOR_MARGIN
    t = int(torch.randint(1, denoiser.config.T + 1, (1,), generator=generator))
    with torch.no_grad():
        constant = Batch(image, y_0, p.detach().clamp(margin, 1 - margin), tuple(f.detach() for f in features))
        y_t = reach(denoiser, constant, t, alpha_bar, settings, True, generator)
    given = Batch(image, y_0, p, features)
    seen = denoiser_logits(denoiser, given, given.p_seen, y_t, t, settings.precision)
    bbdm = total(refiner_loss(seen, y_t, y_0, given.p_seen, t, alpha_bar))
    return {"loss": seg + weight * bbdm, "seg": seg, "bbdm": bbdm}


def segmentor_step(
    segmentor: LiteSegmentor,
    denoiser: Denoiser,
    optimizer: torch.optim.Optimizer,
    scene: Scene,
    y_0: Tensor,
    weight: float,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    collaboration: Collaboration,
    generator: Generator,
) -> dict[str, float]:
    """One step of the segmentor alone; the denoiser, in eval mode, passes gradients on and keeps none."""
    denoiser.eval()
    _learning(segmentor, collaboration.moving_norms)
    optimizer.zero_grad()
    with _at_work(segmentor):
        parts = collaborative_loss(
            segmentor, denoiser, scene, y_0, weight, alpha_bar, settings, generator, collaboration.cut
        )
        parts["loss"].backward()
    torch.nn.utils.clip_grad_norm_(segmentor.parameters(), collaboration.clip)
    optimizer.step()
    frozen(segmentor)
    return {name: value.item() for name, value in parts.items()}


def refiner_step(
    denoiser: Denoiser,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    alpha_bar: Tensor,
    settings: RefinerTraining,
    collaboration: Collaboration,
    generator: Generator,
) -> float:
    """One step of the denoiser alone on a batch without gradients; returns L_BBDM."""
    denoiser.train()
    optimizer.zero_grad()
    t = int(torch.randint(1, denoiser.config.T + 1, (1,), generator=generator))
    y_t = reach(denoiser, batch, t, alpha_bar, settings, True, generator)
    with _at_work(denoiser):
        logits = denoiser_logits(denoiser, batch, batch.p_seen, y_t, t, settings.precision)
        loss = total(refiner_loss(logits, y_t, batch.y_0, batch.p_seen, t, alpha_bar))
        loss.backward()
    torch.nn.utils.clip_grad_norm_(denoiser.parameters(), collaboration.clip)
    optimizer.step()
    denoiser.eval()
    return loss.item()


def joint_optimizer(
    segmentor: LiteSegmentor, denoiser: Denoiser, collaboration: Collaboration
) -> torch.optim.Optimizer:
    """One AdamW for both: it moves only what has a gradient, and in each step only one network has any.

    Its groups are the segmentor's encoder, the rest of the segmentor, and the denoiser.
    """
    encoder = list(segmentor.encoder.parameters())
    rest = [p for name, p in segmentor.named_parameters() if not name.startswith("encoder.")]
    own = {"weight_decay": collaboration.segmentor_decay}
    return torch.optim.AdamW(
        [
            {"params": encoder, **own},
            {"params": rest, **own},
            {
                "params": list(denoiser.parameters()),
                "weight_decay": collaboration.denoiser_decay,
                "betas": (0.9, 0.99),
            },
        ],
        lr=0.0,
        fused=device_of(denoiser).type == "cuda",
    )


def train_collaboratively(
    material: Material,
    denoiser: Denoiser,
    settings: RefinerTraining,
    collaboration: Collaboration,
    seed: int,
    stage: str,
    run: Path,
    observer: Observer | None = None,
) -> tuple[LiteSegmentor, Denoiser]:
    """Train `material.segmentor` and `denoiser`, both trained before, in turns; the out-of-fold segmentors stay.

    Changes both in place, resumes from `run`, and returns both averaged, in eval mode and frozen.
    """
    segmentor = frozen(material.segmentor)
    for member in material.out_of_fold:
        frozen(member)
    denoiser.eval().requires_grad_(False)
    if settings.compiled:
        denoiser.compile()
    pair = nn.ModuleDict({_SEGMENTOR: segmentor, _DENOISER: denoiser})
    optimizer = joint_optimizer(segmentor, denoiser, collaboration)
    average = MovingAverage(pair, collaboration.decay)
    alpha_bar = bernoulli.cosine_schedule(denoiser.config.T)
    peaks = (collaboration.encoder_rate, collaboration.decoder_rate, collaboration.denoiser_rate)
    journal = Journal(
        run,
        stage,
        collaboration.iterations,
        collaboration.checkpoint_every,
        pair,
        average,
        optimizer,
        observer,
        lambda: (_part(average.state, _SEGMENTOR), _part(average.state, _DENOISER)),
    )
    boxes = material.fine.boxes() if material.fine else None
    for iteration in journal:
        generator = iteration_generator(seed, stage, iteration)
        others = iteration_generator(seed, f"{stage}/segmentor", iteration)
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = one_cycle(iteration, collaboration.iterations, peak, collaboration.warm)
        batch, proposer = material.draw(settings, generator, boxes)
        scene = batch.scene
        assert scene is not None
        weight = collaboration.weight_at(iteration)
        figures: dict[str, float] = {}
        for who in ("segmentor", "refiner") if collaboration.order == "segmentor first" else ("refiner", "segmentor"):
            if who == "refiner":
                wrong = disturb(batch, material.card, settings, proposer is segmentor, generator)
                figures["refiner"] = refiner_step(
                    denoiser, optimizer, wrong, alpha_bar, settings, collaboration, generator
                )
                continue
            figures |= segmentor_step(
                segmentor, denoiser, optimizer, scene, batch.y_0, weight, alpha_bar, settings, collaboration, others
            )
            if proposer is segmentor and collaboration.order == "segmentor first":
                with torch.no_grad():  # the prior and the features of the segmentor as it is now
                    _, p, features = see(segmentor, scene, settings.precision)
                batch = Batch(batch.image, batch.y_0, p, features, scene)
        average.update(pair, iteration)
        journal.note(iteration, **figures)
    pair.load_state_dict(average.state)
    return segmentor.eval(), denoiser.eval()


def _part(state: State, name: str) -> dict[str, Tensor]:
    prefix = f"{name}."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
