"""The model card of a repository on the Hugging Face Hub: README.md, from the weights' config.json and card.json.

Its front matter is what the Hub indexes: licence, tags, and the results with their intervals as `model-index`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hidiff.tasks import DISCLAIMER, Task

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

LICENCE_FILE = "LICENSE-WEIGHTS.md"
LICENCE_NAME = "research-and-education-only"
PAPER = "https://arxiv.org/abs/2407.03548"

LICENCE = f"""\
# Terms of the weights

These weights may be used for research and education only. They were learned from images whose terms allow research
and education and nothing else, and they carry the same terms; whoever passes them on passes these terms on with them.
Name the data sets that the model card names, as their own terms ask.

{DISCLAIMER} The weights are no medical device, nobody has examined them as one, and they are given as they are, without
warranty of any kind.

The code that runs them is under the Apache License 2.0.
"""

TAGS = ("medical-imaging", "bernoulli-diffusion", "discrete-diffusion", "binary-neural-network")
MASKS = {"prior": "segmentor alone", "refined": "refined"}
MEASURES = {"dice": "Dice", "best_threshold_dice": "best-threshold Dice", "average_precision": "average precision"}
_LEVEL = 0.95


@dataclass(frozen=True)
class Described:
    """One task's weights: its `Task`, what its card.json says ({} where there is none), and a synthetic scene of it, a
    path in the repository, "" where there is none."""

    task: Task
    card: Mapping[str, Any]
    scene: str = ""


def model_card(repo: str, tasks: Sequence[Described], picture: str = "") -> str:
    """README.md of the repository `repo`, front matter included. picture: a path in the repository, "" for none."""
    from huggingface_hub import ModelCardData

    results = [result for one in tasks for result in eval_results(one)]
    data = ModelCardData(
        license="other",
        license_name=LICENCE_NAME,
        license_link=LICENCE_FILE,
        library_name="hidiff",
        pipeline_tag="image-segmentation",
        tags=sorted({*TAGS, *(_slug(one.task.object_name) for one in tasks)}),
        model_name=repo.rpartition("/")[2] if results else None,
        eval_results=results or None,
    )
    parts = [f"---\n{data.to_yaml(line_break=chr(10)).strip()}\n---", *_sections(repo, tasks, picture)]
    return "\n\n".join(parts) + "\n"


def eval_results(one: Described) -> list[EvalResult]:
    """The test results of one task for `model-index`: each measure's mean, its interval beside it in `args`."""
    from huggingface_hub import EvalResult

    return [
        EvalResult(
            task_type="image-segmentation",
            task_name=one.task.title,
            dataset_type=data_set,
            dataset_name=data_set,
            dataset_config=one.task.name,
            dataset_split="test",
            metric_type=measure,
            metric_name=f"{MEASURES[measure]}, {MASKS[mask]} (95 % interval {_interval(value)})",
            metric_value=round(value["mean"], 4),
            metric_args={
                "mask": mask,
                "low": round(value["low"], 4),
                "high": round(value["high"], 4),
                "level": _LEVEL,
                "cases": cases,
            },
        )
        for data_set, mask, measure, value, cases in measured(one.card)
    ]


def measured(card: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, float], int]]:
    """(data set, mask, measure, mean with low and high, cases) of a card's results on test."""
    for data_set, found in card.get("test", {}).get("data_sets", {}).items():
        for mask in MASKS:
            scores = found.get("masks", {}).get(mask) or {"dice": found.get(mask)}
            for measure in MEASURES:
                if value := scores.get(measure):
                    yield data_set, mask, measure, value, int(scores.get("cases", found["cases"]))


def _sections(repo: str, tasks: Sequence[Described], picture: str) -> Iterator[str]:
    titles = "; ".join(one.task.title for one in tasks)
    yield f"# {repo.rpartition('/')[2]}: masks refined by a binary Bernoulli diffusion"
    yield f"**{DISCLAIMER}**"
    yield (
        f"Weights of [HiDiff]({PAPER}) for: {titles}. A segmentor proposes a mask; a denoiser on bits refines it in a "
        "few reverse steps of a Bernoulli diffusion whose noise is the segmentor's own prior."
    )
    if picture:
        yield f"![A synthetic scene, drawn by a script, and the bits of its mask step by step]({picture})"
    yield "## Intended use"
    yield (
        "To study and teach segmentation and discrete diffusion: how a mask is refined, where it fails, and how sure "
        "it is. Out of scope is every clinical use: diagnosis, screening, treatment, triage, or advice to a patient."
    )
    first = tasks[0].task.name
    yield "## How to load"
    yield "\n".join(
        (
            "```python",
            "from hidiff import HiDiff, read_image",
            "",
            f'model = HiDiff.from_pretrained("{repo}/{first}")',
            'mask = model.refine(read_image("my_image.jpg")).finish().probability()[0] > 0.5',
            "```",
            "",
            "```bash",
            f"python -m hidiff segment --task {first} --weights {repo}/{first} --out out my_image.jpg",
            "```",
        )
    )
    yield (
        "Only safetensors and JSON are read, and each file is checked against the SHA-256 in `manifest.json`. "
        "`denoiser.packed.safetensors` is what runs, in one bit a binary weight; `denoiser.safetensors` holds the "
        "floats behind the signs, for training. An app takes all tasks of this repository with `HIDIFF_HUB_REPO`."
    )
    for one in tasks:
        yield from _task(one)
    yield "## Licence"
    yield f"Research and education only: see [{LICENCE_FILE}]({LICENCE_FILE}). The code is under Apache-2.0."
    yield "## Cite"
    yield (
        'Chen, Wang, Chen, Lei and Shan, "HiDiff: Hybrid Diffusion Framework for Medical Image Segmentation", IEEE '
        f"Transactions on Medical Imaging, 2024 ([arXiv]({PAPER})). These weights are of an independent implementation."
    )


def _task(one: Described) -> Iterator[str]:
    card, task = one.card, one.task
    yield f"## {task.title}"
    if one.scene:
        yield f"![A synthetic {task.image_kind}, drawn by a script]({one.scene})"
    yield "### Training data"
    if counts := card.get("data"):
        lines = ["| data set | train | val | test |", "| --- | --- | --- | --- |"]
        for name, split in counts.items():
            lines.append(f"| {name} | {' | '.join(str(split.get(part, 0)) for part in ('train', 'val', 'test'))} |")
        yield "\n".join(lines)
    else:
        yield "The weights do not say what they were learned from."
    if terms := card.get("licence"):
        yield terms
    made = [(key, card[key]) for key in ("command", "seed", "commits", "machine") if card.get(key) is not None]
    if made:
        yield "\n".join(f"- {key}: `{', '.join(value) if isinstance(value, list) else value}`" for key, value in made)
    yield "### Results"
    rows = [
        f"| {name} | {MASKS[mask]} | {MEASURES[measure]} | {value['mean']:.4f} | {_interval(value)} | {cases} |"
        for name, mask, measure, value, cases in measured(card)
    ]
    if rows:
        head = ["| test set | mask | measure | mean | 95 % interval | cases |", "| --- | --- | --- | --- | --- | --- |"]
        yield "\n".join(head + rows)
        yield (
            "Intervals are bootstrap intervals over cases. Dice is at a threshold of 0.5; best-threshold Dice cuts "
            "every mask at the one threshold that suits the set best. All reports are in `results/`."
        )
        gains = _gains(card)
        if gains:
            yield "Refined minus segmentor, paired, Dice at 0.5:\n\n" + "\n".join(gains)
    else:
        yield "No result on a test set is kept with these weights."
    yield "### Known failures"
    failures = [sentence for sentence in card.get("known_failures", []) if isinstance(sentence, str)]
    yield (
        "\n".join(f"- {sentence}" for sentence in failures)
        or "None is written down, which does not mean there is none."
    )


def _gains(card: Mapping[str, Any]) -> list[str]:
    """What the refinement adds on each test set, with its interval, whichever way it goes."""
    found = card["test"]["data_sets"]
    return [
        f"- {name}: {gain['mean']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"
        for name, one in found.items()
        if (gain := one.get("refined_minus_prior"))
    ]


def _interval(value: Mapping[str, float]) -> str:
    return f"{value['low']:.4f} to {value['high']:.4f}"


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
