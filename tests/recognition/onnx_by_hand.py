"""ONNX models written by hand, field by field, so that tests need no library to make them."""

from __future__ import annotations

FLOAT, GRAPH_ATTRIBUTE, INTS_ATTRIBUTE = 1, 5, 7


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def part(number, value):
    """One field of a protocol buffer: a number as it is, anything else by its length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor_type(name, shape, kind=FLOAT):
    """A graph's input or output; a side that is text is left open under that name."""
    sides = b"".join(part(1, part(2 if isinstance(side, str) else 1, side)) for side in shape)
    return part(1, name) + part(2, part(1, part(1, kind) + part(2, sides)))


def node(operation, taken, given, *, domain="", attributes=b""):
    ends = b"".join(part(1, name) for name in taken) + b"".join(part(2, name) for name in given)
    return part(1, ends + part(4, operation) + (part(7, domain) if domain else b"") + attributes)


def model(nodes, taken, given, *, opset=17, more_graph=b"", more=b"", domain=""):
    graph = nodes + part(2, "tiny") + more_graph + part(11, taken) + part(12, given)
    return part(1, 8) + part(7, graph) + part(8, part(1, domain) + part(2, opset)) + more


def mean_colours(side=32, *, labels=3, softmax=True, nodes=b"", **named):
    """A classifier whose answers are the mean red, green and blue of a picture."""
    chain = node("GlobalAveragePool", ["picture"], ["mean"]) + node(
        "Flatten", ["mean"], ["flat" if softmax else "answer"]
    )
    if softmax:
        chain += node("Softmax", ["flat"], ["answer"])
    return model(
        chain + nodes,
        tensor_type("picture", ["n", 3, side, side]),
        tensor_type("answer", ["n", labels]),
        **named,
    )
