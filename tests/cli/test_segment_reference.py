"""`segment --reference`: scores in the line, the difference as a file, and which mask belongs to which image."""

from __future__ import annotations

from pathlib import Path

import pytest
from segment_runs import Segment, disc, levels, picture, saved

from hidiff.cli.segment import references_of
from hidiff.errors import ImageError, SettingsError
from hidiff.refinement.reference import MaskScores
from hidiff.visuals.draw import STRIP

pytest_plugins = ["segment_runs"]

TRUTH = disc(60, 80, 30, 40, 15)


def test_the_line_scores_prior_and_mask_and_the_difference_is_drawn(segment: Segment, tmp_path: Path) -> None:
    image, truth = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "truth.png", TRUTH)
    (record,) = segment("--reference", truth, "--difference", image).records
    masks = {name: levels(record["outputs"][kind]) > 0 for name, kind in (("prior", "prior"), ("refined", "mask"))}
    for name, mask in masks.items():
        one = MaskScores.of(mask, TRUTH > 0)
        assert record["scores"][name] == {
            "dice": one.dice, "iou": one.iou, "hd95": one.hd95, "missed": one.missed, "false": one.false,
        }  # fmt: skip
    assert record["reference"] == str(truth) and record["notes"] == []
    assert levels(tmp_path / "out" / "a.difference.png").shape[0] == 60 + STRIP


def test_a_reference_changes_no_other_file(segment: Segment, tmp_path: Path) -> None:
    image, truth = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "truth.png", TRUTH)
    (plain,) = segment("--out", tmp_path / "plain", image).records
    segment("--out", tmp_path / "scored", "--reference", truth, image)
    assert plain["scores"] is None and plain["reference"] is None
    for file in sorted((tmp_path / "plain").iterdir()):
        assert file.read_bytes() == (tmp_path / "scored" / file.name).read_bytes()


def test_a_folder_gives_each_image_the_mask_of_its_name(segment: Segment, tmp_path: Path) -> None:
    images = [saved(tmp_path / f"{name}.png", picture(60, 80, n)) for n, name in enumerate("abc")]
    masks = tmp_path / "masks"
    masks.mkdir()
    saved(masks / "a.bmp", TRUTH)
    saved(masks / "b_mask.png", TRUTH)
    run = segment("--reference", masks, "--difference", *images)
    assert run.status == 0
    assert [bool(record["scores"]) for record in run.records] == [True, True, False]
    assert ["difference" in record["outputs"] for record in run.records] == [True, True, False]


def test_the_masks_may_lie_beside_the_images(tmp_path: Path) -> None:
    image = saved(tmp_path / "a.jpg", picture(60, 80))
    mask = saved(tmp_path / "a.mask.png", TRUTH)
    assert references_of([image], tmp_path) == [mask]
    assert references_of([image], None) == [None]
    saved(tmp_path / "a_mask.png", TRUTH)
    with pytest.raises(ImageError, match=r"a\.mask\.png and a_mask\.png"):
        references_of([image], tmp_path)
    with pytest.raises(ImageError, match="no mask with the name"):
        references_of([tmp_path / "other.jpg"], tmp_path)
    with pytest.raises(SettingsError, match="a folder of masks"):
        references_of([image, tmp_path / "b.jpg"], mask)


def test_other_proportions_fail_the_image_and_a_difference_needs_a_reference(segment: Segment, tmp_path: Path) -> None:
    image, wrong = saved(tmp_path / "a.png", picture(60, 80)), saved(tmp_path / "m.png", disc(60, 60, 30, 30, 9))
    run = segment("--reference", wrong, image)
    assert run.status == 1 and "60 x 60" in run.records[0]["error"] and "80 x 60" in run.records[0]["error"]
    run = segment("--difference", image)
    assert (run.status, run.records) == (2, [])
    assert "--reference" in run.err and len(run.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
