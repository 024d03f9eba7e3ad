"""The endpoints, called as a program calls them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from bright_model import red_disc, red_model, save_disc
from gradio.utils import get_function_description
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from hidiff.imaging.files import write_png
from hidiff.interface import build, launch_options
from hidiff.interface.texts import text
from hidiff.priors.sources import mask_or_probability, prior_from_source
from hidiff.refinement.reference import scored
from hidiff.tasks import DISCLAIMER


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        page = build({"polyp": red_model()}, {}, ())
        _, url, _ = page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_options())
        caller = Client(
            url, verbose=False, download_files=tmp_path_factory.mktemp("down"), httpx_kwargs={"timeout": 120}
        )
        yield caller
        caller.close()
        page.close()


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    save_disc(tmp_path / "disc.png")
    return tmp_path / "disc.png"


OLD = {
    "/refine": ["flips", "answer", "start", "start_seed", "strokes"],
    "/refine_prior": ["flips", "answer", "strokes"],
}


def bits(path: str) -> np.ndarray:
    return cv2.imread(path, cv2.IMREAD_UNCHANGED)


def test_each_is_there_with_its_parameters(client: Client) -> None:
    listed = client.view_api(return_format="dict")["named_endpoints"]
    assert sorted(listed) == ["/explain_pixel", "/prior", "/refine", "/refine_prior", "/results", "/tasks"]
    names = [parameter["parameter_name"] for parameter in listed["/explain_pixel"]["parameters"]]
    assert names == [
        "image", "task", "row", "column", "chain", "steps", "samples", "seed", "sampler", "focus", "mirror",
        "aggregate", "prior_source", "prior_seed", "scribbles", "hold", "both_looks", "corrects",
    ]  # fmt: skip
    names = [parameter["parameter_name"] for parameter in listed["/refine_prior"]["parameters"]]
    assert names == [
        "image", "prior", "task", "confidence", "steps", "samples", "seed", "sampler", "mean", "focus", "mirror",
        "aggregate", "scribbles", *OLD["/refine_prior"], "hold", "reference", "invert", "both_looks", "corrects",
    ]  # fmt: skip
    names = [parameter["parameter_name"] for parameter in listed["/refine"]["parameters"]]
    assert names == [
        "image", "task", "steps", "samples", "seed", "sampler", "mean", "focus", "mirror", "aggregate",
        "prior_source", "prior_seed", "scribbles", *OLD["/refine"], "hold", "reference", "both_looks", "corrects",
    ]  # fmt: skip
    required = [
        parameter["parameter_name"]
        for parameter in listed["/refine"]["parameters"]
        if not parameter["parameter_has_default"]
    ]
    assert required == ["image"]


def test_every_parameter_is_described_for_mcp_clients() -> None:
    """Gradio reads the docstrings line by line."""
    page = build({"polyp": red_model()}, {}, ())
    public = [block.fn for block in page.fns.values() if block.api_visibility == "public"]
    assert len(public) == 6
    for function in public:
        description, parameters, returns = get_function_description(function)
        assert len(description) > 40
        assert returns
        old = {"mean", *OLD["/refine"]}
        assert {name: bool(says) for name, says in parameters.items()} == {name: name not in old for name in parameters}


def test_every_parameter_has_a_schema_for_mcp_clients() -> None:
    """As Gradio's own server of tools puts it together: type, description and default of each parameter."""
    page = build({"polyp": red_model()}, {}, ())
    info = page.get_api_info()["named_endpoints"]
    for block in (block for block in page.fns.values() if block.api_visibility == "public"):
        _, described, _ = get_function_description(block.fn)
        listed = info[f"/{block.api_name}"]["parameters"]
        assert [one["parameter_name"] for one in listed] == list(described)
        for one in listed:
            assert isinstance(one["type"].get("type", ""), str), one
            assert {"type", "$ref", "enum", "properties"} & set(one["type"]), one
            old = one["parameter_name"] in OLD["/refine"] or one["parameter_name"] == "mean"
            assert not old or (one["parameter_has_default"] and one["parameter_default"] is None)
        json.dumps(listed)


def test_the_names_of_the_version_before_still_work_by_name(client: Client, disc: Path, tmp_path: Path) -> None:
    scribbles = np.full((240, 320), 128, np.uint8)
    scribbles[20:40, 200:230] = 255
    write_png(tmp_path / "strokes.png", scribbles)
    old = {"mean": "plug_in", "flips": True, "answer": "votes", "start": "shift", "start_seed": 4}
    new = {"sampler": "plug_in", "mirror": True, "aggregate": "mean", "prior_source": "shift", "prior_seed": 4}
    file, asked = handle_file(str(tmp_path / "strokes.png")), {"steps": 2, "seed": 8, "api_name": "/refine"}
    mask, report = client.predict(handle_file(str(disc)), "polyp", strokes=file, **old, **asked)
    again, other = client.predict(handle_file(str(disc)), "polyp", scribbles=file, **new, **asked)
    assert report["settings"] == other["settings"]
    assert report["settings"]["sampler"] == "plug_in" and report["settings"]["aggregate"] == "mean"
    assert report["settings"]["mirror"] is True
    assert np.array_equal(bits(mask), bits(again))
    assert (bits(mask)[scribbles == 255] == 255).all()


def test_the_values_of_the_version_before_still_work_by_position(client: Client, disc: Path) -> None:
    image = handle_file(str(disc))
    old = (image, "polyp", 3, 2, 7, "ancestral", "plug_in", True, True, "shared", "shift", 4)
    mask, report = client.predict(*old, api_name="/refine")
    settings = report["settings"]
    assert (settings["steps"], settings["samples"], settings["seed"]) == (3, 2, 7)
    assert (settings["sampler"], settings["aggregate"]) == ("plug_in", "blend")
    assert settings["focus"] is True and settings["mirror"] is True
    model, picture = red_model(), red_disc()[0]
    prior = prior_from_source(model.task, model.prior(picture, mirror=True), "shift", 4)
    given = {"steps": 3, "samples": 2, "seed": 7, "sampler": "plug_in", "mirror": True, "aggregate": "blend"}
    assert np.array_equal(bits(mask) > 0, model.refine(picture, prior, **given).finish().probability()[0] > 0.5)


def test_prior(client: Client, disc: Path) -> None:
    mask, report = client.predict(handle_file(str(disc)), "polyp", api_name="/prior")
    expected = red_model().prior(red_disc()[0]).p[0] > 0.5
    assert np.array_equal(bits(mask) > 0, expected)
    assert set(np.unique(bits(mask))) == {0, 255}
    assert report["image"] == {"width": 320, "height": 240}
    assert report["area"] == pytest.approx(expected.mean())
    assert report["terms"] == DISCLAIMER


def test_refine_streams_its_steps_and_ends_with_the_librarys_mask(client: Client, disc: Path) -> None:
    job = client.submit(handle_file(str(disc)), "polyp", steps=4, samples=2, seed=9, api_name="/refine")
    mask, report = job.result(timeout=120)
    outputs = job.outputs()
    assert [part[1].get("step") for part in outputs] == [1, 2, 3, 4, None]
    assert [part[0] for part in outputs[:4]] == [None] * 4
    assert [part[1]["t"] for part in outputs[:4]] == [10, 7, 4, 1]
    assert all(len(part[1]["flips_on"]) == 2 for part in outputs[:4])
    alone = red_model().refine(red_disc()[0], steps=4, samples=2, seed=9).finish()
    assert np.array_equal(bits(mask) > 0, alone.probability()[0] > 0.5)
    assert report["settings"]["seed"] == 9
    assert report["window"] == list(alone.window)
    assert Path(mask).name == "polyp-disc-steps4-samples2-seed9.mask.png"


def test_refine_takes_its_defaults_from_the_weights(client: Client, disc: Path) -> None:
    _, report = client.predict(handle_file(str(disc)), api_name="/refine")
    settings = red_model().config.settings
    assert report["settings"] == {name: getattr(settings, name) for name in report["settings"]}


def test_refine_prior_starts_from_the_callers_own_mask(client: Client, disc: Path, tmp_path: Path) -> None:
    picture, true = red_disc()
    own = np.zeros(true.shape, bool)
    own[60:150, 90:180] = True
    write_png(tmp_path / "own.png", own)
    files = handle_file(str(disc)), handle_file(str(tmp_path / "own.png"))
    mask, report = client.predict(*files, "polyp", confidence=0.8, steps=3, seed=2, api_name="/refine_prior")
    alone = red_model().refine(picture, own, confidence=0.8, steps=3, seed=2).finish()
    assert np.array_equal(bits(mask) > 0, alone.probability()[0] > 0.5)
    assert report["settings"]["confidence"] == 0.8


def test_a_grey_prior_is_a_probability_and_two_values_are_a_mask() -> None:
    ramp = np.uint8([[0, 51, 255]])
    assert np.allclose(mask_or_probability(ramp), [[0, 0.2, 1]])
    assert mask_or_probability(ramp).dtype == np.float32
    assert mask_or_probability(np.uint8([[0, 255]])).tolist() == [[False, True]]
    assert mask_or_probability(np.uint8([[0, 0]])).tolist() == [[False, False]]


def test_a_prior_of_another_size_is_resampled_and_the_report_says_so(
    client: Client, disc: Path, tmp_path: Path
) -> None:
    small = np.zeros((24, 32), bool)
    small[6:15, 9:18] = True
    write_png(tmp_path / "small.png", small)
    files = handle_file(str(disc)), handle_file(str(tmp_path / "small.png"))
    mask, report = client.predict(*files, "polyp", steps=2, api_name="/refine_prior")
    assert report["notes"] == ["small.png is 32 x 24 and was resampled to the image's 320 x 240."]
    own = np.kron(small, np.ones((10, 10), bool))
    alone = red_model().refine(red_disc()[0], own, steps=2).finish()
    assert np.array_equal(bits(mask) > 0, alone.probability()[0] > 0.5)


def test_an_inverted_prior_is_warned_of_and_inverted_when_asked(client: Client, disc: Path, tmp_path: Path) -> None:
    own = np.ones((240, 320), bool)
    own[60:150, 90:180] = False
    write_png(tmp_path / "own.png", own)
    files = handle_file(str(disc)), handle_file(str(tmp_path / "own.png"))
    _, report = client.predict(*files, "polyp", steps=2, api_name="/refine_prior")
    assert "own.png covers 89 % of the image; it may be inverted." in report["warnings"]
    mask, report = client.predict(*files, "polyp", steps=2, invert=True, api_name="/refine_prior")
    assert not any("own.png" in warning for warning in report["warnings"])
    assert report["notes"] == ["own.png was inverted."]
    alone = red_model().refine(red_disc()[0], ~own, steps=2).finish()
    assert np.array_equal(bits(mask) > 0, alone.probability()[0] > 0.5)


def test_odd_masks_are_used_and_other_proportions_refused(client: Client, disc: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "empty.png", np.zeros((240, 320), bool))
    write_png(tmp_path / "photo.png", np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8))
    for name in ("empty", "photo"):
        files = handle_file(str(disc)), handle_file(str(tmp_path / f"{name}.png"))
        mask, report = client.predict(*files, "polyp", steps=2, api_name="/refine_prior")
        assert bits(mask).shape == (240, 320) and any(name in warning for warning in report["warnings"])
    write_png(tmp_path / "tall.png", np.ones((320, 240), bool))
    files = handle_file(str(disc)), handle_file(str(tmp_path / "tall.png"))
    with pytest.raises(AppError, match=r"tall\.png is 240 x 320 and the image 320 x 240"):
        client.predict(*files, "polyp", steps=2, api_name="/refine_prior")


@pytest.mark.parametrize("endpoint", ["/prior", "/refine"])
def test_the_wrong_kind_of_picture_is_warned_of(client: Client, tmp_path: Path, endpoint: str) -> None:
    field = cv2.circle(np.zeros((200, 200), np.uint8), (100, 100), 90, 1, -1)
    for name, colour, said in (
        ("retina", (190, 95, 60), "like a fundus photograph"),
        ("blue", (40, 60, 200), "neither"),
    ):
        write_png(tmp_path / f"{name}.png", (np.uint8(colour) * field[..., None]).astype(np.uint8))
        _, report = client.predict(handle_file(str(tmp_path / f"{name}.png")), "polyp", api_name=endpoint)
        assert len(report["warnings"]) == 1 and said in report["warnings"][0]


def test_scribbles_hold_and_noise_is_a_prior_source(client: Client, disc: Path, tmp_path: Path) -> None:
    scribbles = np.full((240, 320), 128, np.uint8)
    scribbles[20:40, 200:230], scribbles[95:105, 120:140] = 255, 0
    write_png(tmp_path / "scribbles.png", scribbles)
    asked = {"steps": 3, "seed": 5, "scribbles": handle_file(str(tmp_path / "scribbles.png"))}
    mask, _ = client.predict(handle_file(str(disc)), "polyp", **asked, api_name="/refine")
    assert (bits(mask)[scribbles == 255] == 255).all()
    assert (bits(mask)[scribbles == 0] == 0).all()
    alone = red_model().refine(red_disc()[0], steps=3, seed=5, scribbles=scribbles).finish()
    assert np.array_equal(bits(mask) > 0, alone.probability()[0] > 0.5)
    mask, report = client.predict(handle_file(str(disc)), "polyp", steps=3, prior_source="noise", api_name="/refine")
    half = np.full((240, 320), 0.5, np.float32)
    alone = red_model().refine(red_disc()[0], half, steps=3).finish()
    assert np.array_equal(bits(mask) > 0, alone.probability()[0] > 0.5)
    assert report["window"] == [0, 0, 240, 320]


def test_errors_are_one_plain_sentence(client: Client, disc: Path, tmp_path: Path) -> None:
    bad = tmp_path / "text.png"
    bad.write_text("no picture")
    small = tmp_path / "small.png"
    write_png(small, np.ones((10, 12), bool))
    cases = [
        (("/refine", handle_file(str(bad)), "polyp"), {}, "text.png"),
        (("/refine", handle_file(str(disc)), "liver"), {}, "liver"),
        (("/refine", handle_file(str(disc)), "polyp"), {"steps": 11}, "steps is 11"),
        (("/refine", handle_file(str(disc)), "polyp"), {"samples": 17}, "samples is 17"),
        (("/refine", handle_file(str(disc)), "polyp"), {"samples": 10**9}, "samples is 1000000000"),
        (("/refine", handle_file(str(disc)), "polyp"), {"seed": -1}, "seed is -1"),
        (("/refine", handle_file(str(disc)), "polyp"), {"prior_source": "drop_thin"}, "prior source is 'drop_thin'"),
        (("/refine", handle_file(str(disc)), "polyp"), {"prior_source": "noise", "prior_seed": -1}, "prior seed is -1"),
        (("/refine", handle_file(str(disc)), "polyp"), {"scribbles": handle_file(str(small))}, "12 x 10"),
        (("/refine", handle_file(str(disc)), "polyp"), {"mean": "other"}, "mean is 'other'"),
        (("/refine", handle_file(str(disc)), "polyp"), {"answer": "other"}, "aggregate is 'other'"),
        (("/refine", handle_file(str(disc)), "polyp"), {"start": "drop_thin"}, "prior source is 'drop_thin'"),
        (("/refine_prior", handle_file(str(disc)), None, "polyp"), {}, "no image"),
        (("/prior", None, "polyp"), {}, "no image"),
    ]
    for (name, *given), settings, expected in cases:
        with pytest.raises(AppError) as caught:
            client.predict(*given, **settings, api_name=name)
        assert expected in str(caught.value)
        assert "/tmp" not in str(caught.value)
        assert "Traceback" not in str(caught.value)


def called(client: Client, name: str, data: list[object]) -> str:
    """What the server says to a call made by hand; `Client` would upload the file first."""
    url = f"{client.src.rstrip('/')}/gradio_api/call/{name}"
    joined = httpx.post(url, json={"data": data}, timeout=120)
    if joined.status_code != 200:
        return f"event: error {joined.text}"
    event = joined.json()["event_id"]
    return httpx.get(f"{url}/{event}", timeout=120).text


@pytest.mark.parametrize("kind", ["not uploaded", "an address", "no file"])
def test_only_files_that_were_uploaded_are_read(client: Client, disc: Path, kind: str) -> None:
    """A path on the server is no upload, and an address is not fetched."""
    meta = {"meta": {"_type": "gradio.FileData"}}
    given = {
        "not uploaded": {"path": str(disc), **meta},
        "an address": {"path": f"{client.src}gradio_api/info", **meta},
        "no file": {"path": str(disc)},
    }[kind]
    answer = called(client, "prior", [given, "polyp"])
    assert "event: error" in answer
    assert "mask.png" not in answer
    if kind == "an address":
        assert text("error.address") in answer


@pytest.mark.parametrize("name", ["/refine", "/refine_prior"])
def test_a_reference_is_scored_and_takes_no_part(client: Client, disc: Path, tmp_path: Path, name: str) -> None:
    picture, true = red_disc()
    reference = np.roll(true, 9, axis=1)
    write_png(tmp_path / "truth.png", reference)
    image, truth = (handle_file(str(path)) for path in (disc, tmp_path / "truth.png"))
    own = () if name == "/refine" else (truth,)
    plain = client.predict(image, *own, "polyp", steps=2, api_name=name)
    mask, report = client.predict(image, *own, "polyp", steps=2, reference=truth, api_name=name)
    assert np.array_equal(bits(mask), bits(plain[0]))
    assert "scores" not in plain[1] and "notes" not in report
    alone = red_model().refine(picture, *([] if not own else [reference]), steps=2).finish()
    assert report["scores"] == scored(alone, reference).document
    assert report["scores"]["refined"]["missed"] == int((reference & (bits(mask) == 0)).sum())


def test_a_reference_of_another_size_is_resampled_and_one_of_other_proportions_refused(
    client: Client, disc: Path, tmp_path: Path
) -> None:
    write_png(tmp_path / "small.png", red_disc()[1][::10, ::10])
    write_png(tmp_path / "other.png", red_disc(200, 200)[1])
    small, other = (handle_file(str(tmp_path / f"{name}.png")) for name in ("small", "other"))
    asked = {"steps": 1, "api_name": "/refine"}
    _, report = client.predict(handle_file(str(disc)), "polyp", reference=small, **asked)
    assert report["notes"] == ["small.png is 32 x 24 and was resampled to the image's 320 x 240."]
    assert report["scores"]["prior"]["dice"] > 0.8
    with pytest.raises(AppError, match=r"other\.png is 200 x 200 and the image 320 x 240"):
        client.predict(handle_file(str(disc)), "polyp", reference=other, **asked)


def test_the_page_of_the_api_explains_every_parameter_and_shows_no_address(client: Client) -> None:
    listed = client.view_api(return_format="dict")["named_endpoints"]
    for name, endpoint in listed.items():
        old = {"mean", *OLD.get(name, ())}
        for one in endpoint["parameters"]:
            assert bool(one["python_type"]["description"]) == (one["parameter_name"] not in old), one
            assert "http" not in json.dumps(one["example_input"]), one
    assert listed["/refine"]["parameters"][0]["example_input"]["url"] == "image.png"
