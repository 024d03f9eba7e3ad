"""Render synthetic fundus photographs with a known vessel mask.

Arteries and veins grow from the optic disc: trunks follow parabolic arcades round the macula or fan out on the
nasal side, side branches thin out and stop where their own kind already runs. The background (choroid, nerve
fibres, macula, disc, uneven light) is painted from noise, and a camera model adds blur, noise and JPEG. Nothing
is taken from a photograph.

The same seed and size give the same picture::

    python examples/render_retina.py --seed 3 --out DIR [--count N] [--size 800]

Lengths are in radii of the field of view, with its centre at 0, x to the right and y down.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Points = NDArray[np.float64]

STEP = 0.012  # length of one growth step
THINNEST = 0.0055  # vessels below this width end
RIM = 1.02  # growth goes a little past the field of view
GRID = 110  # cells across one radius in the map of what a kind of vessel already supplies


@dataclass(frozen=True)
class Eye:
    """Where things lie: the disc, its radius, the fovea, and the side (+1, -1) on which the fovea lies of the disc."""

    disc: Points
    disc_radius: float
    fovea: Points
    side: int


@dataclass(frozen=True)
class Vessel:
    """A stretch of vessel: points (P, 2), widths (P,) and whether it is an artery."""

    points: Points
    widths: Points
    artery: bool


def draw_eye(rng: np.random.Generator) -> Eye:
    """Draw a left or right eye, centred on the macula, on the disc or between them."""
    side = int(rng.choice([-1, 1]))
    centring = rng.choice([0.0, 0.5, 1.0], p=[0.5, 0.3, 0.2])
    reach = rng.uniform(0.68, 0.82)
    middle = np.array([rng.normal(0, 0.04), rng.normal(0, 0.05)])
    disc = middle + np.array([-side * reach * (1 - centring), rng.normal(0, 0.03)])
    fovea = disc + np.array([side * reach, rng.uniform(0.02, 0.11)])
    return Eye(disc, float(rng.uniform(0.115, 0.15)), fovea, side)


@dataclass(frozen=True)
class Sprout:
    """A vessel about to grow. Headings are radians from the direction disc -> fovea; bow is the width of the
    arcade that it follows, 0 for none; parent is the number of the vessel that it leaves."""

    width: float
    point: Points
    heading: float
    bow: float
    level: int
    parent: int


def first_sprouts(rng: np.random.Generator, eye: Eye, artery: bool) -> list[Sprout]:
    """The vessels that leave the disc: a trunk to each quarter, each soon two, and some small ones."""
    sprouts = []
    wide = (0.021 if artery else 0.027) * rng.uniform(0.9, 1.12)
    for up in (-1, 1):
        start = eye.disc + rng.normal(0, 0.2, 2) * eye.disc_radius
        angle, bow = rng.uniform(1.2, 1.6), rng.uniform(0.62, 0.82) * (1 if artery else 1.08)
        sprouts.append(Sprout(wide, start, up * angle, up * bow, 0, 0))
        inner = bow * rng.uniform(0.45, 0.72)
        sprouts.append(Sprout(wide * rng.uniform(0.4, 0.65), start, up * angle, up * inner, 0, 0))
        for angle in rng.uniform(1.75, 2.2), rng.uniform(2.3, 2.85):
            sprouts.append(Sprout(wide * rng.uniform(0.35, 0.7), start, up * angle, 0.0, 1, 0))
    for _ in range(int(rng.integers(2, 5))):
        heading = rng.uniform(-0.6, 0.6) if rng.random() < 0.7 else rng.uniform(0, 2 * np.pi)
        sprouts.append(Sprout(wide * rng.uniform(0.25, 0.42), eye.disc, heading, 0.0, 2, 0))
    return sprouts


def grow_tree(rng: np.random.Generator, eye: Eye, artery: bool) -> list[Vessel]:
    """All vessels of one kind, widest first to grow; a branch ends where another one already runs."""
    taken = np.zeros((int(2 * RIM * GRID) + 8,) * 2, np.int32)
    vessels: list[Vessel] = []
    queue = first_sprouts(rng, eye, artery)
    wander, converge = rng.uniform(0.04, 0.085), rng.uniform(0.15, 0.4)
    mirror = np.array([eye.side, 1.0])
    while queue:
        queue.sort(key=lambda s: s.width)
        seed = queue.pop()
        number = len(vessels) + 1
        width, point, heading = seed.width, seed.point, seed.heading
        points, widths = [point], [width]
        drift, flank = 0.0, int(rng.choice([-1, 1]))
        wait = int(rng.integers(8, 20))
        for step in range(260):
            drift = 0.9 * drift + rng.normal(0, wander)
            away = (point - eye.disc) * mirror
            inward = (eye.fovea - point) * mirror
            if seed.bow:  # tangent of y = bow * (sqrt(x) - converge / 1.5 * x**1.5), x from disc to fovea
                root = np.sqrt(max(float(away[0]), 0.012))
                target, pull = np.arctan2(seed.bow * (0.5 / root - converge * root), 1.0), 0.16
            elif inward @ [np.cos(heading), np.sin(heading)] > 0.25 * np.hypot(*inward) and away[0] > 0.15:
                target, pull = np.arctan2(inward[1], inward[0]), 0.05
            else:
                target, pull = np.arctan2(away[1], away[0]), 0.025
            heading += pull * ((target - heading + np.pi) % (2 * np.pi) - np.pi) + 0.25 * drift
            angle = heading + 0.8 * drift
            point = point + STEP * np.array([np.cos(angle), np.sin(angle)]) * mirror
            width *= 0.998 if seed.level == 0 else 0.9945
            at_fovea = seed.level > 0 and np.hypot(*inward) < 0.13
            if np.hypot(*point) > RIM or width < THINNEST or at_fovea:
                break
            row, column = ((point + RIM) * GRID + 3).astype(int)
            if step > 6 and seed.level and taken[row, column] not in (0, number, seed.parent):
                break
            reach = 1 + int(width * GRID)
            free = taken[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
            free[free == 0] = number
            points.append(point)
            widths.append(width)
            wait -= 1
            if wait <= 0 and np.hypot(*away) > 1.1 * eye.disc_radius and seed.level < 5:
                share = rng.uniform(0.35, 0.8)
                split = flank * rng.uniform(0.5, 1.2)
                queue.append(Sprout(width * share, point, heading + split, 0.0, seed.level + 1, number))
                heading -= 0.3 * split * share
                width *= (1 - share**3) ** (1 / 3) if seed.level else 1 - 0.25 * share**3  # Murray's law
                flank = -flank if rng.random() < 0.7 else flank
                wait = int(rng.integers(9, 36))
        vessels.append(Vessel(np.array(points), np.array(widths), artery))
    return vessels


def paint(vessels: list[Vessel], side: int, radius: float, shrink: float = 1.0, thick: float = 0.0) -> Floats:
    """Coverage (side, side) in 0..1 of vessels, drawn three times finer; shrink scales the widths, and vessels
    thinner than thick are left out."""
    fine = 3
    canvas = np.zeros((side * fine, side * fine), np.uint8)
    for vessel in vessels:
        at = np.round((vessel.points * radius + side / 2) * fine * 16).astype(np.int32)
        for k in range(len(at) - 1):
            width = float(vessel.widths[k])
            if width >= thick:
                pixels = max(1, round(width * shrink * radius * fine))
                cv2.line(canvas, at[k].tolist(), at[k + 1].tolist(), 255, pixels, cv2.LINE_AA, 4)
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / 255


def noise(rng: np.random.Generator, side: int, cells: float, octaves: int = 1, gain: float = 0.5) -> Floats:
    """Smooth noise (side, side), about unit deviation, from random grids with so many cells across."""
    total = np.zeros((side, side), np.float32)
    for octave in range(octaves):
        n = max(4, round(cells * 2**octave) + 3)
        grid = rng.normal(0, 1, (n, n)).astype(np.float32)
        total += gain**octave * cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(total / total.std(), np.float32)


def background(rng: np.random.Generator, eye: Eye, side: int, radius: float) -> Floats:
    """The retina without its vessels: linear-ish colour (side, side, 3) in 0..1."""
    y, x = (np.mgrid[0:side, 0:side].astype(np.float32) + 0.5 - side / 2) / radius
    red, pale = rng.uniform(0.68, 0.95), rng.uniform(0, 1)
    colour = red * np.array([1, 0.34 + 0.16 * pale, 0.06 + 0.24 * pale * rng.uniform(0.5, 1)], np.float32)
    image = np.ones((side, side, 1), np.float32) * colour
    mottle = 0.05 * noise(rng, side, 5, 4, 0.6) + rng.uniform(0.02, 0.04) * noise(rng, side, 50, 3, 0.9)
    image *= np.exp(mottle[..., None] * np.array([0.6, 1.0, 1.0], np.float32))
    choroid = 1 - np.abs(noise(rng, side, 22, 2, 0.5)) / 0.6  # ridges: a faint net of vessels under the retina
    image *= 1 + rng.uniform(0.0, 0.07) * np.clip(choroid, 0, 1)[..., None] * np.array([1.0, 0.6, 0.4], np.float32)

    dx, dy = x - eye.disc[0], y - eye.disc[1]
    far = np.hypot(dx, dy)
    angle = np.arctan2(dy, dx * eye.side)
    stripes = rng.normal(0, 1, 720).astype(np.float32)
    stripes = cv2.GaussianBlur(stripes[None], (0, 0), 1.5)[0]
    rays = np.interp(angle, np.linspace(-np.pi, np.pi, 720), stripes / stripes.std()).astype(np.float32)
    fibres = rays * np.exp(-(((far - 0.3) / 0.22) ** 2)) * rng.uniform(0.0, 0.05)
    image *= 1 + fibres[..., None] * np.array([0.5, 1.0, 1.0], np.float32)

    macula = np.exp(-((np.hypot(x - eye.fovea[0], y - eye.fovea[1]) / rng.uniform(0.16, 0.25)) ** 1.7))
    fovea = np.exp(-((np.hypot(x - eye.fovea[0], y - eye.fovea[1]) / 0.06) ** 2))
    shade = rng.uniform(0.15, 0.4) * macula + rng.uniform(0.0, 0.2) * fovea
    image *= 1 - shade[..., None] * np.array([0.6, 1.0, 0.9], np.float32)

    wobble = 1 + 0.05 * np.cos(2 * angle + rng.uniform(0, 6.3)) + 0.03 * np.cos(3 * angle + rng.uniform(0, 6.3))
    rim = far / (eye.disc_radius * wobble)
    edge = 1 / (1 + np.exp((rim - 1) * rng.uniform(14, 26)))
    halo = np.exp(-(((rim - 1.05) / 0.3) ** 2)) * rng.uniform(0.0, 0.2)
    cup = 1 / (1 + np.exp((np.hypot(dx - 0.02 * eye.side, dy) / eye.disc_radius / rng.uniform(0.35, 0.6) - 1) * 7))
    disc = np.array([1.0, 0.68, 0.34]) * (1 + 0.06 * rays[..., None] * (1 - cup[..., None]))
    disc = disc + cup[..., None] * np.array([0.02, 0.16, 0.22])
    image = image * (1 + halo[..., None] * np.array([0.5, 1.0, 0.8]))
    image = image * (1 - 0.92 * edge[..., None]) + disc * (0.92 * edge[..., None])
    return np.asarray(image, np.float32)


def retina_scene(seed: int, size: int = 800) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
    """Render the picture of a seed.

    :param size: side of the square picture in pixels.
    :return: rgb uint8 (size, size, 3), vessels bool (size, size), field of view bool (size, size); every vessel
        pixel lies in the field of view.
    """
    rng = np.random.default_rng(seed)
    radius = 0.5 * size * float(rng.uniform(0.94, 0.98))
    eye = draw_eye(rng)
    arteries, veins = grow_tree(rng, eye, True), grow_tree(rng, eye, False)
    image = background(rng, eye, size, radius)
    y, x = (np.mgrid[0:size, 0:size].astype(np.float32) + 0.5 - size / 2) / radius
    far = np.hypot(x, y)
    field = far < 1

    cover = {True: paint(arteries, size, radius), False: paint(veins, size, radius)}
    vessels = (np.maximum(cover[True], cover[False]) > 0.5) & field
    contrast = rng.uniform(0.55, 0.9)
    absorbed = {True: np.array([0.10, 0.34, 0.30]), False: np.array([0.24, 0.46, 0.36])}
    for artery, tree in ((True, arteries), (False, veins)):
        reflex = paint(tree, size, radius, 0.3, 0.016 if artery else 0.024)
        body = cv2.GaussianBlur(cover[artery], (0, 0), 0.0028 * radius)
        trunk = cv2.GaussianBlur(paint(tree, size, radius, 1.0, 0.011), (0, 0), 0.004 * radius)
        depth = body * (0.62 + 0.38 * trunk) * contrast
        depth = depth * (1 - (0.42 if artery else 0.2) * cv2.GaussianBlur(reflex, (0, 0), 0.002 * radius))
        image = image * (1 - depth[..., None] * absorbed[artery].astype(np.float32))

    lean = rng.normal(0, 0.25, 2)
    light = rng.uniform(1.1, 1.3) + lean[0] * x + lean[1] * y - rng.uniform(0.15, 0.45) * far**2
    rim = np.exp(-np.clip(1 - far, 0, None) / 0.05) * rng.uniform(
        -0.15, 0.35
    )  # stray light along the edge of the field
    image = image * np.clip(light, 0.25, None)[..., None] + rim[..., None] * np.array([0.25, 0.3, 0.12])
    image = np.clip(image, 0, None)
    image = image / (1 + image**5) ** 0.2  # soft shoulder
    image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), float(rng.uniform(0.0016, 0.0030)) * radius)
    image = image * cv2.GaussianBlur(field.astype(np.float32), (0, 0), 0.8)[..., None] + rng.uniform(0, 0.02)
    grain = cv2.GaussianBlur(rng.normal(0, 1, image.shape), (0, 0), 0.8) * rng.uniform(0.025, 0.055)
    image = image + grain * np.where(field, 1.0, 0.15)[..., None]
    frame = np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
    quality = int(rng.integers(85, 96))
    _, code = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    image = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))[..., ::-1]
    return np.ascontiguousarray(image, np.uint8), vessels, field


def main() -> None:
    """Write retina_<seed>.jpg, .mask.png and .fov.png for a run of seeds."""
    parser = argparse.ArgumentParser(description="Render synthetic fundus photographs.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=800)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for seed in range(given.seed, given.seed + given.count):
        image, vessels, field = retina_scene(seed, given.size)
        stem = str(given.out / f"retina_{seed:04d}")
        cv2.imwrite(stem + ".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        cv2.imwrite(stem + ".mask.png", vessels.astype(np.uint8) * 255)
        cv2.imwrite(stem + ".fov.png", field.astype(np.uint8) * 255)


if __name__ == "__main__":
    main()
