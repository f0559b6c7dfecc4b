"""`turnpike edge`: the roadside process of one camera or of several; and how its cameras stand."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from turnpike.edge.errors import EdgeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnpike.edge.services import CameraRow, EdgePlan, EdgeStatus
    from turnpike.recognition.services import Describer


def edge(
    source: str | None = typer.Argument(
        None, help="A folder of pictures, a picture, a video file, or rtsp://…; left out with --cameras."
    ),
    *,
    cameras: Path | None = typer.Option(
        None, help="A file that names several live cameras, which are read by one process."
    ),
    centre: str = typer.Option("http://localhost:8000", help="The centre's address."),
    key_file: Path | None = typer.Option(
        None, help="File with this camera's key; TURNPIKE_CAMERA_KEY where it is left out."
    ),
    outbox: Path = typer.Option(Path("edge-outbox.sqlite3"), help="File that holds what is not yet sent."),
    follow: bool = typer.Option(False, help="Go on watching a folder for new pictures."),
    frames: int | None = typer.Option(None, min=1, help="Most frames to read of a video, evenly sampled."),
    every: float = typer.Option(0.2, min=0.0, help="Seconds between the frames read of a video or a stream."),
    lanes: Path | None = typer.Option(None, help="File that says where the lanes are in the picture."),
    make: Path | None = typer.Option(None, help="Card of your own classifier of vehicle makes."),
    drain: float = typer.Option(
        3600.0, min=0.0, help="Seconds to wait, at the end of a file, for the centre to take all."
    ),
) -> None:
    """Read plates at the roadside and send them; nothing is lost while the centre is away.

    A video that was interrupted goes on with the --every and --frames that it was begun with.
    """
    from turnpike.edge.services import EdgePlan

    _log_to_stderr()
    if cameras is not None:
        if source is not None:
            raise EdgeError("Give a source or --cameras, not both.")
        _read_several(cameras, centre)
        return
    if source is None:
        raise EdgeError("Give a source, or a file of several with --cameras.")
    plan = EdgePlan(
        source=source,
        centre_url=centre,
        key=_key(key_file),
        outbox=outbox,
        follow=follow,
        every_s=every,
        frames=frames,
        drain_s=drain,
        describer=_describer(lanes, make),
    )
    _read_one(plan)


def edge_status(
    outboxes: list[Path] = typer.Argument(
        metavar="OUTBOX", help="The outboxes of the cameras, or the file that was given to --cameras."
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a line for each camera."),
) -> None:
    """Tell how the cameras at this roadside stand, and what became of their frames; no plate is told. Status 1 where one has no word to tell."""
    import msgspec

    from turnpike.edge.services import load_cameras, read_status

    named = [
        outbox
        for given in outboxes
        for outbox in (
            [camera.outbox for camera in load_cameras(given)] if given.suffix == ".toml" else [given]
        )
    ]
    statuses, faults = [], []
    for outbox in named:
        try:
            statuses.append(read_status(outbox))
        except EdgeError as error:
            faults.append(str(error))
    faults += [
        f"{one.camera}: no word since {one.written_at}; is `turnpike edge` running, and has its disk room?"
        for one in statuses
        if one.is_stale
    ]
    if as_json:
        for status in statuses:
            print(msgspec.json.encode(status).decode())
    else:
        _print_statuses(statuses)
    if faults:
        raise EdgeError("\n".join(faults))


def _read_one(plan: EdgePlan) -> None:
    from turnpike.edge.services import Edge
    from turnpike.recognition.services import load_engine

    with Edge(plan, load_engine()) as roadside:
        _stop_on_signal(roadside.stop)
        emptied = roadside.run()
        status = roadside.status()
        print(
            f"{roadside.sent} reads stored by the centre, {roadside.waiting} waiting in {plan.outbox}.",
            file=sys.stderr,
        )
        failed = roadside.failures
    _say(status)
    if failed or not emptied:
        raise typer.Exit(1)


def _read_several(file: Path, centre: str) -> None:
    from turnpike import config
    from turnpike.edge.services import Roadside, load_cameras
    from turnpike.recognition.services import load_engine

    plans = [_plan(camera, centre) for camera in load_cameras(file)]
    # A frame a core at once reads more than one frame on all cores.
    at_once = max(1, config.load().recognition_threads)
    roadside = Roadside(plans, load_engine(threads=1), at_once=at_once)
    _stop_on_signal(roadside.stop)
    roadside.run()
    for status in roadside.status():
        _say(status)


def _plan(camera: CameraRow, centre: str) -> EdgePlan:
    from turnpike.edge.services import EdgePlan

    return EdgePlan(
        source=camera.source,
        centre_url=centre,
        key=_key(camera.key_file),
        outbox=camera.outbox,
        every_s=camera.every_s,
        name=camera.name,
        describer=_describer(camera.lanes, camera.make),
    )


def _describer(lanes: Path | None, make: Path | None) -> Describer:
    from turnpike.recognition.services import Describer, load_lanes, load_make_classifier

    return Describer(
        lanes=load_lanes(lanes) if lanes else None, make=load_make_classifier(make) if make else None
    )


def _log_to_stderr() -> None:
    """What the cameras tell; of the libraries only warnings, for their texts may repeat an address with its password."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("turnpike").setLevel(logging.INFO)


def _stop_on_signal(stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


def _say(status: EdgeStatus) -> None:
    print(
        f"{status.camera}: {status.summary} Passes: {status.passes} read, {status.unbelieved} not believed.",
        file=sys.stderr,
    )


def _print_statuses(statuses: list[EdgeStatus]) -> None:
    for one in statuses:
        frames = one.frames
        was = f"was, at {one.written_at}, " if one.is_stale else ""
        print(f"{one.camera}: {was}{one.state} since {one.since}")
        if "received" in frames:
            print(
                f"  Frames: {frames['received']:,} came, {frames['taken']:,} were read, {frames['dropped']:,} gave way to newer ones, {frames['repeated']:,} showed nothing new, "
                f"{frames['corrupt']:,} were damaged; {frames['missed']:,} were due and not there. One is {one.age_ms} ms old when it is read."
            )
            print(
                f"  Connections: {frames['connections']:,}; jumps of the clock: {frames['jumps']:,}; last frame at {one.last_frame_at or 'no time yet'}."
            )
        print(f"  {one.summary}")
        print(
            f"  Passes: {one.passes:,} read, {one.unbelieved:,} not believed; last at {one.last_pass_at or 'no time yet'}. Left out with a fault: {one.failures:,}."
        )
        print(f"  Reads: {one.sent:,} taken by the centre since the start, {one.waiting:,} waiting.")


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
