"""Moments of a run -> the value of the player: small pictures and short texts, ready to be shown.

The value is JSON. Every frame carries its maps as PNG in base64, cut to the content of its working frame, and the
`box` (top, left, height, width in original pixels) in which they lie:

- guess: 8 bits, the probability of the clean mask; above 127 means above one half
- before, after: 1 bit each; what differs between them was flipped

Texts are plain text: the player sets them as such.
"""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.frames import Box, Frame
from hidiff.interface.session import Moment, Picture, area_share, content_of, count, step_bits
from hidiff.interface.texts import text
from hidiff.refinement import Refinement
from hidiff.settings import Settings
from hidiff.tasks import TaskCard
from hidiff.trace import Step

LONGEST = 1024  # pixels of the picture behind the masks, the longer side
Payload = dict[str, Any]
Fact = tuple[str, str, str]  # key, name, value


class Reel:
    """The frames of one run as they come. `add` gives a new value each time and leaves earlier ones as they were."""

    def __init__(
        self, run: str, picture: Picture, card: TaskCard, settings: Settings, chain: int = 0, channel: int = 0
    ) -> None:
        self._picture = picture
        self._card = card
        self._settings = settings
        self._chain = chain
        self._channel = channel
        self._frames: list[Payload] = []
        height, width = picture.size
        self._whole = (0, 0, height, width)
        self._head: Payload = {
            "run": run,
            "title": picture.source.title,
            "badge": text("segment.synthetic") if picture.source.synthetic else "",
            "note": self._note(None),
            "thin": card.thin,
            "size": [height, width],
            "total": settings.steps + 2,
            "whole": _photograph(picture.pixels, self._whole),
            "closer": None,
        }

    def add(self, moment: Moment) -> Payload:
        """The value of the player with one more frame."""
        if moment.kind == "prior":
            frame = self._prior(moment)
        elif moment.refinement is None:
            raise ValueError("steps and answers belong to a refinement")
        else:
            self._look_closer(moment.refinement)
            frame = self._answer(moment) if moment.step is None else self._step(moment.refinement, moment.step)
        self._frames.append(frame)
        if moment.kind == "answer":
            self._head["total"] = len(self._frames)
        return {**self._head, "live": moment.kind != "answer", "frames": list(self._frames)}

    def _look_closer(self, refinement: Refinement) -> None:
        if self._head["closer"] is None and refinement.window != self._whole:
            box = refinement.window
            picture = _photograph(self._picture.pixels, box)
            self._head = {**self._head, "closer": {"box": _plain(box), "picture": picture}, "note": self._note(box)}

    def _note(self, box: Box | None) -> str:
        height, width = self._picture.size
        values: dict[str, object] = {
            "title": self._picture.source.title,
            "width": width,
            "height": height,
            "seed": self._settings.seed,
        }
        if box is None:
            return text("player.note", **values)
        return text("player.note_closer", **values, down=box[2], across=box[3])

    def _prior(self, moment: Moment) -> Payload:
        if moment.prior is None:
            raise ValueError("a moment of kind prior holds one")
        view = moment.prior.view
        p = content_of(view.frame, view.p[self._channel])
        mask = p > 0.5
        sentence = "say.prior" if mask.any() else "say.nothing"
        return self._frame(
            view.frame,
            text("player.prior"),
            text(sentence, object=self._card.object_name),
            [self._area_fact(area_share(view.frame, mask))],
            p,
            mask,
            mask,
        )

    def _step(self, refinement: Refinement, step: Step) -> Payload:
        place = self._chain, self._channel
        before, after = (content_of(refinement.frame, bits[place]) for bits in step_bits(step))
        counts = count(refinement.frame, step, *place)
        number = refinement.times.index(step.t) + 1
        key = "say.last" if step.s == 0 else "say.first" if number == 1 else "say.step"
        facts: list[Fact] = [
            ("time", text("player.fact.time"), text("player.fact.time_value", t=step.t, s=step.s)),
            ("alpha-bar", text("player.fact.alpha_bar"), f"{step.alpha_bar:.3g}"),
            ("expected", text("player.fact.expected"), f"{counts.expected:,.0f}"),
            self._area_fact(counts.area),
        ]
        if self._settings.samples > 1:
            value = text("player.fact.chain_value", samples=self._settings.samples)
            facts.append(("chain", text("player.fact.chain"), value))
        said = {"expected": f"{counts.expected:,.0f}", "bits": f"{counts.bits:,}"}
        return self._frame(
            refinement.frame,
            text("player.step", number=number, steps=self._settings.steps),
            text(key, **said, on=f"{counts.on:,}", off=f"{counts.off:,}"),
            facts,
            content_of(refinement.frame, step.y0_hat[place]),
            before,
            after,
        )

    def _answer(self, moment: Moment) -> Payload:
        refinement = moment.refinement
        assert refinement is not None
        frame = refinement.frame
        p, prior = (content_of(frame, maps[self._channel]) for maps in (refinement.consensus(), refinement.p))
        mask, before = p > 0.5, prior > 0.5
        on, off = int((mask & ~before).sum()), int((before & ~mask).sum())
        areas = [
            100 * area_share(frame, content_of(frame, sample[self._channel]) > 0.5) for sample in refinement.samples()
        ]
        if not mask.any():
            key = "say.nothing"
        elif moment.stopped:
            key = "say.stopped"
        elif len(areas) > 1:
            key = "say.answer_many"
        else:
            key = "say.answer_votes" if self._settings.answer == "votes" else "say.answer"
        sentence = text(
            key,
            change=text("say.change", on=f"{on:,}", off=f"{off:,}"),
            samples=len(areas),
            low=min(areas),
            high=max(areas),
            done=len(refinement.steps),
            steps=self._settings.steps,
        )
        facts: list[Fact] = [
            self._area_fact(area_share(frame, mask)),
            self._area_fact(area_share(frame, before), "prior_area"),
            (
                "seconds",
                text("player.fact.seconds"),
                text("player.fact.seconds_value", seconds=sum(refinement.seconds)),
            ),
        ]
        label = text("player.stopped" if moment.stopped else "player.answer")
        return self._frame(frame, label, sentence, facts, p, before, mask)

    @staticmethod
    def _area_fact(share: float, key: str = "area") -> Fact:
        return key, text(f"player.fact.{key}"), text("player.fact.area_value", percent=100 * share)

    @staticmethod
    def _frame(
        frame: Frame,
        label: str,
        sentence: str,
        facts: list[Fact],
        guess: NDArray[np.float32],
        before: NDArray[np.bool_],
        after: NDArray[np.bool_],
    ) -> Payload:
        """guess, before, after: (h,w) of the frame's content."""
        return {
            "label": label,
            "sentence": sentence,
            "alt": text("player.alt", title=label, sentence=sentence),
            "facts": [list(fact) for fact in facts],
            "box": _plain(frame.window),
            "on": int((after & ~before).sum()),
            "off": int((before & ~after).sum()),
            "guess": _grey_png(guess),
            "before": _bits_png(before),
            "after": _bits_png(after),
        }


def _grey_png(p: NDArray[np.float32]) -> str:
    """p (h,w), 0..1 -> PNG of 8 bits; rounding never moves a value across one half."""
    levels = np.round(np.clip(p, 0, 1) * 255)
    levels = np.where(p > 0.5, np.maximum(levels, 128), np.minimum(levels, 127))
    return _encoded(".png", levels.astype(np.uint8), [])


def _bits_png(bits: NDArray[np.bool_]) -> str:
    return _encoded(".png", bits.astype(np.uint8) * np.uint8(255), [cv2.IMWRITE_PNG_BILEVEL, 1])


def _photograph(pixels: NDArray[np.uint8], box: Box) -> str:
    """A rectangle of the picture as JPEG, LONGEST pixels at most."""
    top, left, height, width = box
    part: Any = pixels[top : top + height, left : left + width, ::-1]
    scale = LONGEST / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    full_colour = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return _encoded(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 90, *full_colour])


def _encoded(kind: str, array: Any, options: list[int]) -> str:
    _, data = cv2.imencode(kind, np.ascontiguousarray(array), options)
    return base64.b64encode(data.tobytes()).decode("ascii")


def _plain(box: Box) -> list[int]:
    return [int(value) for value in box]
