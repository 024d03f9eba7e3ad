"""The shape of a synthetic colon: a tube of mucosa with folds, a polyp on its wall, the lens that sees it.

The tube is a radius map over depth and angle about a bending axis; the polyp is an ellipsoid with lobes,
joined smoothly to the wall, on a stalk or not. Rays are marched to the surface that the two make together.

Lengths are in tube radii. Points are (3, N) float32 in the tube's frame, whose z runs along the lumen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Kind = Literal["sessile", "pedunculated", "flat"]

KINDS: tuple[Kind, ...] = ("sessile", "pedunculated", "flat")
DEPTH = (-2.0, 8.5)  # the stretch of the tube that the radius map covers
MAP_SHAPE = (1536, 1024)  # depth, angle


def periodic_noise(rng: np.random.Generator, side: int, low: float, high: float, power: float) -> Floats:
    """Tileable noise (side, side), zero mean and unit deviation, with amplitude f**-power between two
    frequencies in cycles a tile."""
    f = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]) * side
    gain = np.where(f > 0, np.maximum(f, 1e-6) ** -power, 0) * np.exp(-((f / high) ** 2)) * (f >= low)
    phase = rng.uniform(0, 2 * np.pi, f.shape)
    field = np.fft.irfft2(gain * np.exp(1j * phase), s=(side, side)).astype(np.float32)
    return np.asarray((field - field.mean()) / field.std(), np.float32)


def lookup(texture: Floats, x: Floats, y: Floats, wrap: bool = True) -> Floats:
    """Bilinear samples (N,) of a texture at pixel coordinates x, y, wrapped round or clamped in y."""
    height, width = texture.shape[:2]
    x = np.mod(x, width)
    y = np.mod(y, height) if wrap else np.clip(y, 0, height - 1.001)
    columns = 4096  # remap wants an image and refuses sides above 32767
    pad = -x.size % columns
    xs, ys = (np.pad(v.astype(np.float32), (0, pad)).reshape(-1, columns) for v in (x, y))
    mode = cv2.BORDER_WRAP
    return np.asarray(cv2.remap(texture, xs, ys, cv2.INTER_LINEAR, borderMode=mode), np.float32).ravel()[: x.size]


def unit(v: NDArray[np.floating]) -> Floats:
    """Vectors (3, ...) scaled to length one."""
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=0), 1e-9), np.float32)


def smooth_union(a: Floats, b: Floats, reach: float) -> tuple[Floats, Floats]:
    """Smooth minimum of two distances and the weight of the second, each (N,)."""
    h = np.clip(0.5 + 0.5 * (a - b) / reach, 0, 1)
    return a + (b - a) * h - reach * h * (1 - h), h


@dataclass(frozen=True)
class Tube:
    """The colon wall: radius, its slopes and its hollows over (depth, angle); the axis bends with z."""

    radius: Floats
    slope_angle: Floats
    slope_depth: Floats
    hollow: Floats
    bend: tuple[float, float, float, float]
    caution: float = 0.4  # of the radial gap, how much a ray may safely go

    def polar(self, p: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Distance from the axis, the unit direction (cos, sin) from it, and map coordinates, each (N,)."""
        z = p[2]
        ax, ay, bx, by = self.bend
        x = p[0] - (ax + bx * z) * z * z
        y = p[1] - (ay + by * z) * z * z
        r = np.maximum(np.hypot(x, y), 1e-6)
        column = np.arctan2(y, x) * (MAP_SHAPE[1] / (2 * np.pi))
        row = (z - DEPTH[0]) * ((MAP_SHAPE[0] - 1) / (DEPTH[1] - DEPTH[0]))
        return r, x / r, y / r, column, row

    def gap(self, p: Floats) -> Floats:
        """Radial distance (N,) to the wall, positive in the lumen."""
        r, _, _, column, row = self.polar(p)
        return np.asarray(lookup(self.radius, column, row, wrap=False) - r, np.float32)

    def frame(self, p: Floats) -> tuple[Floats, Floats, Floats]:
        """Normal into the lumen and the two tangents (round, along), each (3, N)."""
        r, c, s, column, row = self.polar(p)
        ga = lookup(self.slope_angle, column, row, wrap=False) / r
        gz = lookup(self.slope_depth, column, row, wrap=False)
        zero = np.zeros_like(c)
        normal = unit(np.stack([-c - ga * s, -s + ga * c, gz]))
        around = np.stack([-s, c, zero])
        return normal, around, np.stack([zero, zero, zero + 1])


def build_tube(rng: np.random.Generator) -> Tube:
    """Draw a stretch of colon: three-sided lumen, semilunar folds, sagging pouches between them."""
    rows, columns = MAP_SHAPE
    z = np.linspace(*DEPTH, rows, dtype=np.float32)[:, None]
    angle = np.arange(columns, dtype=np.float32)[None] * (2 * np.pi / columns)

    def around(low: int, high: int) -> Floats:
        k = np.arange(low, high + 1)[:, None]
        wave = np.cos(k * angle + rng.uniform(0, 2 * np.pi, k.shape)) / k**0.7
        return np.asarray(wave.sum(0, keepdims=True), np.float32)

    def smooth(low: float, high: float, power: float) -> Floats:
        tile = periodic_noise(rng, 256, low, high, power)
        return np.asarray(cv2.resize(tile, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32)

    twist = rng.uniform(-0.3, 0.3)
    radius = 1 + rng.uniform(0.0, 0.1) * np.cos(3 * angle + twist * z + rng.uniform(0, 6.3))
    radius = radius + rng.uniform(0.03, 0.09) * smooth(1, 6, 1.3)
    warp = rng.uniform(0.03, 0.12) * smooth(1, 7, 1.0)
    strength, sharpness = rng.uniform(0.12, 0.5), rng.uniform(0.6, 2.0)
    spacing = rng.uniform(0.5, 1.4)
    at = DEPTH[0] + rng.uniform(0, 0.5)
    folds = np.zeros(MAP_SHAPE, np.float32)
    while at < DEPTH[1]:
        height = strength * rng.uniform(0.4, 1.3) * np.clip(rng.uniform(0.0, 0.8) + 0.5 * around(1, 4), 0, 1.2)
        lean = rng.uniform(0.05, 0.22) * around(1, 3)
        width = max(0.09 * rng.uniform(0.7, 1.5) / sharpness, 0.26 * float(height.max()))
        near = np.abs(z[:, 0] - at) < 1.0
        x = (z[near] - at - lean - warp[near]) / width
        folds[near] = np.maximum(folds[near], height * (1 + x * x) ** -1.25)
        at += spacing * rng.uniform(0.6, 1.4)
    radius = radius - folds + rng.uniform(0.002, 0.007) * smooth(10, 34, 0.8)
    blurred = cv2.GaussianBlur(radius.astype(np.float32), (0, 0), 2.0, borderType=cv2.BORDER_REPLICATE)
    radius = np.asarray(blurred, np.float32)
    seam = np.concatenate([radius[:, -24:], radius, radius[:, :24]], axis=1)
    step_angle, step_depth = 2 * np.pi / columns, (DEPTH[1] - DEPTH[0]) / (rows - 1)
    wide = cv2.GaussianBlur(cv2.resize(seam, None, fx=0.25, fy=0.25), (0, 0), 8)
    wide = cv2.resize(wide, (seam.shape[1], rows), interpolation=cv2.INTER_CUBIC)
    bend = rng.normal(0, 1, 4) * np.array([0.05, 0.05, 0.004, 0.004])
    inner = slice(24, 24 + columns)
    return Tube(
        radius,
        np.ascontiguousarray(np.gradient(seam, step_angle, axis=1)[:, inner], np.float32),
        np.asarray(np.gradient(radius, step_depth, axis=0), np.float32),
        np.ascontiguousarray((seam - wide)[:, inner], np.float32),
        (float(bend[0]), float(bend[1]), float(bend[2]), float(bend[3])),
    )


@dataclass(frozen=True)
class Polyp:
    """An ellipsoid with lobes in a local frame, on a stalk or not, joined smoothly to the wall."""

    kind: Kind
    centre: Floats  # (3,)
    axes: Floats  # (3, 3), rows: two tangents and the direction away from the wall
    radii: Floats  # (3,)
    root: Floats  # (3,) where a stalk leaves the wall
    join: float  # reach of the smooth union
    waves: Floats  # (W, 5): wave vector, phase, amplitude
    caution: float = 0.8  # of the distance, how much a ray may safely go: lobes make it steeper than one

    def local(self, p: Floats) -> Floats:
        """Points (3, N) in units of the radii."""
        return np.asarray((self.axes @ (p - self.centre[:, None])) / self.radii[:, None], np.float32)

    def head(self, p: Floats) -> Floats:
        """Signed distance (N,) to the head, roughly."""
        q = self.local(p)
        lobes = np.zeros(q.shape[1], np.float32)
        for w in self.waves:
            lobes += w[4] * np.sin(w[0] * q[0] + w[1] * q[1] + w[2] * q[2] + w[3])
        return np.asarray((np.linalg.norm(q, axis=0) - 1 - lobes) * self.radii.min(), np.float32)

    def stalk(self, p: Floats) -> Floats:
        """Signed distance (N,) to the stalk, far away where there is none."""
        if self.kind != "pedunculated":
            return np.full(p.shape[1], 9, np.float32)
        along = self.centre - self.root
        h = np.clip(along @ (p - self.root[:, None]) / (along @ along), 0, 1)
        thick = self.radii.min() * (0.5 - 0.3 * h * (1.6 - h))
        axis = self.root[:, None] + along[:, None] * h
        return np.asarray(np.linalg.norm(p - axis, axis=0) - thick, np.float32)

    def body(self, p: Floats) -> Floats:
        """Signed distance (N,) to head and stalk together."""
        return smooth_union(self.stalk(p), self.head(p), self.join)[0]

    def normal(self, p: Floats) -> Floats:
        """Outward normals (3, N) by central differences."""
        shifts = np.eye(3, dtype=np.float32)[:, :, None] * (0.02 * float(self.radii.min()))
        return unit(np.stack([self.body(p + s) - self.body(p - s) for s in shifts]))


def distance(tube: Tube, polyp: Polyp | None, p: Floats) -> Floats:
    """Safe marching distance (N,) to the nearest surface."""
    wall = tube.caution * tube.gap(p)
    if polyp is None:
        return np.asarray(wall, np.float32)
    reach = float(polyp.radii.max()) * 1.6 + 2 * polyp.join
    if polyp.kind == "pedunculated":
        reach += float(np.linalg.norm(polyp.centre - polyp.root))
    near = np.flatnonzero(np.linalg.norm(p - polyp.centre[:, None], axis=0) < reach)
    if near.size:
        q = p[:, near]
        wall[near] = smooth_union(wall[near], polyp.caution * polyp.body(q), polyp.join)[0]
    return np.asarray(wall, np.float32)


def march(tube: Tube, polyp: Polyp | None, origin: Floats, rays: Floats, steps: int = 90) -> Floats:
    """Distance (N,) along each ray (3, N) to the first surface; rays that leave the map end there."""
    t = np.full(rays.shape[1], 0.03, np.float32)
    alive = np.arange(t.size)
    for _ in range(steps):
        p = origin[:, None] + rays[:, alive] * t[alive]
        d = distance(tube, polyp, p)
        t[alive] += np.maximum(d, 0)
        alive = alive[(d > 0.0012 * t[alive]) & (p[2] < DEPTH[1]) & (p[2] > DEPTH[0])]
        if not alive.size:
            break
    return t


@dataclass(frozen=True)
class Camera:
    """A wide-angle (equidistant) lens inside the tube, with two light guides beside it."""

    origin: Floats  # (3,)
    axes: Floats  # (3, 3), rows: right, down, forward
    half_angle: float  # radians from the optical axis to the upper edge

    def rays(self, xy: Floats) -> Floats:
        """Unit directions (3, N) for image points (2, N), where y = -1..1 spans the height."""
        r = np.maximum(np.hypot(xy[0], xy[1]), 1e-6)
        a = r * self.half_angle
        local = np.stack([np.sin(a) * xy[0] / r, np.sin(a) * xy[1] / r, np.cos(a)])
        return np.asarray(self.axes.T @ local, np.float32)

    def lights(self) -> list[Floats]:
        """Positions (3,) of the light guides."""
        right, down, _ = self.axes
        return [self.origin + 0.07 * right - 0.03 * down, self.origin - 0.07 * right - 0.03 * down]


def look(rng: np.random.Generator) -> Camera:
    """Draw a place off the axis and a direction between down the lumen and at the wall."""
    a, r = rng.uniform(0, 2 * np.pi), 0.5 * np.sqrt(rng.uniform(0, 1))
    origin = np.array([r * np.cos(a), r * np.sin(a), 0], np.float32)
    tilt = rng.uniform(0.0, 0.55) if rng.random() < 0.55 else rng.uniform(0.5, 1.5)
    a = rng.uniform(0, 2 * np.pi)
    forward = np.array([np.sin(tilt) * np.cos(a), np.sin(tilt) * np.sin(a), np.cos(tilt)])
    right = unit(np.cross(forward, [np.sin(a), -np.cos(a), 0.2]))
    down = np.cross(forward, right)
    roll = rng.uniform(0, 2 * np.pi)
    axes = [np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right, forward]
    return Camera(origin, np.asarray(axes, np.float32), float(rng.uniform(0.8, 1.05)))


def share_seen(tube: Tube, polyp: Polyp, camera: Camera) -> float:
    """Share of a coarse picture that the polyp's head fills; 0 where something is too near to the lens."""
    grid = np.meshgrid(np.linspace(-1.1, 1.1, 60), np.linspace(-1, 1, 54))
    rays = camera.rays(np.asarray([v.ravel() for v in grid], np.float32))
    t = march(tube, polyp, camera.origin, rays, steps=60)
    p = camera.origin[:, None] + rays * t
    seen = (polyp.head(p) < 0.3 * polyp.radii.min()) & (polyp.head(p) < tube.gap(p))
    return 0.0 if t.min() < 0.15 else float(seen.mean())


def grow(rng: np.random.Generator, tube: Tube, camera: Camera, kind: Kind) -> Polyp | None:
    """Place a polyp where a random ray meets the wall; None where it would be too near or too far."""
    a, r = rng.uniform(0, 2 * np.pi), 0.7 * np.sqrt(rng.uniform(0, 1))
    ray = camera.rays(np.array([[r * np.cos(a)], [r * np.sin(a)]], np.float32))
    t = float(march(tube, None, camera.origin, ray)[0])
    if not 0.45 < t < 3.0:
        return None
    spot = camera.origin[:, None] + ray * t
    normal, around, _ = tube.frame(spot)
    size = min(t * float(np.exp(rng.uniform(np.log(0.16), np.log(0.6)))), 0.65, 0.6 * t)
    turn = rng.uniform(0, np.pi)
    u = unit(around - normal * (around * normal).sum(0))[:, 0]
    n = normal[:, 0]
    v = np.cross(n, u)
    u, v = np.cos(turn) * u + np.sin(turn) * v, np.cos(turn) * v - np.sin(turn) * u
    height = {
        "sessile": rng.uniform(0.55, 1.0),
        "pedunculated": rng.uniform(0.75, 1.1),
        "flat": rng.uniform(0.2, 0.4),
    }
    radii = size * np.array([rng.uniform(0.9, 1.5), rng.uniform(0.75, 1.0), height[kind]])
    lift = {"sessile": rng.uniform(0.1, 0.6), "pedunculated": 0.0, "flat": 0.1}[kind] * radii[2]
    root, centre = spot[:, 0] - 0.1 * size * n, spot[:, 0] + lift * n
    if kind == "pedunculated":
        lean = rng.normal(0, 0.7, 2)
        n = unit(n + lean[0] * u + lean[1] * v)
        u = unit(u - n * (u @ n))
        v = np.cross(n, u)
        centre = root + n * size * rng.uniform(1.4, 2.4)
    if np.linalg.norm(centre - camera.origin) < 0.3 + radii.max():
        return None  # the lens would be inside it
    strength = {"sessile": 0.05, "pedunculated": 0.05, "flat": 0.07}[kind] * rng.uniform(0.3, 2.2)
    waves = np.column_stack(
        [rng.normal(0, 2.6, (7, 3)), rng.uniform(0, 2 * np.pi, 7), strength * rng.uniform(0.3, 1, 7)]
    )
    join = float(size * (rng.uniform(0.06, 0.3) if kind != "flat" else rng.uniform(0.08, 0.2)))
    floats = [np.asarray(v, np.float32) for v in (centre, [u, v, n], radii, root, waves)]
    polyp = Polyp(kind, floats[0], floats[1], floats[2], floats[3], join, floats[4])
    return polyp if 0.008 < share_seen(tube, polyp, camera) < 0.42 else None
