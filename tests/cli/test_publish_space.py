"""`publish space`: what git tracks, the front matter of each kind, and one commit on an emulated Hub."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import SpaceCard

from hidiff.__main__ import COMMANDS, main
from hidiff.checkpoints.manifest import FileRecord, Manifest
from hidiff.cli import publish_space
from hidiff.cli.publish_space import check_space, lay_out_app, of_weights, with_front_matter
from hidiff.errors import PublishError

REPO = "somebody/studio"
ROOT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
RECORD = FileRecord(1, "0" * 64)
NAMES = ("card.json", "config.json", "denoiser.safetensors", "denoiser.packed.safetensors", "segmentor.safetensors")
PUBLISHED = Manifest("somebody/hidiff", COMMIT, {f"liver/{name}": RECORD for name in NAMES})


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small clone with the project's own README and pins, and a file that git does not track."""
    folder = tmp_path / "clone"
    for name in ("README.md", "requirements.txt", "app.py", "LICENSE", "weights/manifest.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "examples").mkdir()
    (folder / "examples" / "drawn.txt").write_text("drawn")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_a.py").write_text("")
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    (folder / "examples" / "patient.jpg").write_bytes(b"not to be published")
    monkeypatch.setattr(publish_space, "ROOT", folder)
    return folder


@pytest.mark.parametrize("kind", ["gradio", "zerogpu"])
def test_the_front_matter_of_an_app(kind: str) -> None:
    readme = (ROOT / "README.md").read_text()
    card = SpaceCard(with_front_matter(readme, REPO, kind, PUBLISHED), ignore_metadata_errors=False)
    data = card.data.to_dict()
    assert (data["title"], data["sdk"], data["app_file"]) == ("HiDiff Studio", "gradio", "app.py")
    assert data["suggested_hardware"] == {"gradio": "cpu-upgrade", "zerogpu": "zero-a10g"}[kind]
    assert data["python_version"] == {"gradio": "3.11", "zerogpu": "3.12"}[kind]
    assert data["models"] == ["somebody/hidiff"]
    assert data["preload_from_hub"] == [
        f"somebody/hidiff liver/config.json,liver/denoiser.packed.safetensors,liver/segmentor.safetensors {COMMIT}"
    ]
    assert data["thumbnail"] == f"https://huggingface.co/spaces/{REPO}/resolve/main/hidiff/interface/card.png"
    assert (ROOT / publish_space.THUMBNAIL).is_file()
    assert card.text.strip() == SpaceCard(readme).text.strip()


def test_weights_that_are_not_published_are_not_named() -> None:
    assert of_weights(Manifest(files=PUBLISHED.files)) == {}
    assert of_weights(Manifest("a/b", "main", PUBLISHED.files)) == {"models": ["a/b"]}  # a branch can move


def test_a_space_in_one_commit_of_what_git_tracks(
    server: HubServer, clone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lay_out_app, "__defaults__", (clone,))
    assert main(["publish", "space", "--repo", REPO]) == 0, capsys.readouterr()
    assert "spaces/" + REPO in capsys.readouterr().out
    repository = server.repository(f"spaces/{REPO}")
    assert set(repository.commits[repository.refs["main"]]) == {
        ".gitattributes",
        "README.md",
        "LICENSE",
        "app.py",
        "requirements.txt",
        "weights/manifest.json",
        "examples/drawn.txt",
    }
    (created,) = server.received.created
    assert (created["type"], created["sdk"]) == ("space", "gradio")
    assert main(["publish", "space", "--repo", REPO]) == 0
    assert "nothing has changed" in capsys.readouterr().out
    subprocess.run(["git", "rm", "-q", "--cached", "examples/drawn.txt"], cwd=clone, check=True)
    assert main(["publish", "space", "--repo", REPO, "--kind", "zerogpu"]) == 0
    assert server.received.commits[1]["written"] == ["README.md"]
    assert server.received.commits[1]["deleted"] == ["examples/drawn.txt"]


def test_a_dry_run_of_a_space_asks_nothing(server: HubServer, clone: Path, tmp_path: Path) -> None:
    lay_out_app(REPO, "gradio", tmp_path / "out", clone)
    assert check_space(tmp_path / "out", "gradio")[0] == "README.md: front matter valid, sdk gradio on cpu-upgrade"
    assert server.requests == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("suggested_hardware: cpu-upgrade", "suggested_hardware: abacus", "abacus"),
        ("app_file: app.py", "app_file: other.py", "names other.py"),
        ("sdk_version: 6.31.0", "sdk_version: 5.0.0", "gradio 5.0.0 and requirements.txt 6.31.0"),
        ("short_description: Watch", f"short_description: {'W' * 60}", "60 characters"),
    ],
)
def test_front_matter_that_the_hub_would_refuse(
    clone: Path, tmp_path: Path, before: str, after: str, told: str
) -> None:
    lay_out_app(REPO, "gradio", tmp_path / "out", clone)
    readme = tmp_path / "out" / "README.md"
    assert before in readme.read_text()
    readme.write_text(readme.read_text().replace(before, after))
    with pytest.raises(PublishError, match=told):
        check_space(tmp_path / "out", "gradio")


def test_no_clone_no_space(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="from a clone"):
        lay_out_app(REPO, "gradio", tmp_path / "out", tmp_path)
    with pytest.raises(PublishError, match="owner/name"):
        lay_out_app("studio", "gradio", tmp_path / "other", tmp_path)


def test_the_lessons_are_published_or_said_to_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(COMMANDS, "lessons", raising=False)
    words = ["publish", "space", "--repo", REPO, "--kind", "static", "--dry-run", "--out", str(tmp_path / "out")]
    assert main(words) == 1
    assert "no static edition of the lessons" in capsys.readouterr().err


def test_lessons_that_are_there_become_a_static_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever writes them, by the command's two functions."""

    class Lessons:
        @staticmethod
        def add_arguments(parser: object) -> None:
            parser.add_argument("--out", type=Path)  # type: ignore[attr-defined]

        @staticmethod
        def run(args: object) -> int:
            (args.out / "index.html").write_text("<h1>Lessons</h1>")  # type: ignore[attr-defined]
            return 0

    monkeypatch.setitem(COMMANDS, "lessons", ("lessons", ""))
    monkeypatch.setattr(publish_space, "import_module", lambda name: Lessons)
    publish_space.lay_out_lessons(REPO, "static", tmp_path / "out")
    assert check_space(tmp_path / "out", "static")[0] == "README.md: front matter valid, sdk static"
    data = SpaceCard.load(tmp_path / "out" / "README.md").data.to_dict()
    assert not {"sdk_version", "python_version", "suggested_hardware", "preload_from_hub"} & set(data)
