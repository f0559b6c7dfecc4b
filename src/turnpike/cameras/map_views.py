"""What the map asks for: the cameras that fit, and the operator's own basemap."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from turnpike import config
from turnpike.cameras.finding import wanted_of
from turnpike.cameras.marks import marks_of
from turnpike.web.services import Permission, requires

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpRequest

MAX_RANGE_BYTES = 16 * 2**20
"""Of one answer. Source: ours; a tile or a directory of a PMTiles archive is far smaller."""
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")


@requires(Permission.CAMERAS_VIEW)
@require_safe
def cameras_json(request: HttpRequest) -> HttpResponse:
    """The cameras that fit what the page asks for: id, name, degrees WGS 84, heading, mark and its word."""
    found = tuple(wanted_of(request.GET).cameras())
    marks = marks_of(found)
    told = [
        (
            camera.camera_id,
            camera.name,
            round(camera.latitude, 6),
            round(camera.longitude, 6),
            camera.heading_degrees,
            marks[camera.camera_id].kind,
            marks[camera.camera_id].word,
        )
        for camera in found
    ]
    return HttpResponse(msgspec.json.encode(told), content_type="application/json")


@requires(Permission.CAMERAS_VIEW)
@require_safe
def tiles(request: HttpRequest) -> HttpResponse:
    """A range of the basemap that `map_tiles` names; 404 where there is none, 416 without a range.

    Source: RFC 9110, section 14, of which one range of bytes is all that PMTiles asks for.
    """
    path = config.load().map_tiles
    if path is None or not path.is_file():
        raise Http404
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    size = path.stat().st_size
    first, last = (int(asked[1]), min(int(asked[2]), size - 1)) if asked else (0, -1)
    if first > last or last - first >= MAX_RANGE_BYTES:
        return HttpResponse(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"}
        )
    return HttpResponse(
        _part(path, first, last - first + 1),
        content_type="application/octet-stream",
        status=HTTPStatus.PARTIAL_CONTENT,
        headers={
            "Content-Range": f"bytes {first}-{last}/{size}",
            "Accept-Ranges": "bytes",
            "ETag": f'"{size}-{path.stat().st_mtime_ns}"',
        },
    )


def _part(path: Path, first: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(first)
        return file.read(length)
