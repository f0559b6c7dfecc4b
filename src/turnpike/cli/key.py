"""`turnpike key …`: issue, list and revoke the keys of systems."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.table import Column, Table

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

commands = typer.Typer(no_args_is_help=True, help="Issue, list and revoke the keys of systems.")


@commands.command()
def issue(
    name: str = typer.Argument(help="The system: small letters, digits and dashes."),
    scope: list[str] = typer.Option(
        ..., help="What it may open, such as health:read; give it once for each."
    ),
    days: int = typer.Option(..., help="After how many days it expires: 1 to 366."),
) -> None:
    """Print a new key for a system, shown only now; keys issued to it before stay good."""
    prepare_records()
    from turnpike.accounts import services as accounts

    unknown = sorted(set(scope) - {one.value for one in accounts.Scope})
    if unknown:
        raise InputError(f"There is no scope {unknown[0]!r}; choose from {', '.join(accounts.Scope)}.")
    scopes = [accounts.Scope(one) for one in scope]
    typer.echo(accounts.issue_service_key(name, scopes, days=days, actor=shell_actor()))
    print(f"Keep this key of {name} now: it is not stored and cannot be shown again.", file=sys.stderr)


@commands.command()
def revoke(name: str = typer.Argument(help="The system whose keys are revoked.")) -> None:
    """Revoke every key of a system at once."""
    prepare_records()
    from turnpike.accounts import services as accounts

    count = accounts.revoke_service_keys(name, actor=shell_actor())
    typer.echo(f"{count} {'key' if count == 1 else 'keys'} of {name} revoked.")


@commands.command(name="list")
def list_() -> None:
    """List the keys there were, with what they open and until when."""
    prepare_records()
    from turnpike.accounts import services as accounts

    table = Table(Column("System", no_wrap=True), "Opens", "Issued", "Expires", "Last used", "State")
    for key in accounts.all_service_keys():
        table.add_row(
            key.name,
            ", ".join(key.scopes),
            key.issued_at.date().isoformat(),
            key.expires_at.date().isoformat(),
            key.last_used_at.isoformat(timespec="minutes") if key.last_used_at else "never",
            key.state,
        )
    Console().print(table)
