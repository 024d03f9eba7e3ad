"""Runs an ONNX file with OpenCV's dnn module, in a process of its own, which a file may end or fill.

Started by `onnx`; imports nothing of ours. Standard input: a JSON line {"file", "output"}, then the input as .npy.
Standard output: a JSON line {"error"} or {"shape"}, then the output as .npy. One thread, so that the bits do not depend
on how many there are.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

MAX_MEMORY = 8 << 30  # bytes of address space
MAX_NUMBERS = 1 << 26  # of the output


def main() -> None:
    """One input, one output."""
    answer_to = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what OpenCV prints is no answer
    _limit_memory()
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    asked = json.loads(sys.stdin.buffer.readline())
    given = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
    out, error = None, ""
    for engine in (cv2.dnn.ENGINE_NEW, cv2.dnn.ENGINE_CLASSIC):
        try:
            out = _forward(cv2, asked, given, engine)
            break
        except (cv2.error, MemoryError, SystemError) as problem:
            error = error or str(getattr(problem, "err", "") or problem or type(problem).__name__)
    told: dict[str, Any] = {"error": error} if out is None else {"shape": out.shape}
    sent = io.BytesIO()
    if out is not None and out.size <= MAX_NUMBERS:
        np.save(sent, np.ascontiguousarray(out, np.float32), allow_pickle=False)
    with answer_to:
        answer_to.write(json.dumps(told).encode() + b"\n" + sent.getvalue())


def _forward(cv2: Any, asked: dict[str, str], given: Any, engine: int) -> Any:
    network = cv2.dnn.readNetFromONNX(asked["file"], engine=engine)
    if network.empty():
        raise cv2.error("it has an operation that this version of OpenCV does not know")
    network.setInput(given)
    names = network.getUnconnectedOutLayersNames()
    return network.forward(asked["output"]) if asked["output"] in names else network.forward()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MAX_MEMORY if hard == resource.RLIM_INFINITY else min(MAX_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


if __name__ == "__main__":
    main()
