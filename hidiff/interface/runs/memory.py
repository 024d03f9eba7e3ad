"""Memory of runs: how much something holds, and giving back what was freed."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Iterator, Mapping
from types import FunctionType, GeneratorType, MethodType
from typing import Any

import numpy as np
import torch
from torch import nn

APART = 1.0  # seconds between two returns of memory to the system, at least
ARENAS = 2  # heaps
APIECE = 4 << 20  # bytes from which on a block is the system's own, and goes back when it is freed
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3  # mallopt's names of these, in glibc's malloc.h
_turn = threading.Lock()
_next = 0.0  # when memory may be given back again, on the monotonic clock


def held_bytes(*roots: object) -> int:
    """Bytes of all arrays, tensors, texts and byte strings that can be reached from some objects, each buffer once.

    Attributes, items, cells of closures and the variables of suspended generators are followed. Networks are left out,
    since all runs share them; what a run made with one is found by whoever holds it.
    """
    seen: set[int] = set()
    buffers: dict[int, int] = {}
    todo: list[object] = list(roots)
    alive: list[object] = []  # else a dictionary made on the way could lend its id to another
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, nn.Module | type):
            continue
        seen.add(id(one))
        alive.append(one)
        if isinstance(one, torch.Tensor):
            storage = one.untyped_storage()
            buffers[storage.data_ptr()] = max(storage.nbytes(), buffers.get(storage.data_ptr(), 0))
        elif isinstance(one, np.ndarray):
            if one.base is None:
                buffers[one.ctypes.data] = max(one.nbytes, buffers.get(one.ctypes.data, 0))
            else:
                todo.append(one.base)
        elif isinstance(one, str | bytes | bytearray):
            buffers[id(one)] = len(one)
        elif isinstance(one, memoryview):
            todo.append(one.obj)
        else:
            todo.extend(_parts_of(one))
    return sum(buffers.values())


def _parts_of(one: object) -> Iterator[object]:
    """What an object holds, one step away."""
    if isinstance(one, Mapping):
        yield from one.keys()
        yield from one.values()
    elif isinstance(one, list | tuple | set | frozenset):
        yield from one
    elif isinstance(one, GeneratorType):
        if one.gi_frame is not None:
            yield from one.gi_frame.f_locals.values()
    elif isinstance(one, FunctionType):
        yield from (cell.cell_contents for cell in one.__closure__ or () if _filled(cell))
    elif isinstance(one, MethodType):
        yield from (one.__self__, one.__func__)
    else:
        yield getattr(one, "__wrapped__", None)
        yield from getattr(one, "__dict__", {}).values()
        for kind in type(one).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            yield from (getattr(one, name, None) for name in ((slots,) if isinstance(slots, str) else slots))


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def keep_memory_low() -> bool:
    """Have the C library share two heaps among all threads, and give back large blocks when they are freed; whether it
    was asked to. To be called before threads begin.

    With a heap for each thread, as glibc has it by itself, every worker that has once refined a photograph of an eye
    keeps the space of one. And glibc learns from the first large block that is freed to put the next ones, up to 32 MB,
    into a heap, where small ones that stay pin them. Blocks that every layer asks for must stay below `APIECE`: with
    2 MB a chain on an eye took twice as long. Where the C library has no `mallopt` (macOS, Windows; musl's does
    nothing) all stays as is.
    """
    return _called("mallopt", M_ARENA_MAX, ARENAS) and _called("mallopt", M_MMAP_THRESHOLD, APIECE)


def settle_memory() -> None:
    """Take what is there now for what stays, so that looking for circles of dead objects costs a thousandth of a second
    a run, and give back what making it took. To be called once, when everything that lives as long as the program has
    been made."""
    _give_back()
    gc.freeze()


def give_back_memory() -> None:
    """Let go of circles of dead objects, and let the C library return freed pages to the system.

    Gradio makes a component for each value that it sends, and each is a circle: with the long-lived objects of a page
    and of PyTorch beside them, Python looks for such circles once in some hundred runs. glibc keeps what was freed
    below its heaps' tops: about a gigabyte after some runs on a photograph of an eye, of which nothing is in use. Twice
    within a second, the second time waits until the second has passed.
    """
    global _next
    with _turn:
        now = time.monotonic()
        wait = _next - now
        if wait > APART:  # one is to come already
            return
        _next = max(now, _next) + APART
    if wait <= 0:
        _give_back()
    else:
        later = threading.Timer(wait, _give_back)
        later.daemon = True
        later.start()


def _give_back() -> None:
    gc.collect()
    _called("malloc_trim", 0)


def _called(function: str, *given: int) -> bool:
    """Call a function of the C library with whole numbers; whether there is one and it says that it did."""
    try:
        found = getattr(ctypes.CDLL(None), function)
    except (AttributeError, OSError, TypeError):
        return False
    found.argtypes = [ctypes.c_size_t if function == "malloc_trim" else ctypes.c_int] * len(given)
    found.restype = ctypes.c_int
    return bool(found(*given))
