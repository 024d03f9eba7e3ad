"""ONNX files written by hand: the protobuf of a small graph, without the `onnx` package."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import numpy as np

Attribute = int | float | str | Sequence[int]
Shape = Sequence[int | str]
FLOAT, INT64 = 1, 7


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _attribute(name: str, value: Attribute) -> bytes:
    head = _field(1, name)
    if isinstance(value, int):
        return head + _field(3, value) + _field(20, 2)
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + struct.pack("<f", value) + _field(20, 1)
    if isinstance(value, str):
        return head + _field(4, value) + _field(20, 3)
    return head + b"".join(_field(8, v) for v in value) + _field(20, 7)


def node(kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Attribute) -> bytes:
    """A NodeProto."""
    wires = [_field(1, name) for name in inputs] + [_field(2, name) for name in outputs]
    rest = [_field(3, outputs[0]), _field(4, kind), *(_field(5, _attribute(k, v)) for k, v in attributes.items())]
    return b"".join(wires + rest)


def tensor(name: str, values: np.ndarray) -> bytes:
    """A TensorProto of float32 or int64."""
    kind = INT64 if values.dtype == np.int64 else FLOAT
    dims = b"".join(_field(1, side) for side in values.shape)
    return dims + _field(2, kind) + _field(8, name) + _field(9, values.tobytes())


def value(name: str, shape: Shape) -> bytes:
    """A ValueInfoProto of float32; a side that is a word is free."""
    dims = b"".join(_field(1, _field(2, s) if isinstance(s, str) else _field(1, s)) for s in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, dims)))


def model(
    nodes: Sequence[bytes],
    tensors: Mapping[str, np.ndarray],
    given: Shape,
    answer: Shape,
    inputs: Sequence[str] = ("image",),
    outputs: Sequence[str] = ("out",),
) -> bytes:
    """A ModelProto. given, answer: the shape of every input and of every output."""
    parts = [_field(1, n) for n in nodes] + [_field(2, "graph")]
    parts += [_field(5, tensor(name, values)) for name, values in tensors.items()]
    parts += [_field(11, value(name, given)) for name in inputs] + [_field(12, value(name, answer)) for name in outputs]
    return _field(1, 8) + _field(7, b"".join(parts)) + _field(8, _field(1, "") + _field(2, 13))


def conv_model(
    weight: np.ndarray,
    bias: np.ndarray,
    given: Shape = (1, 3, 32, 48),
    answer: Shape | None = None,
    last: str = "",
) -> bytes:
    """A convolution (O,I,k,k) that keeps the size, then the node `last` (Sigmoid, Softmax), if any."""
    sides = weight.shape[-2:]
    hidden = "hidden" if last else "out"
    nodes = [node("Conv", ["image", "weight", "bias"], [hidden], kernel_shape=sides, pads=[sides[0] // 2] * 4)]
    if last == "Softmax":
        nodes.append(node(last, [hidden], ["out"], axis=1))
    elif last:
        nodes.append(node(last, [hidden], ["out"]))
    return model(nodes, {"weight": weight, "bias": bias}, given, answer or (given[0], weight.shape[0], *given[2:]))
