"""The overlay colours, RGB: one scheme for the page, the pictures and the moving pictures."""

from __future__ import annotations

Colour = tuple[int, int, int]

FLIP_ON: Colour = (74, 168, 255)  # blue and orange differ for every kind of colour blindness
FLIP_OFF: Colour = (255, 157, 46)
OUTLINE: Colour = (255, 255, 255)
EDGE: Colour = (20, 22, 26)  # the dark seam that keeps a line seen on any ground
STROKE: Colour = (167, 139, 250)

MISSED: Colour = (213, 94, 154)  # against a reference
FALSE: Colour = (240, 228, 66)
RIGHT: Colour = (88, 196, 138)

DARK, LIGHT, GREY = EDGE, (240, 240, 240), (150, 150, 150)
