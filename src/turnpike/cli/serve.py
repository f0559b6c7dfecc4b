"""`turnpike serve`: the centre."""

from __future__ import annotations

import multiprocessing
import socket
import sys
import threading
import time
from pathlib import Path

from turnpike import config
from turnpike.errors import ConfigurationError
from turnpike.site.services import lock_data_folder

STATIC = Path(__file__).resolve().parents[1] / "web" / "static"
# How long a worker may take to finish what it writes before it is ended.
STOP_TIMEOUT_S = 20
LET_GO_S = 3.0


def serve() -> None:
    """Serve the site and take reads, until Ctrl-C.

    One supervisor and one worker: the worker owns the read store, and is started again if it dies.
    """
    settings = config.load()
    if not (STATIC / "turnpike.css").exists() and not any(STATIC.glob("**/*.css")):
        raise ConfigurationError("The pages' assets are not built; run `make assets` first.")
    if settings.host not in config.LOOPBACK and not settings.url.startswith("https://"):
        raise ConfigurationError(
            "To listen beyond this machine, put a TLS proxy in front and set TURNPIKE_PUBLIC_URL to its https address."
        )
    if settings.asks_second_factor and not settings.second_factor:
        raise ConfigurationError(
            "Only a demonstration on loopback may do without a second factor; set TURNPIKE_SECOND_FACTOR to true."
        )
    _await_folder_and_port(settings)
    settings.check_keys()
    # A fresh interpreter for the worker: the store's engine and open databases must not cross a fork.
    multiprocessing.set_start_method("spawn", force=True)
    print(f"Turnpike is served at {settings.url}", file=sys.stderr, flush=True)
    _serve(settings)


def _await_folder_and_port(settings: config.Config) -> None:
    """Return when both are free: a server that was killed a moment ago may not yet have let go of them.

    Raises:
        ConfigurationError: another process keeps one of them, or the address is none of this machine's.
    """
    pause, until = threading.Event(), time.monotonic() + LET_GO_S
    while True:
        try:
            lock_data_folder(settings).close()
            _check_port(settings)
        except ConfigurationError:
            if time.monotonic() > until:
                raise
            pause.wait(0.1)
        else:
            return


def _check_port(settings: config.Config) -> None:
    where = f"{settings.host}, port {settings.port}"
    try:
        family, kind, *_, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            # As the server's own: connections that are only dying away do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigurationError(
            f"Turnpike cannot listen on {where} ({error.strerror}); stop what uses it, or set TURNPIKE_PORT or TURNPIKE_HOST."
        ) from error


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
