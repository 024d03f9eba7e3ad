"""The MCP server: tools refine, explain_pixel, lesson and results, and the lessons as resources. Texts are JSON."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.lowlevel.helper_types import ReadResourceContents

from hidiff import __version__
from hidiff.errors import HiDiffError, SettingsError
from hidiff.interface.api import calls, reports
from hidiff.interface.api.calls import Reply
from hidiff.interface.lessons.document import addresses, lesson_document
from hidiff.interface.mcp.files import given_file
from hidiff.interface.mcp.schema import FILES, Tool, tools
from hidiff.interface.runs import downloads
from hidiff.interface.runs.run import chosen_model
from hidiff.interface.runs.uploads import new_folder
from hidiff.interface.texts import find_text, text
from hidiff.pipeline import HiDiff

WAITING = 8  # calls that wait for the one that is computed; the next is told to come back
_JSON = "application/json"
_log = logging.getLogger(__name__)


def make_server(models: Mapping[str, HiDiff]) -> Server[Any, Any]:
    """The server for these models, one at least. What computes is one call at a time."""
    server: Server[Any, Any] = Server(text("page.title"), version=__version__, instructions=text("mcp.about"))
    known = {tool.name: tool for tool in tools(models)}
    desk = _Desk(models)

    @server.list_tools()
    async def list_tools() -> list[types.Tool]:
        return [
            types.Tool(name=one.name, description=one.description, inputSchema=one.schema) for one in known.values()
        ]

    @server.call_tool(validate_input=False)
    async def call_tool(name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        try:
            if name not in known:
                raise SettingsError(f"There is no tool {name!r:.40}; choose one of {', '.join(known)}.")
            return await desk.answer(known[name], arguments, server.request_context.request)
        except HiDiffError as error:
            return _told([types.TextContent(type="text", text=str(error))], failed=True)
        except Exception:
            _log.exception("A call of %s failed", name)
            return _told([types.TextContent(type="text", text=text("mcp.failed"))], failed=True)

    @server.list_resources()
    async def list_resources() -> list[types.Resource]:
        return [
            types.Resource(uri=uri, name=lesson.id, title=find_text(lesson.title), mimeType=_JSON)
            for uri, lesson in addresses().items()
        ]

    @server.read_resource()
    async def read_resource(uri: Any) -> Iterable[ReadResourceContents]:
        if str(uri) not in addresses():
            raise ValueError(text("mcp.no_resource", known=", ".join(addresses())))
        document = lesson_document(int(str(uri).rpartition("/")[2]))
        return [ReadResourceContents(content=json.dumps(document), mime_type=_JSON)]

    return server


@dataclass
class _Desk:
    """Answers calls. line: calls that are computed or wait."""

    models: Mapping[str, HiDiff]
    line: int = 0

    def __post_init__(self) -> None:
        self._turn = anyio.CapacityLimiter(1)

    async def answer(self, tool: Tool, arguments: Mapping[str, Any], request: Any) -> types.CallToolResult:
        values = {**tool.defaults, **tool.checked(arguments)}
        if tool.name == "lesson":
            return _json(lesson_document(values["number"]))
        if tool.name == "results":
            return _json(reports.results(chosen_model(self.models, values["task"])))
        host, root = _asked_at(request)
        for name in FILES:
            if values.get(name) is not None:
                values[name] = given_file(name, values[name], host, root)
        if self.line > WAITING:
            raise HiDiffError(text("mcp.busy"))
        self.line += 1
        try:
            compute = _refined if tool.name == "refine" else calls.explained
            reply = await anyio.to_thread.run_sync(compute, self.models, values, limiter=self._turn)
        finally:
            self.line -= 1
        return _json(reply.report, reply)


def _refined(models: Mapping[str, HiDiff], values: Mapping[str, Any]) -> Reply:
    *_, answer = calls.refined(models, values)
    return answer


def _asked_at(request: Any) -> tuple[str, str]:
    """The host and the path under which this server was asked."""
    headers: Mapping[str, str] = {} if request is None else request.headers
    host = headers.get("x-forwarded-host") or headers.get("host") or ""
    return host.split(",")[0].strip(), "" if request is None else str(request.scope.get("root_path", ""))


def _json(report: Mapping[str, Any], reply: Reply | None = None) -> types.CallToolResult:
    """The report as text and as data, behind the mask where there is one."""
    content: list[Any] = [types.TextContent(type="text", text=json.dumps(report))]
    if reply is not None and reply.p is not None:
        path = downloads.save_mask(reply.name, reply.p, new_folder())
        picture = base64.b64encode(path.read_bytes()).decode("ascii")
        content.insert(0, types.ImageContent(type="image", data=picture, mimeType="image/png"))
    return _told(content, data=dict(report))


def _told(content: list[Any], failed: bool = False, data: dict[str, Any] | None = None) -> types.CallToolResult:
    return types.CallToolResult(content=content, isError=failed, structuredContent=data)
