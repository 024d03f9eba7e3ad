"""Drawing masks and refinements: overlays, flip maps, single steps, contact sheets.

A picture is uint8 RGB (H,W,3). Steps are drawn in the image's own frame: the bits of a closer look stand where
their window was cut from, and the window is marked. A caption has a strip of its own, so that it can be read
whatever the image or the page behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.imaging.frames import Frame
from hidiff.refinement.trace import Step, Trace
from hidiff.types import Mask
from hidiff.visuals.colours import DARK, FALSE, FLIP_OFF, FLIP_ON, GREY, LIGHT, MISSED, OUTLINE, RIGHT, Colour
from hidiff.visuals.paint import (
    STRIP,
    Caption,
    Picture,
    blank,
    class_planes,
    contours_of,
    filling,
    is_thin,
    line_of,
    place,
    strip,
    tint,
)

if TYPE_CHECKING:
    from hidiff.refinement.outcome import Outcome

SIDE = 640  # pixels, the longer side of a step's picture
LEAST_SIDE = 320  # smaller images are enlarged to this, so that their bits can be seen
_CAPTION_WIDTH = 250


def overlay(
    image: Picture,
    mask: Mask,
    colour: Colour | Sequence[Colour] = OUTLINE,
    opacity: float = 0.35,
    width: int | None = None,
) -> Picture:
    """The image (H,W,3) with a mask (H,W) or (K,H,W) laid over it, a colour a class: translucent, with an outline.

    opacity: of the filling, 0..1; objects so thin that they get no outline are filled twice as strongly.
    width: of the outline in pixels, as for `outline`. Raises ValueError when mask and image differ in size or
    there are fewer colours than classes.
    """
    out = image.copy()
    for plane, tone in class_planes(mask, colour, image):
        tint(out, plane, tone, filling(plane, opacity))
    return outline(out, mask, colour, width)


def outline(
    image: Picture, mask: Mask, colour: Colour | Sequence[Colour] = OUTLINE, width: int | None = None
) -> Picture:
    """The image (H,W,3) with the border of a mask (H,W) or (K,H,W) drawn on a dark seam, seen on any ground.

    width: of the line in pixels, 0 for none; by default in proportion to the picture, and none round objects
    so thin (vessels) that the line would hide them. Raises ValueError as `overlay` does.
    """
    out = image.copy()
    for plane, tone in class_planes(mask, colour, image):
        contours = contours_of(plane)
        line = line_of(plane) if width is None else width
        if line > 0 and not (width is None and is_thin(plane, contours)):
            seam = cv2.drawContours(out.copy(), contours, -1, DARK, line + 2, cv2.LINE_AA)
            out = np.asarray(cv2.addWeighted(out, 0.4, seam, 0.6, 0), np.uint8)
            cv2.drawContours(out, contours, -1, tone, line, cv2.LINE_8 if line == 1 else cv2.LINE_AA)
    return out


def flip_map(before: Mask, after: Mask, image: Picture | None = None, opacity: float = 0.9) -> Picture:
    """Where bits changed from `before` to `after`, both (H,W) or (K,H,W): FLIP_ON where one came on, FLIP_OFF off.

    Bits that stayed on are grey. Drawn over `image` (H,W,3), or on black.
    """
    if before.shape != after.shape:
        raise ValueError(f"masks {before.shape} and {after.shape} differ in size")
    size = before.shape[-2:]
    before, after = (part.reshape(-1, *size) for part in (before, after))
    out = np.zeros((*size, 3), np.uint8) if image is None else image.copy()
    if out.shape[:2] != size:
        raise ValueError(f"masks {size} do not fit an image {out.shape[:2]}")
    stayed = opacity if image is None else opacity / 2
    for bits, tone, strength in (
        (before & after, GREY, stayed),
        (after & ~before, FLIP_ON, opacity),
        (before & ~after, FLIP_OFF, opacity),
    ):
        tint(out, np.any(bits, axis=0), tone, strength)
    return out


def probability_picture(p: NDArray[np.floating[Any]]) -> Picture:
    """p (H,W) in 0..1 -> viridis: dark violet is 0, yellow is 1."""
    levels = (np.clip(p, 0, 1) * 255 + 0.5).astype(np.uint8)
    coloured = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)
    return np.ascontiguousarray(coloured[..., ::-1])


def contact_sheet(pictures: Sequence[Picture], columns: int, labels: Sequence[str] = (), gap: int = 6) -> Picture:
    """Pictures of any sizes in a grid, row by row, each centred in its cell, with its label, if any, below it.

    Raises ValueError without pictures or columns, or when there are labels but not one for each picture.
    """
    if not pictures or columns < 1 or (labels and len(labels) != len(pictures)):
        raise ValueError(f"no sheet from {len(pictures)} pictures, {columns} columns and {len(labels)} labels")
    columns = min(columns, len(pictures))
    height = max(picture.shape[0] for picture in pictures)
    width = max(picture.shape[1] for picture in pictures)
    below = STRIP if labels else 0
    rows = -(-len(pictures) // columns)
    out = blank(rows * (height + below + gap) + gap, columns * (width + gap) + gap)
    for index, picture in enumerate(pictures):
        top = gap + (index // columns) * (height + below + gap)
        left = gap + (index % columns) * (width + gap)
        place(out, picture, top + (height - picture.shape[0]) // 2, left + (width - picture.shape[1]) // 2)
        if labels:
            place(out, strip(width, [(labels[index], None)]), top + height, left)
    return out


# ------------------------------------------------------------------------------------- a refinement's pictures
def draw_prior(
    image: Picture, source: Outcome | Trace, *, colours: Sequence[Colour] = (OUTLINE,), side: int = SIDE
) -> Picture:
    """The image with the prior's mask, as the chains used it. For shapes and errors see `draw_step`."""
    return _Stage.of(image, source, side).prior_picture(source, colours)


def draw_step(
    image: Picture,
    source: Outcome | Trace,
    index: int,
    *,
    chain: int = 0,
    colours: Sequence[Colour] = (OUTLINE,),
    side: int = SIDE,
) -> Picture:
    """One step of one chain over the image (H,W,3), captioned "t = 7 . 312 on . 120 off".

    Filled: the bits that stay on, those that the step switches on (FLIP_ON) and off (FLIP_OFF). Outlined:
    y0_hat > 0.5, what the denoiser takes for the mask at this t. The counts are bits of the working frame, whose
    padding is left out.
    side: no side of the picture is longer, in pixels. colours: one for each class.
    Raises ValueError when image and refinement differ in size, IndexError when there is no such step or chain.
    """
    return _Stage.of(image, source, side).step_picture(_step(source, index), chain, colours)


def draw_answer(
    image: Picture, source: Outcome | Trace, *, colours: Sequence[Colour] = (OUTLINE,), side: int = SIDE
) -> Picture:
    """The image with the refined mask, the consensus of all chains. For shapes and errors see `draw_step`."""
    return _Stage.of(image, source, side).answer_picture(source, colours)


def draw_difference(image: Picture, mask: Mask, reference: Mask) -> Picture:
    """The image (H,W,3) with a mask against its reference, both (H,W), and a key that counts their pixels: what both
    have is RIGHT, what the mask alone has FALSE, what it lacks MISSED."""
    picture = image.copy()
    caption: list[tuple[str, Colour | None]] = []
    for name, bits, tone in (
        ("right", mask & reference, RIGHT),
        ("false", mask & ~reference, FALSE),
        ("missed", reference & ~mask, MISSED),
    ):
        tint(picture, bits, tone, 0.8)
        caption += [(f"{name} {int(bits.sum()):,}", tone), ("   ", None)]
    height, width = image.shape[:2]
    out = blank(height + STRIP, max(width, _CAPTION_WIDTH))
    place(out, picture, 0, (out.shape[1] - width) // 2)
    place(out, strip(out.shape[1], caption[:-1]), height, 0)
    return out


@dataclass(frozen=True)
class _Stage:
    """An image at the size of a picture, and where the canvas's content lies in it.

    ground (h,w,3): the image. content: rows and columns of the canvas that show it. rows, columns: where they
    lie on the ground. closer: whether that is only a part of it. side: no picture's side is longer.
    """

    ground: Picture
    content: tuple[slice, slice]
    rows: slice
    columns: slice
    closer: bool
    side: int

    @classmethod
    def of(cls, image: Picture, source: Outcome | Trace, side: int) -> _Stage:
        frame = _frame(source) if isinstance(source, Trace) else source.frame
        if image.shape != (*frame.original, 3):
            raise ValueError(f"an image {image.shape} does not fit a refinement of {frame.original}")
        if side <= 2 * STRIP:
            raise ValueError(f"a picture of {side} pixels is too small for its caption")
        height, width = frame.original
        scale = min((side - STRIP) / height, side / width, max(1.0, LEAST_SIDE / max(height, width)))
        size = max(1, round(height * scale)), max(1, round(width * scale))
        shrinks = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        ground = np.asarray(cv2.resize(image, size[::-1], interpolation=shrinks), np.uint8)
        top, left, tall, wide = frame.window
        rows = _span(top, tall, size[0] / height, size[0])
        columns = _span(left, wide, size[1] / width, size[1])
        y, x, h, w = frame.content
        content = slice(y, y + h), slice(x, x + w)
        return cls(ground, content, rows, columns, frame.window != (0, 0, height, width), side)

    def prior_picture(self, source: Outcome | Trace, colours: Sequence[Colour]) -> Picture:
        """See `draw_prior`."""
        if isinstance(source, Trace):
            return self._map_picture(source.p, colours, "prior", None)
        return self._map_picture(source.proposed(), colours, "prior", source.prior_map)

    def answer_picture(self, source: Outcome | Trace, colours: Sequence[Colour]) -> Picture:
        """See `draw_answer`."""
        if isinstance(source, Trace):
            return self._map_picture(source.refined, colours, "refined", None)
        return self._map_picture(source.consensus(), colours, "refined", source.probability())

    def _map_picture(
        self, values: NDArray[np.float32], colours: Sequence[Colour], name: str, whole: NDArray[np.float32] | None
    ) -> Picture:
        """The mask of a map (K,h,w) of the canvas, with its name and area: pixels of the image, from the map `whole`
        (K,H,W); where that is not known, which a trace does not say, bits of the working frame."""
        picture = overlay(self.ground, self._mask(values), colours)
        counted, unit = (values[:, *self.content], "bits of the window") if whole is None else (whole, "pixels")
        return self._finished(picture, [(f"{name} · {int((counted > 0.5).sum()):,} {unit}", None)])

    def step_picture(self, step: Step, chain: int, colours: Sequence[Colour]) -> Picture:
        """See `draw_step`."""
        before, belief = step.y_t[chain], step.y0_hat[chain]
        after = step.after[chain]
        picture = self.ground.copy()
        part = picture[self.rows, self.columns]  # a view
        mask = self._mask(belief)
        for plane, tone, whole in zip(before & after, colours, mask, strict=False):
            tint(part, self._coverage(plane), tone, filling(whole, 0.35))
        on, off = (after & ~before), (before & ~after)
        for flips, tone in ((on, FLIP_ON), (off, FLIP_OFF)):
            tint(part, self._coverage(flips.any(axis=0)), tone, 0.9)
        picture = outline(picture, mask, colours)
        turned = [int(flips[:, *self.content].sum()) for flips in (on, off)]
        caption = [(f"t = {step.t} · ", None), (f"{turned[0]:,} bits on", FLIP_ON)]
        return self._finished(picture, [*caption, (" · ", None), (f"{turned[1]:,} off", FLIP_OFF)])

    def _finished(self, picture: Picture, caption: Caption) -> Picture:
        if self.closer:
            corners = (self.columns.start, self.rows.start), (self.columns.stop - 1, self.rows.stop - 1)
            cv2.rectangle(picture, *corners, DARK, 3)
            cv2.rectangle(picture, *corners, LIGHT, 1)
        height, width = picture.shape[:2]
        out = blank(height + STRIP, max(width, min(_CAPTION_WIDTH, self.side)))
        place(out, picture, 0, (out.shape[1] - width) // 2)
        place(out, strip(out.shape[1], caption), height, 0)
        return out

    def _mask(self, values: NDArray[np.float32]) -> Mask:
        """A map (K,h,w) of the canvas -> its mask (K,H,W) on the ground."""
        out = np.zeros((len(values), *self.ground.shape[:2]), bool)
        for plane, target in zip(values, out, strict=True):
            target[self.rows, self.columns] = self._resized(plane, cv2.INTER_LINEAR) > 0.5
        return out

    def _coverage(self, bits: Mask) -> NDArray[np.float32]:
        """Bits (h,w) of the canvas -> the share of each pixel of the part that they cover, 0..1."""
        return self._resized(bits.astype(np.float32), cv2.INTER_NEAREST)

    def _resized(self, plane: NDArray[np.float32], growing: int) -> NDArray[np.float32]:
        shown = np.ascontiguousarray(plane[self.content])
        height, width = self.rows.stop - self.rows.start, self.columns.stop - self.columns.start
        method = cv2.INTER_AREA if height < shown.shape[0] or width < shown.shape[1] else growing
        return np.asarray(cv2.resize(shown, (width, height), interpolation=method), np.float32).reshape(height, width)


def _frame(trace: Trace) -> Frame:
    top, left, height, width = (int(value) for value in trace.window)
    original, content = trace.meta["original"], trace.meta["content"]
    canvas = trace.p.shape[1], trace.p.shape[2]
    return Frame((original[0], original[1]), (top, left, height, width), tuple(content), canvas)


def _step(source: Outcome | Trace, index: int) -> Step:
    if not isinstance(source, Trace):
        return source.steps[index]
    index = range(len(source.t))[index]
    done = not source.u[:, index].any()  # a uniform number is never 0: zeros stand for the last step of a chain
    return Step(
        t=int(source.t[index]),
        s=0 if done or index + 1 == len(source.t) else int(source.t[index + 1]),
        alpha_bar=float(source.alpha_bar[index]),
        y_t=source.y_t[:, index],
        eps_hat=source.eps_hat[:, index],
        y0_hat=source.y0_hat[:, index],
        mean=None if done else source.mean[:, index],
        u=None if done else source.u[:, index],
        y_prev=None if done else source.y_prev[:, index],
    )


def _span(start: int, length: int, scale: float, limit: int) -> slice:
    """A stretch of the original's pixels on the ground: at least one pixel, within it."""
    first = min(round(start * scale), limit - 1)
    return slice(first, min(limit, max(first + 1, round((start + length) * scale))))
