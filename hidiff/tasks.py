"""Tasks: everything that differs from one task to the next, in words and numbers; `TASKS` are presets for training."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hidiff.errors import HiDiffError, ImageError, SettingsError
from hidiff.imaging.field_of_view import field_of_view
from hidiff.imaging.frames import GRID, Frame, scaled_frame, square_frame

DISCLAIMER = "For research and teaching only, never for diagnosis."
MASK_COLOUR = (0, 200, 255)  # RGB
MAX_CANVAS = 4_000_000  # pixels of the networks' canvas
MAX_CHAINED = 8_000_000  # pixels of all samples' canvases: a step of a chain keeps 14 bytes of each
_MOST_SCALED = 4 * MAX_CANVAS  # pixels of a scaled picture
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def check_canvas(task: Task, image: NDArray[np.uint8], name: str) -> None:
    """Raise ImageError where the picture (H,W,3) would have to be enlarged beyond what the networks are given."""
    if task.working == "square":
        return
    height, width = task.frame(image).canvas
    if height * width > MAX_CANVAS:
        raise ImageError(
            f"{name} would have to be enlarged beyond {MAX_CANVAS // 1_000_000} million pixels, because its field of "
            "view fills too little of it; crop it and try again."
        )


def check_samples(task: Task, image: NDArray[np.uint8], samples: int, name: str) -> None:
    """Raise SettingsError where so many samples of the picture (H,W,3) would take more memory than is allowed."""
    height, width = task.frame(image).canvas
    most = max(1, MAX_CHAINED // (height * width))
    if samples > most:
        raise SettingsError(f"{name} is too large for so many samples at once; choose {most} at most.")


class TaskError(HiDiffError):
    """A task that cannot be used."""


@dataclass(frozen=True)
class Task:
    """One task.

    name: the key, also the folder below `weights/`.
    title, object_name: words for people.
    classes: K, mask channels; class_names and colours (RGB 0..255) have K entries.
    working: "square" brings the whole image into a square of `side` pixels, aspect kept;
        "field_of_view" scales a fundus photograph so that its field of view is `fov_diameter` wide.
    tile, overlap: an image whose canvas exceeds `tile` pixels a side is worked in tiles that overlap.
    focus: whether the refinement looks closer, in a window round what the prior found.
    thin: whether the object is made of thin lines (vessels); chooses the family of prior corruption.
    mirrors: of how many mirror images the setting `mirror` takes the mean: 4, or 2, left and right, where an image has
        a top (as of an eye, of which there are left ones and right ones), or where a look takes long.
    """

    name: str
    title: str
    object_name: str
    image_kind: str
    classes: int
    class_names: tuple[str, ...]
    colours: tuple[tuple[int, int, int], ...]
    working: Literal["square", "field_of_view"]
    side: int = 256
    fov_diameter: int = 0
    tile: int = 1024
    overlap: int = 128
    focus: bool = False
    thin: bool = False
    mirrors: int = 4

    def __post_init__(self) -> None:
        """Raises ValueError where there are not as many mirror images."""
        if type(self.mirrors) is not int or self.mirrors not in (1, 2, 4):
            raise ValueError(f"mirrors is {self.mirrors!r:.40}, so choose 1, 2 or 4")

    def frame(self, image: NDArray[np.uint8], scale: int = 1) -> Frame:
        """Where a whole image (H,W,3) lies in the networks' canvas, `scale` times as large as usual."""
        if self.working == "square":
            return square_frame(image.shape[:2], side=self.side * scale)
        _, diameter = field_of_view(image)
        height, width = image.shape[:2]
        most = math.sqrt(_MOST_SCALED / (height * width))  # so that no canvas costs memory before it is refused
        return scaled_frame((height, width), scale * min(self.fov_diameter / diameter, most))

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` reads back to an equal task."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Task:
        """The inverse of `to_json`; unknown keys are refused with a TypeError."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise TypeError(f"a task has no field {unknown[0]!r}")
        values = dict(data)
        values["class_names"] = tuple(values["class_names"])
        values["colours"] = tuple((int(r), int(g), int(b)) for r, g, b in values["colours"])
        return cls(**values)

    @classmethod
    def from_file(cls, path: Path) -> Task:
        """A task of one class from a JSON file: name, title, object_name and image_kind, the rest where it differs.

        Raises TaskError when the file cannot be read, a field is unknown or missing, or a value does not fit.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TaskError(f"The task file {path} cannot be read; give a JSON file.") from error
        words = ("name", "title", "object_name", "image_kind")
        if not isinstance(data, dict):
            raise TaskError(f"The task file {path} is no JSON object; give one with {', '.join(words)}.")
        for word in words:
            if not isinstance(data.get(word), str) or not data[word].strip():
                raise TaskError(f"The task file {path} lacks {word!r}; give it as a text.")
        whole = {"working": "square", "classes": 1, "class_names": (data["object_name"],), "colours": (MASK_COLOUR,)}
        try:
            task = cls.from_json({**whole, **data})
        except (TypeError, ValueError) as error:
            raise TaskError(f"The task file {path} does not fit: {error}.") from error
        problem = _problem(task)
        if problem:
            raise TaskError(f"The task file {path} does not fit: {problem}.")
        return task


def _problem(task: Task) -> str:
    """What keeps a task from being trained on, "" where nothing does."""
    if not _NAME.fullmatch(task.name):
        return f"the name {task.name!r} is a folder's name too, so use small letters, digits, - and _"
    if task.classes != 1 or len(task.class_names) != 1 or len(task.colours) != 1:
        return "training knows one class, so give one class name and one colour"
    if any(not 0 <= value <= 255 for value in task.colours[0]):
        return "a colour is three numbers from 0 to 255"
    if task.working not in ("square", "field_of_view"):
        return f"working is {task.working!r}, so choose square or field_of_view"
    numbers = (task.side, task.fov_diameter, task.tile, task.overlap)
    if any(isinstance(n, bool) or not isinstance(n, int) for n in numbers):
        return "side, fov_diameter, tile and overlap are whole numbers"
    if not (2 * GRID <= task.side <= 1024 and task.side % GRID == 0):
        return f"side is {task.side}, so choose a multiple of {GRID} from {2 * GRID} to 1024"
    if task.working == "field_of_view" and not 256 <= task.fov_diameter <= 2048:
        return f"fov_diameter is {task.fov_diameter}, so choose one from 256 to 2048"
    if not (task.tile % GRID == 0 and 0 < task.overlap < task.tile):
        return f"a tile is a multiple of {GRID} and wider than its overlap"
    if not isinstance(task.focus, bool) or not isinstance(task.thin, bool):
        return "focus and thin are true or false"
    return ""


POLYP = Task(
    name="polyp",
    title="Polyp in a colonoscopy image",
    object_name="polyp",
    image_kind="colonoscopy image",
    classes=1,
    class_names=("polyp",),
    colours=(MASK_COLOUR,),
    working="square",
    side=256,
    focus=True,
)

FUNDUS = Task(
    name="fundus",
    title="Vessels in a fundus photograph",
    object_name="vessels",
    image_kind="fundus photograph",
    classes=1,
    class_names=("vessel",),
    colours=(MASK_COLOUR,),
    working="field_of_view",
    fov_diameter=800,
    thin=True,
    mirrors=2,
)

TASKS: dict[str, Task] = {task.name: task for task in (POLYP, FUNDUS)}
