"""`turnpike serve`: the centre."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from turnpike import config
from turnpike.errors import ConfigurationError

STATIC = Path(__file__).resolve().parents[1] / "web" / "static"
# How long a worker may take to finish what it writes before it is ended.
STOP_TIMEOUT_S = 20
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def serve() -> None:
    """Serve the site and take reads, until Ctrl-C.

    One supervisor and one worker: the worker owns the read store, and is started again if it dies.
    """
    settings = config.load()
    if not (STATIC / "turnpike.css").exists() and not any(STATIC.glob("**/*.css")):
        raise ConfigurationError("The pages' assets are not built; run `make assets` first.")
    if settings.host not in _LOOPBACK:
        print(
            f"Listening on {settings.host}: put a TLS proxy in front, and set TURNPIKE_PUBLIC_URL to its https address.",
            file=sys.stderr,
        )
    # A fresh interpreter for the worker: the store's engine and open databases must not cross a fork.
    multiprocessing.set_start_method("spawn", force=True)
    print(f"Turnpike is served at {settings.url}", file=sys.stderr, flush=True)
    _serve(settings)


def _serve(settings: config.Config) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "turnpike.site.asgi:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT_S,
        static_path_route=["/static"],
        static_path_mount=[STATIC],
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]  # an enum of strings
    ).serve()
