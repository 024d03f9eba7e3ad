"""The alternate-collaborative loop: where gradients flow, what stays frozen, and what w = 0 amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic_cases import bright_pack
from torch import Tensor, nn

from hidiff.data.rng import iteration_generator
from hidiff.diffusion import bernoulli
from hidiff.diffusion.losses import refiner_loss, segmentation_loss
from hidiff.models.denoiser import Denoiser, DenoiserConfig
from hidiff.models.segmentor import LiteConfig, LiteSegmentor
from hidiff.tasks import POLYP, Task
from hidiff.training import collaborative as collaborative_loop
from hidiff.training.batches import Batch, BatchSampler, RefinerTraining
from hidiff.training.collaborative import (
    Collaboration,
    Turns,
    collaborative_loss,
    joint_optimizer,
    refiner_step,
    segmentor_step,
    train_collaboratively,
)
from hidiff.training.optimization import ExponentialMovingAverage, one_cycle_lr
from hidiff.training.trainer import TrainingRun

WIDTH = 8
FOCUS = replace(POLYP, side=64)
WHOLE = replace(FOCUS, focus=False)
CONFIG = DenoiserConfig(feature_channels=WIDTH, channels=(8, 8, 8, 8, 16), blocks=1, prior_skip=True)
SETTINGS = RefinerTraining(batch_size=2, crop_size=64, chain_share=0.5, user_share=0.0)
TURNS = Collaboration(iterations=3, weight=0.5, weight_warmup=0.0, checkpoint_every=1, warmup=0.34)
ALPHA_BAR = bernoulli.cosine_schedule(10)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def segmentor(seed: int = 0) -> LiteSegmentor:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LiteSegmentor(LiteConfig(width=WIDTH)).freeze()


def denoiser(**changes: Any) -> Denoiser:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Denoiser(replace(CONFIG, **changes)).eval().requires_grad_(False)


def batch_sampler(task: Task, proposer: LiteSegmentor, out_of_fold: Sequence[LiteSegmentor] = ()) -> BatchSampler:
    fine = bright_pack(128) if task.focus else None
    return BatchSampler(task, proposer, out_of_fold, np.arange(4) % 2, bright_pack(64), fine)


def shared(collaboration: Collaboration = TURNS) -> Turns:
    return Turns(SETTINGS, collaboration, ALPHA_BAR)


def drawn(task: Task, proposer: LiteSegmentor, seed: int = 0) -> Batch:
    made = batch_sampler(task, proposer)
    batch, _ = made.draw(SETTINGS, generator(seed), made.fine.boxes() if made.fine else None)
    return batch


def copy_of(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(value, second[name]) for name, value in first.items())


def gradient_of_bbdm(task: Task, network: nn.Module, hold: str = "") -> float:
    """The largest gradient of L_BBDM alone in the segmentor; `hold` cuts p or the features on the way."""
    proposer = segmentor()
    scene = drawn(task, proposer).scene
    assert scene is not None
    proposer.requires_grad_(True)
    predict = collaborative_loop.predict

    def cut(*words: Any) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        logits, p, features = predict(*words)
        return logits, p.detach() if "p" in hold else p, tuple(f.detach() if "f" in hold else f for f in features)

    y_0 = drawn(task, segmentor()).y_0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collaborative_loop, "predict", cut)
        parts = collaborative_loss(proposer, network, scene, y_0, 1.0, shared(), generator())  # type: ignore[arg-type]
    bbdm = parts["bbdm"]
    if not bbdm.requires_grad:
        return 0.0
    gradients = torch.autograd.grad(bbdm, list(proposer.parameters()), allow_unused=True)
    return max(float(g.abs().max()) for g in gradients if g is not None)


# --- where gradients flow --------------------------------------------------------------------------------


@pytest.mark.parametrize("task", [FOCUS, WHOLE], ids=["focus", "whole"])
def test_the_segmentor_learns_by_the_features_and_by_the_prior_and_by_nothing_else(task: Task) -> None:
    network = denoiser()
    assert gradient_of_bbdm(task, network) > 0
    assert gradient_of_bbdm(task, network, hold="p") > 0
    assert gradient_of_bbdm(task, network, hold="f") > 0
    assert gradient_of_bbdm(task, network, hold="pf") == 0


class Deaf(nn.Module):
    """A denoiser that answers by y_t alone: neither p nor features reach it."""

    config = CONFIG

    def forward(
        self, image: Tensor, y_t: Tensor, p: Tensor, t: Tensor, features: Sequence[Tensor], kind: Tensor | None = None
    ) -> Tensor:
        return y_t - 0.4


@pytest.mark.parametrize("seed", range(4))
def test_y_t_and_the_prior_in_the_equations_carry_no_gradient(seed: int) -> None:
    assert gradient_of_bbdm(WHOLE, Deaf()) == 0
    p = torch.rand(2, 1, 8, 8, generator=generator(seed)).clamp(0.01, 0.99).requires_grad_()
    logits = torch.zeros(2, 1, 8, 8, requires_grad=True)
    y = (torch.rand(2, 1, 8, 8, generator=generator(seed + 9)) < 0.5).float()
    sum(refiner_loss(logits, y, 1 - y, p, 5, ALPHA_BAR).values(), torch.zeros(())).backward()
    assert p.grad is None
    assert logits.grad is not None and logits.grad.abs().min() > 0


def test_the_gradient_by_the_prior_is_that_of_an_input() -> None:
    """Against differences: a denoiser that reads p, with the equations' own p held where it was."""

    y = (torch.rand(1, 1, 4, 4, generator=generator(1), dtype=torch.float64) < 0.5).double()
    p = torch.rand(1, 1, 4, 4, generator=generator(2), dtype=torch.float64).clamp(0.1, 0.9).requires_grad_()

    def loss(seen: Tensor) -> Tensor:
        parts = refiner_loss(2 * seen - y, y, 1 - y, p.detach(), 4, ALPHA_BAR)
        return parts["kl"] + parts["bce"]

    (gradient,) = torch.autograd.grad(loss(p), p)
    for k in range(16):
        nudge = torch.zeros(16, dtype=torch.float64)
        nudge[k] = 1e-6
        step = nudge.view(1, 1, 4, 4)
        difference = (loss(p.detach() + step) - loss(p.detach() - step)) / 2e-6
        assert gradient.flatten()[k].item() == pytest.approx(difference.item(), rel=1e-5, abs=1e-9)


# --- what stays ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moving_norms", [False, True])
@pytest.mark.parametrize("task", [FOCUS, WHOLE], ids=["focus", "whole"])
def test_the_frozen_side_is_frozen_to_the_last_bit(task: Task, moving_norms: bool) -> None:
    proposer, network = segmentor(), denoiser()
    turns = replace(TURNS, moving_norms=moving_norms)
    optimizer = joint_optimizer(proposer, network, turns)
    for group in optimizer.param_groups:
        group["lr"] = 1e-2
    batch = drawn(task, proposer)
    assert batch.scene is not None

    segmentor_before, denoiser_before = copy_of(proposer), copy_of(network)
    refiner_step(network, optimizer, batch, shared(turns), generator())
    assert same(copy_of(proposer), segmentor_before)
    assert all(parameter.grad is None for parameter in proposer.parameters())
    after = copy_of(network)
    moved = {name for name in after if not torch.equal(after[name], denoiser_before[name])}
    assert {"stem.0.weight", "stem.1.running_mean", "trust", "head.weight"} <= moved
    assert after["stem.1.num_batches_tracked"] == 1  # one denoiser call moves its statistics, those of a chain none

    denoiser_before = after
    segmentor_step(proposer, network, optimizer, batch.scene, batch.y_0, 0.5, shared(turns), generator())
    assert same(copy_of(network), denoiser_before)
    assert all(parameter.grad is None for parameter in network.parameters())
    after = copy_of(proposer)
    moved = {name for name in after if not torch.equal(after[name], segmentor_before[name])}
    assert {"encoder.stem.0.weight", "head.1.weight"} <= moved
    assert any(name.endswith("running_mean") for name in moved) == moving_norms
    for side in (proposer, network):
        assert not any(parameter.requires_grad for parameter in side.parameters())
        assert not any(m.training for m in side.modules() if isinstance(m, nn.BatchNorm2d))


def test_out_of_fold_segmentors_never_move(tmp_path: Path) -> None:
    proposer, network, others = segmentor(), denoiser(), [segmentor(1), segmentor(2)]
    before = [copy_of(member) for member in others]
    start = copy_of(proposer), copy_of(network)
    made = batch_sampler(FOCUS, proposer, others)
    train_collaboratively(TrainingRun(FOCUS, 1, tmp_path), "collaborative", made, network, SETTINGS, TURNS)
    assert all(same(copy_of(member), state) for member, state in zip(others, before, strict=True))
    assert not same(copy_of(proposer), start[0]) and not same(copy_of(network), start[1])


# --- w, warm-up, order -----------------------------------------------------------------------------------


def test_w_grows_over_the_warm_up() -> None:
    turns = Collaboration(iterations=100, weight=0.4, weight_warmup=0.2)
    assert [turns.weight_at(i) for i in (0, 10, 20, 99)] == pytest.approx([0, 0.2, 0.4, 0.4])
    assert replace(turns, weight_warmup=0.0).weight_at(0) == 0.4


@pytest.mark.parametrize("task", [FOCUS, WHOLE], ids=["focus", "whole"])
def test_without_a_weight_the_segmentor_trains_as_if_alone(task: Task, tmp_path: Path) -> None:
    turns = replace(TURNS, weight=0.0)
    proposer = segmentor()
    run = TrainingRun(task, 1, tmp_path)
    train_collaboratively(run, "turns", batch_sampler(task, proposer), denoiser(), SETTINGS, turns)

    alone = segmentor()
    made = batch_sampler(task, alone)
    encoder = list(alone.encoder.parameters())
    rest = [p for name, p in alone.named_parameters() if not name.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": encoder}, {"params": rest}], lr=0.0, weight_decay=turns.segmentor_weight_decay
    )
    average = ExponentialMovingAverage(alone, turns.ema_decay)
    for iteration in range(turns.iterations):
        for group, peak in zip(optimizer.param_groups, (turns.encoder_lr, turns.decoder_lr), strict=True):
            group["lr"] = one_cycle_lr(iteration, turns.iterations, peak, turns.warmup)
        boxes = made.fine.boxes() if made.fine else None
        scene = made.draw(SETTINGS, iteration_generator(1, "turns", iteration), boxes)[0].scene
        assert scene is not None
        alone.requires_grad_(True)
        optimizer.zero_grad()
        segmentation_loss(alone(scene.whole.contiguous(memory_format=torch.channels_last)).logits, scene.y).backward()
        torch.nn.utils.clip_grad_norm_(alone.parameters(), turns.clip)
        optimizer.step()
        alone.requires_grad_(False)
        average.update(alone, iteration)
    assert same(copy_of(proposer), average.state)


@pytest.mark.parametrize("order", ["refiner first", "segmentor first"])
def test_the_order_is_that_of_the_settings(order: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    priors: list[Tensor] = []

    def refine(network: Denoiser, optimizer: Any, batch: Batch, *_: Any) -> float:
        steps.append("refiner first")
        priors.append(batch.p)
        return 0.0

    def segment(proposer: LiteSegmentor, *_: Any) -> dict[str, float]:
        steps.append("segmentor first")
        with torch.no_grad():
            proposer.head[1].bias.add_(0.5)  # type: ignore[union-attr, operator]
        return {}

    monkeypatch.setattr(collaborative_loop, "refiner_step", refine)
    monkeypatch.setattr(collaborative_loop, "segmentor_step", segment)
    monkeypatch.setattr(collaborative_loop, "wrong_priors", lambda batch, *_: batch)
    turns = replace(TURNS, iterations=1, order=order)
    proposer = segmentor()
    run = TrainingRun(WHOLE, 0, tmp_path)
    train_collaboratively(run, "turns", batch_sampler(WHOLE, proposer), denoiser(), SETTINGS, turns)
    assert len(steps) == 2 and steps[0] == order
    made = batch_sampler(WHOLE, segmentor())
    first = made.draw(SETTINGS, iteration_generator(0, "turns", 0), None)[0].p
    # who comes second sees what the first has done
    assert torch.equal(priors[0], first) == (order == "refiner first")
    if order == "segmentor first":
        torch.testing.assert_close(torch.logit(priors[0]), torch.logit(first) + 0.5, atol=1e-3, rtol=1e-3)


def test_a_run_that_was_stopped_ends_in_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(folder: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        made = batch_sampler(FOCUS, segmentor(), [segmentor(1)])
        pair = train_collaboratively(TrainingRun(FOCUS, 5, folder), "collaborative", made, denoiser(), SETTINGS, TURNS)
        return copy_of(pair[0]), copy_of(pair[1])

    class StoppedError(Exception):
        pass

    whole = run(tmp_path / "whole")
    step = collaborative_loop.segmentor_step
    calls: list[int] = []

    def step_and_stop(*words: Any) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 3:
            raise StoppedError
        return step(*words)

    with monkeypatch.context() as patch:
        patch.setattr(collaborative_loop, "segmentor_step", step_and_stop)
        with pytest.raises(StoppedError):
            run(tmp_path / "stopped")
    resumed = run(tmp_path / "stopped")
    assert same(whole[0], resumed[0]) and same(whole[1], resumed[1])
