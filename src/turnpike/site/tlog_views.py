"""The published log under /tlog/, for everybody: what an HTTP server of static files would hand out, and nothing else.

Source: C2SP tlog-tiles for paths, content types and how long each may be kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from turnpike.ledger import services as ledger
from turnpike.web.services import public

if TYPE_CHECKING:
    from django.http import HttpRequest

_FOR_EVERYBODY = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_NEVER_CHANGES = "public, max-age=31536000, immutable"
_CHANGES = "no-store"


@public("anybody may hold the log against what they were shown; it holds commitments that tell nothing")
@require_safe
def published(request: HttpRequest, path: str) -> HttpResponse:  # noqa: ARG001 - the caller's signature
    """The last published checkpoint, a tile or an entry bundle; 404 in a line where there is none.

    A path that is not written as C2SP writes it is looked up nowhere.
    """
    found = ledger.published_file(path)
    if found is None:
        return _answer(b"The log has no such file.\n", "text/plain; charset=utf-8", _CHANGES, status=404)
    if path == "checkpoint":
        return _answer(found, "text/plain; charset=utf-8", _CHANGES)
    return _answer(found, "application/octet-stream", _NEVER_CHANGES)


@public("whoever checks the log needs the record of its public keys")
@require_safe
def keys(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the caller's signature
    """Every key that the log has had, with its dates; nobody has to believe it, see docs/audit-log.md."""
    body = msgspec.json.format(msgspec.json.encode(ledger.key_record()), indent=2) + b"\n"
    return _answer(body, "application/json", _CHANGES)


def _answer(body: bytes, content_type: str, keep: str, *, status: int = 200) -> HttpResponse:
    headers = {**_FOR_EVERYBODY, "Cache-Control": keep}
    return HttpResponse(body, content_type=content_type, headers=headers, status=status)
