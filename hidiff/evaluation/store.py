"""The case store: scores kept as they come, one JSON line a case, so that an evaluation that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hidiff.aliases import current_report
from hidiff.data.cases import Case, DataError
from hidiff.evaluation.protocol import Protocol
from hidiff.evaluation.score import CaseResult, is_whole
from hidiff.files import write_text
from hidiff.models.packed.file import PACKED_FILE
from hidiff.pipeline import DENOISER_FILE, SEGMENTOR_FILE, HiDiff
from hidiff.refinement.settings import Settings

Key = tuple[str, str]  # of a result: its data set and the digest of its files


def fingerprint(model: HiDiff) -> str:
    """What the weights are: a digest of both networks' files, or of their tensors where there are no files."""
    digest = hashlib.sha256()
    if model.source:
        folder = model.source.path
        denoiser = DENOISER_FILE if (folder / DENOISER_FILE).is_file() else PACKED_FILE
        for name in (SEGMENTOR_FILE, denoiser):
            digest.update((folder / name).read_bytes())
    else:
        for network in (model.segmentor, model.denoiser):
            for name, value in network.state_dict().items():
                digest.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


class CaseStore:
    """Results by case, on disk and in memory; without a path in memory alone.

    The first line says what the figures belong to (`header`); each other line adds parts to a case, which is known by
    its files: after one of them was mended, or another has taken its name, it is worked out again.
    """

    def __init__(self, path: Path | None = None, header: Mapping[str, Any] | None = None) -> None:
        """Read what is there. Raises DataError when it belongs to something else."""
        self._path = path
        self._results: dict[Key, CaseResult] = {}
        wanted = json.loads(json.dumps(dict(header or {})))
        if path is None:
            return
        lines = _whole_lines(path)
        head = lines[0] if lines else None
        if isinstance(head, Mapping) and head.get("kind") == "evaluation":  # an ablation's choices are others now
            lines = [_with_newer_settings(current_report(head)), *(current_report(line) for line in lines[1:])]
        if not lines:
            write_text(path, json.dumps(wanted) + "\n")
        elif lines[0] != wanted:
            raise DataError(
                f"{path} holds figures of other weights or settings; move it away, or choose another --json."
            )
        for line in lines[1:]:
            if line.get("digest"):  # earlier lines do not say of which files their figures are
                self._merge(CaseResult(**line))

    def parts_of(self, case: Case) -> frozenset[str]:
        """The parts that are known of the case, with all that is kept of them today."""
        found = self._results.get((case.dataset, case.digest))
        return frozenset(name for name, part in found.parts.items() if is_whole(name, part)) if found else frozenset()

    def result(self, case: Case) -> CaseResult:
        """All that is known of the case; KeyError where nothing is."""
        found = self._results[case.dataset, case.digest]
        return replace(found, name=case.name, group=case.group)  # these may have changed where the files have not

    def add(self, result: CaseResult) -> None:
        """Keep a result, its parts beside those that are known."""
        self._merge(result)
        if self._path:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(result)) + "\n")

    def _merge(self, result: CaseResult) -> None:
        known = self._results.setdefault((result.dataset, result.digest), result)
        if known is not result:
            known.parts.update(result.parts)


def _with_newer_settings(header: Mapping[str, Any]) -> dict[str, Any]:
    """A header with the settings that there are since: by default they leave everything as it was before them."""
    out = dict(header)
    for part, newer in (("settings", asdict(Settings())), ("protocol", Protocol().identity)):
        if header.get(part) is not None:
            out[part] = {**newer, **header[part]}
    return out


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """The file's lines; a last one that was cut off is taken away, so that the next does not run on from it."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    out = []
    for number, line in enumerate(lines):
        try:
            out.append(json.loads(line))
        except ValueError:
            if number + 1 < len(lines):
                raise DataError(f"{path} is damaged at line {number + 1}; move it away.") from None
    if lines and (not out or not isinstance(out[0], dict) or "kind" not in out[0]):
        raise DataError(f"{path} is no journal of an evaluation; move it away, or choose another --json.")
    if len(out) < len(lines) or (text and not text.endswith("\n")):
        write_text(path, "".join(json.dumps(line) + "\n" for line in out))
    return out
