"""Task cards: everything that differs from one task to the next, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hidiff.frames import Frame, field_of_view, scaled_frame, square_frame

DISCLAIMER = "For research and teaching only, never for diagnosis."


@dataclass(frozen=True)
class TaskCard:
    """One task.

    name: the key, also the folder below `weights/`.
    title, object_name: words for people.
    classes: K, mask channels; class_names and colours (RGB 0..255) have K entries.
    working: "square" brings the whole image into a square of `side` pixels, aspect kept;
        "field_of_view" scales a fundus photograph so that its field of view is `fov_diameter` wide.
    tile, overlap: an image whose canvas exceeds `tile` pixels a side is worked in tiles that overlap.
    focus: whether the refinement looks closer, in a window round what the prior found.
    thin: whether the object is made of thin lines (vessels); chooses the family of prior corruption.
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

    def frame(self, image: NDArray[np.uint8], scale: int = 1) -> Frame:
        """Where a whole image (H,W,3) lies in the networks' canvas, `scale` times as large as usual."""
        if self.working == "square":
            return square_frame(image.shape[:2], side=self.side * scale)
        _, diameter = field_of_view(image)
        return scaled_frame(image.shape[:2], scale * self.fov_diameter / diameter)

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` reads back to an equal card."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TaskCard:
        """The inverse of `to_json`; unknown keys are refused with a TypeError."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise TypeError(f"a task card has no field {unknown[0]!r}")
        values = dict(data)
        values["class_names"] = tuple(values["class_names"])
        values["colours"] = tuple((int(r), int(g), int(b)) for r, g, b in values["colours"])
        return cls(**values)


POLYP = TaskCard(
    name="polyp",
    title="Polyp in a colonoscopy image",
    object_name="polyp",
    image_kind="colonoscopy image",
    classes=1,
    class_names=("polyp",),
    colours=((0, 200, 255),),
    working="square",
    side=256,
    focus=True,
)

FUNDUS = TaskCard(
    name="fundus",
    title="Vessels in a fundus photograph",
    object_name="vessels",
    image_kind="fundus photograph",
    classes=1,
    class_names=("vessel",),
    colours=((0, 200, 255),),
    working="field_of_view",
    fov_diameter=640,
    thin=True,
)

TASKS: dict[str, TaskCard] = {card.name: card for card in (POLYP, FUNDUS)}
