"""`turnpike demo`: the main job on a small town, from camera pictures to an alert on the wall."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
import typer
from rich.console import Console
from rich.table import Table

from turnpike import config
from turnpike.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from turnpike.cli.demo_people import Cast
    from turnpike.cli.demo_wall import Wall
    from turnpike.recognition.services import Engine, Reading
    from turnpike.simulation.services import DemoWorld

SEED = 7
VIDEO_FRAMES = 24
_START_S = 60.0
_STOP_S = 20.0
_ALERT_S = 5.0
_PR_SET_PDEATHSIG = 1
"""Source: prctl(2)."""
_PASS_EVERY_S = 20.0
_ROOT = Path("var/demo")

console = Console(stderr=True, highlight=False)


def demo(
    folder: Path = typer.Option(_ROOT, help="Where the demo keeps its town and its data."),
    port: int = typer.Option(8000, min=1, max=65535, help="Port of the site."),
    once: bool = typer.Option(False, help="Stop when all is done, instead of serving until Ctrl-C."),
) -> None:
    """Make a town, read its cameras, raise an alert on the wall, and serve the site on loopback."""
    began = time.monotonic()
    os.environ["TURNPIKE_DATA_DIR"] = str(folder / "data")
    os.environ["TURNPIKE_PORT"] = str(port)
    os.environ["TURNPIKE_DEMONSTRATION"] = "true"
    # So that a visitor gets in by a link alone; `serve` refuses this anywhere but on loopback.
    os.environ["TURNPIKE_SECOND_FACTOR"] = "false"
    # So that no visitor's first search is one that chance picks.
    os.environ.setdefault("TURNPIKE_OUTSIDE_SHARE", "0")
    os.environ.setdefault("TURNPIKE_ORGANISATION", "Fenbridge demonstration")
    config.load.cache_clear()
    with ExitStack() as stack:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: sys.exit(128 + number))
        # A shell starts what runs in its background with Ctrl-C ignored; the demo is to end by it all the same.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        server = stack.enter_context(_Server(port))
        world = _world(folder / "world")
        server.wait_until_ready()
        cast, wall = _cast_and_wall(world)
        stack.callback(wall.close)
        # What the roadside logs of each camera is said on the console, in other words.
        logging.getLogger("turnpike.edge").setLevel(logging.WARNING)
        _read_town(world, cast, wall, folder / "outbox")
        _show_sign_ins(cast)
        console.print(f"Ready after {time.monotonic() - began:.0f} s. Ctrl-C stops it; nothing is lost.")
        if once:
            return
        try:
            _live_road(world, cast, folder)
        except KeyboardInterrupt:
            console.print("Stopping …")


class _Server:
    """`turnpike serve` as a process of its own, stopped with this one."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._refuse_taken_port()
        # In a session of its own, so that Ctrl-C reaches this process alone and the order of stopping is ours.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "turnpike", "serve"],
            stderr=sys.stderr,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - no thread of ours runs yet
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _refuse_taken_port(self) -> None:
        try:
            httpx.get(f"{self._url}/healthz", timeout=1, trust_env=False)
        except httpx.ConnectError:
            return
        except httpx.HTTPError:
            pass
        raise UnavailableError("The port is taken; stop what uses it, or choose another with --port.")

    def wait_until_ready(self) -> None:
        """Return when the site answers.

        Raises:
            UnavailableError: it ended, or does not answer in time.
        """
        pause, until = threading.Event(), time.monotonic() + _START_S
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                raise UnavailableError("The server ended; what it printed above says why.")
            try:
                if httpx.get(f"{self._url}/healthz", timeout=2, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                pause.wait(0.1)
        raise UnavailableError("The server does not answer; look at what it printed.")


def _end_with_parent() -> None:
    """Ask the kernel to end this process when the one that started it is gone, however it went (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _world(folder: Path) -> DemoWorld:
    from turnpike.simulation import services as simulation

    with console.status("Making the town …") as status:
        world = simulation.write_demo_world(
            folder,
            SEED,
            progress=lambda what, done, total: status.update(f"Making the town: {what} {done} of {total}"),
        )
    console.print(
        f"Town: {world.town.name}, {len(world.town.cameras)} cameras, {len(world.pictures)} pictures,"
        f" {len(world.videos)} video."
    )
    return world


def _cast_and_wall(world: DemoWorld) -> tuple[Cast, Wall]:
    from turnpike.site.services import prepare_records

    prepare_records()
    from turnpike.cli.demo_people import WALL, make_cast, sign_in_link
    from turnpike.cli.demo_wall import Wall

    cast = make_cast(world)
    wall = Wall(config.load().url, sign_in_link(cast, WALL), on_alert=lambda: None)
    wall.open()
    return cast, wall


def _read_town(world: DemoWorld, cast: Cast, wall: Wall, outboxes: Path) -> None:
    """Every picture and the video, through one roadside process's work for each camera."""
    sources = [
        (c, world.folder / "pictures" / c) for c in cast.keys if (world.folder / "pictures" / c).is_dir()
    ]
    sources += [(video.camera_id, world.folder / video.path) for video in world.videos]
    for number, (camera_id, source) in enumerate(sources, start=1):
        what = f"{camera_id} ({number} of {len(sources)})"
        if source.is_file():
            what += f", video: {VIDEO_FRAMES} frames"
        before = wall.alerts
        with console.status(f"Reading {what} …"):
            sent = _run_edge(camera_id, source, cast, outboxes)
        console.print(f"Read {what}: {sent} new reads stored.")
        if sent and _shows_stolen(world, camera_id, source) and wall.wait_for_alert(before, _ALERT_S):
            console.print("[bold]Alert on the wall:[/bold] a stolen vehicle was seen here.")


def _shows_stolen(world: DemoWorld, camera_id: str, source: Path) -> bool:
    """Whether the town's truth has the stolen vehicle there, so that an alert is worth waiting for."""
    if source.is_file():
        return any(seen.vehicle == world.stolen for video in world.videos for seen in video.passes)
    return any(p.camera_id == camera_id and p.vehicle == world.stolen for p in world.pictures)


def _run_edge(camera_id: str, source: Path, cast: Cast, outboxes: Path) -> int:
    from turnpike.edge.services import Edge, EdgePlan

    plan = EdgePlan(
        source=str(source),
        centre_url=config.load().url,
        key=cast.keys[camera_id],
        outbox=outboxes / f"{camera_id}.sqlite3",
        frames=VIDEO_FRAMES,
        name=camera_id,
    )
    with Edge(plan, _LazyEngine()) as roadside:
        roadside.run()
        return roadside.sent


class _LazyEngine:
    """The engine, loaded with the first picture: a second start has none to read and need not wait for it."""

    @property
    def name(self) -> str:
        """As the engine's own."""
        return self._engine.name

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """As the engine's own."""
        return self._engine.read(image)

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """As the engine's own."""
        return self._engine.examine(image)

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """As the engine's own."""
        return self._engine.read_crop(image)

    @property
    def _engine(self) -> Engine:
        from turnpike.recognition.services import load_engine

        return load_engine()


def _show_sign_ins(cast: Cast) -> None:
    from turnpike.cli.demo_people import sign_in_links

    table = Table(title=f"Turnpike is at {config.load().url}", title_style="bold", show_edge=False)
    table.add_column("Sign in once as")
    table.add_column("Address", no_wrap=True, overflow="ignore")
    for username, link in sign_in_links(cast).items():
        table.add_row(username, link)
    # On stdout, whole lines however narrow the terminal: they are to be copied.
    Console(width=max(console.width, 140)).print(table)


def _live_road(world: DemoWorld, cast: Cast, folder: Path) -> None:
    """Vehicles go on passing, one every few seconds, so that the wall has something to show."""
    pause = threading.Event()
    for camera_id, picture in _passings(world, folder / "live"):
        _run_edge(camera_id, picture, cast, folder / "outbox")
        picture.unlink()
        pause.wait(_PASS_EVERY_S)


def _passings(world: DemoWorld, folder: Path) -> Iterator[tuple[str, Path]]:
    from turnpike.simulation import services as simulation

    for passing in simulation.live_passings(world, folder):
        yield passing.camera_id, passing.path
