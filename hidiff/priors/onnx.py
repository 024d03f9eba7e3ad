"""Priors by any segmentor of the world: an ONNX file, run by OpenCV's dnn module, for the prior alone.

    refinement = model.refine(image, onnx_prior("my_segmentor.onnx", image))

The features, which the denoiser needs beside the prior, are still those of the model's own segmentor.
"""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.errors import SettingsError, WeightsError
from hidiff.imaging.frames import Box, Size, resized
from hidiff.priors.onnx_file import OnnxFile, read_onnx
from hidiff.types import Image, Map

Order = Literal["rgb", "bgr"]
Output = Literal["auto", "logits", "probabilities"]
Classes = Literal["auto", "1", "2"]
Fit = Literal["stretch", "letterbox"]

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MAX_SIDE = 4096  # of the network's input
USUAL_SIDE = 1024  # the longer side at most, where neither the file nor the options say the size
GRID = 32  # such a size is a multiple of it, as most networks need
MAX_SECONDS = 300
_ROUNDING = 1e-4  # by which probabilities may leave 0..1

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class OnnxOptions:
    """What the network is shown and what its output means; the defaults are the usual ones.

    size: (width, height) of its input; None is the file's own, or the image's where the file leaves it free.
    order, scale, mean, std: the network sees (value * scale - mean) / std of values 0..255, its channels in that order,
    mean and std too. output: "auto" takes what lies in 0..1 for probabilities. classes: "1" is the object alone, "2"
    background and object; "auto" goes by the output's shape. fit: "letterbox" keeps the aspect and pads with black.
    """

    size: tuple[int, int] | None = None
    order: Order = "rgb"
    scale: float = 1 / 255
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD
    output: Output = "auto"
    classes: Classes = "auto"
    fit: Fit = "stretch"

    def __post_init__(self) -> None:
        """Raises SettingsError for a value out of range."""
        for name, known in (("order", Order), ("output", Output), ("classes", Classes), ("fit", Fit)):
            if getattr(self, name) not in get_args(known):
                value = getattr(self, name)
                raise SettingsError(f"onnx {name} is {value!r:.40}; choose one of {', '.join(get_args(known))}.")
        if self.size is not None and not all(1 <= side <= MAX_SIDE for side in self.size):
            raise SettingsError(f"onnx size is {_words(self.size[::-1])}; choose sides from 1 to {MAX_SIDE}.")
        if not math.isfinite(self.scale) or self.scale == 0:
            raise SettingsError(f"onnx scale is {self.scale}; choose a number other than 0, most often 1/255 or 1.")
        if not all(map(math.isfinite, (*self.mean, *self.std))) or 0 in self.std:
            raise SettingsError("onnx mean and std are three numbers each, and no std is 0; correct them.")


@dataclass(frozen=True)
class OnnxPrior:
    """p (H,W) float32: the probability in the original frame. note: a sentence that says where it comes from."""

    p: Map
    note: str


@dataclass(frozen=True)
class OnnxSegmentor:
    """An ONNX file that has been looked at, and how to use it."""

    file: OnnxFile
    options: OnnxOptions

    @classmethod
    def of(cls, path: str | Path, options: OnnxOptions | None = None) -> OnnxSegmentor:
        """Raises WeightsError when the file is no network for images, SettingsError when the size is not its own."""
        file, options = read_onnx(Path(path)), options or OnnxOptions()
        if any(side is not None and side > MAX_SIDE for side in file.size):
            raise WeightsError(f"{file.path.name} takes images of more than {MAX_SIDE} pixels a side; choose another.")
        if options.size is not None:
            for own, wanted in zip(file.size, options.size[::-1], strict=True):
                if own not in (None, wanted):
                    known = _words(tuple("?" if side is None else side for side in file.size))
                    given = _words(options.size[::-1])
                    raise SettingsError(f"{file.path.name} takes images of {known}, not {given}; leave the size out.")
        return cls(file, options)

    def prior(self, image: Image) -> OnnxPrior:
        """The network's prior of an image (H,W,3). Raises WeightsError when it cannot be run or gives no such map."""
        canvas = self._canvas(image.shape[:2])
        shown, content = _shown(image, canvas, self.options)
        out = _run(self.file, shown)
        p, kind = _probability(out, self.options, self.file.path.name)
        whole = cv2.resize(p, canvas[::-1], interpolation=cv2.INTER_LINEAR).reshape(canvas)
        top, left, height, width = content
        inside = np.ascontiguousarray(whole[top : top + height, left : left + width])
        size = (image.shape[0], image.shape[1])
        p = np.clip(cv2.resize(inside, size[::-1], interpolation=cv2.INTER_LINEAR).reshape(size), 0, 1)
        note = f"The prior is that of {self.file.path.name}, which saw {_words(canvas)} pixels and gave {kind}."
        return OnnxPrior(p.astype(np.float32), note)

    def _canvas(self, size: Size) -> Size:
        """The size of the network's input for an image of this size."""
        if self.options.size is not None:
            return self.options.size[1], self.options.size[0]
        less = min(1.0, USUAL_SIDE / max(size))
        free = [max(GRID, round(side * less / GRID) * GRID) for side in size]
        height, width = (own or side for own, side in zip(self.file.size, free, strict=True))
        return height, width


def onnx_prior(file: str | Path, image: Image, *, options: OnnxOptions | None = None) -> Map:
    """The probability (H,W) float32 that an ONNX network gives for an image (H,W,3): a prior for `HiDiff.refine`.

    Raises WeightsError when the file is no such network or cannot be run, SettingsError for options that do not fit.
    """
    return OnnxSegmentor.of(file, options).prior(image).p


def _shown(image: Image, canvas: Size, options: OnnxOptions) -> tuple[Map, Box]:
    """The network's input (1,3,h,w), and where the image lies in it."""
    content = canvas
    if options.fit == "letterbox":
        scale = min(canvas[0] / image.shape[0], canvas[1] / image.shape[1])
        content = (max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale)))
    top, left = (canvas[0] - content[0]) // 2, (canvas[1] - content[1]) // 2
    pixels = np.zeros((*canvas, 3), np.float32)
    pixels[top : top + content[0], left : left + content[1]] = resized(image, content)
    if options.order == "bgr":
        pixels = pixels[..., ::-1]
    values = (pixels * np.float32(options.scale) - np.array(options.mean, np.float32)) / np.array(
        options.std, np.float32
    )
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None]), (top, left, *content)


def _probability(out: Map, options: OnnxOptions, name: str) -> tuple[Map, str]:
    """The object's probability (h,w), and in words what the output was taken for."""
    maps = out[0] if out.ndim == 4 and out.shape[0] == 1 else out
    if maps.ndim != 3 or out.shape[0] != 1 or maps.shape[0] not in (1, 2) or 0 in maps.shape:
        sides = " x ".join(map(str, out.shape))
        raise WeightsError(f"{name} gives {sides} numbers; give a network that ends in 1 or 2 maps, 1 x 1 x h x w.")
    count = maps.shape[0]
    if options.classes not in ("auto", str(count)):
        raise WeightsError(f"{name} gives {count} maps and {options.classes} were asked for; change onnx classes.")
    if not np.isfinite(maps).all():
        raise WeightsError(f"{name} gives numbers that are not finite; check mean, std and scale, or choose another.")
    within = bool(maps.min() >= -_ROUNDING and maps.max() <= 1 + _ROUNDING)
    if options.output == "probabilities" and not within:
        raise WeightsError(f"{name} gives numbers outside 0 to 1, which are no probabilities; read them as logits.")
    what = "background and object" if count == 2 else "one class"
    if options.output == "probabilities" or (options.output == "auto" and within):
        return np.ascontiguousarray(maps[-1]), f"probabilities of {what}"
    logit = (maps[1] - maps[0] if count == 2 else maps[0]).astype(np.float64)
    p = 1 / (1 + np.exp(-np.clip(logit, -80, 80)))
    return p.astype(np.float32), f"logits of {what}"


def _run(file: OnnxFile, shown: Map) -> Map:
    """The network's first output for an input (1,3,h,w), computed by `onnx_worker` in a process of its own."""
    name = file.path.name
    sent = io.BytesIO()
    sent.write(json.dumps({"file": str(file.path), "output": file.output}).encode() + b"\n")
    np.save(sent, shown, allow_pickle=False)
    command = [sys.executable, "-P", str(Path(__file__).with_name("onnx_worker.py"))]
    quiet = {**os.environ, "OPENCV_LOG_LEVEL": "SILENT"}
    try:
        done = subprocess.run(
            command,
            input=sent.getvalue(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=quiet,
            timeout=MAX_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise WeightsError(f"{name} took more than {MAX_SECONDS} seconds; choose a smaller size or network.") from error
    except OSError as error:
        raise WeightsError(
            f"No process could be started to run {name} ({error.strerror}); free some memory."
        ) from error
    line, _, rest = done.stdout.partition(b"\n")
    told: dict[str, Any] = json.loads(line) if done.returncode == 0 and line else {}
    if "error" in told:
        why = " ".join(told["error"].split()).rstrip(".")
        raise WeightsError(
            f"OpenCV cannot run {name} on {_words(shown.shape[2:])} pixels ({why:.120}); export it again."
        )
    if "shape" not in told:
        raise WeightsError(f"OpenCV broke down on {name}; export it again, or choose another.")
    if not rest:
        sides = " x ".join(map(str, told["shape"]))
        raise WeightsError(f"{name} gives {sides} numbers, which are too many; choose a smaller size.")
    out: NDArray[np.float32] = np.load(io.BytesIO(rest), allow_pickle=False)
    return out


def _words(size: tuple[Any, ...]) -> str:
    """(height, width) as width x height."""
    return f"{size[1]} x {size[0]}"
