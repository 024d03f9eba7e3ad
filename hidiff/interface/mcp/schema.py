"""Schemas of the MCP tools: parameters by name, from the table of settings and the registries of tasks and priors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hidiff.errors import SettingsError
from hidiff.interface.lessons.document import lesson_numbers
from hidiff.interface.runs.recipe import capped
from hidiff.interface.texts import text
from hidiff.pipeline import HiDiff
from hidiff.priors.sources import SEGMENTOR, prior_sources_of
from hidiff.refinement.settings import SETTINGS, Setting

FILES = ("image", "prior", "scribbles", "reference")
Schema = dict[str, Any]


@dataclass(frozen=True)
class Tool:
    """One tool. parameters: name -> JSON schema. defaults: what a call has that does not say."""

    name: str
    description: str
    parameters: Mapping[str, Schema]
    required: tuple[str, ...]
    defaults: Mapping[str, Any]

    @property
    def schema(self) -> Schema:
        """The JSON schema of its arguments."""
        return {
            "type": "object",
            "properties": dict(self.parameters),
            "required": list(self.required),
            "additionalProperties": False,
        }

    def checked(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, all known and none missing, else SettingsError; what they are is checked where they go."""
        for name in arguments:
            if name not in self.parameters:
                raise SettingsError(f"{self.name} has no {name!r:.40}; it takes {', '.join(self.parameters)}.")
        missing = [name for name in self.required if arguments.get(name) is None]
        if missing:
            raise SettingsError(
                f"{self.name} needs {', '.join(missing)}; give {'it' if len(missing) == 1 else 'them'}."
            )
        return dict(arguments)


def tools(models: Mapping[str, HiDiff]) -> list[Tool]:
    """The tools, in the order in which they are offered; `models` holds one model at least."""
    first = next(iter(models.values()))
    task: Schema = {"type": "string", "enum": list(models), "description": _tasks(models)}
    settings = {name: _of_setting(capped(row, first)) for name, row in SETTINGS.items()}
    sources = list(dict.fromkeys(name for model in models.values() for name in prior_sources_of(model.task)))
    start: dict[str, Schema] = {
        "prior_source": {"type": "string", "enum": sources, "description": text("mcp.prior_source")},
        "prior_seed": {"type": "integer", "minimum": 0, "description": text("mcp.prior_seed")},
    }
    files = {name: {"type": "string", "description": text(f"mcp.{name}")} for name in FILES}
    common: dict[str, Schema] = {**files, "task": task, **settings, **start}
    place: dict[str, Schema] = {
        "row": {"type": "integer", "minimum": 0, "description": text("mcp.row")},
        "column": {"type": "integer", "minimum": 0, "description": text("mcp.column")},
        "chain": {"type": "integer", "minimum": 0, "description": text("mcp.chain")},
    }
    of_bit: dict[str, Schema] = {name: schema for name, schema in common.items() if name != "reference"}
    usual = {"task": first.task.name, "prior_source": SEGMENTOR, "prior_seed": 0}
    number = {"type": "integer", "enum": lesson_numbers(), "description": text("mcp.number")}
    return [
        Tool("refine", text("mcp.refine"), common, ("image",), usual),
        Tool("explain_pixel", text("mcp.explain_pixel"), {**of_bit, **place}, ("image", "row", "column"), usual),
        Tool("lesson", text("mcp.lesson"), {"number": number}, ("number",), {}),
        Tool("results", text("mcp.results"), {"task": task}, (), {"task": first.task.name}),
    ]


def _tasks(models: Mapping[str, HiDiff]) -> str:
    return "; ".join(f"{name}: {model.task.object_name} in a {model.task.image_kind}" for name, model in models.items())


def _of_setting(row: Setting) -> Schema:
    """The JSON schema of a setting's row."""
    said = {"description": row.help}
    if row.kind == "choice":
        return {"type": "string", "enum": list(row.choices or ()), **said}
    if row.kind == "switch":
        return {"type": "boolean", **said}
    if row.kind == "share":
        return {"type": "number", "exclusiveMinimum": row.low, "exclusiveMaximum": row.high, **said}
    return {"type": "integer", "minimum": int(row.low), **({} if row.endless else {"maximum": int(row.high)}), **said}
