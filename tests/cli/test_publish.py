"""`publish weights`: one commit on an emulated Hub, and the way back from it, over the loopback alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from hub_server import HubServer
from PIL import Image
from small_model import picture, small

from hidiff.__main__ import main
from hidiff.checkpoints import hub
from hidiff.checkpoints.manifest import read_manifest, write_manifest
from hidiff.errors import PublishError
from hidiff.pipeline import HiDiff

REPO = "somebody/hidiff"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CARD = {
    "data": {"made-up": {"train": 3, "val": 1, "test": 2}},
    "licence": "Drawn by a script.",
    "known_failures": ["What is green is missed."],
    "test": {
        "data_sets": {
            "made-up": {
                "cases": 2,
                "refined_minus_prior": {"mean": 0.125, "low": -0.25, "high": 0.5},
                "masks": {
                    "prior": {"cases": 2, "dice": {"mean": 0.5, "low": 0.25, "high": 0.75}},
                    "refined": {"cases": 2, "dice": {"mean": 0.625, "low": 0.5, "high": 0.75}},
                },
            }
        }
    },
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("small")
    small().save_pretrained(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def weights(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """A weights folder of one small task, in a git repository, so that its diff can be read."""
    folder = tmp_path / "clone" / "weights"
    (folder / "polyp").mkdir(parents=True)
    for name, content in files.items():
        (folder / "polyp" / name).write_bytes(content)
    (folder / "polyp" / "card.json").write_text(json.dumps(CARD))
    (folder / "results").mkdir()
    (folder / "results" / "polyp_test.json").write_text('{"task": "polyp"}')
    (folder / "results" / "fundus_test.json").write_text('{"task": "fundus"}')
    write_manifest(folder)
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=folder.parent, check=True)
    return folder


def publish(weights: Path, *more: str) -> int:
    words = ["publish", "weights", "--repo", REPO, "--weights", str(weights), "--examples", str(EXAMPLES)]
    return main([*words, *more])


def mask_of(model: HiDiff) -> np.ndarray:
    return model.refine(picture(40, 50), backend="simulation", samples=2, seed=3).finish().probability()


def test_there_and_back(
    server: HubServer, weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hub, "EMBEDDED", weights)
    before = mask_of(HiDiff.from_pretrained("polyp"))
    assert publish(weights) == 0, capsys.readouterr()
    told = capsys.readouterr().out
    (commit,) = server.received.commits
    head = server.repository(REPO).refs["main"]
    assert head in told
    assert "parentCommit" in commit and commit["deleted"] == []
    held = server.repository(REPO).commits[head]
    assert set(held) == {
        ".gitattributes",
        "README.md",
        "LICENSE-WEIGHTS.md",
        "manifest.json",
        *(f"polyp/{path.name}" for path in (weights / "polyp").iterdir()),
        "results/polyp_test.json",
        "scenes/refinement.webp",
        "scenes/polyp_small.jpg",
    }
    for path in (weights / "polyp").iterdir():
        assert held[f"polyp/{path.name}"] == path.read_bytes()

    diff = subprocess.run(["git", "diff", "-U0"], cwd=weights.parent, capture_output=True, text=True, check=True).stdout
    changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == [
        '-  "repo": null,',
        '-  "revision": null,',
        f'+  "repo": "{REPO}",',
        f'+  "revision": "{head}",',
    ]

    server.requests.clear()
    model = HiDiff.from_pretrained("polyp")
    assert model.source is not None and model.source.source == "hub" and head[:10] in model.source.note
    assert server.asked("/large/", "GET") == 2  # the segmentor and the packed denoiser
    assert np.array_equal(mask_of(model), before)
    server.requests.clear()
    assert HiDiff.from_pretrained("polyp").source == model.source  # pinned and cached
    assert server.requests == []


def test_segment_takes_somebody_s_weights_by_their_address(
    server: HubServer, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(weights) == 0
    Image.fromarray(picture(40, 50)).save(tmp_path / "image.png")
    masks = []
    for place in (str(weights / "polyp"), REPO, f"{REPO}/polyp"):
        out = tmp_path / str(len(masks))
        words = ["segment", "--task", "polyp", "--weights", place, "--out", str(out), str(tmp_path / "image.png")]
        assert main(words) == 0, capsys.readouterr()
        masks.append((out / "image.prob.png").read_bytes())
    assert masks[0] == masks[1] == masks[2]
    assert main(["segment", "--task", "polyp", "--weights", "no/body", "--out", str(tmp_path), words[-1]]) == 1
    assert "no such repository" in capsys.readouterr().err


def test_the_app_offers_what_its_owner_adds(
    server: HubServer, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app

    assert publish(weights) == 0
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("HIDIFF_WEIGHTS", f"{tmp_path / 'none'},{REPO}")
    models, missing = app.load()
    assert (list(models), missing) == (["polyp"], {})
    monkeypatch.setenv("HIDIFF_WEIGHTS", f"{weights},{REPO}/polyp,no/body")
    models, missing = app.load()
    assert list(models) == ["polyp"] and models["polyp"].source.source == "folder"  # type: ignore[union-attr]
    assert "for polyp, which is there" in missing[f"{REPO}/polyp"]
    assert "no such repository" in missing["no/body"]


def test_a_second_run_uploads_what_changed_and_no_more(
    server: HubServer, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(weights) == 0
    first = read_manifest(weights / "manifest.json").revision
    uploaded = len(server.received.uploaded)
    assert publish(weights) == 0
    assert "nothing has changed" in capsys.readouterr().out
    assert (len(server.received.commits), len(server.received.uploaded)) == (1, uploaded)
    (weights / "polyp" / "card.json").write_text(json.dumps({**CARD, "known_failures": ["Red, too."]}))
    (weights / "polyp" / "denoiser.safetensors").unlink()
    write_manifest(weights)
    assert publish(weights) == 0
    second = server.received.commits[1]
    assert sorted(second["written"]) == ["README.md", "manifest.json", "polyp/card.json"]
    assert second["deleted"] == ["polyp/denoiser.safetensors"]
    assert len(server.received.uploaded) == uploaded
    assert read_manifest(weights / "manifest.json").revision not in (None, first)


def test_a_dry_run_asks_nothing_and_leaves_a_valid_card(
    server: HubServer, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from huggingface_hub import ModelCard

    assert publish(weights, "--dry-run", "--out", str(tmp_path / "out")) == 0
    assert "2 results in model-index" in capsys.readouterr().out
    assert (server.requests, read_manifest(weights / "manifest.json").repo) == ([], None)
    card = ModelCard.load(tmp_path / "out" / "README.md")
    assert (card.data.license, card.data.pipeline_tag) == ("other", "image-segmentation")
    assert (tmp_path / "out" / card.data.license_link).is_file()
    refined = card.data.eval_results[1]
    assert (refined.metric_type, refined.metric_value, refined.dataset_name) == ("dice", 0.625, "made-up")
    assert refined.metric_args == {"mask": "refined", "low": 0.5, "high": 0.75, "level": 0.95, "cases": 2}
    text = card.text
    for part in (
        "never for diagnosis",
        "What is green is missed.",
        "Drawn by a script.",
        "scenes/refinement.webp",
        "+0.1250 [-0.2500",
    ):
        assert part in text
    assert f'HiDiff.from_pretrained("{REPO}/polyp")' in text
    assert publish(weights, "--dry-run") == 2


def test_a_pull_request_is_proposed_and_nothing_written_back(
    server: HubServer, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(weights, "--create-pr") == 1
    assert "no such repository" in capsys.readouterr().err
    server.repository(REPO).commit({"README.md": b"---\nlicense: mit\n---\n"})
    head = server.repository(REPO).refs["main"]
    assert publish(weights, "--create-pr") == 0
    assert "discussions" in capsys.readouterr().out
    assert server.repository(REPO).refs["main"] == head
    assert server.received.commits[0]["ref"].startswith("refs/pr/")
    assert read_manifest(weights / "manifest.json").repo is None


def masks_folder(folder: Path, pixels: np.ndarray) -> Path:
    folder.mkdir()
    Image.fromarray(pixels).save(folder / "case_1.mask.png", pnginfo=None)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / "case_1.jpg")
    return folder


def test_masks_travel_without_images(
    server: HubServer, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grey = masks_folder(tmp_path / "grey", np.full((4, 4), 7, np.uint8))
    assert publish(weights, "--masks", f"polyp={grey}") == 1
    assert "no mask of two values" in capsys.readouterr().err
    assert server.received.commits == []
    good = masks_folder(tmp_path / "good", np.eye(4, dtype=np.uint8) * 255)
    assert publish(weights, "--masks", f"polyp={good}") == 0
    held = server.repository(REPO).commits[server.repository(REPO).refs["main"]]
    assert [name for name in held if name.startswith("masks/")] == ["masks/polyp/case_1.png"]
    assert publish(weights, "--masks", "polyp") == 2
    assert publish(weights, "--masks", f"fundus={good}") == 1


def test_what_the_hub_refuses_is_said_and_changes_nothing(
    server: HubServer, weights: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.token = "right"
    assert publish(weights) == 1
    assert "log in with `hf auth login`" in capsys.readouterr().err
    assert read_manifest(weights / "manifest.json").repo is None
    monkeypatch.setenv("HF_TOKEN", "right")
    assert publish(weights) == 0
    monkeypatch.setattr("time.sleep", lambda _: None)  # the client's pauses between its tries
    server.failing["API"] = 500
    (weights / "polyp" / "card.json").write_text("{}")
    write_manifest(weights)
    capsys.readouterr()
    assert publish(weights) == 1
    assert "status 500" in capsys.readouterr().err


def test_a_repository_of_other_tasks_is_not_overwritten(
    server: HubServer, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {"size": 1, "sha256": "0" * 64}
    listed = {"format": 1, "files": {"liver/config.json": record}}
    server.repository(REPO).commit({"manifest.json": json.dumps(listed).encode(), "liver/config.json": b"1"})
    assert publish(weights) == 1
    assert "holds liver too" in capsys.readouterr().err
    assert server.received.commits == []


def test_a_model_publishes_itself(server: HubServer) -> None:
    model = small()
    commit = model.push_to_hub(REPO)
    again = HiDiff.from_pretrained(REPO, commit, trainable=True)
    assert again.config == model.config
    states = zip(model.denoiser.state_dict().values(), again.denoiser.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in states)
    with pytest.raises(PublishError, match="owner/name"):
        model.push_to_hub("nobody")
