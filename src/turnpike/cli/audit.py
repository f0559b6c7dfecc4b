"""`turnpike audit …`: the log checked from the command line."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation

import typer

from turnpike import config
from turnpike.cli import audit_key
from turnpike.cli.actors import shell_actor
from turnpike.site.services import prepare_records

commands = typer.Typer(no_args_is_help=True, help="Check the audit log.")

commands.add_typer(audit_key.commands, name="key")


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
def erase() -> None:
    """Erase the contents of entries that are older than `log_contents_days`; a running server does so by itself."""
    prepare_records()
    from turnpike.ledger.services import erase_due

    erased = erase_due(actor=shell_actor())
    days = config.load().log_contents_days
    if erased:
        typer.echo(
            f"The contents of {erased} entries, older than {days} days, are erased; the log is as long as before."
        )
    else:
        typer.echo(f"No entry with contents is older than {days} days.")


@commands.command()
def publish(
    *,
    anew: bool = typer.Option(False, "--anew", help="Write all tiles anew from the records: after damage."),
) -> None:
    """Publish what the log has, now, and say how it stands; a running server does so by itself each second. Status 1 where it cannot."""
    prepare_records()
    from turnpike.ledger.services import Publisher, write_anew

    if anew:
        write_anew()
    stands = Publisher().publish()
    names = ", ".join(stands.cosigned_by) or "no witness"
    typer.echo(f"{stands.size} of {stands.written} entries are published, cosigned by {names}.")
    for fault in stands.faults:
        since = f"{fault.since_at:%Y-%m-%d %H:%M:%S} UTC"
        typer.echo(f"{fault.witness or 'Not published'}, since {since}: {fault.why}", err=True)
    if stands.stopped:
        raise typer.Exit(1)


@commands.command()
def receipt(
    file: Path = typer.Argument(help="A receipt as the site gave it.", exists=True, dir_okay=False),
) -> None:
    """Say whether the log holds a receipt, proven against its signed tree; status 1 where it does not."""
    prepare_records()
    from turnpike.ledger.services import check_slip, read_slip

    slip = read_slip(file.read_bytes())
    size = check_slip(slip)
    typer.echo(f"The log of {size} entries holds it: entry {slip.entry}, {slip.event}, {slip.at}.")
