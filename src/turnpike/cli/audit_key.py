"""`turnpike audit key …`: the keys that sign the audit log, changed in good order or in haste."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

commands = typer.Typer(no_args_is_help=True, help="Show, rotate and revoke the keys that sign the audit log.")


@commands.command()
def show(
    as_json: bool = typer.Option(False, "--json", help="Print the record of keys as it is published."),
) -> None:
    """Print each key that the log has had, with its dates; the verifier and the witnesses' keepers are given those that sign."""
    prepare_records()
    import msgspec

    from turnpike.ledger.services import dated_keys, key_record, origin

    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(key_record()), indent=2).decode())
        return
    typer.echo(f"The log's name: {origin()}")
    for key in dated_keys():
        typer.echo(f"\n{key.public_key}")
        typer.echo(f"  {key.state}")
        typer.echo(f"  from {key.from_size} entries on, {_said(key.from_at)}")
        if key.until_at and not key.revoked_at:
            typer.echo(f"  until {_said(key.until_at)}")
        if key.revoked_at:
            typer.echo(f"  revoked at {key.revoked_size} entries, {_said(key.revoked_at)}")
        if key.exposed_at:
            typer.echo(f"  others may have had it since {_said(key.exposed_at)}")


@commands.command()
def rotate(
    overlap_days: int = typer.Option(30, help="For how many days the old key signs beside the new one."),
) -> None:
    """Let a new key take over, in good order, and print it. Both sign for some days, so that whoever checks has time to learn the new one."""
    prepare_records()
    from turnpike.ledger.services import rotate as rotate_key

    change = rotate_key(actor=shell_actor(), overlap_days=overlap_days)
    typer.echo(change.new)
    told = (
        f"The old key signs too until {_said(change.old_until)}."
        if change.old_until
        else "The old key signs no more; its seed is destroyed."
    )
    typer.echo(
        f"{told} Back up {_folder()}, and give the new key to the witnesses' keepers and to whoever checks the log.",
        err=True,
    )


@commands.command()
def revoke(
    key_id: str = typer.Argument("", help="The eight digits after the key's name; the newest if not said."),
    lost: bool = typer.Option(False, "--lost", help="The key is lost, and no backup has it."),
    compromised: bool = typer.Option(False, "--compromised", help="Others have the key, or may have it."),
    since: datetime | None = typer.Option(
        None, formats=["%Y-%m-%d"], help="Since which day (UTC) others may have had it."
    ),
) -> None:
    """Let a key sign no more, at once, and destroy it; in place of the newest a new one signs, which is printed."""
    if lost == compromised:
        raise InputError("Say why: --lost or --compromised.")
    if since and lost:
        raise InputError("Give --since only with --compromised.")
    prepare_records()
    from turnpike.ledger.services import Reason
    from turnpike.ledger.services import revoke as revoke_key

    change = revoke_key(
        Reason.LOST if lost else Reason.COMPROMISED,
        actor=shell_actor(),
        key_id=key_id,
        exposed_at=since.replace(tzinfo=UTC) if since else None,
    )
    if change is None:
        typer.echo("That key signs no more.")
        return
    typer.echo(change.new)
    typer.echo(
        f"The old key signs no more. Back up {_folder()}, and give the new key to the witnesses' keepers and to whoever checks the log"
        " by a road that does not lead through this machine: nothing signed by the old key vouches for the new one.",
        err=True,
    )


def _folder() -> str:
    from turnpike import config

    return str(config.load().keys_path)


def _said(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else "from the beginning"
