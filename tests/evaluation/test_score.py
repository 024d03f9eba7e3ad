"""What an evaluation says of a case is what the masks themselves say, worked out here without its short cuts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from evaluated_model import T, seeing, val_cases

from hidiff.data.cases import Case
from hidiff.errors import SettingsError
from hidiff.evaluation.ablation import AXES, PREFIX, ablate, axes_of, values_of
from hidiff.evaluation.calibration import Counts
from hidiff.evaluation.evaluate import evaluate
from hidiff.evaluation.memoize import memoized
from hidiff.evaluation.protocol import PARTS, Protocol, parse_parts
from hidiff.evaluation.score import break_prior, evaluate_case, is_whole, scribble
from hidiff.evaluation.store import CaseStore
from hidiff.imaging.files import read_image, read_mask
from hidiff.metrics import dice, hd95, iou, sensitivity, specificity
from hidiff.pipeline import HiDiff
from hidiff.priors.corruption import BENCHMARK
from hidiff.priors.scribbles import SCRIBBLE_FREE
from hidiff.priors.simulated_user import bounding_box

EVERYTHING = Protocol(parts=parse_parts("all"), seeds=2)


@pytest.fixture(scope="module")
def model() -> HiDiff:
    return seeing()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return val_cases(tmp_path_factory.mktemp("one"), 2)[0]


def opened(case: Case) -> tuple[np.ndarray, np.ndarray]:
    return read_image(case.image), read_mask(case.mask) > 127


def test_every_mask_is_scored_as_if_it_stood_alone(model: HiDiff, case: Case) -> None:
    image, truth = opened(case)
    found = evaluate_case(model, case, EVERYTHING)
    prior, turned = model.prior(image), model.prior(image, mirror=True)
    chains = model.refine(image, turned, samples=4, mirror=True).finish()
    one = model.refine(image, prior).finish()
    assert chains.window != (0, 0, *truth.shape)
    closer = chains.frame.map_out(chains.view.p, background=turned.p)
    masks = {
        "prior": prior.p,
        "mirrors": turned.p,
        "mirrors_window": (closer + turned.p) / 2,
        "refined": one.probability(),
        "one_chain": one.probability(),
        "chains": chains.probability(),
        "single_step": model.refine(image, prior, steps=1).finish().probability(),
        "chains_single_step": model.refine(image, turned, steps=1, samples=4, mirror=True).finish().probability(),
    }
    scores = found.scores
    for name, p in masks.items():
        mask = p[0] > 0.5
        assert scores[name] == {
            "dice": dice(mask, truth),
            "iou": iou(mask, truth),
            "hd95": hd95(mask, truth),
            "sensitivity": sensitivity(mask, truth),
            "specificity": specificity(mask, truth),
            "area": mask.mean(),
        }, name
    core = found.parts["core"]
    assert core["t"] == [step.t for step in one.steps] == [4, 3, 2, 1]
    assert core["y0_hat"] == [dice(one.in_original(s.y0_hat[0])[0] > 0.5, truth) for s in one.steps]
    bits = [one.in_original(s.y_t[0].astype(np.float32))[0] > 0.5 for s in one.steps]
    assert core["y_t"] == [dice(b, truth) for b in bits]
    kept = {name: rows for part in found.parts.values() for name, rows in part.get("counts", {}).items()}
    assert kept.keys() == scores.keys() == {*masks, "window", "half_prior"}
    guesses = [one.in_original(s.y0_hat[0]) for s in one.steps]
    assert len(core["y0_hat_counts"]) == T
    for rows, p in [*((kept[name], p) for name, p in masks.items()), *zip(core["y0_hat_counts"], guesses, strict=True)]:
        again, direct = Counts.from_json(rows), Counts.of(p[0], truth)
        np.testing.assert_allclose(again.positive, direct.positive, rtol=1e-7)
        np.testing.assert_allclose(again.weight, direct.weight, rtol=1e-7)
    assert not {"counts", "y0_hat_counts"} & found.to_json().keys()
    assert found.parts["seeds"]["seeds"] == [
        dice(model.refine(image, prior, seed=seed).finish().probability()[0] > 0.5, truth) for seed in (0, 1)
    ]


def test_what_is_given_is_refined_as_a_user_would(model: HiDiff, case: Case) -> None:
    image, truth = opened(case)
    found = evaluate_case(model, case, Protocol(), ("user", "corruptions"))
    box = bounding_box(truth)
    after = model.refine(image, box).finish().probability()[0] > 0.5
    assert found.parts["user"]["given"]["box"] == [dice(box, truth), dice(after, truth)]
    assert set(found.parts["user"]["given"]) == {"box", "ellipse"}
    assert set(found.parts["corruptions"]["broken"]) == set(BENCHMARK)
    assert evaluate_case(model, case, Protocol(), ("corruptions",)).parts == {"corruptions": found.parts["corruptions"]}
    other = evaluate_case(model, case, Protocol(seed=1), ("corruptions",))
    assert other.parts["corruptions"] != found.parts["corruptions"]


def test_the_chain_from_one_half_knows_no_prior(case: Case) -> None:
    """Two segmentors whose features are the same and whose priors differ give the same chain from p = 1/2."""
    scores = []
    for lean in (0.0, 1.0):
        model = seeing(lean)
        model.config = replace(model.config, settings=replace(model.config.settings, focus=False))
        scores.append(evaluate_case(model, case, Protocol(), ("core", "baselines")).scores)
    assert scores[0]["prior"] != scores[1]["prior"]
    assert scores[0]["half_prior"] == scores[1]["half_prior"]


def test_a_scribble_holds_and_is_scored_beside_the_edited_mask(model: HiDiff, case: Case) -> None:
    image, truth = opened(case)
    before, edited, after = scribble(model, case, Protocol())["scribble"]
    mask = model.refine(image).finish().probability()[0] > 0.5
    assert before == dice(mask, truth)
    assert edited > before  # a disc at the heart of an error, inside it or nearly
    assert 0 <= after <= 1


def test_a_case_without_an_error_gets_no_scribble(model: HiDiff, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    free = np.full(opened(case)[1].shape, SCRIBBLE_FREE, np.uint8)
    monkeypatch.setattr("hidiff.evaluation.score.scribble_at_largest_error", lambda *a: free)
    assert scribble(model, case, Protocol()) == {"scribble": []}


def test_only_the_field_of_view_counts(model: HiDiff, tmp_path: Path) -> None:
    inside, whole = (val_cases(tmp_path / str(fov), 2, field_of_view=fov)[0] for fov in (True, False))
    score = evaluate_case(model, inside, Protocol()).scores["refined"]
    image, truth = opened(whole)
    left = (model.refine(image).finish().probability()[0] > 0.5)[:, :32]
    assert score["dice"] == dice(left, truth[:, :32])
    assert score["specificity"] == specificity(left, truth[:, :32])
    assert score["area"] == left.mean()


def test_the_twin_is_scored_by_its_own_networks(model: HiDiff, case: Case) -> None:
    image, truth = opened(case)
    twin = seeing(seed=5, binary=False)
    found = evaluate_case(model, case, Protocol(parts=("twin",)), twin=twin)
    p = twin.refine(image).finish().probability()[0]
    assert found.scores["twin"]["dice"] == dice(p > 0.5, truth)
    counts = Counts.from_json(found.parts["twin"]["counts"]["twin"])
    np.testing.assert_allclose(counts.positive, Counts.of(p, truth).positive, rtol=1e-7)
    assert "twin" not in evaluate(model, [case], Protocol(parts=("twin",)))["all"]["masks"]


def test_parts_that_were_kept_without_counts_are_worked_out_again(model: HiDiff, case: Case) -> None:
    protocol = Protocol(parts=("chains", "user"))
    result = evaluate_case(model, case, protocol)
    old = {name: {k: v for k, v in part.items() if "counts" not in k} for name, part in result.parts.items()}
    store = CaseStore()
    store.add(replace(result, parts=old))
    assert store.parts_of(case) == {"user"}  # of which no counts are kept
    evaluate(model, [case], protocol, journal=store)
    assert {**store.result(case).parts, "scribble": None} == {**result.parts, "scribble": None}
    assert store.parts_of(case) == {"core", "chains", "user", "scribble"}


def test_a_second_person_has_a_score_and_no_counts(model: HiDiff, case: Case) -> None:
    found = evaluate_case(model, replace(case, second_reader=case.mask), Protocol(), ("core", "baselines"))
    assert found.scores["second_reader"]["dice"] == 1
    assert "second_reader" not in found.parts["baselines"]["counts"]
    assert all(is_whole(name, part) for name, part in found.parts.items())


def test_memory_changes_no_bit_and_saves_calls(model: HiDiff, case: Case) -> None:
    image, _ = opened(case)
    clever = memoized(model)
    for options in ({"samples": 3}, {"samples": 2}, {"samples": 2, "aggregate": "mean"}, {"seed": 4}, {"steps": 1}):
        np.testing.assert_array_equal(
            clever.refine(image, **options).finish().probability(),  # type: ignore[arg-type]
            model.refine(image, **options).finish().probability(),  # type: ignore[arg-type]
        )
    steps = clever.backend
    assert steps.asked == T * (3 + 2 + 2 + 1) + 1
    assert steps.computed <= T * (3 + 1)  # three chains, and one of another seed
    assert clever.segmentor.computed < clever.segmentor.asked


def test_a_broken_prior_depends_on_its_address_alone() -> None:
    p = np.zeros((1, 70, 90), np.float32)
    p[:, 20:50, 30:60] = 0.9
    one, same, other = (break_prior(p, BENCHMARK["false_blob"], np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert one.shape == p.shape and one.dtype == np.float32


# --------------------------------------------------------------------------------------------------- protocol
def test_parts_are_parsed_and_their_every_nth_case_too() -> None:
    assert parse_parts("chains, hand:3") == ("chains", "user:3")
    assert parse_parts("all:2") == tuple(f"{part}:2" for part in PARTS if part != "twin")
    protocol = Protocol(parts=("chains", "user:3"))
    assert [protocol.wants("user", i) for i in range(5)] == [True, False, False, True, False]
    assert all(protocol.wants("chains", i) for i in range(5))
    assert not protocol.wants("seeds", 0)
    assert Protocol(corruptions=("false_blob",)).wants("corruptions", 3)


@pytest.mark.parametrize("parts", [("legs",), ("chains:0",), ("chains:x",), ("chains:",), ("",)])
def test_unknown_parts_are_refused(parts: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="is not known; choose from chains"):
        Protocol(parts=parts)


def test_unknown_corruptions_are_refused() -> None:
    with pytest.raises(SettingsError, match="The corruption 'rust' is not known"):
        Protocol(corruptions=("rust",))


# --------------------------------------------------------------------------------------------------- ablation
def test_every_variant_is_what_the_settings_give(model: HiDiff, case: Case) -> None:
    image, truth = opened(case)
    wanted = {"sampler", "aggregate", "mirror"}
    report = ablate(model, [case], list(wanted))
    found = report["cases"][0]["dice"]
    assert set(found) == wanted
    for axis, values in found.items():
        for name, value in values.items():
            changes = values_of(axis)[name]
            prior = model.prior(image, mirror=bool(changes.get("mirror")))
            refined = model.refine(image, prior, **{"samples": 1, "mirror": False, **changes}).finish()
            assert value == dice(refined.probability()[0] > 0.5, truth), (axis, name)
    choice = report["all"]["choices"]["sampler"]
    assert choice["ancestral"]["minus_first"] is None
    assert choice["plug_in"]["minus_first"]["mean"] == pytest.approx(
        found["sampler"]["plug_in"] - found["sampler"]["ancestral"]
    )


def test_choices_that_a_model_does_not_have_are_left_out(model: HiDiff) -> None:
    axes = axes_of(model, [])
    assert list(axes["steps"]) == ["2", "1"]  # T is 4
    assert set(axes) == set(AXES)
    assert list(axes_of(model, ["focus"])) == ["focus"]
    with pytest.raises(SettingsError, match="The choice 'colour' is not known"):
        axes_of(model, ["colour"])
    assert all(not axis.startswith(PREFIX) for axis in axes)
