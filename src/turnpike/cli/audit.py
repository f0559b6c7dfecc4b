"""`turnpike audit …`: the log checked from the command line."""

from __future__ import annotations

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
