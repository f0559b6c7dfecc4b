"""Which picture of a message is of its plate, and where in it: only what is bound to the very plate is taken."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from turnpike.ingest.vendor_messages import Picture, PlateBox
from turnpike.ingest.vendor_values import MAX_PICTURE_BYTES, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_START = b"\xff\xd8"
_SIZES = struct.Struct(">HH")
_LENGTH = struct.Struct(">H")
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN, _FILL = 0xDA, 0xFF
_MAX_SEGMENTS = 200
_SIZE_AT, _SIZE_END = 5, 9
_FOUR = 4


def picture(content: bytes | memoryview, box: PlateBox | None = None) -> Picture | None:
    """A picture of the plate alone, or of more with its box; None where it is no JPEG, as for an empty part, or over 8 MiB."""
    if content[:2] != _START or len(content) > MAX_PICTURE_BYTES:
        return None
    return Picture(bytes(content), box)


def jpeg_size(content: bytes | memoryview) -> tuple[int, int] | None:
    """Width and height in pixels as a JPEG's head says; None where it says none.

    Source: ITU-T T.81 annex B.2.2, the frame header.
    """
    at = len(_START)
    for _ in range(_MAX_SEGMENTS):
        if at + _SIZE_END > len(content) or content[at] != _FILL or content[at + 1] == _SCAN:
            return None
        if content[at + 1] == _FILL:
            at += 1
            continue
        if content[at + 1] in _FRAMES:
            height, width = _SIZES.unpack(content[at + _SIZE_AT : at + _SIZE_END])
            return (width, height) if width and height else None
        at += 2 + int(_LENGTH.unpack(content[at + 2 : at + _FOUR])[0])
    return None


def scaled_box(
    edges: Sequence[object], size: tuple[int, int] | None, *, whole: int | None = None
) -> PlateBox | None:
    """The box of left, top, right and bottom in a picture of that size; None where it is not wholly in it, or empty.

    Args:
        edges: four numbers as the maker wrote them.
        size: width and height of the picture in pixels.
        whole: what stands for the picture's whole width and for its whole height; None where the edges are in pixels.
    """
    numbers = [number_of(edge) for edge in edges]
    if size is None or len(numbers) != _FOUR:
        return None
    left, top, right, bottom = (-1.0 if number is None else number for number in numbers)
    across, down = whole or size[0], whole or size[1]
    if not (0 <= left < right <= across and 0 <= top < bottom <= down):
        return None
    x, y = round(left * size[0] / across), round(top * size[1] / down)
    width = max(1, round(right * size[0] / across) - x)
    height = max(1, round(bottom * size[1] / down) - y)
    return PlateBox(x, y, width, height)
