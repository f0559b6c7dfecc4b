"""A small PMTiles archive (version 3) for tests: one tile of the whole world, with a sea and a road.

Source: the PMTiles specification, version 3, and the Mapbox Vector Tile specification, version 2.1.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEADER_BYTES = 127
_NONE, _MVT = 1, 1
_POLYGON, _LINE = 3, 2


def write_archive(path: Path) -> Path:
    """Writes the archive and gives its path."""
    sea = _feature(
        _POLYGON,
        [
            (1 << 3) | 1,
            *_zigzag(0, 0),
            (3 << 3) | 2,
            *_zigzag(4096, 0),
            *_zigzag(0, 2048),
            *_zigzag(-4096, 0),
            15,
        ],
    )
    road = _feature(_LINE, [(1 << 3) | 1, *_zigzag(0, 0), (1 << 3) | 2, *_zigzag(4096, 4096)])
    tile = _field(3, _layer("water", sea)) + _field(3, _layer("roads", road))
    metadata = json.dumps(
        {"vector_layers": [{"id": "water", "fields": {}}, {"id": "roads", "fields": {}}]}
    ).encode()
    # One entry: the tile of id 0, a run of one, so many bytes, at the offset 0 (written as 1).
    directory = b"".join(map(_varint, (1, 0, 1, len(tile), 1)))
    metadata_at = _HEADER_BYTES + len(directory)
    tiles_at = metadata_at + len(metadata)
    header = struct.pack(
        "<7sB11Q6B4iB2i",
        b"PMTiles", 3,
        _HEADER_BYTES, len(directory), metadata_at, len(metadata), tiles_at, 0, tiles_at, len(tile), 1, 1, 1,
        1, _NONE, _NONE, _MVT, 0, 0,
        -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000, 0, 0, 0,
    )  # fmt: skip
    path.write_bytes(header + directory + metadata + tile)
    return path


def _layer(name: str, feature: bytes) -> bytes:
    return _number(15, 2) + _field(1, name.encode()) + _field(2, feature) + _number(5, 4096)


def _feature(kind: int, geometry: list[int]) -> bytes:
    return _number(3, kind) + _field(4, b"".join(map(_varint, geometry)))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _zigzag(*values: int) -> list[int]:
    return [value << 1 if value >= 0 else (-value << 1) - 1 for value in values]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
