"""`turnpike case …`: the built-in register of cases, and what is imported into it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Column, Table

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

if TYPE_CHECKING:
    from turnpike.access.services import CaseFacts

commands = typer.Typer(no_args_is_help=True, help="Open, assign, close, list and import cases.")
_NUMBER = typer.Argument(help="As in your case system, for example CR/01234/26.", metavar="NUMBER")
_PERSON = typer.Option(..., "--person", help="A user name; give it once for each person.")


@commands.command(name="open")
def open_(
    number: str = _NUMBER,
    category: str = typer.Option(
        ..., help="What it is about, for example burglary; docs/settings.md lists all."
    ),
    person: list[str] = _PERSON,
) -> None:
    """Open a case and assign people to it."""
    prepare_records()
    from turnpike.access import services as access

    if category not in set(access.Category):
        raise InputError(f"Choose the category from: {', '.join(sorted(access.Category))}.")
    _keep(
        access.CaseFacts(access.check_case_reference(number), access.Category(category), True, _known(person))
    )
    typer.echo("Opened.")


@commands.command()
def assign(number: str = _NUMBER, person: list[str] = _PERSON) -> None:
    """Say anew who is assigned to a case; whoever is not named is not."""
    _keep(replace(_case(number), assigned=_known(person)))
    typer.echo("Assigned.")


@commands.command()
def close(number: str = _NUMBER) -> None:
    """Close a case: nothing more is searched or opened for it."""
    _keep(replace(_case(number), is_open=False))
    typer.echo("Closed.")


@commands.command(name="import")
def import_(
    file: Path = typer.Argument(
        help="CSV with number, category, status and assigned.", exists=True, dir_okay=False
    ),
    whole: bool = typer.Option(
        False, "--whole", help="The file names every case: close those that it does not name."
    ),
) -> None:
    """Take over the cases of a file; lines that cannot be used are told, with status 1."""
    prepare_records()
    from turnpike.access import services as access

    found = access.import_cases(file.read_bytes(), actor=shell_actor(), whole=whole)
    for sentence in found.refused:
        print(sentence, file=sys.stderr)
    typer.echo(
        f"{found.told} cases, {found.changed} of them new or changed; {found.closed} closed for being gone."
    )
    if found.refused:
        raise InputError(f"{len(found.refused)} lines were refused; mend them and import the file again.")


@commands.command(name="list")
def list_() -> None:
    """List the cases that are kept here."""
    prepare_records()
    from turnpike.access import services as access

    table = Table(Column("Number", no_wrap=True), "Category", "State", "Assigned")
    for case in access.all_cases():
        state = "open" if case.is_open else "closed"
        table.add_row(case.number, case.category.label, state, ", ".join(sorted(case.assigned)))
    Console().print(table)


def _case(number: str) -> CaseFacts:
    prepare_records()
    from turnpike.access import services as access

    found = access.find_case(access.check_case_reference(number))
    if found is None:
        raise InputError("There is no case of that number; `turnpike case list` shows all.")
    return found


def _known(people: list[str]) -> frozenset[str]:
    from turnpike.accounts import services as accounts

    for username in people:
        if accounts.find_account(username) is None:
            raise InputError("There is no open account of that name; `turnpike account list` shows all.")
    return frozenset(people)


def _keep(facts: CaseFacts) -> None:
    from turnpike.access import services as access

    access.record_case(facts, actor=shell_actor())
