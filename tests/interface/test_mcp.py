"""The official MCP client against the live app, over HTTP: tools, upload, refinement, a bit, a lesson, refusals."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from api_server import serving
from bright_model import red_disc, red_model, save_disc
from event_loop import run_async

from hidiff.interface.api import VERSION
from hidiff.interface.lessons import lessons
from hidiff.interface.runs.recipe import MAX_SAMPLES
from hidiff.interface.texts import find_text, text
from hidiff.refinement.explain import explain_bit
from hidiff.refinement.settings import SETTINGS

pytest.importorskip("mcp", reason="the extra mcp is not installed")

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import McpError

TOOLS = ["refine", "explain_pixel", "lesson", "results"]
Work = Callable[[ClientSession], Awaitable[Any]]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving({"polyp": red_model()}, tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("disc") / "disc.png"
    save_disc(path)
    return path


def visited(address: str, work: Work) -> Any:
    """What a client makes of its session with the server."""

    async def session() -> Any:
        async with (
            httpx.AsyncClient(trust_env=False, timeout=120) as web,
            streamable_http_client(f"{address}gradio_api/mcp/", http_client=web) as (reading, writing, _),
            ClientSession(reading, writing) as client,
        ):
            await client.initialize()
            return await work(client)

    return run_async(session())


def uploaded_to(address: str, path: Path) -> str:
    """The address of a file that was uploaded to the app."""
    answer = httpx.post(f"{address}gradio_api/upload", files={"files": (path.name, path.read_bytes())}, trust_env=False)
    return f"{address}gradio_api/file={answer.json()[0]}"


def as_data(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def said(result: Any) -> str:
    return str(next(one.text for one in result.content if one.type == "text"))


def test_a_whole_visit(address: str, disc: Path) -> None:
    uploaded = uploaded_to(address, disc)
    asked = {"image": uploaded, "task": "polyp", "steps": 4, "seed": 3, "prior_source": "shift", "prior_seed": 4}

    async def work(client: ClientSession) -> Any:
        return (
            (await client.list_tools()).tools,
            await client.call_tool("refine", asked),
            await client.call_tool("refine", asked | {"image": as_data(disc.read_bytes())}),
            await client.call_tool("explain_pixel", asked | {"row": 120, "column": 130}),
            await client.call_tool("lesson", {"number": 1}),
            (await client.list_resources()).resources,
            await client.read_resource("hidiff://lessons/2"),  # type: ignore[arg-type]
            await client.call_tool("results", {}),
        )

    offered, refined, from_data, bit, lesson, resources, resource, results = visited(address, work)
    assert [tool.name for tool in offered] == TOOLS
    schema = offered[0].inputSchema["properties"]
    assert set(SETTINGS) <= set(schema) and schema["samples"]["maximum"] == MAX_SAMPLES
    assert all(one["description"] for tool in offered for one in tool.inputSchema["properties"].values())

    report = json.loads(said(refined))
    assert not refined.isError and report == refined.structuredContent and report["api_version"] == VERSION
    mask = cv2.imdecode(np.frombuffer(base64.b64decode(refined.content[0].data), np.uint8), cv2.IMREAD_UNCHANGED)
    model, picture = red_model(), red_disc()[0]
    from hidiff.priors.sources import prior_from_source

    prior = prior_from_source(model.task, model.prior(picture), "shift", 4)
    alone = model.refine(picture, prior, steps=4, seed=3).finish()
    assert np.array_equal(mask > 0, alone.probability()[0] > 0.5)
    assert from_data.content[0].data == refined.content[0].data

    story = explain_bit(alone.trace(), 120, 130)
    assert json.loads(said(bit))["story"] == list(story.sentences)
    known = {lesson.id[0]: lesson for lesson in lessons().values()}
    assert json.loads(said(lesson))["title"] == find_text(known["1"].title)
    assert [str(one.uri) for one in resources] == [f"hidiff://lessons/{number}" for number in known]
    assert json.loads(resource.contents[0].text)["id"] == known["2"].id
    assert json.loads(said(results))["task"] == "polyp"


def test_a_path_and_a_foreign_address_are_refused_in_a_sentence(address: str, disc: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    save_disc(secret)
    uploaded = uploaded_to(address, disc)
    given = {
        str(secret): text("mcp.address", name="image"),
        uploaded.split("file=")[1]: text("mcp.address", name="image"),
        f"{address}gradio_api/file={secret}": text("error.image_missing"),
        f"{address}gradio_api/file={Path(uploaded.split('file=')[1]).parent}/../../../../etc/passwd": text(
            "error.image_missing"
        ),
        uploaded.replace("127.0.0.1", "localhost"): text("mcp.address", name="image"),
        "http://169.254.169.254/latest/meta-data": text("mcp.address", name="image"),
        "https://example.org/gradio_api/file=/tmp/x.png": text("mcp.address", name="image"),
        f"file://{secret}": text("mcp.address", name="image"),
        "http://[": text("mcp.address", name="image"),
        "data:image/png,plain": text("mcp.not_base64", name="image"),
        "data:image/png;base64,?": text("mcp.not_base64", name="image"),
        as_data(b"no picture"): "image",
    }

    async def work(client: ClientSession) -> list[Any]:
        return [await client.call_tool("refine", {"image": value, "steps": 1}) for value in given]

    for (value, sentence), answer in zip(given.items(), visited(address, work), strict=True):
        assert answer.isError, value
        assert sentence in said(answer), value
        assert "Traceback" not in said(answer)


def test_a_hundred_megabytes_are_refused_in_a_sentence(address: str) -> None:
    huge = "data:image/png;base64," + "A" * 134_000_000
    large = "data:image/png;base64," + "A" * 11_000_000  # a message that is read, with a file that is too large

    async def work(client: ClientSession) -> list[Any]:
        answers = [await client.call_tool("refine", {"image": value}) for value in (huge, large)]
        return [*answers, await client.call_tool("lesson", {"number": 1})]

    *refused, after = visited(address, work)
    assert [(one.isError, said(one)) for one in refused] == [(True, text("mcp.too_large", limit=8))] * 2
    assert not after.isError, "the server goes on"


def test_what_is_no_message_is_answered_at_once(address: str) -> None:
    for method in ("GET", "DELETE"):
        answer = httpx.request(method, f"{address}gradio_api/mcp", timeout=20, trust_env=False)
        assert (answer.status_code, answer.text) == (405, text("mcp.post"))
    nameless = httpx.post(f"{address}gradio_api/mcp/", content=b"A" * 12_000_000, timeout=60, trust_env=False)
    assert (nameless.status_code, nameless.text) == (413, text("mcp.too_large", limit=8))
    assert httpx.get(address, timeout=60, trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("tool", "asked", "sentence"),
    [
        ("refine", {}, "refine needs image; give it."),
        ("refine", {"steps": 99}, "steps is 99"),
        ("refine", {"steps": "ten"}, "steps is ten"),
        ("refine", {"colour": 1}, "refine has no 'colour'; it takes image"),
        ("refine", {"task": "liver"}, "liver"),
        ("explain_pixel", {"row": 5}, "explain_pixel needs image, column"),
        ("lesson", {"number": 99}, "number is 99; choose one of 0, 1, 2"),
        ("results", {"task": ["x"]}, "x"),
        ("prior", {}, "There is no tool 'prior'"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    address: str, disc: Path, tool: str, asked: dict[str, Any], sentence: str
) -> None:
    if tool == "refine" and asked:
        asked = {"image": as_data(disc.read_bytes()), **asked}

    async def work(client: ClientSession) -> Any:
        return await client.call_tool(tool, asked)

    answer = visited(address, work)
    assert answer.isError and sentence in said(answer)


def test_a_resource_that_is_not_there_is_told_with_those_that_are(address: str) -> None:
    async def work(client: ClientSession) -> str:
        with pytest.raises(McpError) as caught:
            await client.read_resource("hidiff://lessons/99")  # type: ignore[arg-type]
        return str(caught.value)

    assert "hidiff://lessons/1" in visited(address, work)
