"""The field of view of a fundus photograph: the bright disc, and its diameter."""

from __future__ import annotations

import cv2
import numpy as np

from hidiff.imaging.frames import _scaled, resized


def field_of_view(rgb: np.ndarray) -> tuple[np.ndarray, float]:
    """The bright disc of a fundus photograph on black.

    rgb: uint8 (H,W,3). Returns a bool mask (H,W) and the disc's diameter in pixels: the larger side of its
    bounding box, for a disc is often cut off above and below. Without a dark surround, judged in the corners,
    the field of view is the whole image and the diameter its longer side.
    """
    height, width = rgb.shape[:2]
    whole = np.ones((height, width), bool), float(max(height, width))
    # A smaller copy is enough to a fraction of a percent, and its averaging takes off JPEG's noise.
    scale = min(1.0, 768 / max(height, width))
    size = (_scaled(height, scale), _scaled(width, scale))
    level = cv2.medianBlur(resized(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY), size), 3)
    corner = max(1, round(0.03 * min(size)))
    corners = [level[rows, columns] for rows in _ends(corner) for columns in _ends(corner)]
    dark = sorted(float(np.median(patch)) for patch in corners)
    split, _ = cv2.threshold(level, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    lighter = level[level > split]  # Otsu's own side of the split: on a black ground the split can be 0
    bright = float(np.median(lighter)) if lighter.size else 0.0
    # Two dark corners are enough: captions and reflections may sit in the others.
    surround = dark[1]
    if surround > 0.25 * bright or bright < 8:
        return whole
    threshold = surround + max(4.0, 0.12 * (bright - surround))
    lit: np.ndarray = (level > threshold).astype(np.uint8)
    grain = max(3, round(0.01 * max(size))) | 1
    lit = cv2.morphologyEx(lit, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grain, grain)))
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(lit, connectivity=4)
    if count < 2:
        return whole
    largest = 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    contours, _ = cv2.findContours((labels == largest).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # The hull takes back what is dark inside the disc: the macula, bleedings, a shaded rim.
    disc = cv2.fillConvexPoly(np.zeros(size, np.uint8), cv2.convexHull(contours[0]), 1)
    _, _, across, down = cv2.boundingRect(disc)
    mask = cv2.resize(disc * 255, (width, height), interpolation=cv2.INTER_LINEAR) > 127
    return mask, max(across * width / size[1], down * height / size[0])


def _ends(length: int) -> tuple[slice, slice]:
    return slice(None, length), slice(-length, None)
