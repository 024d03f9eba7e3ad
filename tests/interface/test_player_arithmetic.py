"""The numbers that the player shows of a pixel, worked out in a real browser, against `bernoulli` and `noise`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from player_stand import chain

from hidiff.diffusion import bernoulli
from hidiff.diffusion.noise import philox4x32, uniform_field
from hidiff.diffusion.samplers import SAMPLERS, reverse_mean
from hidiff.interface import player

WEB = Path(player.__file__).parent / "web"
SCRIPT = "\n".join(path.read_text() for path in (WEB.parents[1] / "texts.js", WEB / "math.js"))
CLOSE = 2e-3


@pytest.fixture(scope="module")
def ask(browser: Any) -> Iterator[Any]:
    """Evaluates the body of an async function that knows the player's arithmetic."""
    page = browser.new_page()
    yield lambda body, given: page.evaluate(f"async (given) => {{ {SCRIPT}\n{body} }}", given)
    page.close()


def test_philox_agrees_with_random123(ask: Any) -> None:
    generator = np.random.default_rng(1)
    cases = generator.integers(0, 2**32, (40, 6), np.uint64).tolist()
    cases += [[0] * 6, [2**32 - 1] * 6, [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0]]
    told = ask("return given.map((c) => philox(c.slice(0, 4), c.slice(4)));", cases)
    for case, block in zip(cases, told, strict=True):
        assert block == philox4x32(np.uint32(case[:4]), (case[4], case[5])).tolist()


@pytest.mark.parametrize("seed", [0, 7, 2**32 + 5, 2**63 - 1])
def test_u_is_read_at_the_same_address(ask: Any, seed: int) -> None:
    field = uniform_field(seed, 3, 9, (2, 17, 23))
    told = ask(
        "return given.at.map(([k, r, c]) => uniform(given.seed, 3, 9, k, r, c));",
        {"seed": [seed % 2**32, seed // 2**32], "at": [list(place) for place in np.ndindex(field.shape)]},
    )
    assert np.array_equal(np.float64(told), field.ravel().astype(np.float64))


def test_theta_and_mean_follow_bernoulli(ask: Any) -> None:
    generator = np.random.default_rng(2)
    rows = [
        [int(y), float(y0), float(p), float(now), float(then)]
        for y, y0, p, (now, then) in zip(
            generator.integers(0, 2, 200),
            generator.random(200),
            np.clip(generator.random(200), 1e-3, 1 - 1e-3),
            np.sort(generator.random((200, 2)), axis=1),
            strict=True,
        )
    ]
    rows += [[1, 0.3, 0.0, 0.2, 0.5], [0, 0.3, 1.0, 0.2, 0.5], [0, 0.0, 0.0, 0.2, 0.5], [1, 1.0, 1.0, 0.2, 0.5]]
    y, y0, p, now, then = (torch.tensor(column, dtype=torch.float64) for column in zip(*rows, strict=True))
    told = np.float64(ask("return given.map(([y, y0, p, t, s]) => theta(y, y0, p, t / s, s));", rows))
    expected = bernoulli.theta(y, y0, p, now / then, then)
    assert np.allclose(told, np.stack(expected, axis=1), atol=1e-12)
    for sampler in SAMPLERS:
        body = f"return given.map(([y, y0, p, t, s]) => reverseMean(y, y0, p, t, s, '{sampler}'));"
        assert np.allclose(ask(body, rows), reverse_mean(y, y0, p, now, then, sampler), atol=1e-12)


STORIES = """
const [height, width] = given.chain.size;
const count = height * width;
const chain = { ...given.chain, p: await mapOf(given.chain.p, count) };
const out = [];
for (const sent of given.frames.filter((frame) => frame.kind === "step")) {
  const frame = { ...sent, before: await bitsOf(sent.before, count), after: await bitsOf(sent.after, count),
                  eps: await mapOf(sent.eps, count), means: await meansOf(sent.eps) };
  out.push(given.places.map((place) => story(frame, chain, place)));
}
return out;
"""


@pytest.mark.parametrize(("sampler", "which"), [("ancestral", 0), ("plug_in", 1), ("ddim", 0)])
def test_a_pixels_story_is_that_of_the_trace(ask: Any, sampler: str, which: int) -> None:
    """p, y_t, eps_hat, y0_hat, alphas, thetas, mean, u and the bit: from what was sent, against the steps."""
    values, moments = chain(which=which, samples=2, sampler=sampler, steps=6)
    refinement = moments[-1].refinement
    assert refinement is not None
    value = values[-1]
    height, width = value["chain"]["size"]
    flips = np.zeros((height, width))

    def part(maps: Any) -> Any:
        return refinement.frame.content_of(maps[which, 0])

    for step in refinement.steps[:-1]:
        flips += part(step.y_t) != part(step.y_prev)
    places = [*np.argsort(flips.ravel())[-150:].tolist(), *range(0, height * width, 997)]
    told = ask(STORIES, {"chain": value["chain"], "frames": value["frames"], "places": places})
    p = refinement.frame.content_of(refinement.p[0]).ravel()
    for stories, step in zip(told, refinement.steps, strict=True):
        y, eps, guess = (part(maps).ravel() for maps in (step.y_t, step.eps_hat, step.y0_hat))
        s_bar = float(refinement.alpha_bar[step.s])
        for place, story in zip(places, stories, strict=True):
            assert story["y"] == y[place]
            for name, number in (("p", p[place]), ("eps", eps[place]), ("y0", guess[place])):
                assert story[name] == pytest.approx(number, abs=CLOSE)
            assert (story["alphaBar"], story["alphaBarS"]) == (step.alpha_bar, s_bar)
            assert story["alpha"] == pytest.approx(step.alpha_bar / s_bar)
            if step.mean is None or step.u is None or step.y_prev is None:
                assert story["mean"] is None and story["out"] == (guess[place] > 0.5) == (story["y0"] > 0.5)
                continue
            assert story["mean"] == pytest.approx(part(step.mean).ravel()[place], abs=CLOSE)
            assert story["u"] == part(step.u).ravel()[place]
            assert story["out"] == part(step.y_prev).ravel()[place] == (story["u"] < story["mean"])
            one = [torch.tensor(float(number)) for number in (y[place], guess[place], p[place])]
            if sampler == "plug_in":
                _close(story["theta"], bernoulli.theta(*one, step.alpha_bar / s_bar, s_bar))
            elif sampler == "ancestral":
                for clean, pair in enumerate(story["thetaIf"]):
                    given = one[0], torch.tensor(float(clean)), one[2]
                    _close(pair, bernoulli.theta(*given, step.alpha_bar / s_bar, s_bar))
            else:
                assert story["theta"] is None and story["thetaIf"] is None


def _close(told: list[float], expected: bernoulli.Theta) -> None:
    assert told == pytest.approx([float(number) for number in expected], abs=CLOSE)


def test_no_share_is_rounded_to_a_certainty_or_to_the_half(ask: Any) -> None:
    shares = [0, 0.0001, 0.02, 0.4949, 0.4951, 0.49991, 0.5, 0.5002, 0.504, 0.506, 0.99, 0.9999, 1]
    told = ["0", "<1", "2", "49", "49.5", "49.99", "50", "50.02", "50.4", "51", "99", ">99", "100"]
    assert ask("return given.map(percent);", shares) == told


def test_an_axis_spans_at_least_so_much_within_its_ends(ask: Any) -> None:
    cases = [([0.961, 0.967], 0.2), ([0.0, 0.5], 0.2), ([0.99, 1.0], 0.2), ([0.01], 0.2), ([0.2, 0.9], 2)]
    told = ask("return given.map(([values, span]) => axisOf(values, span, 0, 1));", cases)
    expected = [(0.8, 1), (0, 0.5), (0.8, 1), (0, 0.2), (0, 1)]
    assert [(axis["low"], axis["high"]) for axis in told] == [pytest.approx(pair) for pair in expected]


def test_the_entropy_of_a_map_is_that_of_the_steps(ask: Any) -> None:
    shares = np.concatenate([np.random.default_rng(4).random(500), [0, 1, 0.5]])
    q = np.clip(shares, 1e-12, 1 - 1e-12)
    expected = -(q * np.log2(q) + (1 - q) * np.log2(1 - q)).mean()
    told = ask("return entropyOf(Float32Array.from(given));", shares.tolist())
    assert told == pytest.approx(expected, abs=1e-3)


def test_the_telling_pixel_flips_once_and_is_decided(ask: Any) -> None:
    """Of five: one never flips, one always, one once late and undecided, one once and decided, one twice."""
    before = [[0, 0, 0, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 1, 0], [0, 1, 0, 1, 0]]
    after = [*before[1:], [0, 0, 1, 1, 0]]
    eps = [[0, 0.9, 0.1, 0.1, 0.4], [0, 0.9, 0.1, 0.5, 0.4], [0, 0.9, 0.5, 0, 0.1], [0, 0.9, 0.55, 0, 0]]
    steps = [dict(zip(("before", "after", "eps"), rows, strict=True)) for rows in zip(before, after, eps, strict=True)]
    assert ask("return tellingPixel(given);", steps) == 3
    always = [{name: [row[1]] for name, row in step.items()} for step in steps]
    assert ask("return tellingPixel(given);", always) == 0


def test_where_the_guess_stays_the_prior_the_telling_pixel_was_in_doubt(ask: Any) -> None:
    """A coin of 0.02 that lands on, as at the rim of a photograph, tells less than one of 0.25."""
    before, after, later = [1, 1], [0, 0], [0, 0]
    steps = [
        {"before": before, "after": after, "eps": [0.98, 0.75]},
        {"before": after, "after": later, "eps": [0.02, 0.25]},
    ]
    assert ask("return tellingPixel(given);", steps) == 1
