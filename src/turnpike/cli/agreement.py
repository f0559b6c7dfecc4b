"""`turnpike agreement …`: what agreements allow, on any day; what is owed under them; and an example to learn from."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Column, Table

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnpike.access.services import FieldState

commands = typer.Typer(
    no_args_is_help=True, help="What agreements between controllers allow, and what is owed."
)
_NUMBER = typer.Argument(help="As `turnpike agreement list` shows it.", metavar="NUMBER")


@commands.command(name="list")
def list_() -> None:
    """List the agreements, and what is to be proven deleted under them."""
    prepare_records()
    from django.utils import timezone

    from turnpike.access import services as access

    table = Table(Column("Agreement", no_wrap=True), "Title", "Discloses", "Is given", "Now", "Proofs owed")
    now, owed = timezone.now(), access.owed_proofs()
    for one in access.all_agreements():
        lines = [line for line in owed if line.agreement == one]
        late = sum(line.is_overdue(now.date()) for line in lines)
        state = access.agreement_standing(access.pact_of(one), now).lower()
        table.add_row(
            one.number, one.title, one.discloser, one.recipient, state, f"{len(lines)} days, {late} overdue"
        )
    Console().print(table)


@commands.command()
def show(
    number: str = _NUMBER,
    on: str = typer.Option("", help="The day to tell of, for example 2026-05-03; today when not given."),
) -> None:
    """Say in words what an agreement allowed at the end of a day, or allows now."""
    prepare_records()
    from django.utils import timezone

    from turnpike.access import services as access

    pact = access.pact_of(access.find_agreement(number))
    at = datetime.combine(_day(on), time.max, UTC) if on else timezone.now()
    typer.echo(f"{pact.number}: {access.agreement_standing(pact, at).lower()}.")
    for sentence in access.summary(pact, at):
        typer.echo(f"- {sentence}")


@commands.command(name="deletion-proof")
def deletion_proof(
    number: str = _NUMBER,
    until: str = typer.Option(
        ..., help="The last day whose disclosures are deleted, for example 2026-05-03."
    ),
    reference: str = typer.Option(..., help="The certificate's reference."),
    certificate: Path = typer.Option(
        ..., help="The certificate's file; its hash is kept, not the file.", exists=True, dir_okay=False
    ),
) -> None:
    """Put on record that what was disclosed up to a day is deleted."""
    prepare_records()
    from turnpike.access import services as access

    digest = hashlib.sha256(certificate.read_bytes()).hexdigest()
    proof = access.record_deletion(
        shell_actor(), number, released_until_on=_day(until), reference=reference, certificate_sha256=digest
    )
    left = len(access.owed_proofs(number))
    typer.echo(f"On record as log entry {proof.entry}; {left} days of disclosure are still to be proven.")


@commands.command()
def example() -> None:
    """Show a charging zone's cameras opened to the police, day by day: what is open, what is not, and why."""
    prepare_records()
    from turnpike.access import services as access

    table = Table(
        Column("Day", no_wrap=True),
        "What happened",
        "Inner zone",
        "Wider zone",
        "Off, and why",
        show_lines=True,
    )
    for day in access.EXAMPLE_DAYS:
        states = access.states_at(access.EXAMPLE, day.at, purpose="crime_investigation")
        table.add_row(
            f"{day.at:%Y-%m-%d %H:%M}",
            day.happened,
            _open_for(states, access.EXAMPLE_INNER),
            _open_for(states, access.EXAMPLE_OUTER),
            _why_off(states),
        )
    console = Console()
    console.width = max(console.width, 140)
    console.print(table)


def _open_for(states: Iterable[FieldState], cameras: frozenset[str]) -> str:
    labels = [state.field.label for state in states if cameras <= state.open_cameras]
    return "; ".join(labels) or "nothing"


def _why_off(states: Iterable[FieldState]) -> str:
    """The reasons of the text, and of the plate's picture where the text is open."""
    text, _, patch, _ = states
    closed = text.closed or patch.closed
    return " / ".join(" ".join(rule.says for rule in rules) for rules in closed) or "nothing"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("Give the day as year, month and day: 2026-05-03.") from error
