"""What is installed and what is shipped: every package under a hash, no pickle anywhere, a licence for every file."""

from __future__ import annotations

import ast
import json
import os
import pickletools
import re
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ["requirements-cpu.lock", "requirements-cuda.lock", "tests/requirements.lock"]
CODE = {".py", ".js", ".css", ".html", ".ts", ".md", ".toml", ".yaml", ".txt", ".lock", ".sh", ""}


def lines_of(file: str) -> list[str]:
    """The lines of a file of requirements and of those that it names, its continuations joined."""
    text = (ROOT / file).read_text().replace("\\\n", " ")
    out = []
    for line in text.splitlines():
        if line.startswith("-r "):
            out += lines_of(os.path.relpath((ROOT / file).parent / line[3:], ROOT))
        elif line and not line.startswith("#"):
            out.append(line)
    return out


def locked(file: str) -> dict[str, list[tuple[Requirement, list[str]]]]:
    """name -> its entries: requirement and hashes."""
    out: dict[str, list[tuple[Requirement, list[str]]]] = {}
    for line in lines_of(file):
        if not line.startswith("--only-binary"):
            words, *hashes = line.split(" --hash=")
            requirement = Requirement(words.strip())
            out.setdefault(requirement.name, []).append((requirement, [one.strip() for one in hashes]))
    return out


def wanted(file: str) -> list[Requirement]:
    return [Requirement(line) for line in lines_of(file)]


def shipped() -> list[str]:
    """Every file of the repository, as git has it."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no clone")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


# ------------------------------------------------------------------------------------------------------ packages
@pytest.mark.parametrize("file", LOCKS)
def test_every_package_has_one_version_and_a_hash_and_no_address(file: str) -> None:
    for name, entries in locked(file).items():
        for requirement, hashes in entries:
            assert re.fullmatch(r"==[0-9][0-9a-z.+]*", str(requirement.specifier)) and not requirement.url, name
            assert hashes and all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), name
    for name in [*LOCKS, "requirements.lock"]:
        assert "--only-binary :all:" in lines_of(name)  # nothing is built, so no setup.py runs
        text = (ROOT / name).read_text()
        assert "://" not in text and "index" not in re.sub("#.*", "", text)


@pytest.mark.parametrize("file", LOCKS)
def test_what_is_asked_for_is_locked_within_its_bounds(file: str) -> None:
    tests = file.startswith("tests")
    have = locked(file) | (locked("requirements-cpu.lock") if tests else {})
    for requirement in wanted("tests/requirements.txt" if tests else "requirements.txt"):
        entries = have[requirement.name]
        for pinned, _ in entries:
            (one,) = pinned.specifier
            assert requirement.specifier.contains(one.version), requirement.name


def test_every_requirement_has_an_upper_bound_and_a_reason() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if line and not line.startswith("#"):
            assert before.startswith("# "), f"{line} has no reason above it"
            operators = {one.operator for one in Requirement(line).specifier}
            assert operators & {"==", "<", "<="}, line


@pytest.mark.skipif("HIDIFF_LOCKED" not in os.environ, reason="only where tests/run has installed from the locks")
def test_what_is_installed_is_what_is_locked() -> None:
    entries = locked("requirements-cpu.lock") | locked("tests/requirements.lock")
    for name, several in entries.items():
        for requirement, _ in several:
            if requirement.marker is None or requirement.marker.evaluate():
                assert requirement.specifier.contains(version(name).partition("+")[0]), name


def test_the_bill_of_materials_has_every_package_and_the_weights(tmp_path: Path) -> None:
    for name in "ab":
        subprocess.run([sys.executable, ".ci/sbom.py", str(tmp_path / name)], cwd=ROOT, check=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    bill = json.loads((tmp_path / "a").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in bill["components"]}
    assert set(locked("requirements-cpu.lock")) <= set(parts)
    manifest = json.loads((ROOT / "weights/manifest.json").read_text())["files"]
    for name, record in manifest.items():
        assert parts[name]["hashes"] == [{"alg": "SHA-256", "content": record["sha256"]}]
    assert all(part["hashes"] for part in parts.values())
    assert parts["torch"]["purl"] == f"pkg:pypi/torch@{parts['torch']['version']}"


# ------------------------------------------------------------------------------------------------------- pickles
_UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def unsafe_calls(source: str) -> list[str]:
    """What in a module could open a pickle: an import of one that does, or a load that is not told not to."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = {(module or alias.name).partition(".")[0] for alias in node.names}
            found += sorted(names & _UNPICKLERS)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            given = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
            call = f"{owner}.{node.func.attr}"
            if (call == "torch.load" and given.get("weights_only") is not True) or call == "pd.read_pickle":
                found.append(call)
            if call in ("np.load", "numpy.load") and given.get("allow_pickle") is not False:
                found.append(call)
            if call in ("npy.read_array", "format.read_array") and given.get("allow_pickle") is not False:
                found.append(call)
    return found


def test_no_code_of_ours_opens_a_pickle() -> None:
    files = [ROOT / "app.py", *(ROOT / "hidiff").rglob("*.py"), *(ROOT / "examples").glob("*.py")]
    found = {str(file.relative_to(ROOT)): unsafe_calls(file.read_text()) for file in files}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "line", ["import pickle", "from joblib import load", "torch.load(p)", "np.load(p)", "np.load(p, allow_pickle=True)"]
)
def test_the_check_of_code_finds_what_it_is_for(line: str) -> None:
    assert unsafe_calls(line)
    assert not unsafe_calls("torch.load(p, weights_only=True); np.load(p, allow_pickle=False)")


def looks_pickled(data: bytes) -> bool:
    """Whether these bytes are a pickle of any protocol, read to its end without being run."""
    try:
        codes = [code.name for code, _, _ in pickletools.genops(data)]
    except Exception:  # whatever is wrong with it, it is none
        return False
    return codes[-1] == "STOP" and len(codes) > 1


def parts_of(file: Path) -> list[bytes]:
    """A file's bytes; of an archive those of its members, an array's without its head."""
    if not zipfile.is_zipfile(file):
        return [file.read_bytes()]
    with zipfile.ZipFile(file) as archive:
        members = [archive.read(name) for name in archive.namelist()]
    assert not any(b"'|O'" in member[:128] for member in members), file
    return [member for whole in members for member in (whole, whole[128:])]


def test_no_file_that_is_shipped_is_or_holds_a_pickle() -> None:
    for name in shipped():
        assert not any(looks_pickled(part) for part in parts_of(ROOT / name)), name
        assert Path(name).suffix not in {".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".bin", ".joblib", ".npy"}, name


def test_the_check_of_files_finds_a_pickle(tmp_path: Path) -> None:
    import pickle

    assert all(looks_pickled(pickle.dumps({"a": [1, "b"]}, protocol)) for protocol in range(6))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("data.pkl", pickle.dumps({"a": 1}))
    assert any(looks_pickled(part) for part in parts_of(tmp_path / "a.zip"))


# ------------------------------------------------------------------------------------------------------ licences
def licence_rows() -> dict[str, str]:
    """pattern of paths -> its licence, from the table."""
    out = {}
    for line in (ROOT / "LICENCES.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4:
            out |= dict.fromkeys(re.findall("`([^`]+)`", cells[0]), cells[2])
    return out


def test_every_file_that_is_no_code_has_a_licence_in_the_table() -> None:
    rows, files = licence_rows(), shipped()
    ours = [name for name in files if Path(name).suffix not in CODE and not name.startswith(".")]
    assert len(ours) > 40
    assert [name for name in ours if not any(fnmatch(name, pattern) for pattern in rows)] == []
    assert [pattern for pattern in rows if not any(fnmatch(name, pattern) for name in files)] == []
    for pattern, licence in rows.items():
        if pattern.startswith(("weights/polyp", "weights/fundus")):
            card = json.loads((ROOT / pattern.replace("*", "card.json")).read_text())
            assert "research and education only" in card["licence"] and "research and education only" in licence


def test_the_table_agrees_with_the_examples_own_words() -> None:
    rows = licence_rows()
    for entry in json.loads((ROOT / "examples/manifest.json").read_text()):
        found = next(licence for pattern, licence in rows.items() if fnmatch(f"examples/{entry['file']}", pattern))
        assert entry["licence"].startswith(found)


def test_no_font_is_shipped_and_no_page_asks_another_host_for_one() -> None:
    assert not [name for name in shipped() if Path(name).suffix in {".woff", ".woff2", ".ttf", ".otf", ".eot"}]
    for file in (ROOT / "hidiff/interface").rglob("*"):
        if file.suffix in {".css", ".html", ".js", ".svg"}:
            assert not re.search(r"@import|@font-face|url\(\s*['\"]?https?:|src=['\"]https?:", file.read_text()), file
