"""`turnpike account …`: make accounts and one-time sign-ins."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import typer

from turnpike import config
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

if TYPE_CHECKING:
    from turnpike.accounts.services import Role

commands = typer.Typer(no_args_is_help=True, help="Make accounts and one-time sign-ins.")


@commands.command()
def add(
    username: str = typer.Argument(help="What the person signs in as."),
    name: str = typer.Option(..., help="The person's name, as shown on pages."),
    role: list[str] = typer.Option(..., help="operator, investigator, authoriser, auditor or administrator."),
) -> None:
    """Make an account and print the link that opens it once."""
    prepare_records()
    from turnpike.accounts import services as accounts

    user = accounts.create_account(username, name, [_role(text) for text in role], actor=_actor())
    _print_link(accounts.issue_one_time_sign_in(user, actor=_actor()))


@commands.command()
def link(username: str = typer.Argument(help="Whose link it is.")) -> None:
    """Print a link that signs an existing account in once."""
    prepare_records()
    from turnpike.accounts import services as accounts

    user = accounts.find_account(username)
    if user is None:
        raise InputError("There is no open account of that name; make it with `turnpike account add`.")
    _print_link(accounts.issue_one_time_sign_in(user, actor=_actor()))


def _role(text: str) -> Role:
    from turnpike.accounts.services import Role

    try:
        return Role(text)
    except ValueError as error:
        raise InputError(f"There is no role {text!r}; choose from {', '.join(Role)}.") from error


def _actor() -> str:
    # Who has a shell on the server is named by the machine's own account.
    return f"shell:{getpass.getuser()}"


def _print_link(token: str) -> None:
    typer.echo(f"{config.load().url}/sign-in/once/{token}/")
