"""`turnpike simulate`: the demo world, in a folder."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

SEED = 7


def simulate(
    out: Path = typer.Option(
        ..., "--out", help="Folder to write the world to; a finished one is left as it is."
    ),
    seed: int = typer.Option(SEED, min=0, help="The same seed gives the same town, traffic and pictures."),
    pictures: int = typer.Option(24, min=1, max=200, help="How many pictures to take."),
    video_seconds: float = typer.Option(8.0, min=1.0, max=120.0, help="How long the video is."),
) -> None:
    """Write a simulated town's road pictures and a video, with the truth about them in world.json."""
    from turnpike.simulation.services import write_demo_world

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {what: bars.add_task(what, total=None) for what in ("pictures", "video")}

        def tell(what: str, done: int, total: int) -> None:
            bars.update(tasks[what], completed=done, total=total)

        world = write_demo_world(out, seed, tell, pictures=pictures, video_seconds=video_seconds)
    typer.echo(
        f"{world.folder}: {world.town.name}, {len(world.town.cameras)} cameras, pictures: {len(world.pictures)},"
        f" videos: {len(world.videos)}, all of {world.day}; the truth is in world.json."
    )
