"""`turnpike policy …`: packs checked, past decisions made again, and who could see a read."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING

import typer

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import find_place, prepare_records

if TYPE_CHECKING:
    from turnpike.access.services import WhoCouldSee

commands = typer.Typer(
    no_args_is_help=True, help="Check policy packs, make past decisions again, ask who could see a read."
)
_SHOWN = 50
_TOLD_EVERY = 1_000


@commands.callback()
def policy() -> None:
    """Check policy packs, make past decisions again, ask who could see a read."""


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


@commands.command()
def check(
    folder: Path | None = typer.Argument(
        None, help="Folder of a pack; without it, the pack in force.", exists=True, file_okay=False
    ),
    as_json: bool = typer.Option(False, "--json", help="One JSON object instead of lines."),
) -> None:
    """Check a policy pack: rules that can never fire, people nobody could authorise, safeguards, its tables; status 1 where something is to be mended."""
    prepare_records()
    from turnpike import config
    from turnpike.access import services as access
    from turnpike.accounts import services as accounts

    choice = str(folder.resolve()) if folder else config.load().policy_pack
    whole = folder is not None and not (folder / "overlay.cedar").is_file()
    pack = access.pack_in(folder) if folder else access.current_pack()
    rows = access.rows_of(access.tables_of("base"), pack)
    if not whole and choice != "base":
        rows = access.rows_for(access.rows_of(access.tables_of(choice), pack), rows)
    today = datetime.now(UTC).date()
    people = {person.username: access.Supposed.of(person, today) for person in accounts.all_accounts()}
    found = access.check_pack(pack, rows, people)
    faults = sum(finding.fault for finding in found)
    if as_json:
        told = [asdict(finding) for finding in found]
        typer.echo(
            json.dumps({"pack": pack.version, "rules": len(pack.rules), "rows": len(rows), "findings": told})
        )
    else:
        for finding in found:
            typer.echo(f"{'FAULT' if finding.fault else 'note '} {finding.sentence}")
        typer.echo(
            f"{pack.version}: {len(pack.rules)} rules and {len(rows)} rows of tables checked, {faults} faults."
        )
    if faults:
        raise typer.Exit(1)


@commands.command()
def who(
    read: str = typer.Option(..., "--read", help="The read's id."),
    on: datetime = typer.Option(..., "--on", formats=["%Y-%m-%d"], help="The day, in UTC."),
    person: str = typer.Option("", "--person", help="One account's user name; without it, all."),
) -> None:
    """Say who could see a read on a day, and why, by the policy of that day; shows no plate, and leaves an entry in the ledger."""
    prepare_records()
    from turnpike.access import services as access

    _tell(access.who_could_see_by_command(shell_actor(), read, on.date(), person, find=find_place))


def _tell(found: WhoCouldSee) -> None:
    place = found.place
    if place.kept:
        typer.echo(
            f"Read {place.read_id}: {place.camera_name}, {place.controller or 'controller not known'}, {found.age_days} days old, a begun one counted."
        )
    else:
        typer.echo(
            f"Read {place.read_id} is no longer kept; nobody can see it. What follows is what the policy said."
        )
    typer.echo(f"Policy of {found.day.isoformat()}: {', '.join(found.packs)}.")
    for group in found.groups:
        typer.echo(f"\n{', '.join(group.people)} ({group.standing})")
        for look in group.looks:
            typer.echo(f"  {look.what}: {'yes, unless' if look.possible else 'no'}")
            for rule in look.conditions if look.possible else look.against:
                typer.echo(f"    {rule.id}: {rule.says}")
