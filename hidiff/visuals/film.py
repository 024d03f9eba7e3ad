"""A refinement as a film: photograph and bits side by side, and a large number that counts, one scene a moment.

The moments are those of the page: the prior, the coin toss y_T, every step, the answer. Both panes show the working
frame's window of the image. Pixels and Dice are counted in the image, as the files hold them; bits are the
working frame's, whose padding is left out.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hidiff.files import write_bytes
from hidiff.imaging.frames import Frame
from hidiff.metrics import dice
from hidiff.types import Mask
from hidiff.visuals.colours import DARK, FALSE, FLIP_OFF, FLIP_ON, LIGHT, MISSED, OUTLINE, RIGHT, STROKE, Colour
from hidiff.visuals.draw import outline
from hidiff.visuals.paint import (
    Caption,
    Picture,
    blank,
    class_planes,
    contours_of,
    is_thin,
    place,
    strip,
    tint,
)

if TYPE_CHECKING:
    from hidiff.refinement.outcome import Outcome

FORMATS = {".webp": "WEBP", ".gif": "GIF"}
PANE, GAP = 396, 8  # pixels
WIDTH = 2 * PANE + GAP
HEAD, FOOT = 80, 48  # pixels, the strips above and below the panes
_LABEL, _NUMBER, _WORDS = 38, 58, 30  # pixels, sizes of letters: half of it is left on a phone
_LINE, _INSET = 2, 88  # pixels
LARGE = 600_000  # bytes of a WebP
_QUALITIES = ((80, 1), (40, 0.75))  # quality, scale: the first that is not too large, else the last
_STRENGTHEN = 3  # a flip that shrinks below a pixel is drawn this much stronger than its share


@dataclass(frozen=True)
class Scene:
    """One moment. label: its name. number: what counts. left, right: the panes (h,w,3), under: their captions.

    beats: how long it stands, in steps' times.
    """

    label: str
    number: str
    left: Picture
    right: Picture
    under: tuple[Caption, Caption]
    beats: int = 1


def animation(
    image: Picture,
    refinement: Outcome,
    path: str | Path,
    *,
    chain: int = 0,
    reference: Mask | None = None,
    colours: Sequence[Colour] = (OUTLINE,),
    seconds: float = 0.5,
) -> None:
    """Write the film, .webp or .gif by the path's suffix. It plays for ever.

    image: (H,W,3) uint8. chain: whose steps are shown; the answer is that of all. reference: (H,W) bool, of the first
    class; with it the film counts Dice, without it the pixels that differ from the prior. colours: one a class.
    seconds: how long a step stands; prior and toss stand twice, the answer four times as long. At least one step must
    have run. Raises ValueError for another suffix or size, OSError when the file cannot be written.
    """
    path = Path(path)
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise ValueError(f"{path.name} has none of the suffixes {', '.join(FORMATS)}")
    shown = scenes(image, refinement, chain=chain, reference=reference, colours=colours)
    frames = [scene_picture(scene) for scene in shown]
    durations = [round(1000 * seconds * scene.beats) for scene in shown]
    write_bytes(path, _webp(frames, durations) if form == "WEBP" else _gif(frames, durations, colours))


def scenes(
    image: Picture,
    refinement: Outcome,
    *,
    chain: int = 0,
    reference: Mask | None = None,
    colours: Sequence[Colour] = (OUTLINE,),
) -> list[Scene]:
    """The moments of a refinement, in order. For arguments and errors see `animation`."""
    height, width = refinement.frame.original
    if image.shape != (height, width, 3):
        raise ValueError(f"an image {image.shape} does not fit a refinement of {(height, width)}")
    if reference is not None and reference.shape != (height, width):
        raise ValueError(f"a reference {reference.shape} does not fit an image of {(height, width)}")
    if not refinement.steps:
        raise ValueError("a film needs at least one step")
    director = _Director(_Panes.of(image, refinement, colours), refinement, chain, reference)
    moments = [director.step(index) for index in range(len(refinement.steps))]
    return [director.prior(), director.toss(), *moments, director.answer()]


def scene_picture(scene: Scene) -> Picture:
    """A scene as a picture (h,WIDTH,3): its name and number above, the panes, their captions below."""
    height = scene.left.shape[0]
    out = blank(HEAD + height + FOOT, WIDTH)
    number = strip(WIDTH, [(scene.number, None)], HEAD, _NUMBER, "right")
    label = strip(WIDTH // 3, [(scene.label, None)], HEAD, _LABEL, "left")
    place(out, number, 0, 0)
    place(out, label, 0, 0)
    for left, picture, caption in zip((0, PANE + GAP), (scene.left, scene.right), scene.under, strict=True):
        place(out, picture, HEAD, left + (PANE - picture.shape[1]) // 2)
        place(out, strip(PANE, caption, FOOT, _WORDS), HEAD + height, left)
    return out


@dataclass(frozen=True)
class _Director:
    """What is shown and counted at each moment of a refinement."""

    panes: _Panes
    refinement: Outcome
    chain: int
    reference: Mask | None

    def prior(self) -> Scene:
        p, mask = self.refinement.proposed(), self.refinement.prior_map > 0.5
        left = self.panes.photograph(self.panes.mask(p))
        under = self._told(f"{int(mask.sum()):,} pixels on"), self._told("probability")
        return Scene("Prior", self._number(mask), left, self.panes.levels(p), under, 2)

    def toss(self) -> Scene:
        bits = self.refinement.steps[0].y_t[self.chain]
        left = self.panes.photograph(self.panes.mask(self.refinement.p))
        shown = int(self.panes.frame.content_of(bits).sum())
        under = self._told("prior"), self._told(f"{shown:,} bits on")
        return Scene("Coin toss", self._number(self._in_image(bits)), left, self.panes.levels(bits), under, 2)

    def step(self, index: int) -> Scene:
        step = self.refinement.steps[index]
        before, after = step.y_t[self.chain], step.after[self.chain]
        on, off = after & ~before, before & ~after
        flips = on.any(axis=0), off.any(axis=0)
        left = self.panes.photograph(self.panes.mask(step.y0_hat[self.chain]), flips)
        right = self.panes.levels(before, flips)
        turned = [int(self.panes.frame.content_of(bits).sum()) for bits in (on, off)]
        counts: Caption = [(f"{turned[0]:,} on   ", FLIP_ON), (f"{turned[1]:,} off", FLIP_OFF)]
        label = f"Step {index + 1} of {len(self.refinement.times)}"
        return Scene(label, self._number(self._in_image(before)), left, right, (self._told("guess"), counts))

    def answer(self) -> Scene:
        values, mask = self.refinement.consensus(), self.refinement.probability() > 0.5
        shown = self.panes.mask(values)
        told, right = self._told("mask"), self.panes.levels(values > 0.5)
        number = self._number(mask)
        if self.reference is not None:
            told = [("right   ", RIGHT), ("missed   ", MISSED), ("false", FALSE)]
            right = self.panes.difference(shown[0], self.reference)
            before = dice(self.refinement.prior_map[0] > 0.5, self.reference)
            number = f"Dice {before:.3f} to {dice(mask[0], self.reference):.3f}"
        done = len(self.refinement.steps) == len(self.refinement.times)
        under = self._told(f"{int(mask.sum()):,} pixels on"), told
        return Scene("Answer" if done else "Stopped", number, self.panes.photograph(shown), right, under, 4)

    def _number(self, mask: Mask) -> str:
        """What counts, of a mask (K,H,W) of the image."""
        if self.reference is not None:
            return f"Dice {dice(mask[0], self.reference):.3f}"
        return f"{int((mask != (self.refinement.prior_map > 0.5)).sum()):,} pixels changed"

    def _in_image(self, bits: Mask) -> Mask:
        return self.refinement.in_original(bits.astype(np.float32)) > 0.5

    @staticmethod
    def _told(words: str) -> Caption:
        return [(words, None)]


@dataclass(frozen=True)
class _Panes:
    """The window of the image at the size of a pane, and where the canvas shows it.

    ground (h,w,3): the window. frame: the working frame. inset: the whole image with the window marked, or None.
    strokes (h,w): the share of each pixel that a hand painted, or None. colours: one a class.
    """

    ground: Picture
    frame: Frame
    inset: Picture | None
    strokes: NDArray[np.float32] | None
    colours: Sequence[Colour]

    @classmethod
    def of(cls, image: Picture, refinement: Outcome, colours: Sequence[Colour]) -> _Panes:
        frame = refinement.frame
        top, left, height, width = frame.window
        part = image[top : top + height, left : left + width]
        scale = PANE / max(height, width)
        size = max(1, round(height * scale)), max(1, round(width * scale))
        strokes = None
        if refinement.scribbles is not None:
            painted = (refinement.scribbles != 128).any(axis=0)[top : top + height, left : left + width]
            strokes = _fitted(painted.astype(np.float32), size)
        inset = None if (height, width) == frame.original else _inset(image, frame)
        return cls(np.asarray(_fitted(part, size), np.uint8), frame, inset, strokes, colours)

    def mask(self, values: NDArray[np.float32]) -> Mask:
        """A map (K,h,w) of the canvas -> its mask at the pane's size."""
        return np.stack([_fitted(self.frame.content_of(plane), self._size, cv2.INTER_LINEAR) > 0.5 for plane in values])

    def photograph(self, mask: Mask, flips: tuple[Mask, Mask] | None = None) -> Picture:
        """The window with a mask (K,h,w) of the pane's size outlined, and flips (h,w) of the canvas: on, off."""
        out = self.ground.copy()
        solid = []
        for plane, tone in class_planes(mask, self.colours, out):
            if is_thin(plane, contours_of(plane)):
                tint(out, plane, tone, 0.8)
            else:
                solid.append((plane, tone))
        self._tint_flips(out, flips)
        for plane, tone in solid:
            out = outline(out, plane, tone, _LINE)
        if self.strokes is not None:
            tint(out, self.strokes, STROKE, 0.7)
        if self.inset is not None and min(out.shape[:2]) > 2 * _INSET:
            place(out, self.inset, out.shape[0] - self.inset.shape[0], out.shape[1] - self.inset.shape[1])
        return out

    def levels(self, values: NDArray[Any], flips: tuple[Mask, Mask] | None = None) -> Picture:
        """A map (K,h,w) of the canvas, 0..1 or bits, on black, and flips as in `photograph`."""
        out = np.zeros((*self._size, 3), np.uint8)
        for plane, tone in zip(values, self.colours, strict=True):
            tint(out, self._share(plane), tone, 1)
        self._tint_flips(out, flips)
        return out

    def difference(self, mask: Mask, reference: Mask) -> Picture:
        """The window in grey with what a mask (h,w) of the pane's size has right, missed and wrong."""
        top, left, height, width = self.frame.window
        known = reference[top : top + height, left : left + width].astype(np.float32)
        truth = _fitted(known, self._size) > 0.5
        grey = self.ground.mean(axis=2, keepdims=True) * 0.4
        out = np.ascontiguousarray(np.broadcast_to(grey, self.ground.shape).astype(np.uint8))
        for bits, tone in ((mask & truth, RIGHT), (truth & ~mask, MISSED), (mask & ~truth, FALSE)):
            tint(out, bits, tone, 0.9)
        return out

    @property
    def _size(self) -> tuple[int, int]:
        return self.ground.shape[0], self.ground.shape[1]

    def _tint_flips(self, out: Picture, flips: tuple[Mask, Mask] | None) -> None:
        if flips is None:
            return
        on, off = (np.minimum(1, _STRENGTHEN * self._share(plane)) for plane in flips)
        tint(out, on * (on >= off), FLIP_ON, 0.95)  # where both fall into one pixel, the one that covers more of it
        tint(out, off * (off > on), FLIP_OFF, 0.95)

    def _share(self, plane: NDArray[Any]) -> NDArray[np.float32]:
        """Bits or levels (h,w) of the canvas at the pane's size: squares where they grow, means where they shrink."""
        return _fitted(self.frame.content_of(plane.astype(np.float32)), self._size, cv2.INTER_NEAREST)


def _inset(image: Picture, frame: Frame) -> Picture:
    """The whole image, small, with the window marked."""
    scale = _INSET / max(frame.original)
    size = max(1, round(frame.original[0] * scale)), max(1, round(frame.original[1] * scale))
    out = np.asarray(_fitted(image, size), np.uint8)
    top, left, height, width = frame.window
    first = round(left * scale), round(top * scale)
    last = round((left + width) * scale) - 1, round((top + height) * scale) - 1
    cv2.rectangle(out, first, last, OUTLINE, 1)
    return np.pad(out, ((2, 0), (2, 0), (0, 0)))


def _fitted(values: NDArray[Any], size: tuple[int, int], growing: int = cv2.INTER_LINEAR) -> NDArray[Any]:
    """Values (H,W) or (H,W,3) at another size: means where they shrink."""
    shrinks = size[0] < values.shape[0] or size[1] < values.shape[1]
    method = cv2.INTER_AREA if shrinks else growing
    out = cv2.resize(np.ascontiguousarray(values), size[::-1], interpolation=method)
    return np.asarray(out).reshape(*size, *values.shape[2:])


def _webp(frames: Sequence[Picture], durations: Sequence[int]) -> bytes:
    """Frames as a WebP; where it would be large, as a film from noise is, smaller and coarser."""
    out = b""
    for quality, scale in _QUALITIES:
        size = round(frames[0].shape[0] * scale), round(frames[0].shape[1] * scale)
        shown = [Image.fromarray(np.asarray(_fitted(frame, size), np.uint8)) for frame in frames]
        out = _encoded("WEBP", shown, durations, quality=quality, method=4)
        if len(out) <= LARGE:
            break
    return out


def _gif(frames: Sequence[Picture], durations: Sequence[int], colours: Sequence[Colour]) -> bytes:
    """Frames in one palette of 256 colours: the colours that mean something stay as they are."""
    meant = list(dict.fromkeys([FLIP_ON, FLIP_OFF, RIGHT, MISSED, FALSE, STROKE, DARK, LIGHT, *colours]))
    sample = Image.fromarray(np.concatenate([frame[::2, ::2] for frame in frames]))
    common = sample.quantize(256 - len(meant)).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*common, *(level for colour in meant for level in colour)])
    shown = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    return _encoded("GIF", shown, durations)


def _encoded(form: str, frames: Sequence[Image.Image], durations: Sequence[int], **options: Any) -> bytes:
    stream = io.BytesIO()
    first, *rest = frames
    first.save(stream, form, save_all=True, append_images=rest, duration=list(durations), loop=0, **options)
    return stream.getvalue()
