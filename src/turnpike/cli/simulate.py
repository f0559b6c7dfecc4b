"""`turnpike simulate`: the demo world, in a folder; and a nation's reads."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from turnpike.cli.simulate_nation import SEED, nation

commands = typer.Typer(invoke_without_command=True)
commands.command()(nation)


@commands.callback()
def simulate(
    context: typer.Context,
    out: Path | None = typer.Option(
        None, "--out", help="Folder to write the world to; a finished one is left as it is."
    ),
    seed: int = typer.Option(SEED, min=0, help="The same seed gives the same town, traffic and pictures."),
    pictures: int = typer.Option(24, min=1, max=200, help="How many pictures to take."),
    video_seconds: float = typer.Option(8.0, min=1.0, max=120.0, help="How long the video is."),
) -> None:
    """Write a simulated town's road pictures and a video, with the truth about them in world.json.

    `turnpike simulate nation` makes the reads of a whole nation, without pictures.
    """
    if context.invoked_subcommand is not None:
        _refuse_options_before_the_command(context)
        return
    if out is None:
        raise typer.BadParameter("Give the folder with --out, or a command such as nation.")
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


def _refuse_options_before_the_command(context: typer.Context) -> None:
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"Give the options after {context.invoked_subcommand}.")
