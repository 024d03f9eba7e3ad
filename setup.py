"""What a wheel holds: the package with its styles, scripts and pages, and the weights, examples and results it needs.

Everything else about the project stands in pyproject.toml. The weights behind the signs, which training alone opens,
stay out: a wheel is half as large without them.
"""

from __future__ import annotations

import json
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent
LEFT_OUT = "denoiser.safetensors"  # where the packed file of the same bits is there
ASSETS = ("*.css", "*.html", "*.js", "*.svg", "*.png", "*.bib", "web/*")


def shipped() -> dict[str, list[str]]:
    """folder of the repository -> its files that go into the wheel."""
    listed = json.loads((ROOT / "weights/manifest.json").read_text(encoding="utf-8"))["files"]
    folders = {"weights": ["manifest.json"], "weights/results": ["*_test.json"]}
    folders["examples"] = ["manifest.json", "*.jpg", "*.png"]
    for name in listed:
        task, _, file = name.partition("/")
        if file != LEFT_OUT or f"{task}/denoiser.packed.safetensors" not in listed:
            folders.setdefault(f"weights/{task}", []).append(file)
    return folders


CODE = find_packages(include=["hidiff*"])
PACKAGES = {f"hidiff.shipped.{folder.replace('/', '.')}": (folder, files) for folder, files in shipped().items()}

setup(
    packages=[*CODE, *PACKAGES],
    package_dir={package: folder for package, (folder, _) in PACKAGES.items()},
    package_data={
        **{package: list(ASSETS) for package in CODE},
        **{package: files for package, (_, files) in PACKAGES.items()},
    },
)
