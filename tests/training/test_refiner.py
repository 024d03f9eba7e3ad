"""The refiner's training: its loss, its own chain, wrong priors, folds, and a run that was stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_model import DENOISER, SEGMENTOR, TASK, WIDTH, PixelSegmentor, disc, picture
from torch import Tensor, nn

from hidiff.data.cases import Case, Pack
from hidiff.diffusion import bernoulli
from hidiff.diffusion.losses import refiner_loss
from hidiff.models.denoiser import Denoiser
from hidiff.models.segmentor import FEATURE_STRIDES, LiteSegmentor
from hidiff.tasks import Task
from hidiff.training import batches, rollouts, trainer
from hidiff.training import refiner as refiner_loop
from hidiff.training.batches import (
    Batch,
    BatchSampler,
    RefinerTraining,
    cropped_batch,
    focused_batch,
    object_boxes,
)
from hidiff.training.given_priors import corrupt_priors
from hidiff.training.refiner import loss_at_times, train_refiner
from hidiff.training.rollouts import denoised_chain
from hidiff.training.trainer import TrainingRun

ALPHA_BAR = bernoulli.cosine_schedule(10)
SETTINGS = RefinerTraining(iterations=4, batch_size=2, crop_size=64, checkpoint_every=1, warmup=0.25)
THIN = replace(TASK, thin=True, focus=False)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def segmentor(seed: int) -> LiteSegmentor:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LiteSegmentor(SEGMENTOR).eval().requires_grad_(False)


def denoiser() -> Denoiser:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Denoiser(DENOISER)


def pack(side: int, count: int = 4) -> Pack:
    images = np.stack([picture(side, side, seed=i) for i in range(count)])
    masks = np.stack([disc(side, side, 0.45 * side, 0.55 * side, 0.2 * side) for _ in range(count)])
    cases = tuple(Case("made", str(i), Path(f"{i}.png"), Path(f"{i}m.png"), str(i), "train") for i in range(count))
    content = np.tile(np.array([0, 0, side, side]), (count, 1))
    return Pack(cases, images, masks.astype(np.uint8) * 255, content)


def batch(count: int = 2, side: int = 64, painted: bool = False) -> Batch:
    y_0 = torch.from_numpy(np.stack([disc(side, side, 30, 34, 12)] * count))[:, None].float()
    p = (0.1 + 0.7 * y_0).roll(5, 3).contiguous()
    if painted:
        p[:, :, :8] = 1.0
        p[:, :, -8:] = 0.0
    image = torch.rand(count, 3, side, side, generator=generator())
    features = tuple(torch.randn(count, WIDTH, side // s, side // s, generator=generator(s)) for s in FEATURE_STRIDES)
    return Batch(image, y_0, p, features)


# --- the loss --------------------------------------------------------------------------------------------


def cells() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """logits, y_t, y_0, p (2,1,8,8) in float64."""
    source = generator(4)
    logits = torch.randn(2, 1, 8, 8, generator=source, dtype=torch.float64)
    y_t, y_0 = ((torch.rand(2, 1, 8, 8, generator=source) < 0.5).double() for _ in range(2))
    p = torch.rand(2, 1, 8, 8, generator=source, dtype=torch.float64).clamp(1e-3, 1 - 1e-3)
    return logits, y_t, y_0, p


@pytest.mark.parametrize("t", [2, 5, 10])
def test_the_kl_is_that_of_two_bernoullis(t: int) -> None:
    logits, y_t, y_0, p = cells()
    parts = refiner_loss(logits, y_t, y_0, p, t, ALPHA_BAR)
    level, earlier = float(ALPHA_BAR[t]), float(ALPHA_BAR[t - 1])
    y0_hat = (y_t - logits.sigmoid()).abs()
    target = bernoulli.posterior(y_t, y_0, p, level / earlier, earlier)
    mean = bernoulli.mixture_mean(y_t, y0_hat, p, level / earlier, earlier)
    first, second = (torch.distributions.Bernoulli(q.clamp(1e-6, 1 - 1e-6)) for q in (target, mean))
    expected = torch.distributions.kl_divergence(first, second).mean()
    assert parts["kl"].item() == pytest.approx(expected.item(), rel=1e-6)
    assert parts["kl"].item() > 0


def test_at_the_last_step_it_is_the_negative_log_likelihood_of_y_0() -> None:
    logits, y_t, y_0, p = cells()
    parts = refiner_loss(logits, y_t, y_0, p, 1, ALPHA_BAR)
    y0_hat = (y_t - logits.sigmoid()).abs()
    expected = -torch.where(y_0 == 1, y0_hat, 1 - y0_hat).log().mean()
    assert parts["kl"].item() == pytest.approx(expected.item(), rel=1e-9)


def test_bce_and_dice_by_hand() -> None:
    logits, y_t, y_0, p = cells()
    parts = refiner_loss(logits, y_t, y_0, p, 6, ALPHA_BAR)
    eps_hat, wrong = logits.sigmoid(), y_t != y_0
    assert parts["bce"].item() == pytest.approx(-torch.where(wrong, eps_hat, 1 - eps_hat).log().mean().item())
    y0_hat = (y_t - eps_hat).abs()
    overlap = (y0_hat * y_0).sum((1, 2, 3))
    share = (2 * overlap + 1) / (y0_hat.sum((1, 2, 3)) + y_0.sum((1, 2, 3)) + 1)
    assert parts["dice"].item() == pytest.approx((1 - share).mean().item())


def test_a_batch_of_several_times_has_the_mean_loss_of_its_samples() -> None:
    logits, y_t, y_0, p = cells()
    for times in ([1, 7], [7, 1], [4, 4]):
        parts = loss_at_times(logits, y_t, y_0, p, torch.tensor(times), ALPHA_BAR)
        alone = [
            refiner_loss(*(value[n : n + 1] for value in (logits, y_t, y_0, p)), t, ALPHA_BAR)
            for n, t in enumerate(times)
        ]
        for name, value in parts.items():
            assert value.item() == pytest.approx((alone[0][name] + alone[1][name]).item() / 2, rel=1e-9)


@pytest.mark.parametrize("t", range(1, 11))
def test_a_perfect_denoiser_has_no_loss_and_any_other_has_one(t: int) -> None:
    _, y_t, y_0, p = cells()
    right = torch.where(y_t != y_0, 30.0, -30.0).double()
    for part in refiner_loss(right, y_t, y_0, p, t, ALPHA_BAR).values():
        assert abs(part.item()) < 1e-6
    for part in refiner_loss(-right / 10, y_t, y_0, p, t, ALPHA_BAR).values():
        assert part.item() > 1e-5


@pytest.mark.parametrize("t", [1, 2, 10])
def test_the_gradient_is_finite_where_the_prior_saturates(t: int) -> None:
    logits, y_t, y_0, _ = cells()
    logits = (logits * 30).requires_grad_()
    p = torch.where(torch.rand(y_0.shape, generator=generator(1)) < 0.5, 1e-3, 1 - 1e-3).double()
    parts = refiner_loss(logits, y_t, y_0, p, t, ALPHA_BAR)
    sum(parts.values(), torch.zeros(())).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert logits.grad.abs().max() > 0


def at(*times: int, count: int = 2) -> Tensor:
    return torch.tensor(times).repeat(count // len(times))


# --- the chain's own bits --------------------------------------------------------------------------------


class Counting(nn.Module):
    """A denoiser that keeps count of its calls and finds no bit wrong."""

    config = DENOISER

    def __init__(self) -> None:
        super().__init__()
        self.times: list[int] = []
        self.modes: list[bool] = []
        self.norm = nn.BatchNorm2d(3)

    def forward(self, image: Tensor, y_t: Tensor, p: Tensor, t: Tensor, features: Any, kind: Any = None) -> Tensor:
        self.times.append(int(t[0]))
        self.modes.append(self.training)
        assert ((p >= 1e-3 - 1e-9) & (p <= 1 - 1e-3 + 1e-9)).all()
        assert not torch.is_grad_enabled()
        self.norm(image)
        return torch.full_like(y_t, -2.0)


@pytest.mark.parametrize("t", range(1, 11))
@pytest.mark.parametrize("jumps", [1, 3])
def test_the_chain_reaches_its_time_by_a_few_jumps(t: int, jumps: int) -> None:
    for seed in range(8):
        network = Counting().train()
        y_t = denoised_chain(network, batch(), at(t), ALPHA_BAR, replace(SETTINGS, jumps=jumps), generator(seed))  # type: ignore[arg-type]
        assert y_t.shape == (2, 1, 64, 64)
        assert set(y_t.unique().tolist()) == {0.0, 1.0}
        assert not y_t.requires_grad
        assert len(network.times) <= jumps
        assert network.times == sorted(network.times, reverse=True)
        assert all(t < time <= 10 for time in network.times)
        assert (network.times[:1] == [10]) == (t < 10)
        assert not any(network.modes)
        assert network.training
        assert network.norm.num_batches_tracked == 0


@pytest.mark.parametrize("t", [1, 4, 10])
def test_the_chain_reaches_its_time_step_by_step_as_a_refinement_does(t: int) -> None:
    settings = replace(SETTINGS, full_chain_share=0.5)
    walked = []
    for seed in range(40):
        network = Counting().train()
        denoised_chain(network, batch(), at(t), ALPHA_BAR, settings, generator(seed))  # type: ignore[arg-type]
        walked.append(network.times == list(range(10, t, -1)))
        assert walked[-1] or len(network.times) <= settings.jumps
    assert t == 10 or 10 <= sum(walked) <= 30


def test_painted_bits_hold_in_the_training_chain() -> None:
    given = batch(painted=True)
    held = (given.p == 0) | (given.p == 1)
    for t in (10, 7, 1):
        for seed in range(4):
            y_t = denoised_chain(denoiser().train(), given, at(t), ALPHA_BAR, SETTINGS, generator(seed))
            assert torch.equal(y_t[held], given.p[held])
            assert 0 < y_t[~held].mean() < 1


def test_the_training_chain_is_seeded() -> None:
    draws = [denoised_chain(denoiser().train(), batch(), at(4), ALPHA_BAR, SETTINGS, generator(s)) for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


# --- priors that are wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize("task", [TASK, THIN], ids=["solid", "thin"])
def test_corrupted_priors_are_probabilities_and_scribbles_among_them(task: Task) -> None:
    given = batch(count=4)
    copy = given.p.clone()
    painted = hard = 0
    for seed in range(25):
        wrong = corrupt_priors(given, task, replace(SETTINGS, user_share=0.5), True, generator(seed))
        assert wrong.p.shape == given.p.shape and wrong.p.dtype == torch.float32
        assert wrong.p.min() >= 0 and wrong.p.max() <= 1
        assert wrong.image is given.image and wrong.y_0 is given.y_0 and wrong.features is given.features
        assert wrong.p_seen.min() >= 1e-3 - 1e-9 and wrong.p_seen.max() <= 1 - 1e-3 + 1e-9
        for p, y in zip(wrong.p, given.y_0, strict=True):
            held = (p == 0) | (p == 1)
            painted += int(held.any())
            hard += int(len(p.unique()) == 2)
            if held.any():  # a scribble at the heart of an error says what is true
                assert (p[held] == y[held]).float().mean() > 0.75
    assert 5 < painted < 60
    assert 5 < hard < 60
    assert torch.equal(given.p, copy)


def test_without_errors_and_hands_a_prior_stays() -> None:
    given = batch()
    kept = corrupt_priors(given, TASK, replace(SETTINGS, corruption_share=0.0, user_share=0.0), False, generator())
    assert torch.equal(kept.p, given.p)
    always = [corrupt_priors(given, TASK, replace(SETTINGS, user_share=0.0), True, generator(s)).p for s in range(6)]
    assert sum(not torch.equal(p, given.p) for p in always) >= 4


def test_boxes_are_those_of_the_prior_the_reference_or_the_whole() -> None:
    p = torch.zeros(1, 1, 40, 40)
    p[0, 0, 10:20, 4:14] = 0.9
    known = np.array([[100, 140, 20, 60]])
    prior, reference, whole = (0.25, 0.5, 0.1, 0.35), (0.5, 0.7, 0.1, 0.3), (0.0, 1.0, 0.0, 1.0)
    found = [tuple(round(v, 4) for v in object_boxes(p, known, 200, generator(s))[0].tolist()) for s in range(300)]
    assert set(found) == {prior, reference, whole}
    # five standard deviations of a share of 300 are at most .14
    assert found.count(prior) / 300 == pytest.approx(0.6, abs=0.14)
    assert found.count(whole) / 300 == pytest.approx(0.2, abs=0.12)
    nothing = [object_boxes(p * 0, known, 200, generator(s))[0].tolist() for s in range(50)]
    assert {tuple(round(v, 4) for v in box) for box in nothing} == {reference, whole}
    empty = [object_boxes(p * 0, known * 0, 200, generator(s))[0].tolist() for s in range(50)]
    assert {tuple(box) for box in empty} == {whole}


def test_each_sample_of_a_batch_has_a_box_of_its_own() -> None:
    p = torch.zeros(3, 1, 40, 40)
    p[0, 0, 10:20, 4:14] = 0.9
    p[1, 0, 0:8, 30:40] = 0.9  # up to two edges; the third found nothing
    known = np.array([[100, 140, 20, 60], [0, 0, 0, 0], [20, 60, 40, 80]])
    whole = (0.0, 1.0, 0.0, 1.0)
    drawn = [
        [tuple(round(v, 4) for v in box.tolist()) for box in object_boxes(p, known, 200, generator(s))]
        for s in range(60)
    ]
    first, second, third = (set(boxes) for boxes in zip(*drawn, strict=True))
    assert first == {(0.25, 0.5, 0.1, 0.35), (0.5, 0.7, 0.1, 0.3), whole}
    assert second == {(0.0, 0.2, 0.75, 1.0), whole}
    assert third == {(0.1, 0.3, 0.2, 0.4), whole}
    assert any(len({box == whole for box in boxes}) == 2 for boxes in drawn)  # chance is each one's own


def test_a_box_is_never_empty_where_the_prior_found_something_and_there_is_nothing() -> None:
    p = torch.zeros(1, 1, 40, 40)
    p[0, 0, 10:20, 4:14] = 0.9
    for seed in range(40):
        first, last, left, right = object_boxes(p, np.zeros((1, 4), np.int64), 200, generator(seed))[0].tolist()
        assert last > first and right > left


# --- views -----------------------------------------------------------------------------------------------


def bright_object(side: int, count: int = 6) -> Pack:
    """A bright disc on grey, elsewhere in each case."""
    made = pack(side, count)
    places = [(0.3, 0.35), (0.6, 0.3), (0.35, 0.7), (0.65, 0.65), (0.5, 0.4), (0.45, 0.6)]
    masks = np.stack([disc(side, side, r * side, c * side, 0.18 * side) for r, c in places[:count]])
    images = np.where(masks[..., None], np.uint8(230), np.uint8(40)).repeat(3, axis=-1)
    return replace(made, images=images, masks=masks.astype(np.uint8) * 255)


@pytest.mark.parametrize("focus", [True, False])
def test_image_mask_prior_and_features_lie_on_one_another(focus: bool) -> None:
    coarse, fine = bright_object(64), bright_object(128)
    index = np.arange(6)
    for seed in range(10):
        if focus:
            given = focused_batch(PixelSegmentor(), coarse, fine, fine.boxes(), index, SETTINGS, generator(seed))  # type: ignore[arg-type]
        else:
            given = cropped_batch(PixelSegmentor(), TASK, coarse, index, SETTINGS, generator(seed))  # type: ignore[arg-type]
        assert given.image.shape == (6, 3, 64, 64)
        assert given.y_0.shape == given.p.shape == (6, 1, 64, 64)
        assert set(given.y_0.unique().tolist()) == {0.0, 1.0}
        assert (given.y_0.sum((1, 2, 3)) > 30).all()
        for image, y_0, p in zip(given.image, given.y_0[:, 0], given.p[:, 0], strict=True):
            inside, outside = y_0 == 1, (y_0 == 0) & (image[0] > 0)
            # the segmentor reads the brightness, so its prior stands where the mask does
            assert p[inside].mean() > p[outside].mean() + 0.4
            assert image[0][inside].mean() > image[0][outside].mean() + 0.2
        pooled = torch.nn.functional.avg_pool2d(given.image, 4)[:, 0]
        torch.testing.assert_close(given.features[0][:, 0], pooled)


# --- a run -----------------------------------------------------------------------------------------------


class Stopped(Exception):  # noqa: N818 (it stands for a person's Ctrl-C)
    pass


def run(folder: Path, task: Task = TASK, **changes: Any) -> dict[str, Tensor]:
    fold, fine = np.array([0, 0, 1, 1]), pack(128) if task.focus else None
    material = BatchSampler(task, segmentor(0), [segmentor(1)], fold, pack(64), fine)
    network = train_refiner(TrainingRun(task, 7, folder), "refiner", DENOISER, replace(SETTINGS, **changes), material)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    return network.state_dict()


@pytest.mark.parametrize("task", [TASK, THIN], ids=["focus", "crops"])
def test_a_run_that_was_stopped_ends_in_the_same_weights(
    tmp_path: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(tmp_path / "whole", task)
    save = trainer.save_checkpoint

    def save_and_stop(path: Path, iteration: int, *state: Any) -> None:
        save(path, iteration, *state)
        if iteration == 2:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(trainer, "save_checkpoint", save_and_stop)
        with pytest.raises(Stopped):
            run(tmp_path / "stopped", task)
    torch.rand(17)  # the state of the global generator is another one by now
    resumed = run(tmp_path / "stopped", task)
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items())
    start = denoiser().state_dict()
    assert any(not torch.equal(value, start[name]) for name, value in whole.items())


def test_a_finished_run_is_read_and_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(tmp_path, THIN, iterations=2)

    def forbidden(*_: Any) -> None:
        raise AssertionError("an iteration ran")

    monkeypatch.setattr(refiner_loop, "refiner_loss", forbidden)
    again = run(tmp_path, THIN, iterations=2)
    assert all(torch.equal(value, again[name]) for name, value in first.items())


def test_no_segmentor_proposes_for_an_image_that_it_was_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, members = segmentor(0), [segmentor(1), segmentor(2), segmentor(3)]
    fold = np.array([0, 1, 2, 0, 1, 2])
    seen: list[tuple[int, list[int], bool]] = []

    def cropped(proposer: LiteSegmentor, task: Task, data: Pack, index: np.ndarray, *_: Any) -> Batch:
        which = next((k for k, member in enumerate(members) if member is proposer), -1)
        assert which >= 0 or proposer is full
        seen.append((which, index.tolist(), False))
        return batch(count=len(index), side=32)

    def corrupted(given: Batch, task: Task, settings: RefinerTraining, always: bool, _: torch.Generator) -> Batch:
        seen[-1] = (*seen[-1][:2], always)
        return given

    monkeypatch.setattr(batches, "cropped_batch", cropped)
    monkeypatch.setattr(refiner_loop, "wrong_priors", corrupted)
    monkeypatch.setattr(rollouts, "denoised_chain", lambda network, given, *_: given.y_0)
    settings = replace(SETTINGS, iterations=40, checkpoint_every=40)
    material = BatchSampler(THIN, full, members, fold, pack(32, 6), None)
    train_refiner(TrainingRun(THIN, 1, tmp_path), "refiner", DENOISER, settings, material)
    assert {which for which, _, _ in seen} == {-1, 0, 1, 2}
    for which, index, always in seen:
        assert always == (which == -1)
        if which >= 0:
            assert (fold[index] == which).all()
    assert {i for _, index, _ in seen for i in index} == set(range(6))
