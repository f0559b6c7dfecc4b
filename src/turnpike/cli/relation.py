"""`turnpike relation …`: what professional standards declares about people. A plate is typed when asked for, so that no shell keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

if TYPE_CHECKING:
    from turnpike.accounts.services import User

commands = typer.Typer(no_args_is_help=True, help="Declare plates about people, for professional standards.")
_PERSON = typer.Argument(help="The person's user name.")
_WHY = typer.Option(..., "--why", help="Why; for add, outside authorisers are shown it.")


@commands.command()
def add(
    username: str = _PERSON,
    kind: str = typer.Option(..., help="own, household, family, colleague or other."),
    why: str = _WHY,
) -> None:
    """Declare a plate about somebody, who is not told; the plate is asked for."""
    person = _person(username)
    from turnpike.access import services as access

    if kind not in set(access.RelationKind):
        raise InputError(f"Choose the kind from: {', '.join(access.RelationKind)}.")
    is_new = access.declare_about(person, _plate(), access.RelationKind(kind), why=why, actor=shell_actor())
    typer.echo("Declared." if is_new else "That was declared before.")


@commands.command()
def end(username: str = _PERSON, why: str = _WHY) -> None:
    """End what is declared of a plate, whoever declared it; the plate is asked for."""
    person = _person(username)
    from turnpike.access import services as access

    access.end_relation(person, _plate(), why=why, actor=shell_actor())
    typer.echo("Ended.")


@commands.command(name="list")
def list_(username: str = _PERSON) -> None:
    """How many plates are declared about a person, by whom and when; which they are, nothing tells."""
    person = _person(username)
    from turnpike.access import services as access

    table = Table("Declared", "By")
    for one in access.all_declarations(person):
        table.add_row(f"{one.declared_at:%Y-%m-%d %H:%M} UTC", one.declared_by)
    Console().print(table)


def _person(username: str) -> User:
    prepare_records()
    from turnpike.accounts import services as accounts

    person = accounts.find_account(username)
    if person is None:
        raise InputError("There is no open account of that name; `turnpike account list` shows all.")
    return person


def _plate() -> str:
    return str(typer.prompt("Number plate", hide_input=True, err=True))
