"""`turnpike policy …`: past decisions made again."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotation

import typer

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

commands = typer.Typer(no_args_is_help=True, help="Make past decisions again.")
_SHOWN = 50
_TOLD_EVERY = 1_000


@commands.callback()
def policy() -> None:
    """Make past decisions again."""


@commands.command()
def replay(
    draft: Path | None = typer.Option(
        None,
        "--draft",
        help="Folder of a draft pack: say what it would change.",
        exists=True,
        file_okay=False,
    ),
) -> None:
    """Make every decision of the ledger again, under the policy of its day or under a draft; status 1 where one of its day comes out otherwise."""
    prepare_records()
    from turnpike.access import services as access

    pack = access.pack_in(draft) if draft else None
    made, others = 0, []
    for one in access.replay(shell_actor(), pack):
        made += 1
        if not one.is_same:
            others.append(one)
        if made % _TOLD_EVERY == 0:
            print(f"{made:,} decisions made again", file=sys.stderr)
    for one in others[:_SHOWN]:
        typer.echo(f"entry {one.index}: {one.action}: {', '.join(one.was)} -> {', '.join(one.now)}")
    if len(others) > _SHOWN:
        typer.echo(f"and {len(others) - _SHOWN:,} more")
    typer.echo(f"{made:,} decisions made again, {len(others):,} of them come out otherwise.")
    if others and not draft:
        raise InputError("A past decision comes out otherwise under its own policy: tell whoever audits.")
