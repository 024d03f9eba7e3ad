"""Memory of runs: how much something holds, and giving back what was freed."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator, Mapping
from types import FunctionType, GeneratorType, MethodType
from typing import Any

import numpy as np
import torch
from torch import nn

APART = 1.0  # seconds between two returns of memory to the system, at least
_turn = threading.Lock()
_last = -APART


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


def give_back_memory() -> bool:
    """Let the C library return freed pages to the system; whether it was asked to.

    glibc keeps what was freed below its heaps' tops: about a gigabyte after some runs on a photograph of an eye, of
    which nothing is in use. Where the C library has no `malloc_trim` (musl, macOS, Windows) nothing happens, nor within
    a second of the last time.
    """
    global _last
    with _turn:
        if time.monotonic() - _last < APART:
            return False
        _last = time.monotonic()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return False
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    trim(0)
    return True
