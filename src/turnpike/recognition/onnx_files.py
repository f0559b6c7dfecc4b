"""What an ONNX file holds, looked at before anything runs it: only what an image classifier needs is let through.

The file is a protocol buffer; of its fields only those that say which operations it has, where its weights are, and what it was made for are
read. Source: onnx.proto of ONNX 1.19 (field numbers), https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OPSETS = range(7, 26)
MOST_NODES = 5000
OPERATIONS = frozenset(
    name.strip()
    for name in """
    Add, AveragePool, BatchNormalization, Cast, Clip, Concat, Constant, Conv, DequantizeLinear, Div, Dropout, Elu, Erf, Exp, Flatten,
    Gather, Gelu, Gemm, GlobalAveragePool, GlobalMaxPool, HardSigmoid, HardSwish, Identity, LRN, LayerNormalization, LeakyRelu, LogSoftmax,
    MatMul, Max, MaxPool, Min, Mul, Neg, PRelu, Pad, Pow, QLinearConv, QLinearMatMul, QuantizeLinear, Reciprocal, ReduceMax, ReduceMean,
    ReduceSum, Relu, Reshape, Shape, Sigmoid, Slice, Softmax, Softplus, Split, Sqrt, Squeeze, Sub, Sum, Tanh, Transpose, Unsqueeze
    """.replace("\n", " ").split(",")
)
"""Of ONNX's own operations those that image classifiers are made of. Loops, branches and reading of files are not among them; how large its arrays grow is its maker's, whom the card names."""

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_Field = tuple[int, int | bytes]


class NotAClassifier(ValueError):
    """The file is not fit to be run; the words say why and fit after "it"."""


def refuse_unfit(content: bytes) -> None:
    """Look through an ONNX file.

    Raises:
        NotAClassifier: it is no such file, or holds an operation, a reference or a part that an image classifier has no need of.
    """
    fields = list(_fields(content))
    graphs = [value for number, value in fields if number == 7 and isinstance(value, bytes)]  # noqa: PLR2004 - graph
    if len(graphs) != 1:
        raise NotAClassifier("is no ONNX file")
    if any(number in {20, 25} for number, _ in fields):
        raise NotAClassifier("has functions or training steps of its own")
    for imported in _parts(content, 8):
        of = dict(_fields(imported))
        if of.get(1, b"") not in {b"", b"ai.onnx"}:
            raise NotAClassifier("uses operations that are not ONNX's own")
        if of.get(2) not in OPSETS:
            raise NotAClassifier(f"is not of opset {OPSETS.start} to {OPSETS.stop - 1}")
    _refuse_graph(graphs[0])


def _refuse_graph(graph: bytes) -> None:
    nodes = list(_parts(graph, 1))
    if len(nodes) > MOST_NODES:
        raise NotAClassifier(f"has more than {MOST_NODES} operations")
    for node in nodes:
        of = dict(_fields(node))
        operation = of.get(4, b"")
        if of.get(7, b"") not in {b"", b"ai.onnx"}:
            raise NotAClassifier("uses operations that are not ONNX's own")
        if not isinstance(operation, bytes) or operation.decode(errors="replace") not in OPERATIONS:
            raise NotAClassifier(f"uses the operation {_named(operation)}, which no image classifier needs")
        for attribute in _parts(node, 5):
            _refuse_attribute(attribute)
    for tensor in _parts(graph, 5):
        _refuse_tensor(tensor)
    for sparse in _parts(graph, 15):
        _refuse_sparse(sparse)


def _refuse_attribute(attribute: bytes) -> None:
    if {number for number, _ in _fields(attribute)} & {6, 11}:
        raise NotAClassifier("holds a network within the network")
    for tensor in (*_parts(attribute, 5), *_parts(attribute, 10)):
        _refuse_tensor(tensor)
    for sparse in (*_parts(attribute, 22), *_parts(attribute, 23)):
        _refuse_sparse(sparse)


def _refuse_sparse(sparse: bytes) -> None:
    for tensor in (*_parts(sparse, 1), *_parts(sparse, 2)):
        _refuse_tensor(tensor)


def _refuse_tensor(tensor: bytes) -> None:
    for number, value in _fields(tensor):
        if number == 13 or (number == 14 and value != 0):  # noqa: PLR2004 - external_data, data_location
            raise NotAClassifier("keeps weights in another file; put everything into one")


def _named(operation: int | bytes) -> str:
    name = operation.decode(errors="replace")[:40] if isinstance(operation, bytes) else ""
    return name if name.isalnum() else "without a proper name"


def _parts(message: bytes, wanted: int) -> Iterator[bytes]:
    """The messages within `message` that stand in one field."""
    for number, value in _fields(message):
        if number == wanted:
            if not isinstance(value, bytes):
                raise NotAClassifier("is no ONNX file")
            yield value


def _fields(message: bytes) -> Iterator[_Field]:
    """Each field's number and value: a number, or the bytes of what has a length or a fixed size."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        if key >> 32:
            raise NotAClassifier("is no ONNX file")
        number, kind = key >> 3, key & 7
        value: int | bytes
        if kind == _VARINT:
            value, at = _varint(message, at)
        elif kind in {_EIGHT_BYTES, _FOUR_BYTES, _BYTES}:
            size, at = _varint(message, at) if kind == _BYTES else (8 if kind == _EIGHT_BYTES else 4, at)
            if size > end - at:
                raise NotAClassifier("is cut short or is no ONNX file")
            value, at = message[at : at + size], at + size
        else:
            raise NotAClassifier("is no ONNX file")
        yield number, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise NotAClassifier("is cut short or is no ONNX file")
        value |= (message[at] & 0x7F) << shift
        at += 1
        if message[at - 1] < 0x80:  # noqa: PLR2004 - the last byte of a number
            return value, at
    raise NotAClassifier("is no ONNX file")
