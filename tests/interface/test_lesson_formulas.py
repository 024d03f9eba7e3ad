"""The lessons' formulas and questions, run in node on random chains, against numpy; and what the lessons' data keep."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from lesson_oracle import ALPHA_BAR, SIZE, OracleTrace, oracle, random_trace

from hidiff.diffusion.noise import uniform_field
from hidiff.diffusion.samplers import reverse_mean
from hidiff.interface import player
from hidiff.interface.lessons import Question, lessons
from hidiff.interface.player.lesson_words import RESULTS, lesson_words, reported
from hidiff.interface.texts import ENGLISH

WEB = Path(player.__file__).parent / "web"
PARTS = ("math", "morphology", "lesson_formulas", "questions")
SCRIPT = "\n".join((WEB / f"{name}.js").read_text("utf-8") for name in PARTS)
CHAINS = 200
_ANSWER = """
const { traces, names, questions, reported } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const traceOf = ({ p, size, seed, reference, answer, steps, neuron }) => ({
  neuron: neuron && Object.fromEntries(Object.entries(neuron).map(([name, bits]) => [name, Uint8Array.from(bits)])),
  chain: { p: Float32Array.from(p), size, seed, sample: 0, channel: 0, origin: [0, 0], sampler: "ancestral" },
  prior: Uint8Array.from(p, (share) => Number(share > 0.5)),
  answer: Uint8Array.from(answer), reference: reference && Uint8Array.from(reference), reported,
  steps: steps.map((step) => {
    const [before, eps] = [Uint8Array.from(step.before), Float32Array.from(step.eps)];
    const guess = Float32Array.from(before, (bit, i) => Math.abs(bit - eps[i]));
    return { ...step, before, after: Uint8Array.from(step.after), eps, guess, means: new Map() };
  }),
});
const plain = (value) => value instanceof Uint8Array ? Array.from(value) : value;
console.log(JSON.stringify(traces.map((sent) => {
  const trace = traceOf(sent);
  const asked = questions.map((question) => {
    const one = posed(question, trace);
    return one && {
      kind: one.question.kind, unit: one.unit, within: one.question.within, truth: one.question.truth,
      options: one.options.map((option) => ({ ...option, value: plain(option.value) })),
      meant: one.options.map(({ value }, i) => meantBy(one, one.question.kind === "number" ? value :
        one.question.kind === "place" ? value.indexOf(1) : i)?.name),
    };
  });
  return { values: Object.fromEntries(names.map((name) => [name, plain(worthOf(name, trace))])), asked };
})));
"""


def questions() -> Iterator[Question]:
    """Every question of every lesson, second forms too."""
    for lesson in lessons().values():
        for question in lesson.questions:
            one: Question | None = question
            while one is not None:
                yield one
                one = one.second


def formula_names() -> list[str]:
    table = SCRIPT[SCRIPT.index("const LESSON_FORMULAS") :]
    return re.findall(r"^  (\w+): ", table[: table.index("\n};")], re.MULTILINE)


def told(traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What node says of traces: every formula's value, and every question as it is posed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine")
    asked = [asdict(question) for question in questions()]
    given = {"traces": traces, "names": formula_names(), "questions": asked, "reported": reported("polyp")}
    done = subprocess.run(
        [node, "-e", SCRIPT + _ANSWER], input=json.dumps(given), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.fixture(scope="module")
def chains() -> list[OracleTrace]:
    return [random_trace(number) for number in range(CHAINS)]


@pytest.fixture(scope="module")
def answers(chains: list[OracleTrace]) -> list[dict[str, Any]]:
    return told([trace.sent for trace in chains])


def test_every_formula_is_that_of_the_oracle(chains: list[OracleTrace], answers: list[dict[str, Any]]) -> None:
    for trace, answer in zip(chains, answers, strict=True):
        for name, expected in oracle(trace).items():
            value = answer["values"][name]
            if expected is None:
                assert value is None, (trace.seed, name)
            else:
                assert value == pytest.approx(expected, abs=2e-4), (trace.seed, name)


def test_a_tap_is_judged_by_what_a_fingertip_covers() -> None:
    doubt = np.zeros((64, 96))
    doubt[18:25, 40:47] = 1
    script = SCRIPT + "console.log(JSON.stringify([...highest(JSON.parse(require('fs').readFileSync(0)), 96)]))"
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine")
    done = subprocess.run([node, "-e", script], input=json.dumps(list(doubt.ravel())), capture_output=True, text=True)
    marked = np.array(json.loads(done.stdout)).reshape(doubt.shape)
    exact = np.zeros_like(doubt)
    means = cv2.blur(doubt, (3, 3))
    exact[means >= np.sort(means.ravel())[int(0.99 * (means.size - 1))]] = 1
    assert 0.5 * doubt.sum() < exact.sum() < 2 * doubt.sum()
    np.testing.assert_array_equal(marked, cv2.dilate(exact, np.ones((9, 9))))


def test_every_truth_has_an_oracle(chains: list[OracleTrace]) -> None:
    known = set(oracle(chains[0]))
    places = {"surviving_pieces", "most_doubted"}
    assert {one.truth for one in questions() if one.truth} <= known | places | {"coin_on", "reported_better"}


def test_one_option_is_right_and_none_is_like_another(answers: list[dict[str, Any]]) -> None:
    seen = set()
    for answer in answers:
        for asked in filter(None, answer["asked"]):
            options = asked["options"]
            assert len(options) > 1 and sum(option["right"] for option in options) == 1
            for option, meant in zip(options, asked["meant"], strict=True):
                if option["right"] or asked["kind"] != "place":  # places may overlap: then the right one counts
                    assert meant == option["name"]
            if not asked["truth"]:
                best = max(options, key=lambda option: option["value"])
                assert best["right"]
                others = [option["value"] for option in options if option is not best]
                assert best["value"] - max(others) > asked["within"]
            elif asked["kind"] == "curve":
                curves = [np.array(option["value"]) for option in options]
                for one, other in combinations(curves, 2):
                    assert np.abs(one - other).mean() > asked["within"] * max(one.max(), other.max())
            elif isinstance(options[0]["value"], int | float):
                values = sorted(option["value"] for option in options)
                for low, high in pairwise(values):
                    if asked["unit"] == "sum":
                        assert high - low > 1
                    elif asked["unit"] == "count":
                        assert (1 + high) / (1 + low) > 1 + asked["within"]
                    else:
                        assert high - low > (0 if asked["unit"] == "time" else asked["within"])
            seen.add(asked["truth"])
    assert seen >= {one.truth for one in questions()}  # every question is posed of some chain


def test_a_trace_that_says_nothing_is_told_apart(chains: list[OracleTrace]) -> None:
    """Without a reference and without a flip: no number is made up, no question poses two answers that are one."""
    sent = chains[0].sent
    step = {**sent["steps"][-1], "before": [0] * 168, "after": [0] * 168, "eps": [0.0] * 168}
    empty = {**sent, "p": [0.0] * 168, "reference": None, "neuron": None, "answer": [0] * 168, "steps": [step]}
    (answer,) = told([empty])
    assert answer["values"]["forgotten_to_prior"] is None and answer["values"]["dice_prior"] is None
    assert answer["values"]["surviving_pieces"] is None and answer["values"]["coin_on"] is None
    posed = [asked["truth"] for asked in answer["asked"] if asked]
    assert set(posed) == {"never_flipped", "reported_better"}


def test_a_part_of_the_prior_survives_where_most_of_it_is_on_in_the_answer(chains: list[OracleTrace]) -> None:
    sent = chains[0].sent
    width = sent["size"][1]
    left, right = [2 * width + 2, 2 * width + 3, 3 * width + 2], [7 * width + 9, 7 * width + 10]
    p = [0.9 if i in left + right else 0.1 for i in range(168)]
    answer = [int(i in left[:2]) for i in range(168)]
    (said,) = told([{**sent, "p": p, "answer": answer}])
    marks = [
        [i for i, mark in enumerate(said["values"][name]) if mark] for name in ("surviving_pieces", "vanishing_pieces")
    ]
    assert marks == [left, right]


def test_the_coin_is_tossed_by_its_odds(answers: list[dict[str, Any]]) -> None:
    pairs = [(said["values"]["coin_on"], said["values"]["coin_p"]) for said in answers if said["values"]["coin_p"]]
    assert pairs
    assert all(abs(on - p) < 0.08 for on, p in pairs)  # five standard deviations of a thousand tosses


def test_texts_are_there_hold_no_digit_and_name_formulas_alone() -> None:
    names = set(formula_names())
    used = {key for lesson in lessons().values() for key in (lesson.title, lesson.idea, lesson.text)}
    for question in questions():
        used |= {question.ask, question.because, *question.misconceptions.values()}
        assert {question.truth, *question.misconceptions} - {""} <= names
    for key in used:
        assert not re.search(r"[0-9]", ENGLISH[key]), key
        assert set(re.findall(r"\{(\w+)\}", ENGLISH[key])) <= names | {"task"}, key
    for one in questions():
        assert not any("{" in ENGLISH[key] for key in one.misconceptions.values())
        assert one.truth not in re.findall(r"\{(\w+)\}", ENGLISH[one.ask])


def test_lessons_stand_in_order_and_some_are_the_short_way() -> None:
    known = list(lessons().values())
    assert [lesson.id[0] for lesson in known] == ["0", "1", "2", "3", "4", "5", "6", "7", "8"]
    assert sum(lesson.minutes for lesson in known if lesson.fast) <= 15
    assert [lesson["id"] for lesson in lesson_words((), {})["lessons"]] == [lesson.id for lesson in known]


def test_the_reports_figures_are_those_of_its_cases(tmp_path: Path) -> None:
    """They are read, so another report tells otherwise; and each is what the report's own cases come to."""
    cases = json.loads((RESULTS / "polyp_test.json").read_text("utf-8"))["cases"]
    gains = [case["refined"] - case["prior"] for case in cases]
    said = reported("polyp")
    assert said["cases"] == len(gains)
    assert said["better"] == pytest.approx(sum(gain > 0 for gain in gains) / len(gains), abs=1e-6)
    assert said["worse"] == pytest.approx(sum(gain < 0 for gain in gains) / len(gains), abs=1e-6)
    assert said["gain"] == pytest.approx(sum(gains) / len(gains), abs=1e-6)
    assert said["low"] <= said["gain"] <= said["high"]
    other = {
        "cases": 3,
        "share_better": 0.25,
        "share_worse": 0.5,
        "refined_minus_prior": {"mean": 0, "low": -1, "high": 1},
    }
    (tmp_path / "polyp_test.json").write_text(json.dumps({"all": other}))
    assert reported("polyp", tmp_path) == {"cases": 3, "better": 0.25, "worse": 0.5, "gain": 0, "low": -1, "high": 1}
    assert reported("polyp", tmp_path / "none") == {}


def test_lesson_eight_tells_what_the_results_page_tells() -> None:
    """The page of results is made from the same report: where one is renewed without the other, this fails."""
    page = (RESULTS.parent / "RESULTS.md").read_text("utf-8")
    section = page[page.index("### polyp, test (polyp_test)") :]
    section = section[: section.index("\n### ", 1)]
    line = next(
        line for line in section.splitlines() if line.startswith("| all | refined, as configured minus segmentor, one")
    )
    at_one_half = line.split(" | ")[5]
    said = reported("polyp")
    gain = f"{said['gain']:+.4f} [{said['low']:+.4f}, {said['high']:+.4f}]"
    assert at_one_half == f"{gain}, {said['better']:.0%} / {said['worse']:.0%}"
    assert f"**all**, {said['cases']} cases" in section


def test_lessons_four_six_and_eight_begin_with_an_earlier_lessons_question() -> None:
    known = lessons()
    for lesson in (known["4-bayes"], known["6-votes"], known["8-limits"]):
        first = lesson.questions[0].ask
        earlier = {one.ask for other in known.values() if other.id < lesson.id for one in other.questions}
        assert first in earlier and first.split(".")[1] != lesson.title.split(".")[1]


def test_what_a_wrong_part_leaves_is_asked_whatever_is_left_of_it(chains: list[OracleTrace]) -> None:
    """None of it, all of it, or some: the question is the same and its options differ."""
    sent = chains[0].sent
    p = [0.9 if i < 40 else 0.1 for i in range(168)]
    reference = [int(20 <= i < 40) for i in range(168)]
    for left in (0, 9, 20):
        (said,) = told([{**sent, "p": p, "reference": reference, "answer": [int(i < left) for i in range(168)]}])
        kept = [asked for asked in said["asked"] if asked and asked["truth"] == "kept_of_false"]
        right = [option["value"] for option in kept[0]["options"] if option["right"]]
        assert right == [left / 20]


@pytest.mark.parametrize("sampler", ["ancestral", "plug_in", "ddim"])
def test_the_handles_make_of_a_pixel_what_a_step_makes_of_it(chains: list[OracleTrace], sampler: str) -> None:
    """With the trace's own numbers the same story; with others what Python's rule gives, and the same coin."""
    trace = next(chain for chain in chains if len(chain.times) > 4)
    given = {"trace": trace.sent, "sampler": sampler, "p": 0.125, "y": 1, "eps": 0.75}
    body = """
const { trace: { p, size, seed, steps }, sampler, ...other } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const chain = { p: Float32Array.from(p), size, seed, sample: 0, channel: 0, origin: [0, 0], sampler };
const step = { ...steps[1], eps: Float32Array.from(steps[1].eps), means: new Map() };
const own = steps[1].before.map((y, i) =>
  [story(step, chain, i), storyWith(step, chain, i, { p: p[i], y, eps: step.eps[i] })]);
console.log(JSON.stringify({ own, other: steps[1].before.map((_, i) => storyWith(step, chain, i, other)) }));
"""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine")
    done = subprocess.run(
        [node, "-e", SCRIPT + body], input=json.dumps(given), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    for own, same in said["own"]:
        keys = own.keys() - {"out"}
        assert {key: own[key] for key in keys} == {key: same[key] for key in keys}
    step, at = trace.steps[1], (float(ALPHA_BAR[trace.times[1]]), float(ALPHA_BAR[trace.times[2]]))
    y, p, y0_hat = (torch.full((1,), value, dtype=torch.float64) for value in (1.0, 0.125, 0.25))
    mean = float(reverse_mean(y, y0_hat, p, *at, sampler))
    u = uniform_field(trace.seed, 0, trace.times[2], (1, *SIZE)).ravel()
    assert step.t == said["other"][0]["t"]
    for place, story in enumerate(said["other"]):
        assert story["mean"] == pytest.approx(mean, abs=1e-6) and story["u"] == pytest.approx(float(u[place]), abs=1e-7)
        assert story["out"] == int(u[place] < mean)
