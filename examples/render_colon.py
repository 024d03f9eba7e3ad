"""Render synthetic colonoscopy scenes with a known polyp mask.

The shape (``colon_shape.py``) is lit by two light guides beside the lens, so that light falls off with
distance and the wet surface glints; skin textures give it vessels, blotches and relief; a camera model
(exposure, tone, edge enhancement, noise, JPEG) makes a video frame of it. Nothing is taken from a photograph.

The same seed and size give the same scene::

    python examples/render_colon.py --seed 3 --out DIR [--count N] [--height 512 --width 640] [--kind flat]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

if __package__:
    from . import colon_shape as shape
else:  # run as a script, or with this folder on the path
    import colon_shape as shape  # type: ignore[import-not-found, no-redef]

TILE = 1.5707964  # side of a texture tile on the wall: a quarter of the circumference


def vessel_texture(rng: np.random.Generator, side: int = 1024, trees: int = 40) -> shape.Floats:
    """Tileable map (side, side) in 0..1 of vessels that branch, thin out and end where they meet another."""
    cell, levels = 14, 5
    taken = np.zeros((side // cell + 1,) * 2, np.bool_)
    sprouts = [(2.2 + 6 * rng.random() ** 3, rng.uniform(0, side, 2), rng.uniform(0, 2 * np.pi)) for _ in range(trees)]
    strokes: list[tuple[float, NDArray[np.float64]]] = []
    for _ in range(levels):
        branches = []
        for width, start, heading in sorted(sprouts, key=lambda s: -s[0]):
            turns = heading + np.cumsum(rng.normal(0, 0.2, int(rng.integers(16, 48))))
            points = start + 8.0 * np.cumsum(np.column_stack([np.cos(turns), np.sin(turns)]), axis=0)
            rows, columns = (np.mod(points, side) // cell).astype(int).T
            met = np.flatnonzero(taken[rows, columns][4:])
            length = int(met[0]) + 5 if met.size else len(points)
            taken[rows[:length], columns[:length]] = True
            widths = width * np.linspace(1, 0.55, len(points))[:length]
            strokes += [(float(widths[k]), points[k : k + 7]) for k in range(0, length - 1, 6)]
            for at in np.flatnonzero(rng.random(length) < 0.12):
                turn = turns[at] + rng.choice([-1, 1]) * rng.uniform(0.5, 1.2)
                share = widths[at] * rng.uniform(0.5, 0.85)
                branches.append((float(share), np.mod(points[at], side), float(turn)))
        sprouts = branches
    canvas = np.zeros((side, side), np.uint8)
    for width, points in sorted(strokes, key=lambda s: s[0]):  # wide ones over thin ones
        shade = int(np.clip(30 + 34 * width, 0, 255))
        spans = [
            np.arange(-((points[:, k].max() + 9) // side), 1 - (points[:, k].min() - 9) // side) * side for k in (0, 1)
        ]
        for copy in (np.array([i, j]) for i in spans[0] for j in spans[1]):
            line = np.round((points + copy) * 8).astype(np.int32)
            cv2.polylines(canvas, [line], False, shade, max(1, round(width)), cv2.LINE_AA, 3)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 1.5), np.float32) / 255


@dataclass(frozen=True)
class Skin:
    """Tileable textures and how strongly each shows; of a pair, the first is mucosa's, the second the polyp's."""

    vessels: shape.Floats
    relief: tuple[shape.Floats, shape.Floats]
    film: shape.Floats  # height of the fluid, which is smoother than the surface below it
    blotches: shape.Floats
    colour: tuple[shape.Floats, shape.Floats]  # linear albedo (3, 1)
    vessel_gain: tuple[float, float]
    relief_gain: tuple[float, float]
    film_gain: float
    gloss: float
    dryness: float
    residue: float  # level above which the blotches are covered by stool, in deviations
    pit_scale: float


def draw_skin(rng: np.random.Generator) -> Skin:
    """Draw the look of mucosa and polyp."""
    yellow, pale = rng.uniform(0, 1, 2)
    base = np.array([[0.78], [0.18 + 0.10 * yellow + 0.05 * pale], [0.07 + 0.02 * yellow + 0.10 * pale]])
    fade = rng.uniform(0.72, 1.2)  # redder or paler than the mucosa round it
    tint = np.array([[1.0], [fade], [fade * rng.uniform(0.85, 1.2)]]) * rng.uniform(0.95, 1.2)
    relief = shape.periodic_noise(rng, 1024, 5, 26, 0.9) + 0.25 * shape.periodic_noise(rng, 1024, 20, 90, 0.6)
    pits = rng.uniform(0, 1.1) * np.abs(shape.periodic_noise(rng, 1024, 24, 60, 0.3))
    return Skin(
        vessel_texture(rng),
        (relief, np.asarray(np.roll(relief, 307, (0, 1)) - pits, np.float32)),
        shape.periodic_noise(rng, 1024, 6, 22, 0.8) + 0.06 * shape.periodic_noise(rng, 1024, 30, 90, 0.5),
        shape.periodic_noise(rng, 256, 1, 20, 1.0),
        (np.asarray(base, np.float32), np.asarray(base * tint, np.float32)),
        (rng.uniform(0.05, 0.85), rng.uniform(0, 0.3)),
        (rng.uniform(0.15, 0.6), rng.uniform(0.2, 0.9)),
        rng.uniform(2.0, 6.0),
        rng.uniform(2.0, 6.0),
        rng.uniform(0.2, 0.7),
        rng.uniform(1.8, 6.0),
        rng.uniform(0.6, 1.6),
    )


def slopes(texture: shape.Floats) -> tuple[shape.Floats, shape.Floats]:
    """Slopes along x and y of a tileable texture."""
    return (
        np.asarray(texture - np.roll(texture, 1, 1), np.float32),
        np.asarray(texture - np.roll(texture, 1, 0), np.float32),
    )


def shade(
    tube: shape.Tube, polyp: shape.Polyp, camera: shape.Camera, skin: Skin, rays: shape.Floats, t: shape.Floats
) -> tuple[shape.Floats, NDArray[np.bool_]]:
    """Linear radiance (3, N) of the points at distance t (N,) along rays (3, N), and which of them lie on the
    head of the polyp, bool (N,)."""
    p = camera.origin[:, None] + rays * t
    gap, body, head = tube.gap(p), polyp.body(p), polyp.head(p)
    _, of_head = shape.smooth_union(polyp.stalk(p), head, polyp.join)
    _, of_body = shape.smooth_union(tube.caution * gap, polyp.caution * body, polyp.join)
    normal, around, along = tube.frame(p)
    near = np.flatnonzero(of_body > 0)
    if near.size:
        w = of_body[near]
        normal[:, near] = shape.unit(normal[:, near] * (1 - w) + polyp.normal(p[:, near]) * w)

    # Texture: on the wall by angle and depth, on the head by angles from its top.
    _, _, _, column, row = tube.polar(p)
    on = of_body * of_head
    local = shape.unit(polyp.local(p))
    polar = np.arccos(np.clip(local[2], -0.98, 1)) / np.maximum(np.hypot(local[0], local[1]), 1e-3)
    grain = float(polyp.radii.mean()) * (1024 / TILE) * skin.pit_scale
    wall_at = (column * (4 * 1024 / shape.MAP_SHAPE[1]), p[2] * (1024 / TILE))
    head_at = (local[0] * polar * grain, local[1] * polar * grain)

    def mix(a: shape.Floats | float, b: shape.Floats | float) -> shape.Floats:
        return np.asarray(a + (b - a) * on, np.float32)

    def sample(wall: shape.Floats, top: shape.Floats, scale: float = 1.0) -> shape.Floats:
        on_wall = shape.lookup(wall, wall_at[0] * scale, wall_at[1] * scale)
        return mix(on_wall, shape.lookup(top, head_at[0] * scale, head_at[1] * scale))

    shown = 1 / (1 + (t * camera.half_angle / 256 / 0.007) ** 2)  # detail fades where a pixel cannot resolve it
    axis_x = shown * mix(around, polyp.axes[0][:, None])
    axis_y = shown * mix(along, polyp.axes[1][:, None])
    (wall_x, wall_y), (top_x, top_y) = slopes(skin.relief[0]), slopes(skin.relief[1])
    bump = sample(wall_x, top_x) * axis_x + sample(wall_y, top_y) * axis_y
    film_x, film_y = slopes(skin.film)
    wet = sample(film_x, film_x) * axis_x + sample(film_y, film_y) * axis_y
    normal_soft = shape.unit(normal - bump * mix(*skin.relief_gain))
    normal_wet = shape.unit(normal - wet * skin.film_gain)
    broad = sample(skin.blotches, skin.blotches, 1 / 16)
    mottle = sample(skin.blotches, skin.blotches, 1 / 3) * shown
    vessel = sample(skin.vessels, skin.vessels) * shown * mix(*skin.vessel_gain)
    height = sample(*skin.relief) * shown
    albedo = mix(*skin.colour)
    albedo = albedo * np.exp(broad * [[0.03], [0.13], [0.15]] + (0.5 * mottle + 0.4 * height) * [[0.03], [0.1], [0.1]])
    albedo = albedo * (1 - vessel * [[0.4], [0.85], [0.8]])
    stool = shape.lookup(skin.blotches, wall_at[1] / 9, wall_at[0] / 9) + 0.4 * mottle + 0.3 * height
    stool = np.clip((stool - skin.residue) * 1.2, 0, 0.6) * (1 - on)
    albedo = albedo * (1 - stool) + [[0.80], [0.31], [0.06]] * stool

    # Light: hollows and the polyp's foot see less of it, and what reaches them has turned red.
    hollow = shape.lookup(tube.hollow, column, row, wrap=False)
    contact = np.clip(body / (0.5 * polyp.radii.min()), 0, 1)
    foot = np.clip(0.5 + 0.6 * gap / polyp.radii.min(), 0, 1)
    seen = (1 - 0.55 * np.clip(hollow / 0.18, 0, 1)) * (0.5 + 0.5 * contact) * (1 - of_body) + foot * of_body
    light, glint = np.zeros_like(t), np.zeros_like(t)
    for lamp in camera.lights():
        to = lamp[:, None] - p
        far = np.linalg.norm(to, axis=0)
        to = to / far
        beam = np.clip(-(camera.axes[2] @ to), 0, 1) ** 0.7
        light += np.clip(((normal_soft * to).sum(0) + 0.15) / 1.15, 0, 1) * beam / (far**1.9 + 0.05)
        glint += np.clip((normal_wet * shape.unit(to - rays)).sum(0), 0, 1) ** 300 * beam
    glint = np.clip((glint * np.clip(0.8 + 0.5 * broad, 0, 1.2) - skin.dryness) * 3, 0, 1) * np.maximum(on, shown)
    bleed = seen ** np.array([[0.85], [1.3], [1.4]], np.float32)
    radiance = albedo * (0.5 * light + [[0.02], [0.011], [0.009]]) * bleed + skin.gloss * glint * np.sqrt(light)
    return np.asarray(radiance, np.float32), (of_body > 0.5) & (of_head > 0.5)


def develop(rng: np.random.Generator, radiance: shape.Floats, field: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A video frame (H, W, 3) uint8 from linear radiance (H, W, 3): exposure, tone, optics, noise, JPEG."""
    height = radiance.shape[0]
    scale = height / 512
    want = rng.uniform(0.58, 0.8)
    exposure = -np.log(1 - want ** (1 / 0.58)) / np.median(radiance[..., 0][field])
    cast = np.array([1.0, rng.uniform(0.9, 1.12), rng.uniform(0.8, 1.2)])
    image = ((1 - np.exp(-radiance * exposure * cast)) ** 0.58).astype(np.float32)
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.1) * scale)
    soft = cv2.GaussianBlur(image, (0, 0), 2.2 * scale)
    image = image + rng.uniform(0.3, 1.1) * (image - soft)
    image = np.where(field[..., None], image, rng.uniform(0.0, 0.05)).astype(np.float32)
    image = cv2.GaussianBlur(image, (0, 0), 0.6 * scale)
    noise = np.asarray(rng.normal(0, rng.uniform(0.004, 0.012), image.shape), np.float32)
    image = image + cv2.GaussianBlur(noise, (0, 0), 0.7)
    frame = np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
    quality = int(rng.integers(70, 92))
    _, code = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))[..., ::-1], np.uint8)


def field_of_view(rng: np.random.Generator, xy: shape.Floats, aspect: float) -> NDArray[np.bool_]:
    """The lit part (N,) of the frame: a rectangle with cut corners, now and then a rounded one."""
    wide = min(aspect, rng.uniform(1.05, 1.3))
    x, y = np.abs(xy[0]) / wide, np.abs(xy[1]) / rng.uniform(0.96, 1.02)
    cut = rng.uniform(1.5, 1.75)
    if rng.random() < 0.3:
        return np.asarray((x**5 + y**5 < 1.0), np.bool_)
    return np.asarray((x < 1) & (y < 1) & (x + y < cut), np.bool_)


def whole(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest part of a mask without thin spurs (left where the polyp's foot runs out) and holes."""
    reach = max(1, round(mask.shape[0] / 100))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc)
    outlines, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], 0, 1, -1)
    return np.asarray(filled > 0, np.bool_)


def solidity(mask: NDArray[np.bool_]) -> float:
    """Area of a mask over that of its convex hull: low for the slivers that folds leave of a hidden polyp."""
    hull = cv2.convexHull(np.argwhere(mask).astype(np.int32))
    return float(mask.sum() / max(cv2.contourArea(hull), 1.0))


def colon_scene(
    seed: int, size: int | tuple[int, int] = (512, 640), kind: shape.Kind | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Render the scene of a seed.

    :param size: (height, width) or the side of a square, in pixels.
    :param kind: form of the polyp; None lets the seed choose.
    :return: rgb uint8 (H, W, 3) and the polyp's mask, bool (H, W), which is never empty.
    """
    height, width = (size, size) if isinstance(size, int) else size
    rows, columns = np.mgrid[0:height, 0:width]
    xy = np.stack([(columns + 0.5 - width / 2).ravel(), (rows + 0.5 - height / 2).ravel()]) * (2 / height)
    for attempt in count():
        rng = np.random.default_rng([seed, attempt])
        tube, camera = shape.build_tube(rng), shape.look(rng)
        form = kind or shape.KINDS[int(rng.choice(3, p=[0.55, 0.2, 0.25]))]
        polyp = next((p for p in (shape.grow(rng, tube, camera, form) for _ in range(8)) if p is not None), None)
        if polyp is None:
            continue
        rays = camera.rays(xy.astype(np.float32))
        t = shape.march(tube, polyp, camera.origin, rays)
        radiance, on_head = shade(tube, polyp, camera, draw_skin(rng), rays, t)
        field = field_of_view(rng, xy.astype(np.float32), width / height).reshape(height, width)
        image = develop(rng, radiance.T.reshape(height, width, 3), field)
        mask = whole(on_head.reshape(height, width) & field)
        if mask.sum() > 0.004 * mask.size and solidity(mask) > 0.8:
            return image, mask
    raise AssertionError("the loop above has no end")


def main() -> None:
    """Write scene_<seed>.jpg and scene_<seed>.mask.png for a run of seeds."""
    parser = argparse.ArgumentParser(description="Render synthetic colonoscopy scenes.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--kind", choices=shape.KINDS)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for seed in range(given.seed, given.seed + given.count):
        image, mask = colon_scene(seed, (given.height, given.width), given.kind)
        stem = str(given.out / f"colon_{seed:04d}")
        cv2.imwrite(stem + ".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        cv2.imwrite(stem + ".mask.png", mask.astype(np.uint8) * 255)


if __name__ == "__main__":
    main()
