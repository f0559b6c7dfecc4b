"""`turnpike audit …`: the log checked from the command line."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation

import typer

from turnpike.site.services import prepare_records

commands = typer.Typer(no_args_is_help=True, help="Check the audit log.")


@commands.callback()
def audit() -> None:
    """Check the audit log."""


@commands.command()
def verify() -> None:
    """Derive every leaf and the root again, and hold them against the signed checkpoint."""
    prepare_records()
    from turnpike.ledger.services import verify as verify_ledger

    state = verify_ledger()
    typer.echo(f"The ledger is whole: {state.size} entries.")
    if state.checkpoint:
        typer.echo(state.checkpoint.rstrip())


@commands.command()
def receipt(
    file: Path = typer.Argument(help="A receipt as the site gave it.", exists=True, dir_okay=False),
) -> None:
    """Say whether the log holds a receipt, by deriving the log again from its contents; status 1 where it does not."""
    prepare_records()
    from turnpike.ledger.services import check_slip, read_slip

    slip = read_slip(file.read_bytes())
    size = check_slip(slip)
    typer.echo(f"The log of {size} entries holds it: entry {slip.entry}, {slip.event}, {slip.at}.")
