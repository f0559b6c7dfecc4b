"""`turnpike config …`: the settings."""

from __future__ import annotations

import typer

from turnpike import config

commands = typer.Typer(no_args_is_help=True, help="Look at the settings.")


@commands.callback()
def configuration() -> None:
    """Look at the settings."""


@commands.command()
def check() -> None:
    """Say which settings are in force, or what is wrong with them."""
    settings = config.load()
    for name in type(settings).model_fields:
        typer.echo(f"{name} = {getattr(settings, name)!s}")
