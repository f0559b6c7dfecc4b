"""The ASGI entry point: posted reads and makers' messages go to their lean handlers, all else to Django."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "turnpike.site.settings")

from django.core.asgi import get_asgi_application

_application = get_asgi_application()

# Only now: these modules hold Django models, which want the application registry filled.
from turnpike.ingest import services as ingest  # noqa: E402 - models want the registry filled first
from turnpike.site.body_limit import limited  # noqa: E402 - as above
from turnpike.site.worker import Worker  # noqa: E402 - models want the registry filled first

if TYPE_CHECKING:
    from turnpike.site.body_limit import type_receive, type_scope, type_send

READS_PATH = "/api/v1/reads"
_worker = Worker()
_django = limited(_application)  # type: ignore[arg-type]  # Django's stubs narrow the scope's type


async def application(scope: type_scope, receive: type_receive, send: type_send) -> None:
    """The one application that Granian serves."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == READS_PATH:
        await ingest.handle(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(ingest.FEED_PATHS):
        await ingest.handle_feed(scope, receive, send)
    elif scope["type"] == "http":
        await _django(scope, receive, send)


async def _lifespan(receive: type_receive, send: type_send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await _worker.start()
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
        else:
            await _worker.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
