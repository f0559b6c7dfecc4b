"""`turnpike db …`: the read store's tables."""

from __future__ import annotations

import typer

from turnpike import config

_BYTES_PER_MB = 1_000_000

commands = typer.Typer(no_args_is_help=True, help="Bring the read store's tables up to date, or back.")


@commands.callback()
def database() -> None:
    """Bring the read store's tables up to date, or back."""


@commands.command()
def plan(
    to: int | None = typer.Option(None, "--to", min=0, help="The version to go to; without it, the newest."),
) -> None:
    """Print the SQL that `turnpike db migrate` would run, and what it would write anew. Changes nothing."""
    from turnpike.reads.services import planned_steps

    steps = planned_steps(config.load().reads_path, to)
    if not steps:
        typer.echo("-- Nothing is to be done: the read store's tables are as they should be.")
    for step in steps:
        typer.echo(f"-- {step.migration.version:04} {step.migration.name}, {step.way}")
        for rewrite in step.rewrites:
            size = f"{rewrite.rows:,} rows, {rewrite.bytes_on_disk / _BYTES_PER_MB:,.0f} MB"
            asked_for = "; needs --rewrite-large" if step.is_large else ""
            typer.echo(f"-- writes {rewrite.table} anew: {size}, as much again while it runs{asked_for}")
        for statement in step.migration.statements(step.way):
            typer.echo(f"{statement};\n")


@commands.command()
def migrate(
    to: int | None = typer.Option(None, "--to", min=0, help="The version to go to; without it, the newest."),
    *,
    rewrite_large: bool = typer.Option(
        False, "--rewrite-large", help="Also where more than a million rows are written anew."
    ),
) -> None:
    """Run what `turnpike db plan` prints. No server may run meanwhile."""
    from turnpike.reads.services import migrate_store

    version = migrate_store(config.load().reads_path, to, rewrite_large=rewrite_large)
    typer.echo(f"The read store's tables are at version {version}.")
