"""Page updates: what a run changes on the page, and what a finished one is asked for: files, samples, bits."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hidiff.errors import HiDiffError
from hidiff.interface.notices import warn
from hidiff.interface.player.lanes import LanesBuilder, sample_payload
from hidiff.interface.player.payload import Payload
from hidiff.interface.refine_tab.controls import Parts
from hidiff.interface.refine_tab.downloads_panel import button_updates
from hidiff.interface.refine_tab.engine_panel import inside_of, runner_name, same_bits, step_time, timed, timed_html
from hidiff.interface.refine_tab.link_panel import link_to
from hidiff.interface.refine_tab.reference_panel import table_of
from hidiff.interface.refine_tab.slots import image_shown
from hidiff.interface.refine_tab.status import place_in_line, told
from hidiff.interface.runs import downloads
from hidiff.interface.runs.cache import FinishedRun, RunCache, seen_again
from hidiff.interface.runs.memory import give_back_memory
from hidiff.interface.runs.recipe import SHORT_WORK, Picture, Recipe, open_picture
from hidiff.interface.runs.run import RunEvent, chosen_model, limited, run
from hidiff.interface.runs.session import Comparison, DisplayedRun, Session
from hidiff.interface.runs.uploads import new_folder
from hidiff.interface.server.queue import visitors_before
from hidiff.interface.texts import native, text
from hidiff.pipeline import HiDiff
from hidiff.refinement.chain import Refinement
from hidiff.refinement.outcome import Outcome

Updates = dict[Any, Any]


def merged(first: Updates, second: Updates) -> Updates:
    """Both; where both update one component, the second adds to what the first says of it, or goes before it."""
    out = dict(first)
    for part, update in second.items():
        before = out.get(part)
        partial = all(isinstance(one, dict) and one.get("__type__") == "update" for one in (before, update))
        out[part] = {**before, **update} if partial and before else update
    return out


@dataclass(frozen=True)
class PageUpdates:
    """Answers events of `parts`; `cache` holds finished refinements for all visitors."""

    parts: Parts
    models: Mapping[str, HiDiff]
    cache: RunCache

    def run(self, session: Session) -> Iterator[Updates]:
        """The run that waits, as long as it is wanted: the player's payloads, and how far it is."""
        yield {self.parts.player: gr.skip()}  # a generator that yields nothing would empty its outputs
        with session.turn.taken():
            number, recipe, comparison = session.begin(), session.recipe, session.comparison
        if number is None or recipe is None:
            with session.turn.taken():
                if not session.busy:  # it was given up while its admission was on its way to the page
                    sentence = text("status.given_up") if session.given_up == session.newest else ""
                    yield {self.parts.stop: self.stop_button(can=False), self.parts.status: told(sentence)}
            return
        try:
            yield from self._computed(session, number, recipe, comparison)
        except HiDiffError as error:  # admitted, but its file is gone since
            warn(error, "refine.warning")
            with session.turn.taken():
                if session.verdict(number) != "leave":
                    session.done = session.newest
                    yield {self.parts.stop: self.stop_button(can=False), self.parts.status: told("")}
        give_back_memory()  # nothing of the run is held here any more
        yield {self.parts.player: gr.skip()}  # what comes last is sent again as a whole

    def _computed(
        self, session: Session, number: int, recipe: Recipe, comparison: Comparison | None
    ) -> Iterator[Updates]:
        """A run's updates, each in the session's turn; none once a newer run was admitted."""
        model = chosen_model(self.models, recipe.task)
        picture = open_picture(model, recipe.source)
        page = _RunOnPage(self, session, model, picture, recipe, comparison)
        for event in run(model, picture, page.recipes, limited(lambda: session.verdict(number))):
            payload = page.payload(event)
            if payload is None:
                continue
            with session.turn.taken():
                if session.verdict(number) == "leave":
                    return
                yield page.after(event, payload)

    def show_again(self, session: Session) -> Iterator[Updates]:
        """What is on the screen once more, since its reference is another: nothing is computed again but what is not
        kept any more. Where a run waits instead, that run."""
        yield {self.parts.player: gr.skip()}
        displayed, newest = session.displayed, session.newest
        if session.waiting is not None or displayed is None:
            yield from self.run(session)
            return
        try:
            model = chosen_model(self.models, displayed.recipe.task)
            finished = self.cache.find(displayed, model)
        except HiDiffError as error:
            warn(error, "reference.warning")
            return
        payload = sample_payload(f"{displayed.run}-{secrets.token_hex(4)}", model, displayed.recipe, finished, 0)
        with session.turn.taken():
            if session.newest == newest and session.displayed is displayed:
                shown = {**payload, "ticket": list(session.ticket), "play": "no"}
                yield {self.parts.player: shown, **self.answered(displayed, model, payload)}
        yield {self.parts.player: gr.skip()}  # what comes last is sent again as a whole

    def answered(self, displayed: DisplayedRun, model: HiDiff, payload: Payload) -> Updates:
        """What goes with an answer on the screen: its scores, its files, its command. payload: the player's value."""
        recipe, parts = displayed.recipe, self.parts
        return {
            parts.reference.table: table_of(payload),
            **parts.take.code_updates(downloads.code(model, recipe, displayed.steps)),
            parts.take.link: link_to(displayed, model),
            **button_updates(parts.take.files, recipe, displayed.steps, payload),
        }

    @staticmethod
    def stop_button(can: bool) -> Any:
        """The button while there is something to stop, or nothing."""
        return gr.update(interactive=can)

    def offer(self, session: Session) -> Updates:
        """What refining would do now: the same settings with new noise, or what is set and not yet seen."""
        label = native(text("refine.again" if session.unchanged and not session.busy else "refine.refine"))
        stale = text("refine.stale") if session.stale else ""
        return {self.parts.refine: gr.update(value=label), self.parts.stale: told(stale)}

    def stop(self, session: Session) -> Updates:
        """The newest run answers with what it has, or is given up where it has shown nothing."""
        parts = self.parts
        with session.turn.taken():
            if not session.busy:
                return {parts.stop: self.stop_button(can=False)}
            if not session.stop():
                return {parts.status: told(text("status.stopping"), busy=True)}
            gone: Updates = {parts.player: {"ticket": list(session.ticket), "over": True}}
        return gone | {
            parts.upload: image_shown(parts, session),
            parts.stop: self.stop_button(can=False),
            parts.clock: gr.Timer(active=False),
            parts.status: told(text("status.given_up")),
            **self.offer(session),
        }

    def look_at_line(self, blocks: gr.Blocks | None, again: bool) -> Callable[..., Updates]:
        """What tells a visitor whose run waits in the page's queue how many are before it, while there are any.

        again: not the first look, so what it finds changes what was told before.
        """

        def look(session: Session, request: gr.Request) -> Updates:
            """The place of a run that waits; nothing more once it has begun."""
            if session.waiting is None or blocks is None:
                return {self.parts.clock: gr.Timer(active=False)}
            work = 0 if session.recipe is None else session.recipe.work
            before = visitors_before(blocks, request.session_hash, 0 < work <= SHORT_WORK)
            sentence = place_in_line(before) if before else text("status.asked")
            updates: Updates = {self.parts.clock: gr.Timer(active=before > 0)}
            return updates | ({self.parts.status: told(sentence, busy=True)} if before or again else {})

        return look

    def _finished(self, session: Session, nothing: str) -> tuple[DisplayedRun, HiDiff, FinishedRun]:
        """What is on the screen, its model and its refinement. Raises HiDiffError, the text `nothing` where none is."""
        displayed = session.displayed
        if displayed is None:
            raise HiDiffError(text(nothing))
        model = chosen_model(self.models, displayed.recipe.task)
        return displayed, model, self.cache.find(displayed, model)

    def maker(self, kind: str) -> Callable[[Session], str | None]:
        """What makes the file of a kind for a visitor."""

        def make(session: Session) -> str | None:
            """Write the file of this kind for what is on the screen."""
            try:
                displayed, model, finished = self._finished(session, "take.nothing")
                path = str(downloads.save(kind, model, displayed.recipe, finished, new_folder()))
            except HiDiffError as error:
                warn(error, "take.warning")
                return None
            self.parts.take.file.temp_files.add(path)  # else Gradio would never delete the file
            return path

        return make

    def inspect_neuron(self, session: Session, step: object, channel: object) -> Any:
        """One convolution of the refinement on the screen, bit by bit."""
        try:
            displayed, model, finished = self._finished(session, "engine.nothing_inside")
            place = int(str(step)) - 1, int(str(channel)) - 1
            return inside_of(model, finished.refinement, seen_again(displayed, model), *place)
        except HiDiffError as error:
            refusal = str(error)
        except (IndexError, ValueError):
            refusal = text("engine.not_inside", step=str(step)[:20], channel=str(channel)[:20])
        warn(refusal, "engine.warning")
        return gr.skip()

    def open_sample(self, event: gr.EventData, session: Session) -> Iterator[Any]:
        """One of several samples was clicked: its own steps, unless something else was chosen meanwhile."""
        yield gr.skip()
        chain, displayed, newest = getattr(event, "sample", None), session.displayed, session.newest
        if displayed is None or not isinstance(chain, int):
            return
        try:
            model = chosen_model(self.models, displayed.recipe.task)
            finished = self.cache.find(displayed, model)
            name = f"{displayed.run}-{secrets.token_hex(4)}"
            payload = sample_payload(name, model, displayed.recipe, finished, chain)
        except (HiDiffError, IndexError) as error:
            warn(error, "refine.warning")
            return
        with session.turn.taken():
            if session.newest == newest and session.displayed is displayed:
                yield {**payload, "ticket": list(session.ticket)}
        yield gr.skip()  # what comes last is sent again as a whole


class _RunOnPage:
    """A run that is being shown: `after` says what each of its events changes on the page."""

    def __init__(
        self,
        page: PageUpdates,
        session: Session,
        model: HiDiff,
        picture: Picture,
        recipe: Recipe,
        comparison: Comparison | None,
    ) -> None:
        titles = ("",) if comparison is None else comparison.titles
        self.recipes = (recipe,) if comparison is None else (recipe, comparison.recipe)
        self._page = page
        self._session = session
        self._model = model
        self._picture = picture
        self._comparison = comparison
        self._name = secrets.token_hex(8)
        self._builder = LanesBuilder(self._name, model, picture, self.recipes, titles)
        self._answers = 0
        self._refined: dict[int, Outcome] = {}  # by lane, without what the denoiser was shown
        self._ran: list[str] = []

    def payload(self, event: RunEvent) -> Payload | None:
        """What the player is to show, with one more event; None as long as there is nothing. Changes nothing else."""
        payload = self._builder.add(event)
        if payload is not None and event.kind == "answer" and event.lane == 0 and event.refinement is not None:
            self._page.cache.add(self._name, FinishedRun(self._picture, event.prior, event.refinement))
        return payload

    def after(self, event: RunEvent, payload: Payload) -> Updates:
        """The updates of an event, and the session as it is then: to be called in turn, while the run is the newest."""
        parts, refinement = self._page.parts, event.refinement
        shown = {**payload, "ticket": list(self._session.ticket), "play": self._session.play}
        updates: Updates = {parts.player: shown}
        self._session.picture, self._session.seen = payload["picture"], self._session.newest
        if event.kind == "prior":
            self._session.displayed = None
            updates[parts.stop] = self._page.stop_button(can=True)
            updates |= parts.take.code_updates({}) | {parts.take.link: None, parts.reference.table: table_of({})}
            updates[parts.status] = told(text("status.prior", steps=self.recipes[0].settings.steps), busy=True)
            updates |= self._page.offer(self._session)
        elif event.kind == "step" and refinement is not None and event.lane == 0:
            step = {"step": len(refinement.steps), "steps": refinement.settings.steps}
            updates[parts.status] = told(text("status.step", **step), busy=True)
        elif event.kind == "answer" and isinstance(refinement, Refinement):
            updates |= self._answered(event, refinement, payload)
        return updates

    def _answered(self, event: RunEvent, refinement: Refinement, payload: Payload) -> Updates:
        parts, session, recipe = self._page.parts, self._session, self.recipes[0]
        updates: Updates = {}
        self._answers += 1
        if event.lane == 0:
            against = None if self._comparison is None else self._comparison.difference
            steps, lanes = len(refinement.steps), len(self.recipes)
            session.displayed = DisplayedRun(self._name, recipe, steps, lanes, against)
        if session.displayed is not None:
            updates |= self._page.answered(session.displayed, self._model, payload)
        if refinement.steps:
            self._refined[event.lane] = refinement.outcome()
            self._ran.append(runner_name(refinement))
            session.step_times[self._ran[-1]] = step_time(refinement)
        if self._answers == len(self.recipes):
            session.done = session.newest
            updates[parts.stop] = self._page.stop_button(can=False)
            updates[parts.status] = told(text("status.done", seed=self.recipes[0].settings.seed))
            updates |= self._page.offer(session)
            if self._refined:
                updates[parts.engine.timing] = self._timing()
        return updates

    def _timing(self) -> str:
        recipe, comparison = self.recipes[0], self._comparison
        words = timed(self._session.step_times, self._ran[0], recipe.backend)
        same = "" if comparison is None else same_bits(recipe, comparison, self._refined)
        return words + timed_html(same)
