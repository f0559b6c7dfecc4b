"""`turnpike edge`: the roadside process of one camera."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import typer

from turnpike.edge.errors import EdgeError


def edge(
    source: str = typer.Argument(help="A folder of pictures, a picture, a video file, or rtsp://…"),
    centre: str = typer.Option("http://localhost:8000", help="The centre's address."),
    key_file: Path | None = typer.Option(
        None, help="File with this camera's key; TURNPIKE_CAMERA_KEY where it is left out."
    ),
    outbox: Path = typer.Option(Path("edge-outbox.sqlite3"), help="File that holds what is not yet sent."),
    follow: bool = typer.Option(False, help="Go on watching a folder for new pictures."),
    frames: int | None = typer.Option(None, min=1, help="Most frames to read of a video, evenly sampled."),
    every: float = typer.Option(0.2, min=0.0, help="Seconds between the frames read of a video."),
    drain: float = typer.Option(
        3600.0, min=0.0, help="Seconds to wait, at the end of a file, for the centre to take all."
    ),
) -> None:
    """Read plates at the roadside and send them; nothing is lost while the centre is away.

    A video that was interrupted goes on with the --every and --frames that it was begun with.
    """
    from turnpike.edge.services import Edge, EdgePlan
    from turnpike.recognition.services import load_engine

    plan = EdgePlan(
        source=source,
        centre_url=centre,
        key=_key(key_file),
        outbox=outbox,
        follow=follow,
        every_s=every,
        frames=frames,
        drain_s=drain,
    )
    with Edge(plan, load_engine()) as roadside:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: roadside.stop())
        emptied = roadside.run()
        print(
            f"{roadside.sent} reads stored by the centre, {roadside.waiting} waiting in {outbox}.",
            file=sys.stderr,
        )
        failed = roadside.failures
    if failed or not emptied:
        raise typer.Exit(1)


def _key(key_file: Path | None) -> str:
    try:
        key = key_file.read_text() if key_file else os.environ.get("TURNPIKE_CAMERA_KEY", "")
    except OSError as error:
        raise EdgeError(
            f"The key file cannot be read: {error.strerror}; name another with --key-file."
        ) from error
    if not key.strip():
        raise EdgeError("Give this camera's key with --key-file, or in TURNPIKE_CAMERA_KEY.")
    return key.strip()
