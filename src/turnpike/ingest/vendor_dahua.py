"""What Dahua's two ways of telling of a vehicle share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.ingest.vendor_pictures import jpeg_size, picture, scaled_box
from turnpike.ingest.vendor_values import confidence_of, number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnpike.ingest.vendor_messages import Picture, VendorMessage
    from turnpike.ingest.vendor_tree import Element
    from turnpike.reads.services import Direction

WHOLE = 8192
"""What stands for a picture's width and for its height in a `BoundingBox`. Source: a capture that has the same box in pixels beside it."""
CONFIDENCE_SETTING: Mapping[str, str] = {
    "confidence_most": "Highest confidence that the camera gives, 100 or 255; 100 where this is empty, and 255 for what is above 100"
}
_PERCENT, _BYTE = 100.0, 255.0
_EDGES = 4
_DIRECTIONS: Mapping[str, Direction] = {
    "approach": "towards",
    "obverse": "towards",
    "leave": "away",
    "reverse": "away",
}


def direction_of(text: str) -> Direction:
    """`Approach` and `Obverse` are towards the camera, `Leave` and `Reverse` away from it; empty for anything else."""
    return _DIRECTIONS.get(text.lower(), "")


def dahua_confidence(text: str, message: VendorMessage) -> float | None:
    """0 to 1 from 0 to 100 or 0 to 255, as the feed's setting says; 0 is taken for none, for cameras write it where they give none."""
    number = number_of(text)
    if number is None or number <= 0:
        return None
    is_byte = message.settings.get("confidence_most", "").strip() == "255" or number > _PERCENT
    return confidence_of(number, most=_BYTE if is_byte else _PERCENT)


def cut_picture(content: bytes | memoryview, holder: Element) -> Picture | None:
    """A whole picture with the plate's box: `OriginalBoundingBox` in pixels, else `BoundingBox` in parts of 8192; None without one."""
    size = jpeg_size(content)
    for name, whole in (("OriginalBoundingBox", None), ("BoundingBox", WHOLE)):
        edges = [edge.text for edge in holder.all(name)]
        if len(edges) == _EDGES and (box := scaled_box(edges, size, whole=whole)) is not None:
            return picture(content, box)
    return None
