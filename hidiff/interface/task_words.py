"""Words of a task: its title and what it looks for, in the visitor's language where that has them."""

from __future__ import annotations

from hidiff.interface.runs.recipe import Source
from hidiff.interface.texts import ENGLISH, text, text_or
from hidiff.tasks import Task


def title_of(task: Task) -> str:
    """What the task is called. A task of somebody's own is called as its file says."""
    key = f"task.{task.name}.title"
    return text(key) if ENGLISH.get(key) == task.title else task.title


def object_of(task: Task) -> str:
    """One of what it looks for, as a part of a sentence."""
    return text_or(f"task.{task.name}.object", task.object_name)


def sought_of(task: Task) -> str:
    """What it looks for, as one looks for several of them."""
    name = task.object_name
    return text_or(f"task.{task.name}.sought", name if name.endswith("s") else f"{name}s")


def kind_of(image_kind: str) -> str:
    """What a picture shows."""
    return text_or(f"kind.{image_kind}", image_kind)


def source_title(source: Source) -> str:
    """What a picture is called: an example in the visitor's language, a visitor's own as its file."""
    return text_or(f"example.{source.path.stem}.title", source.title) if source.example else source.title
