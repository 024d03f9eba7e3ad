"""What an ONNX file says of itself: the shape of its input and the name of its first output.

ONNX is a protobuf. Of the few fields that are needed here a walk over the bytes finds them, without running anything
and without another package; what is no ONNX file is told apart on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hidiff.errors import WeightsError

MAX_FIELDS = 1_000_000  # more than the largest network has; a file that is nothing but fields is none
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5  # wire types
_GRAPH = 7  # of a model
_INITIALIZER, _INPUT, _OUTPUT = 5, 11, 12  # of a graph
_FLOAT32 = 1

Field = tuple[int, int | memoryview]


class _NotProtobufError(ValueError):
    pass


@dataclass(frozen=True)
class OnnxFile:
    """path; shape: of the one input, as many sides as it declares, None where a side is free; output: the name of the
    first output."""

    path: Path
    shape: tuple[int | None, ...]
    output: str

    @property
    def size(self) -> tuple[int | None, int | None]:
        """Height and width of the images that it takes; None where they are free."""
        return self.shape[2], self.shape[3]


def read_onnx(path: Path) -> OnnxFile:
    """Raises WeightsError unless the file is an ONNX network that takes one colour image (1,3,h,w) of float32."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read ({error.strerror}); name an ONNX file.") from error
    try:
        fields = _walk(memoryview(data), [MAX_FIELDS])
        graph = next((value for number, value in fields if number == _GRAPH and isinstance(value, memoryview)), None)
        inputs, output = ([], "") if graph is None else _signature(graph)
    except _NotProtobufError as error:
        raise WeightsError(f"{path.name} is no ONNX file, or a damaged one; export it again.") from error
    if graph is None or not output:
        raise WeightsError(f"{path.name} is no ONNX file, or a damaged one; export it again.")
    if len(inputs) != 1:
        raise WeightsError(f"{path.name} has {len(inputs)} inputs; give a network that takes an image alone.")
    kind, shape = inputs[0]
    if kind not in (0, _FLOAT32):
        raise WeightsError(f"{path.name} takes numbers of another kind than float32; export it for float32.")
    free = (None, None, None, None) if shape is None else shape
    if len(free) != 4 or free[0] not in (None, 1) or free[1] not in (None, 3):
        sides = " x ".join("?" if side is None else str(side) for side in free)
        raise WeightsError(f"{path.name} takes {sides} numbers and an image is 1 x 3 x height x width; export it so.")
    return OnnxFile(path, free, output)


def _signature(graph: memoryview) -> tuple[list[tuple[int, tuple[int | None, ...] | None]], str]:
    """Element kind and shape of each input that is no weight, and the first output's name."""
    budget = [MAX_FIELDS]
    parts: dict[int, list[memoryview]] = {_INITIALIZER: [], _INPUT: [], _OUTPUT: []}
    for number, value in _walk(graph, budget):
        if number in parts and isinstance(value, memoryview):
            parts[number].append(value)

    def name(value: memoryview, field: int = 1) -> bytes:
        return next((bytes(found) for found in _inside(value, (field,), budget)), b"")

    weights = {name(value, 8) for value in parts[_INITIALIZER]}  # older files list these among the inputs
    shapes = [_tensor_type(value, budget) for value in parts[_INPUT] if name(value) not in weights]
    return shapes, name(parts[_OUTPUT][0]).decode(errors="replace") if parts[_OUTPUT] else ""


def _tensor_type(value: memoryview, budget: list[int]) -> tuple[int, tuple[int | None, ...] | None]:
    """Element kind (0 where it says none) and shape (None where it says none) of a ValueInfoProto."""
    kind, shape = 0, None
    for tensor in _inside(value, (2, 1), budget):  # its type, a tensor's
        for number, field in _walk(tensor, budget):
            if number == 1 and isinstance(field, int):
                kind = field
            elif number == 2 and isinstance(field, memoryview):
                shape = tuple(_side(side, budget) for side in _inside(field, (1,), budget))
    return kind, shape


def _side(side: memoryview, budget: list[int]) -> int | None:
    values = [value for number, value in _walk(side, budget) if number == 1 and isinstance(value, int)]
    return values[-1] if values and 0 < values[-1] < 2**63 else None


def _inside(message: memoryview, path: tuple[int, ...], budget: list[int]) -> Iterator[memoryview]:
    """The messages that lie at these field numbers, one inside the other."""
    for number, value in _walk(message, budget):
        if number == path[0] and isinstance(value, memoryview):
            if path[1:]:
                yield from _inside(value, path[1:], budget)
            else:
                yield value


def _walk(message: memoryview, budget: list[int]) -> Iterator[Field]:
    """Number and value of each field of a protobuf message; groups, which ONNX has none of, are refused."""
    at = 0
    while at < len(message):
        budget[0] -= 1
        if budget[0] < 0:
            raise _NotProtobufError
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if number == 0 or wire not in (_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES):
            raise _NotProtobufError
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == _LENGTH:
            length, at = _varint(message, at)
        else:
            length = 8 if wire == _EIGHT_BYTES else 4
        if length > len(message) - at:
            raise _NotProtobufError
        yield number, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise _NotProtobufError
