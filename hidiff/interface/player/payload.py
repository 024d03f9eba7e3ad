"""Events of a run -> the payload of the player: coded maps and short texts, ready to be shown.

The value is JSON, typed in `web/schema.js`. Every frame carries its maps (see `encoding`), cut to the content of its
working frame, and the `box` (top, left, height, width in original pixels) in which they lie:

- before, after: bits; what differs between them was flipped
- guess: of the prior and of the answer, the probability of the clean mask
- eps: of a step, the chance that a bit is wrong; the player makes y0_hat and the mean of it, by the same equations

What the equations need beside them stands in `chain`: p as the chain used it, the address of its noise, its sampler.
A text is a key with its values (`texts.Said`), so the page says it in its visitor's language; as plain text.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hidiff.imaging.frames import Box, Frame
from hidiff.interface.player import curves
from hidiff.interface.player.answer_sentence import answer_sentence
from hidiff.interface.player.curves import Judge
from hidiff.interface.player.encoding import bits, coded
from hidiff.interface.player.samples import sample_gallery
from hidiff.interface.player.stroke_sentence import stroke_sentence
from hidiff.interface.runs.recipe import Picture
from hidiff.interface.runs.run import RunEvent
from hidiff.interface.task_words import object_of, source_title
from hidiff.interface.texts import Said, in_english, joined, said_of, text
from hidiff.priors.views import Prior
from hidiff.refinement.outcome import Outcome
from hidiff.refinement.prepare import painted_prior
from hidiff.refinement.reference import scored
from hidiff.refinement.settings import Settings
from hidiff.refinement.trace import Step
from hidiff.tasks import Task

LONGEST = 1024  # pixels of the picture behind the masks, the longer side
Payload = dict[str, Any]
Fact = tuple[str, str, str]  # key, name, value


@dataclass
class PayloadBuilder:
    """The frames of one run as they come. `add` gives a new value each time and leaves earlier ones as they were.

    run: its name. chain, channel: which of the chains and classes. title: the lane's name, "" where there is one lane.
    reference: bool (H,W), for Dice. samples: whether the answer of several chains shows them all. lead: what is going
    on, a sentence for people; badge: marks the picture; remark: of what was done to a visitor's mask, or "". scribbles:
    uint8 (H,W), painted on it.
    """

    run: str
    picture: Picture
    task: Task
    settings: Settings
    chain: int = 0
    channel: int = 0
    title: str = ""
    reference: NDArray[np.bool_] | None = None
    samples: bool = True
    lead: str = ""
    badge: str = ""
    scribbles: NDArray[np.uint8] | None = None
    remark: str = ""

    def __post_init__(self) -> None:
        picture, reference = self.picture, self.reference
        if reference is not None and reference.shape != picture.size:
            raise ValueError(f"the reference {reference.shape} does not fit the image {picture.size}")
        self._frames: list[Payload] = []
        self._judge: Judge | None = None  # known with the prior
        self._p: NDArray[np.float64] | None = None  # as the player reads it
        self._proposed: NDArray[np.bool_] | None = None  # the prior as a mask (H,W), before a hand touched it
        height, width = picture.size
        self._whole = (0, 0, height, width)
        self._head: Payload = {
            "run": self.run,
            "picture": _digest(picture.pixels),
            "title": said_of(self.title),
            "lead": said_of(self.lead),
            "badge": said_of(self.badge),
            "note": said_of(self._note(None)),
            "thin": self.task.thin,
            "size": [height, width],
            "total": self.settings.steps + 3,
            "whole": _photograph(picture.pixels, self._whole),
            "reference": None if reference is None else _reference(reference),
            "closer": None,
            "chain": None,
            "samples": None,
            "scores": None,
        }

    def add(self, event: RunEvent) -> Payload:
        """The value of the player with one more frame."""
        if event.kind == "prior":
            frame = self._prior(event.prior)
        elif event.refinement is None:
            raise ValueError("steps and answers belong to a refinement")
        else:
            self._begin(event.refinement)
            if event.step is None:
                frame = self._answer(event.refinement, event.stopped)
            else:
                if event.step.t == event.refinement.times[0]:
                    self._frames.append(self._toss(event.refinement, event.step))
                frame = self._step(event.refinement, event.step)
        self._frames.append(frame)
        if event.kind == "answer":
            self._head["total"] = len(self._frames)
        return {**self._head, "live": event.kind != "answer", "frames": list(self._frames)}

    def _begin(self, refinement: Outcome) -> None:
        """What is known as soon as there is a refinement: its window, and what its chain started from."""
        if self._head["chain"] is not None:
            return
        code, self._p = curves.prior_as_used(refinement, self.chain, self.channel)
        seed, (top, left, height, width) = self.settings.seed, refinement.frame.content
        self._head = {
            **self._head,
            "note": said_of(self._note(refinement.frame)),
            "chain": {
                "box": _plain(refinement.window),
                "size": [height, width],
                "p": code,
                "seed": [seed % 2**32, seed // 2**32],
                "sample": self.chain,
                "channel": self.channel,
                "origin": [top, left],
                "sampler": self.settings.sampler,
            },
        }
        if refinement.window != self._whole:
            box = refinement.window
            picture = _photograph(self.picture.pixels, box)
            self._head = {**self._head, "closer": {"box": _plain(box), "picture": picture}}

    def _note(self, refined: Frame | None) -> str:
        """refined: the frame in which the chains run, once it is known."""
        height, width = self.picture.size
        values: dict[str, object] = {
            "title": source_title(self.picture.source),
            "width": width,
            "height": height,
            "seed": self.settings.seed,
        }
        if refined is None:
            note = text("player.note", **values)
        else:
            (_, _, down, across), (_, _, tall, wide) = refined.window, refined.content
            key = "player.note_whole" if refined.window == self._whole else "player.note_closer"
            note = text(key, **values, down=down, across=across, tall=tall, wide=wide)
        return joined(note, self.remark)

    def _prior(self, prior: Prior) -> Payload:
        self._proposed = prior.p[self.channel] > 0.5
        if self.scribbles is not None:
            prior = painted_prior(prior, self.scribbles[None], self.settings.hold, self.task.thin)
        view = prior.view
        p = view.frame.content_of(view.p[self.channel])
        mask = p > 0.5
        whole = prior.p[self.channel] > 0.5
        self._judge = Judge(whole, self.reference)
        said = "say.prior" if self.scribbles is None else "say.prior_painted"
        sentence = said if mask.any() else "say.nothing"
        return self._frame(
            view.frame,
            text("player.prior"),
            text(sentence, object=object_of(self.task)),
            [self._area_fact(whole)],
            mask,
            mask,
            kind="prior",
            guess=coded(p),
            numbers=self._judge.mask(whole),
        )

    def _toss(self, refinement: Outcome, step: Step) -> Payload:
        """y_T, before the denoiser has seen it: every bit by a coin of its own that is loaded with the prior."""
        y_t = refinement.frame.content_of(step.y_t[self.chain, self.channel])
        mask = curves.in_original(refinement, step.y_t[self.chain], self.channel)
        assert self._judge is not None
        return self._frame(
            refinement.frame,
            text("player.toss"),
            text("say.toss_looks" if refinement.averaged else "say.toss", on=int(y_t.sum()), bits=y_t.size),
            [("time", text("player.fact.time"), text("player.fact.time_start", t=step.t)), self._area_fact(mask)],
            y_t,
            y_t,
            kind="toss",
            t=step.t,
            numbers=self._judge.mask(mask, self._judge.prior),  # nobody has guessed anything but the prior yet
        )

    def _step(self, refinement: Outcome, step: Step) -> Payload:
        place = self.chain, self.channel
        seen = curves.cropped(refinement, step, *place)
        before, after = seen.y_t[0, 0], seen.after[0, 0]
        expected = round(float(seen.expected_flips[0, 0]))
        number = refinement.times.index(step.t) + 1
        key = "say.last" if step.s == 0 else "say.first" if number == 1 else "say.step"
        if refinement.settings.leaves(refinement.kind) and step.s:
            key = "say.step_left"  # nobody has asked the denoiser
        facts: list[Fact] = [
            ("time", text("player.fact.time"), text("player.fact.time_value", t=step.t, s=step.s)),
            ("alpha-bar", text("player.fact.alpha_bar"), text("player.fact.alpha_bar_value", alpha_bar=step.alpha_bar)),
            ("expected", text("player.fact.expected"), text("player.fact.expected_value", expected=expected)),
        ]
        if self.settings.samples > 1:
            value = text("player.fact.chain_value", chain=self.chain + 1, samples=self.settings.samples)
            facts.append(("chain", text("player.fact.chain"), value))
        said = {"expected": expected, "bits": before.size}
        on, off = int(seen.flips_on[0, 0]), int(seen.flips_off[0, 0])
        alpha_bar_s = float(refinement.alpha_bar[step.s])
        assert self._p is not None and self._judge is not None
        numbers = self._judge.step(refinement, step, seen, place)
        facts.insert(3, self._area_fact_of(float(numbers["area"] or 0)))
        return self._frame(
            refinement.frame,
            text("player.step", number=number, steps=self.settings.steps),
            text(key, **said, on=on, off=off),
            facts,
            before,
            after,
            kind="step",
            t=step.t,
            s=step.s,
            alpha_bar=step.alpha_bar,
            alpha_bar_s=alpha_bar_s,
            eps=curves.doubt(refinement, seen, self._p, alpha_bar_s, self.settings.sampler),
            numbers=numbers,
        )

    def _answer(self, refinement: Outcome, stopped: bool) -> Payload:
        frame = refinement.frame
        p, prior = (frame.content_of(maps[self.channel]) for maps in (refinement.consensus(), refinement.proposed()))
        mask, before = p > 0.5, prior > 0.5
        whole = curves.in_original(refinement, refinement.consensus(), self.channel)
        assert self._judge is not None
        seconds = text("player.fact.seconds_value", seconds=sum(refinement.seconds))
        facts: list[Fact] = [
            self._area_fact(whole),
            self._area_fact(self._judge.prior, "prior_area"),
            ("seconds", text("player.fact.seconds"), seconds),
        ]
        if self.samples and self.settings.samples > 1 and refinement.steps:
            self._head = {**self._head, "samples": sample_gallery(refinement, self.channel, self.reference)}
        if self.scribbles is not None and self._proposed is not None:
            said = stroke_sentence(self.scribbles, self._proposed, whole, self.settings.hold)
            self._head = {**self._head, "lead": said_of(said or self.lead)}
        if self.reference is not None:
            self._head = {**self._head, "scores": scored(refinement, self.reference, self._judge.prior).document}
        return self._frame(
            frame,
            text("player.stopped" if stopped else "player.answer"),
            answer_sentence(refinement, self.channel, self._judge.prior, whole, stopped),
            facts,
            before,
            mask,
            kind="answer",
            guess=coded(p),
            numbers=self._judge.mask(whole),
        )

    def _area_fact(self, mask: NDArray[np.bool_], key: str = "area") -> Fact:
        """Of a mask (H,W) of the whole image."""
        return self._area_fact_of(100 * float(mask.mean()), key)

    @staticmethod
    def _area_fact_of(percent: float, key: str = "area") -> Fact:
        return key, text(f"player.fact.{key}"), text("player.fact.area_value", percent=percent)

    @staticmethod
    def _frame(
        frame: Frame,
        label: str,
        sentence: str,
        facts: list[Fact],
        before: NDArray[np.bool_],
        after: NDArray[np.bool_],
        **rest: Any,
    ) -> Payload:
        """before, after: (h,w) of the frame's content. rest: what only some kinds of frame have."""
        return {
            "label": said_of(label),
            "sentence": said_of(sentence),
            "facts": [[said_of(part) for part in fact] for fact in facts],
            "box": _plain(frame.window),
            "size": list(before.shape),
            "on": int((after & ~before).sum()),
            "off": int((before & ~after).sum()),
            "before": bits(before),
            "after": bits(after),
            **rest,
        }


def replay(refinement: Outcome, prior: Prior, builder: PayloadBuilder) -> Payload:
    """The whole value of a refinement that has stopped or ended: for a chain that somebody asks to see.

    builder: without frames, made for the chain. prior: where the chains started.
    """
    builder.add(RunEvent("prior", prior))
    for step in refinement.steps:
        builder.add(RunEvent("step", prior, refinement, step))
    stopped = len(refinement.steps) < len(refinement.times)
    return builder.add(RunEvent("answer", prior, refinement, stopped=stopped))


def side_by_side(first: Payload, second: Payload) -> Payload:
    """Two lanes on one clock. Either may still be live; both show one picture, else ValueError."""
    if first["picture"] != second["picture"]:
        raise ValueError("two lanes show the same picture")
    shared: Payload = {"whole": None, "reference": None}  # the second lane's are the first's
    if second["closer"] is not None and second["closer"] == first["closer"]:
        shared["closer"] = {"box": second["closer"]["box"], "picture": None}
    return {
        **first,
        "run": f"{first['run']}+{second['run']}",
        "live": first["live"] or second["live"],
        "total": max(first["total"], second["total"]),
        "note": _note_of(first, second),
        "second": {**second, **shared},
    }


def _note_of(first: Payload, second: Payload) -> Said:
    lanes = {name: in_english(lane["title"]) for name, lane in (("first", first), ("second", second))}
    return said_of(joined(in_english(first["note"]), text("player.note_lanes", **lanes)))


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


def _reference(mask: NDArray[np.bool_]) -> Payload:
    """A reference (H,W) to be looked at: on the grid of the photograph that is sent, by the nearest pixel."""
    height, width = mask.shape
    scale = min(1.0, LONGEST / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small: Any = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT) > 0
    return {"size": [size[1], size[0]], "bits": bits(small.reshape(size[1], size[0]))}


def _digest(pixels: NDArray[np.uint8]) -> str:
    """A short name of a picture's pixels."""
    return hashlib.blake2b(np.ascontiguousarray(pixels).tobytes(), digest_size=8).hexdigest()


def _encoded(kind: str, array: Any, options: list[int]) -> str:
    _, data = cv2.imencode(kind, np.ascontiguousarray(array), options)
    return base64.b64encode(data.tobytes()).decode("ascii")


def _plain(box: Box) -> list[int]:
    return [int(value) for value in box]
