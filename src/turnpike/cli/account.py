"""`turnpike account …`: make, close, bind and list accounts, and one-time sign-ins."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Column, Table

from turnpike import config
from turnpike.cli.actors import shell_actor
from turnpike.errors import InputError
from turnpike.site.services import prepare_records

if TYPE_CHECKING:
    from turnpike.accounts.services import Role, Standing, User

commands = typer.Typer(no_args_is_help=True, help="Make, close and list accounts, and one-time sign-ins.")
_FORCE = typer.Option("", help="The force or authority that the person belongs to.")
_RANK = typer.Option("staff", help="staff, constable, sergeant, inspector … chief_officer.")
_TRAINED = typer.Option(
    None, formats=["%Y-%m-%d"], help="The last day on which the training counts: 2027-03-31."
)
_HOURS = typer.Option(1, "--hours", min=1, max=72, help="How long the link can be used.")


@commands.command()
def add(
    username: str = typer.Argument(help="What the person signs in as."),
    name: str = typer.Option(..., help="The person's name, as shown on pages."),
    role: list[str] = typer.Option(
        ...,
        help="operator, investigator, authoriser, auditor, administrator, professional_standards or commissioner.",
    ),
    force: str = _FORCE,
    rank: str = _RANK,
    trained_until: datetime | None = _TRAINED,
    hours: int = _HOURS,
) -> None:
    """Make an account and print the link that opens it once."""
    prepare_records()
    from turnpike.accounts import services as accounts

    roles = [_role(text) for text in role]
    standing = _standing(force, rank, trained_until)
    user = accounts.create_account(username, name, roles, actor=shell_actor(), standing=standing)
    _print_link(accounts.issue_one_time_sign_in(user, actor=shell_actor(), hours=hours))


@commands.command(name="set")
def set_(
    username: str = typer.Argument(help="Whose account it is."),
    force: str = _FORCE,
    rank: str = _RANK,
    trained_until: datetime | None = _TRAINED,
) -> None:
    """Say anew of which force and rank a person is, and until when their training counts."""
    prepare_records()
    from turnpike.accounts import services as accounts

    accounts.change_standing(username, _standing(force, rank, trained_until), actor=shell_actor())
    typer.echo("Changed.")


@commands.command()
def link(
    username: str = typer.Argument(help="Whose link it is."),
    hours: int = _HOURS,
    forget_factors: bool = typer.Option(
        False, help="Also take passkeys, app and codes from the account: their owner lost them all."
    ),
) -> None:
    """Print a link that signs an existing account in once."""
    prepare_records()
    from turnpike.accounts import services as accounts

    user = accounts.find_account(username)
    if user is None:
        raise InputError("There is no open account of that name; make it with `turnpike account add`.")
    if forget_factors:
        accounts.forget_factors(username, actor=shell_actor())
    _print_link(accounts.issue_one_time_sign_in(user, actor=shell_actor(), hours=hours))


@commands.command()
def bind(
    username: str = typer.Argument(help="Whose account it is."),
    issuer: str = typer.Option(..., help="The provider's issuer, as configured."),
    subject: str = typer.Option(..., help="What the provider names the person by (sub)."),
) -> None:
    """Let a subject of a sign-in provider open an account."""
    prepare_records()
    from turnpike.accounts import services as accounts

    accounts.bind_identity(username, issuer=issuer, subject=subject, actor=shell_actor())
    typer.echo("Bound.")


@commands.command()
def unbind(username: str = typer.Argument(help="Whose account it is.")) -> None:
    """Let no sign-in provider open an account any more."""
    prepare_records()
    from turnpike.accounts import services as accounts

    accounts.unbind_identities(username, actor=shell_actor())
    typer.echo("Unbound.")


@commands.command()
def close(username: str = typer.Argument(help="Whose account is closed.")) -> None:
    """Close an account for good: its sessions and links end at once."""
    prepare_records()
    from turnpike.accounts import services as accounts

    accounts.close_account(username, actor=shell_actor())
    typer.echo("Closed.")


@commands.command(name="list")
def list_() -> None:
    """List the accounts."""
    prepare_records()
    from turnpike.accounts import services as accounts

    table = Table(
        Column("User name", no_wrap=True), "Name", "Rank", "Roles", "Trained until", "Signs in by", "State"
    )
    for user in accounts.all_accounts():
        table.add_row(
            user.username,
            user.name,
            accounts.Rank(user.rank).label,
            ", ".join(sorted(user.roles)),
            user.trained_until.isoformat() if user.trained_until else "never",
            ", ".join(_ways(user)) or "link only",
            "open" if user.is_active else "closed",
        )
    Console().print(table)


def _ways(user: User) -> list[str]:
    from turnpike.accounts.services import factor_names

    return [*(["password"] if user.has_usable_password() else []), *sorted(set(factor_names(user)))]


def _standing(force: str, rank: str, trained_until: datetime | None) -> Standing:
    from turnpike.accounts.services import Rank, Standing

    if rank not in set(Rank):
        raise InputError(f"Choose the rank from: {', '.join(Rank)}.")
    return Standing(force, Rank(rank), trained_until.date() if trained_until else None)


def _role(text: str) -> Role:
    from turnpike.accounts.services import Role

    try:
        return Role(text)
    except ValueError as error:
        raise InputError(f"There is no role {text!r}; choose from {', '.join(Role)}.") from error


def _print_link(token: str) -> None:
    typer.echo(f"{config.load().url}/sign-in/once/{token}/")
