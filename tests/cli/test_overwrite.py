"""Every command that writes a file leaves what is there, says so before it computes, and replaces it when asked to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from segment_runs import Segment, saved, small_model

from hidiff.__main__ import main
from hidiff.checkpoints.manifest import CARD
from hidiff.checkpoints.networks import DENOISER_FILE, REAL_FILE, SEGMENTOR_FILE
from hidiff.cli import corruptions
from hidiff.interface.runs import recipe
from hidiff.interface.texts import text
from hidiff.models.packed.file import PACKED_FILE, is_packed
from hidiff.pipeline import HiDiff
from hidiff.tasks import MAX_CHAINED

pytest_plugins = ["segment_runs"]
MINE = b"somebody's own"


@pytest.fixture
def nothing_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> HiDiff:
        raise AssertionError("weights were opened before the places were checked")

    monkeypatch.setattr(HiDiff, "from_pretrained", opened)


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    assert main([str(word) for word in words]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.endswith("or give --overwrite.")
    return said


def test_bench_leaves_a_file(nothing_opened: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    file.write_bytes(MINE)
    assert str(file) in refused(capsys, "bench", "--json", file)
    assert file.read_bytes() == MINE
    with pytest.raises(AssertionError, match="weights were opened"):  # the next thing that it does
        main(["bench", "--json", str(file), "--overwrite"])
    assert main(["bench", "--json", str(tmp_path / "figures.json" / "a.json")]) == 1


def test_the_sheet_of_errors_leaves_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sheet.png"
    file.write_bytes(MINE)
    assert corruptions.main([str(file)]) == 1
    assert "is there already; choose another file, or give --overwrite." in capsys.readouterr().err
    assert file.read_bytes() == MINE
    assert corruptions.main([str(file), "--overwrite"]) == 0
    assert file.read_bytes().startswith(b"\x89PNG")
    assert corruptions.main([str(tmp_path / "sheet.png" / "a.png")]) == 1
    assert "could not be written (Not a directory)" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["config.json", CARD, SEGMENTOR_FILE, DENOISER_FILE, REAL_FILE])
@pytest.mark.parametrize("option", ["--average", "--shrink", "--raise-logits"])
def test_weights_that_follow_from_others_leave_what_is_there(
    weights: Path, tmp_path: Path, option: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_bytes(MINE)
    from_weights = ["--init-from", weights]
    given = {
        "--average": [weights, weights],
        "--shrink": ["segmentor=0.5", *from_weights],
        "--raise-logits": ["0.5", *from_weights],
    }[option]
    words = ["train", option, *given, "--out", out]
    assert "holds weights already" in refused(capsys, *words)
    assert [path.name for path in out.iterdir()] == [name] and (out / name).read_bytes() == MINE


def test_an_average_replaces_when_asked_to(weights: Path, tmp_path: Path) -> None:
    words = ["train", "--average", weights, weights, "--out", tmp_path]
    (tmp_path / SEGMENTOR_FILE).write_bytes(MINE)
    assert main([*map(str, words), "--overwrite"]) == 0
    assert HiDiff.from_pretrained(tmp_path).task == HiDiff.from_pretrained(weights).task


def test_pack_renews_its_own_file_and_leaves_another(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(weights, folder)
    (folder / PACKED_FILE).write_bytes(MINE)
    whole = (folder / SEGMENTOR_FILE).read_bytes()
    assert PACKED_FILE in refused(capsys, "pack", folder)
    assert (folder / PACKED_FILE).read_bytes() == MINE and (folder / SEGMENTOR_FILE).read_bytes() == whole
    assert main(["pack", str(folder), "--overwrite"]) == 0
    assert is_packed(folder / PACKED_FILE)
    assert main(["pack", str(folder)]) == 0
    changed = bytearray((folder / PACKED_FILE).read_bytes())
    changed[-1] ^= 1
    (folder / PACKED_FILE).write_bytes(changed)
    refused(capsys, "pack", folder)


def test_pack_leaves_a_twin(nothing_opened: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / REAL_FILE).write_bytes(MINE)
    assert REAL_FILE in refused(capsys, "pack", tmp_path, "--twin", tmp_path)
    assert (tmp_path / REAL_FILE).read_bytes() == MINE


@pytest.mark.parametrize("name", ["worst.png", "random.png"])
def test_sheets_of_an_evaluation_leave_a_picture(
    nothing_opened: None, folder: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    (sheets / name).write_bytes(MINE)
    words = ["evaluate", "--task", "polyp", "--data", folder, "--split", "val", "--sheets", sheets]
    assert name in refused(capsys, *words)
    assert (sheets / name).read_bytes() == MINE
    with pytest.raises(AssertionError, match="weights were opened"):
        main([*map(str, words), "--overwrite"])


# --------------------------------------------------------------------------------------------------------- limits
@pytest.fixture
def no_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many refinements were begun."""
    begun: list[object] = []
    real = HiDiff.refine

    def refine(self: HiDiff, *given: object, **more: object) -> object:
        begun.append(given)
        return real(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(HiDiff, "refine", refine)
    return lambda: len(begun)


def test_too_many_samples_are_refused_in_the_words_of_the_app_before_anything_is_computed(
    segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_step: Callable[[], int]
) -> None:
    assert recipe.MAX_CHAINED <= MAX_CHAINED  # visitors share the app's memory
    image = saved(tmp_path / "a.png")
    canvas = 1
    for side in small_model().task.frame(__import__("hidiff").read_image(image)).canvas:
        canvas *= side
    monkeypatch.setattr("hidiff.tasks.MAX_CHAINED", 5 * canvas + 1)
    run = segment(image, "--samples", "6")
    assert run.status == 1 and run.records[0]["error"] == text("error.samples_here", name="a.png", limit=5)
    assert no_step() == 0 and not (tmp_path / "out").exists()
    assert segment(image, "--samples", "5", "--steps", "1").status == 0


def test_a_trace_that_finds_no_room_is_refused_before_the_chain_runs(
    segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = saved(tmp_path / "a.png")
    monkeypatch.setattr("hidiff.cli.outputs.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1000))  # type: ignore[attr-defined]
    steps: list[object] = []
    monkeypatch.setattr("hidiff.refinement.chain.Refinement.__next__", lambda *_: steps.append(1))
    run = segment(image, "--trace")
    assert run.status == 1 and "(No space left on device)" in run.records[0]["error"]
    assert not steps and not (tmp_path / "out").exists()
    monkeypatch.undo()
