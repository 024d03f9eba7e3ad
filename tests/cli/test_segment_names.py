"""Where results go, for any list of paths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hidiff.cli.segment import plan_outputs
from hidiff.tasks import POLYP
from hidiff.visuals.exports import ANIMATION, TRACE, suffixes

PLAIN = suffixes(POLYP)
ALL = suffixes(POLYP, (TRACE, ANIMATION))


def names(*paths: str, folder: str = "out", kinds: dict[str, str] = PLAIN, given: tuple[str, ...] = ()) -> list[str]:
    return [o.name for o in plan_outputs([Path(p) for p in paths], Path(folder), kinds, [Path(p) for p in given])]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["a.png", "b.jpg"], ["a", "b"]),
        (["a.png", "a.jpg", "b.png"], ["a.png", "a.jpg", "b"]),
        (["x/a.png", "y/a.png"], ["a.png", "a.png.2"]),
        (["x/a.png", "y/a.png", "z/a.jpg", "x/a.png"], ["a.png", "a.png.2", "a.jpg", "a.png.3"]),
        (["x/a.png", "x/a.jpg", "a.png.tif"], ["a.png.2", "a.jpg", "a.png"]),
        (["x/a.png", "y/a.png", "a.png.2.png"], ["a.png", "a.png.3", "a.png.2"]),
        (["x/A.png", "y/a.png"], ["A.png", "a.png.2"]),
        (["noend", "noend.png"], ["noend", "noend.png"]),
        (["a.b.png", "a.c.png"], ["a.b", "a.c"]),
    ],
)
def test_names(paths: list[str], expected: list[str]) -> None:
    assert names(*paths) == expected


def test_an_input_in_the_folder_keeps_its_file(tmp_path: Path) -> None:
    here = str(tmp_path)
    assert names(f"{here}/a.webp", folder=here, kinds=ALL) == ["a.webp"]
    assert names(f"{here}/a.webp", folder=here) == ["a"]
    assert names("a.png", folder=here, given=(f"{here}/a.prior.png",)) == ["a.png"]


def test_a_link_and_what_it_links_to_are_both_kept(tmp_path: Path) -> None:
    real, links = tmp_path / "real", tmp_path / "links"
    real.mkdir()
    links.symlink_to(real)
    (tmp_path / "i.png").symlink_to(real / "a.mask.png")
    assert names(str(tmp_path / "i.png"), "a.png", folder=str(links)) == ["i", "a.png"]
    assert names(str(links / "a.mask.png"), "a.png", folder=str(real)) == ["a.mask", "a.png"]


def test_each_class_has_its_files() -> None:
    task = replace(POLYP, classes=2, class_names=("disc", "cup"), colours=((0, 0, 0), (1, 1, 1)))
    assert suffixes(task)["mask.cup"] == ".cup.mask.png"
    assert len(set(suffixes(task).values())) == 6


path = st.builds(
    "/".join,
    st.tuples(st.sampled_from(["x", "y", "out"]), st.text(alphabet="aA.2mskwebpng", min_size=1, max_size=10)),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # how busy the machine is, is no matter
@given(st.lists(path, min_size=1, max_size=12), st.booleans())
def test_no_two_results_and_no_input_share_a_file(paths: list[str], everything: bool) -> None:
    inputs = [Path(p) for p in paths]
    plan = plan_outputs(inputs, Path("out"), ALL if everything else PLAIN)
    files = [str(file).casefold() for outputs in plan for file in outputs.files.values()]
    assert len(set(files)) == len(files)
    assert not set(files) & {str(p).casefold() for p in inputs}
    assert plan == plan_outputs(inputs, Path("out"), ALL if everything else PLAIN)
