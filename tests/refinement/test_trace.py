"""What a refinement leaves behind: every bit follows from the trace, and the file gives back the same trace."""

from __future__ import annotations

import json
import pickle
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_model import disc, picture, small

from hidiff.aliases import current_settings
from hidiff.diffusion import bernoulli
from hidiff.diffusion.noise import uniform_field
from hidiff.diffusion.samplers import SAMPLERS, reverse_mean
from hidiff.errors import HiDiffError
from hidiff.refinement.settings import Settings
from hidiff.refinement.trace import LIGHT_ERROR, Step, Trace, TraceError, saved_bytes, stack_steps

CHAINS = 3
H, W = 60, 90
ARRAYS = [field.name for field in fields(Trace) if field.name != "meta"]


def made(sampler: str = "ancestral", steps: int = 3, painted: bool = False, **more: Any) -> Trace:
    scribbles = np.full((H, W), 128, np.uint8)
    scribbles[disc(H, W, 20, 40, 7)] = 255
    scribbles[disc(H, W, 38, 52, 7)] = 0
    soft = np.where(disc(H, W, 30, 50, 12), 0.8, 0.1).astype(np.float32)
    refinement = small().refine(
        picture(H, W),
        soft,
        steps=steps,
        samples=CHAINS,
        sampler=sampler,
        seed=21,
        scribbles=scribbles if painted else None,
        **more,
    )
    return refinement.finish().trace()


def mean_by_the_equations(trace: Trace, index: int) -> np.ndarray:
    """The mean of the step at `index`, (N,K,h,w) in float64, from the trace and the published equations alone."""
    y, guess = trace.y_t[:, index].astype(np.float64), trace.y0_hat[:, index].astype(np.float64)
    p = trace.p.astype(np.float64)
    later, earlier = trace.alpha_bar[index], trace.alpha_bar[index + 1]
    settings = current_settings(trace.meta["settings"])
    if settings["sampler"] == "ddim":
        sigma = (1 - earlier) / (1 - later)
        return sigma * y + (earlier - sigma * later) * guess
    alpha = later / earlier
    redrawn = np.where(y == 1, p, 1 - p)

    def posterior(y_0: np.ndarray | float) -> np.ndarray:
        off = (alpha * (1 - y) + (1 - alpha) * redrawn) * (earlier * (1 - y_0) + (1 - earlier) * (1 - p))
        on = (alpha * y + (1 - alpha) * redrawn) * (earlier * y_0 + (1 - earlier) * p)
        evidence = off + on
        without = earlier * y_0 + (1 - earlier) * p
        return np.where(evidence > 0, on / np.where(evidence > 0, evidence, 1), without)

    if settings["sampler"] == "plug_in":
        return posterior(guess)
    return guess * posterior(1.0) + (1 - guess) * posterior(0.0)


@pytest.mark.parametrize("painted", [False, True], ids=["free", "painted"])
@pytest.mark.parametrize("steps", [1, 2, 10])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_bit_follows_from_the_trace(sampler: str, steps: int, painted: bool) -> None:
    trace = made(sampler, steps, painted)
    assert trace.t.tolist() == list(bernoulli.subsequence(10, steps))
    assert trace.alpha_bar.tolist() == [float(bernoulli.cosine_schedule(10)[t]) for t in trace.t]
    assert ((trace.p == 0) | (trace.p == 1)).any() == painted
    assert np.array_equal(trace.y_t[:, 0], trace.u_start < trace.p)
    assert np.array_equal(trace.y0_hat, np.abs(trace.y_t - trace.eps_hat))
    for index in range(steps - 1):
        assert np.array_equal(trace.y_prev[:, index], trace.u[:, index] < trace.mean[:, index])
        assert np.array_equal(trace.y_t[:, index + 1], trace.y_prev[:, index])
        exact = mean_by_the_equations(trace, index)
        assert np.allclose(trace.mean[:, index], exact, rtol=0, atol=2e-6)
        again = reverse_mean(
            torch.from_numpy(trace.y_t[:, index].astype(np.float32)),
            torch.from_numpy(trace.y0_hat[:, index]),
            torch.from_numpy(trace.p),
            float(trace.alpha_bar[index]),
            float(trace.alpha_bar[index + 1]),
            sampler,
        ).numpy()
        assert np.array_equal(again, trace.mean[:, index])
        for n in range(CHAINS):
            s = int(trace.t[index + 1])
            assert np.array_equal(trace.u[n, index], uniform_field(21, n, s, trace.p.shape))
    for n in range(CHAINS):
        assert np.array_equal(trace.u_start[n], uniform_field(21, n, int(trace.t[0]), trace.p.shape))
    for name in ("mean", "u", "y_prev"):
        assert not getattr(trace, name)[:, -1].any()
    assert np.allclose(trace.refined, trace.y0_hat[:, -1].mean(axis=0), rtol=0, atol=1e-6)
    held = np.broadcast_to((trace.p == 0) | (trace.p == 1), trace.y_t.shape[2:])
    truth = np.broadcast_to(trace.p == 1, held.shape)
    assert (trace.y_t[:, :, held] == truth[held]).all()
    assert (trace.y0_hat[:, :, held] == truth[held]).all()


def test_shapes_and_types() -> None:
    trace = made(steps=3)
    chain, canvas = (CHAINS, 3, 1, 64, 64), (1, 64, 64)
    expected = {
        "p": (np.float32, canvas),
        "t": (np.int64, (3,)),
        "alpha_bar": (np.float64, (3,)),
        "u_start": (np.float32, (CHAINS, *canvas)),
        "y_t": (np.bool_, chain),
        "eps_hat": (np.float32, chain),
        "y0_hat": (np.float32, chain),
        "mean": (np.float32, chain),
        "u": (np.float32, chain),
        "y_prev": (np.bool_, chain),
        "refined": (np.float32, canvas),
        "window": (np.int64, (4,)),
    }
    assert {name: (getattr(trace, name).dtype, getattr(trace, name).shape) for name in ARRAYS} == expected


def test_the_meta_says_how_it_came_about() -> None:
    trace = made(steps=4, mirror=True, aggregate="mean")
    meta = trace.meta
    assert meta["task"] == "polyp"
    assert meta["settings"]["seed"] == 21 and meta["settings"]["samples"] == CHAINS
    assert meta["original"] == [H, W]
    assert meta["mirrors"] == [[], [3], [2]]
    assert "seconds" not in meta  # else no two runs would give one file
    assert {"hidiff", "torch", "numpy"} <= set(meta["versions"])
    assert np.allclose(trace.refined, trace.y0_hat.mean(axis=(0, 1)), rtol=0, atol=1e-6)


def test_a_refinement_under_way_has_a_trace_too() -> None:
    refinement = small().refine(picture(H, W), steps=5)
    next(refinement)
    next(refinement)
    trace = refinement.trace()
    assert trace.t.tolist() == list(refinement.times[:2])
    assert np.array_equal(trace.y_t[:, 1], trace.u[:, 0] < trace.mean[:, 0])
    assert np.array_equal(trace.y_prev[:, 1], trace.u[:, 1] < trace.mean[:, 1])
    assert trace.y_prev[:, 1].any()


# --- one step --------------------------------------------------------------------------------------------


def step(last: bool = False) -> Step:
    y_t = np.array([[0, 0, 1, 1, 1]], bool).reshape(1, 1, 1, 5)
    eps_hat = np.array([0.25, 0.75, 0.0, 0.5, 0.9], np.float32).reshape(y_t.shape)
    y0_hat = np.abs(y_t - eps_hat).astype(np.float32)
    if last:
        return Step(1, 0, 0.9, y_t, eps_hat, y0_hat, None, None, None)
    y_prev = np.array([1, 1, 0, 1, 1], bool).reshape(y_t.shape)
    return Step(5, 4, 0.5, y_t, eps_hat, y0_hat, y0_hat, eps_hat, y_prev)


def test_a_step_counts_its_flips() -> None:
    assert step().flips_on.tolist() == [[2]]
    assert step().flips_off.tolist() == [[1]]
    assert step().area.tolist() == [[3]]
    assert step().expected_flips.tolist() == [[pytest.approx(2.4)]]


def test_the_last_step_flips_to_the_thresholded_guess() -> None:
    # y0_hat is .25 .75 1 .5 .1: not above one half is off
    assert step(last=True).flips_on.tolist() == [[1]]
    assert step(last=True).flips_off.tolist() == [[2]]


def test_entropy_is_in_bits_a_pixel() -> None:
    quarter = 2 - 0.75 * np.log2(3)  # of 1/4 and of 3/4
    tenth = -(0.1 * np.log2(0.1) + 0.9 * np.log2(0.9))
    assert step().entropy.tolist() == [[pytest.approx((2 * quarter + 0 + 1 + tenth) / 5, abs=1e-6)]]


def test_stacked_steps_are_blank_where_a_step_has_nothing() -> None:
    stacked = stack_steps([step(), step(last=True)])
    assert stacked["t"].tolist() == [5, 1]
    assert stacked["alpha_bar"].tolist() == [0.5, 0.9]
    assert stacked["y_prev"].shape == (1, 2, 1, 1, 5)
    assert stacked["y_prev"][0, 0].any() and not stacked["y_prev"][0, 1].any()
    assert stacked["mean"][0, 0].any() and not stacked["mean"][0, 1].any()
    assert np.array_equal(stacked["eps_hat"][:, 1], step().eps_hat)


# --- on disk ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trace() -> Trace:
    return made(steps=2, painted=True)


def assert_equal(first: Trace, second: Trace) -> None:
    for name in ARRAYS:
        a, b = getattr(first, name), getattr(second, name)
        assert a.dtype == b.dtype and np.array_equal(a, b), name
    assert dict(first.meta) == dict(second.meta)


@pytest.mark.parametrize("name", ["trace.npz", "no ending", "ümlaut.npz"])
def test_saved_and_loaded_is_the_same_trace(tmp_path: Path, trace: Trace, name: str) -> None:
    trace.save(tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert_equal(Trace.load(tmp_path / name), trace)
    assert_equal(Trace.load(str(tmp_path / name)), trace)


def test_saving_again_replaces_the_file(tmp_path: Path, trace: Trace) -> None:
    trace.save(tmp_path / "a.npz")
    other = replace(trace, meta={**trace.meta, "note": "ä", "list": [1, 2.5, None, True]}, refined=trace.refined + 1)
    other.save(tmp_path / "a.npz")
    assert_equal(Trace.load(tmp_path / "a.npz"), other)


def test_a_trace_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, trace: Trace) -> None:
    trace.save(tmp_path / "a.npz")
    with pytest.raises(TypeError):
        replace(trace, meta={"no": object()}).save(tmp_path / "a.npz")
    assert_equal(Trace.load(tmp_path / "a.npz"), trace)


def assert_no_trace(path: Path) -> None:
    with pytest.raises(TraceError) as caught:
        Trace.load(path)
    assert isinstance(caught.value, HiDiffError)
    assert path.name in str(caught.value) and str(caught.value).endswith(".")


def test_what_is_no_file_is_no_trace(tmp_path: Path) -> None:
    assert_no_trace(tmp_path / "missing.npz")
    assert_no_trace(tmp_path)


def damaged(trace: Trace, folder: Path) -> dict[str, bytes]:
    trace.save(folder / "whole.npz")
    whole = (folder / "whole.npz").read_bytes()
    middle = len(whole) // 2
    np.save(folder / "array.npy", trace.p)
    return {
        "empty": b"",
        "text": b"this is no trace\n",
        "zip signature alone": b"PK\x03\x04",
        "half": whole[:middle],
        "all but the last byte": whole[:-1],
        "a burst of noise in the middle": whole[:middle] + bytes(range(256)) * 4 + whole[middle + 1024 :],
        "the directory at its end overwritten": whole[:-200] + b"\xff" * 200,
        "one array": (folder / "array.npy").read_bytes(),
        "a pickle": pickle.dumps({"p": 1}),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "empty",
        "text",
        "zip signature alone",
        "half",
        "all but the last byte",
        "a burst of noise in the middle",
        "the directory at its end overwritten",
        "one array",
        "a pickle",
    ],
)
def test_a_broken_file_is_no_trace(tmp_path: Path, trace: Trace, kind: str) -> None:
    (tmp_path / "broken.npz").write_bytes(damaged(trace, tmp_path)[kind])
    assert_no_trace(tmp_path / "broken.npz")


def rewritten(path: Path, trace: Trace, **changes: Any) -> Path:
    """The trace's file with arrays replaced, or left out where the change is None."""
    arrays = {name: getattr(trace, name) for name in ARRAYS} | {"meta": np.array(json.dumps(dict(trace.meta)))}
    arrays |= changes
    np.savez_compressed(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def test_the_file_is_a_plain_npz(tmp_path: Path, trace: Trace) -> None:
    assert_equal(Trace.load(rewritten(tmp_path / "same.npz", trace)), trace)


@pytest.mark.parametrize("name", [*ARRAYS, "meta"])
def test_a_missing_part_is_no_trace(tmp_path: Path, trace: Trace, name: str) -> None:
    assert_no_trace(rewritten(tmp_path / "less.npz", trace, **{name: None}))


@pytest.mark.parametrize("text", ["", "{", "no json"])
def test_a_meta_that_is_no_json_is_no_trace(tmp_path: Path, trace: Trace, text: str) -> None:
    assert_no_trace(rewritten(tmp_path / "meta.npz", trace, meta=np.array(text)))


@pytest.mark.parametrize("text", ["[]", "7", "null", '"words"'])
def test_a_meta_that_is_no_dictionary_is_no_trace(tmp_path: Path, trace: Trace, text: str) -> None:
    assert_no_trace(rewritten(tmp_path / "meta.npz", trace, meta=np.array(text)))


@pytest.mark.parametrize("name", ["p", "t", "alpha_bar", "u_start", "y_t", "eps_hat", "mean", "y_prev", "window"])
def test_arrays_that_do_not_belong_together_are_no_trace(tmp_path: Path, trace: Trace, name: str) -> None:
    assert_no_trace(rewritten(tmp_path / "shape.npz", trace, **{name: getattr(trace, name)[..., :1]}))
    assert_no_trace(rewritten(tmp_path / "words.npz", trace, **{name: np.full(getattr(trace, name).shape, "no")}))


class Trap:
    """Unpickling this would call a function."""

    opened = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (Trap, "opened", True)


@pytest.mark.parametrize("name", ["p", "meta"])
def test_a_pickle_inside_is_never_opened(tmp_path: Path, trace: Trace, name: str) -> None:
    path = rewritten(tmp_path / "pickle.npz", trace, **{name: np.array([Trap()], dtype=object)})
    assert_no_trace(path)
    assert not Trap.opened


# --- of the version before -------------------------------------------------------------------------------
def test_a_trace_of_the_version_before_is_read_and_every_bit_follows_from_it() -> None:
    old = Trace.load(Path(__file__).with_name("trace_of_0_1.npz"))
    assert old.meta["versions"]["hidiff"] == "0.1.0"
    assert {"mean", "flips", "answer"} <= set(old.meta["settings"])
    settings = Settings(**current_settings(old.meta["settings"]))
    assert settings == Settings(3, 2, 11, "plug_in", False, True, "mean", 0.9)
    assert ((old.p == 0) | (old.p == 1)).any() and old.y_t[:, -1].any()
    assert np.array_equal(old.y_t[:, 0], old.u_start < old.p)
    assert np.array_equal(old.y0_hat, np.abs(old.y_t - old.eps_hat))
    for n in range(settings.samples):
        for u, t in ((old.u_start, old.t[0]), (old.u[:, 0], old.t[1]), (old.u[:, 1], old.t[2])):
            assert np.array_equal(u[n], uniform_field(settings.seed, n, int(t), old.p.shape))
    for index in range(settings.steps - 1):
        mean = reverse_mean(
            torch.from_numpy(old.y_t[:, index].astype(np.float32)),
            torch.from_numpy(old.y0_hat[:, index]),
            torch.from_numpy(old.p),
            float(old.alpha_bar[index]),
            float(old.alpha_bar[index + 1]),
            settings.sampler,
        ).numpy()
        assert np.allclose(old.mean[:, index], mean, rtol=0, atol=1e-6)
        assert np.allclose(old.mean[:, index], mean_by_the_equations(old, index), rtol=0, atol=2e-6)
        assert np.array_equal(old.y_prev[:, index], old.u[:, index] < old.mean[:, index])
        assert np.array_equal(old.y_t[:, index + 1], old.y_prev[:, index])
    assert np.allclose(old.refined, old.y0_hat.mean(axis=(0, 1)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("sampler", ["ancestral", "plug_in", "ddim"])
def test_a_light_trace_has_every_bit_and_every_comparison_of_the_full_one(tmp_path: Path, sampler: str) -> None:
    trace = made(steps=4, aggregate="mean", sampler=sampler)
    trace.save(tmp_path / "light.npz", light=True)
    light = Trace.load(tmp_path / "light.npz")
    for name in ARRAYS:
        assert getattr(light, name).dtype == getattr(trace, name).dtype, name
    for name in ("p", "t", "alpha_bar", "u_start", "y_t", "u", "y_prev", "refined", "window"):
        np.testing.assert_array_equal(getattr(light, name), getattr(trace, name))
    for name in ("eps_hat", "y0_hat", "mean"):
        np.testing.assert_allclose(getattr(light, name), getattr(trace, name), rtol=0, atol=LIGHT_ERROR)
    assert light.meta == trace.meta
    # The equations of the contract hold within the light one alone.
    np.testing.assert_array_equal(light.u_start < light.p, light.y_t[:, 0])
    np.testing.assert_allclose(np.abs(light.y_t - light.eps_hat), light.y0_hat, atol=1e-6)
    np.testing.assert_array_equal((light.u < light.mean)[:, :-1], light.y_prev[:, :-1])
    np.testing.assert_array_equal(light.y0_hat > 0.5, trace.y0_hat > 0.5)


def test_a_light_trace_is_a_fraction_of_the_full_one(tmp_path: Path) -> None:
    trace = made(steps=4)
    for name, light in (("full.npz", False), ("light.npz", True)):
        trace.save(tmp_path / name, light=light)
    assert 3 * (tmp_path / "light.npz").stat().st_size < (tmp_path / "full.npz").stat().st_size


def test_rounding_never_moves_a_comparison(tmp_path: Path) -> None:
    """Numbers as near as can be to what they are compared with."""
    trace = made(steps=4)
    u, eps_hat = trace.u, trace.eps_hat.copy()
    just = np.float32(2.0**-26)
    mean = np.where(trace.y_prev, np.nextafter(u, np.float32(1)), u).astype(np.float32)
    mean[:, -1] = 0
    eps_hat[..., ::2], eps_hat[..., 1::2] = np.float32(0.5) + just * 2, np.float32(0.5) - just * 2
    near = replace(trace, mean=mean, eps_hat=eps_hat, y0_hat=np.abs(trace.y_t - eps_hat))
    near.save(tmp_path / "light.npz", light=True)
    light = Trace.load(tmp_path / "light.npz")
    np.testing.assert_array_equal((light.u < light.mean)[:, :-1], trace.y_prev[:, :-1])
    np.testing.assert_array_equal(light.y0_hat > 0.5, near.y0_hat > 0.5)
    np.testing.assert_allclose(light.mean, near.mean, rtol=0, atol=LIGHT_ERROR)


def test_noise_of_another_make_is_kept_in_a_light_trace(tmp_path: Path) -> None:
    trace = made(steps=4)
    other = replace(trace, meta={**trace.meta, "settings": {}})
    other.save(tmp_path / "light.npz", light=True)
    np.testing.assert_array_equal(Trace.load(tmp_path / "light.npz").u, trace.u)


def test_a_light_trace_without_its_seed_is_refused(tmp_path: Path) -> None:
    made(steps=4).save(tmp_path / "light.npz", light=True)
    with np.load(tmp_path / "light.npz") as file:
        arrays = dict(file)
    arrays["meta"] = np.array('{"format": 1, "settings": {}}')
    np.savez(tmp_path / "forged.npz", **arrays)
    with pytest.raises(TraceError, match=r"forged\.npz is no trace"):
        Trace.load(tmp_path / "forged.npz")


def test_the_size_of_a_trace_is_told_before_it_is_written(tmp_path: Path) -> None:
    trace = made(steps=4)
    trace.save(tmp_path / "full.npz")
    assert (tmp_path / "full.npz").stat().st_size == pytest.approx(saved_bytes(trace.y_t.shape, light=False), rel=0.5)
