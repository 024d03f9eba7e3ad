"""House rules: a function takes few parameters and fits on a screen; the package alone costs nothing to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "hidiff"
MOST_PARAMETERS = 8
MOST_LINES = 60  # of a body, its docstring left out

_COMPILED = "compiled by numba or LLVM, which take arrays and numbers one by one and no objects"
ALLOWED = {
    "models/packed/kernels.py:_activate": _COMPILED,
    "models/packed/kernels.py:attend": _COMPILED,
    "models/packed/kernels.py:binary_layer": _COMPILED,
    "models/packed/kernels.py:binary_sums": _COMPILED,
    "models/packed/kernels.py:merge_up": _COMPILED,
    "models/packed/kernels.py:real_layer": _COMPILED,
    "models/packed/kernels.py:scatter": _COMPILED,
    "models/packed/vectors.py:sign_bytes": _COMPILED,
    "models/packed/vectors.py:weighted": _COMPILED,
}
"""Functions that may be larger, and why."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        name = prefix
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}{'' if prefix.endswith(':') else '.'}{child.name}"
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield name, child
        yield from functions(child, name)


def parameters_of(function: Function) -> int:
    """Their number, `self` and `cls` left out."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return sum(1 for one in every if one is not None and one.arg not in ("self", "cls"))


def lines_of(function: Function) -> int:
    """Of the body, from its first statement to its last."""
    body = function.body if ast.get_docstring(function) is None else function.body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def too_large() -> dict[str, tuple[int, int]]:
    """path:function -> parameters and lines, of those over a limit."""
    out = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for name, function in functions(ast.parse(file.read_text()), f"{file.relative_to(PACKAGE).as_posix()}:"):
            size = parameters_of(function), lines_of(function)
            if size[0] > MOST_PARAMETERS or size[1] > MOST_LINES:
                out[name] = size
    return out


def test_functions_are_small_but_for_those_that_are_listed_with_a_reason() -> None:
    assert {name: size for name, size in too_large().items() if name not in ALLOWED} == {}


def test_what_is_listed_is_there_and_still_too_large() -> None:
    assert sorted(set(ALLOWED) - set(too_large())) == []


def test_the_check_counts_what_it_says() -> None:
    source = '''
class A:
    def f(self, a, /, b, *c, d=1, **e):
        """Words."""
        x = 1

        return x
    def g(): ...
'''
    found = dict(functions(ast.parse(source), "m:"))
    assert list(found) == ["m:A.f", "m:A.g"]
    assert [(parameters_of(f), lines_of(f)) for f in found.values()] == [(5, 3), (0, 1)]


def test_the_package_is_imported_without_pytorch_and_offers_its_two_names() -> None:
    code = (
        "import sys, hidiff; assert not {'torch', 'numpy', 'cv2'} & set(sys.modules);"
        "from hidiff import HiDiff, read_image; print(HiDiff.__module__, read_image.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["hidiff.pipeline", "hidiff.imaging.files"], done.stderr
