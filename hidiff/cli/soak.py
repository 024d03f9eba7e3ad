"""The app under load, from outside: it is started as a visitor's server is, asked over HTTP, and its memory is read.

`Visit` is a page without a browser: it sends the events that the page's own buttons send, through the page's own queue.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

from hidiff.imaging.files import read_image, write_png

START = 120.0  # seconds within which the app has a page
PATIENCE = 300.0  # seconds for one answer
_LOOK, _IDLE = 3.0, 15  # seconds between two looks at a process, ticks of the processor in them when it idles
EXAMPLES = {"fundus": "retina_photograph.jpg", "polyp": "polyp_flat.jpg"}


@contextmanager
def running_app(root: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process of `python app.py` in a folder, and its address, as soon as there is a page, or has ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1", "NO_PROXY": "127.0.0.1", **environment}
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    app = subprocess.Popen([sys.executable, str(root / "app.py")], cwd=root, env=os.environ | given, **quiet)
    try:
        url, start = f"http://127.0.0.1:{port}", time.perf_counter()
        while time.perf_counter() - start < START and app.poll() is None:
            try:
                with _opener.open(f"{url}/", timeout=5) as page:
                    if page.status == 200:
                        break
            except OSError:
                time.sleep(0.05)
        yield app, url
    finally:
        app.terminate()
        try:
            app.wait(10)
        except subprocess.TimeoutExpired:
            app.kill()
            app.wait()


def resident_of(process: int) -> int:
    """Bytes of a process that are in memory; 0 where the system does not say."""
    statm = Path(f"/proc/{process}/statm")
    return int(statm.read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.is_file() else 0


def until_idle(process: int, patience: float) -> None:
    """Wait until a process has used next to no processor for a while, as an app that has prepared all its examples; not
    at all where the system does not say."""
    stat, end, before = Path(f"/proc/{process}/stat"), time.perf_counter() + patience, -math.inf
    while stat.is_file() and time.perf_counter() < end:
        ticks = sum(map(int, stat.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]))
        if ticks - before <= _IDLE:
            return
        before = ticks
        time.sleep(_LOOK)


class Visit:
    """A visitor's page: the values of its components, and the events that change them."""

    def __init__(self, url: str) -> None:
        with _opener.open(f"{url}/config", timeout=PATIENCE) as answer:
            config = json.load(answer)
        self._api = url + config.get("api_prefix", "/gradio_api")
        self._hash = secrets.token_hex(6)
        parts = config["components"]
        self._ids = {one["props"]["elem_id"]: one["id"] for one in parts if one["props"].get("elem_id")}
        self._values = {one["id"]: one["props"].get("value") for one in parts if one["type"] != "state"}
        self._events: list[dict[str, Any]] = config["dependencies"]

    def set(self, elem_id: str, value: object) -> None:
        """As a hand would."""
        self._values[self._ids[elem_id]] = value

    def do(self, elem_id: str, event: str, data: object = None) -> None:
        """An event of a component and what follows it, to the end."""
        target = [self._ids[elem_id], event]
        first = next(one for one in self._events if target in one["targets"] and one["backend_fn"])
        self._call(first, target[0], data)
        for one in self._events:
            if one.get("trigger_after") == first["id"] and one["backend_fn"]:
                self._call(one, target[0], None)

    def first(self, elem_id: str, event: str, data: object = None) -> list[Any]:
        """An event of a component without what follows it; what it answered."""
        target = [self._ids[elem_id], event]
        found = next(one for one in self._events if target in one["targets"] and one["backend_fn"])
        return self._call(found, target[0], data)

    @classmethod
    def until_ready(cls, url: str, example: int, patience: float) -> None:
        """Wait until an example stands at once, which says that the app has prepared it and most of the others."""
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            answered = cls(url).first("examples", "click", {"index": example})
            if any(isinstance(one, dict) and one.get("frames") for one in _values_of(answered)):
                return
            time.sleep(2)

    def ask(self, endpoint: str, *given: object) -> None:
        """One of the endpoints for programs, with its first parameters; the others are left as they are."""
        called = next(one for one in self._events if one["api_name"] == endpoint)
        self._values |= dict(zip(called["inputs"], given, strict=False))
        self._call(called, called["inputs"][0], None)

    def upload(self, file: Path) -> dict[str, Any]:
        """Bring a file; what the page then knows of it."""
        edge = secrets.token_hex(16)
        head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{file.name}"\r\n\r\n'
        body = head.encode() + file.read_bytes() + f"\r\n--{edge}--\r\n".encode()
        (path,) = self._post("/upload", body, f"multipart/form-data; boundary={edge}")
        return {"path": path, "orig_name": file.name, "meta": {"_type": "gradio.FileData"}}

    def _call(self, event: Mapping[str, Any], trigger: int, data: object) -> list[Any]:
        asked = {
            "data": [self._values.get(part) for part in event["inputs"]],
            "fn_index": event["id"],
            "session_hash": self._hash,
            "trigger_id": trigger,
            "event_data": data,
        }
        self._post("/queue/join", json.dumps(asked).encode(), "application/json")
        with _opener.open(f"{self._api}/queue/data?session_hash={self._hash}", timeout=PATIENCE) as stream:
            for line in stream:
                message = json.loads(line[5:]) if line.startswith(b"data:") else {}
                if message.get("msg") == "process_completed":
                    break
        if not message.get("success"):
            raise RuntimeError(f"the page's event failed: {message.get('output')}")
        answered: list[Any] = message["output"]["data"]
        for part, value in zip(event["outputs"], answered, strict=False):
            update = isinstance(value, dict) and value.get("__type__") == "update"
            if not update or "value" in value:
                self._values[part] = value["value"] if update else value
        return answered

    def _post(self, path: str, body: bytes, kind: str) -> Any:
        request = urllib.request.Request(self._api + path, body, {"Content-Type": kind})
        with _opener.open(request, timeout=PATIENCE) as answer:
            return json.load(answer)


def _values_of(answered: list[Any]) -> list[Any]:
    """What an answer sets its components to."""
    return [one.get("value") if isinstance(one, dict) and one.get("__type__") else one for one in answered]


def soak(root: Path, runs: int, seen: Callable[[int, int], None]) -> None:
    """Start the app of a folder and refine `runs` times: both tasks, examples and own images of many sizes, on the page
    and by the API. `seen` is told, after each run, how many there were and how many bytes are in memory."""
    with running_app(root) as (app, url), tempfile.TemporaryDirectory() as folder:
        visit = Visit(url)
        for count in range(1, runs + 1):
            task = "fundus" if count % 2 else "polyp"
            way = ("refine", "bring", "program")[(count - 1) // 2 % 3]
            own = own_image(root / "examples" / EXAMPLES[task], Path(folder), count)
            if way == "program":
                visit.ask("refine", visit.upload(own), task)
            else:
                visit.set("task", task)
                visit.do("task", "input")
                if way == "bring":
                    file = visit.upload(own)
                    visit.set("upload", file)
                    visit.do("upload", "upload")
                else:
                    visit.do("examples", "click", {"index": place_of(root, EXAMPLES[task])})
                    visit.do("refine", "click")
            seen(count, resident_of(app.pid))


def place_of(root: Path, file: str) -> int:
    """An example's place in the list."""
    listed = json.loads((root / "examples" / "manifest.json").read_text(encoding="utf-8"))
    return next(index for index, one in enumerate(listed) if one["file"] == file)


def own_image(example: Path, folder: Path, count: int) -> Path:
    """An example at another size, as a file of one's own."""
    image, scale = read_image(example), 0.7 + 0.07 * (count % 9)
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    path = folder / f"own-{count}.png"
    write_png(path, cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    return path


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the address is this machine's own
