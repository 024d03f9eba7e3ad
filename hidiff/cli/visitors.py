"""Many visitors at once: the app is asked by programs that all begin together, and by one more who wants little."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from hidiff.cli.soak import EXAMPLES, Visit, own_image, place_of, resident_of, running_app, until_idle
from hidiff.imaging.files import read_image, write_png
from hidiff.pipeline import HiDiff

FUNDUS_EVERY = 5  # of so many visitors one brings a photograph of an eye
SETTLE = 20.0  # seconds after the last answer until the memory is read that stays
_LOOK = 0.1  # seconds between two looks at the memory
_WARM = 240.0  # seconds within which the app has prepared its examples


@dataclass
class Crowd:
    """What came of many visitors. seconds: until each had its answer. wrong: answers of other bytes than the library
    gives. failed: sentences of those who had none. example, prior: seconds that one more visitor waited each time.
    start, peak, end: bytes of the app in memory."""

    visitors: int
    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    failed: list[str] = field(default_factory=list)
    example: list[float] = field(default_factory=list)
    prior: list[float] = field(default_factory=list)
    start: int = 0
    peak: int = 0
    end: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many there were."""
        return {
            "visitors": self.visitors,
            "visitors_answered": len(self.seconds),
            "visitors_wrong": self.wrong,
            "one_more_answered": len(self.example) + len(self.prior),
        }

    @property
    def times(self) -> dict[str, float]:
        """Seconds by name."""
        ordered = sorted(self.seconds) or [0.0]
        return {
            "visitors_p50": statistics.median(ordered),
            "visitors_last": ordered[-1],
            "ready_example_longest": max(self.example, default=0.0),
            "prior_longest": max(self.prior, default=0.0),
        }

    @property
    def memory(self) -> dict[str, int]:
        """Bytes by name."""
        return {
            "visitors_resident_start": self.start,
            "visitors_resident_peak": self.peak,
            "visitors_resident_end": self.end,
        }


def expected_masks(models: Mapping[str, HiDiff], files: Mapping[str, Path]) -> dict[str, bytes]:
    """The bytes of the mask that `/refine` should give for a file of each task with that task's own settings, made
    here."""
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        for task, file in files.items():
            refined = models[task].refine(read_image(file)).finish()
            write_png(Path(folder, "mask.png"), refined.probability()[0] > 0.5)
            out[task] = Path(folder, "mask.png").read_bytes()
    return out


def crowd(root: Path, models: Mapping[str, HiDiff], visitors: int, settle: float = SETTLE) -> Crowd:
    """Start the app of a folder, and let so many visitors refine a picture each, all at once, on both tasks. Meanwhile
    one more opens a ready example and asks for a prior, again and again."""
    with tempfile.TemporaryDirectory() as folder:
        files = {task: own_image(root / "examples" / EXAMPLES[task], Path(folder), n) for n, task in enumerate(models)}
        expected = expected_masks(models, files)
        with running_app(root) as (app, url):
            Visit.until_ready(url, place_of(root, EXAMPLES["polyp"]), _WARM)
            until_idle(app.pid, _WARM)
            return met(url, lambda: resident_of(app.pid), files, expected, visitors, settle)


def met(
    url: str,
    resident: Callable[[], int],
    files: Mapping[str, Path],
    expected: Mapping[str, bytes],
    visitors: int,
    settle: float = SETTLE,
) -> Crowd:
    """The same for an app that runs. resident: bytes that it has in memory."""
    seen = Crowd(visitors, start=resident())
    seen.peak = seen.start
    tasks = list(files)
    asked = [tasks[-1] if len(tasks) > 1 and n % FUNDUS_EVERY == 0 else tasks[0] for n in range(visitors)]
    over, together = threading.Event(), threading.Barrier(visitors)

    def watch() -> None:
        while not over.wait(_LOOK):
            seen.peak = max(seen.peak, resident())

    watching = [threading.Thread(target=watch), threading.Thread(target=_one_more, args=(url, files, seen, over))]
    for one in watching:
        one.start()
    pool = ThreadPoolExecutor(visitors)
    try:
        answers = pool.map(lambda task: _asked(url, task, files[task], together), asked)
        for task, answer in zip(asked, answers, strict=True):
            if isinstance(answer, str):
                seen.failed.append(answer)
            else:
                seconds, mask = answer
                seen.seconds.append(seconds)
                seen.wrong += mask != expected[task]
    finally:
        over.set()
        pool.shutdown(wait=False)  # who is told to end need not wait for answers: they end with the app
    for one in watching:
        one.join()
    time.sleep(settle)
    seen.end = resident()
    return seen


def _asked(url: str, task: str, file: Path, together: threading.Barrier) -> tuple[float, bytes] | str:
    """One visitor's answer: its seconds and its bytes, or why there is none. Nothing is tried twice."""
    from gradio_client import Client, handle_file

    with tempfile.TemporaryDirectory() as folder:
        client, failure = None, ""
        try:
            client = Client(url, verbose=False, download_files=folder, httpx_kwargs={"timeout": 600})
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        together.wait()
        if client is None:
            return failure
        start = time.perf_counter()
        try:
            mask, _ = client.predict(handle_file(str(file)), task, api_name="/refine")
            return time.perf_counter() - start, Path(mask).read_bytes()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        finally:
            client.close()


def _one_more(url: str, files: Mapping[str, Path], seen: Crowd, over: threading.Event) -> None:
    """A visitor who opens an example that is ready and asks for a prior, as long as the others are there."""
    visit = Visit(url)
    task = next(iter(files))
    while not over.wait(0.5):
        for waits, ask in (
            (seen.example, lambda: visit.first("examples", "click", {"index": 0})),
            (seen.prior, lambda: visit.ask("prior", visit.upload(files[task]), task)),
        ):
            start = time.perf_counter()
            try:
                ask()
                waits.append(time.perf_counter() - start)
            except (OSError, RuntimeError) as error:
                seen.failed.append(f"one more: {error}")


__all__: Sequence[str] = ["Crowd", "crowd", "expected_masks", "met"]
