"""Making accounts, and the one-time links that open them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from turnpike.accounts.errors import AccountError, SignInExpired
from turnpike.accounts.models import OneTimeSignIn, RoleGrant, User
from turnpike.accounts.roles import Rank, Role
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOKEN_BYTES = 32
ONE_TIME_HOURS = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Of which force a person is, of what rank, and the last day on which their training counts, if they have any."""

    force: str = ""
    rank: Rank = Rank.STAFF
    trained_until: date | None = None

    def details(self) -> dict[str, str]:
        """As an entry of the ledger says it."""
        until = self.trained_until.isoformat() if self.trained_until else "never"
        return {"force": self.force, "rank": self.rank.value, "trained_until": until}


_UNKNOWN = Standing()
_ACTORS = frozenset({"nobody", "system"})
"""What the ledger calls those who have no account."""


def create_account(
    username: str, name: str, roles: Iterable[Role], *, actor: str, standing: Standing = _UNKNOWN
) -> User:
    """Make one person's account, without a password: its first sign-in is by a one-time link.

    Raises:
        AccountError: the user name is taken or malformed, or no role was given.
    """
    held = sorted(set(roles))
    if not held:
        raise AccountError("Give the account at least one role.")
    user = User(
        username=username,
        name=name,
        force=standing.force,
        rank=standing.rank,
        trained_until=standing.trained_until,
    )
    user.set_unusable_password()
    if User.objects.filter(username__iexact=username).exists() or username.casefold() in _ACTORS:
        raise AccountError(
            "Choose another user name: an account of it already exists, or the log calls somebody else so."
        )
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise AccountError("Choose another user name: " + " ".join(error.messages)) from error
    record(
        AuditEvent.ACCOUNT_CREATED,
        actor=actor,
        details={"account": username, "roles": list(held), **standing.details()},
    )
    with transaction.atomic():
        user.save()
        RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in held)
    return user


def find_account(username: str) -> User | None:
    """The open account of that user name, if there is one."""
    return User.objects.filter(username=username, is_active=True).first()


def people_with(role: Role) -> tuple[User, ...]:
    """The open accounts that hold a role, by user name."""
    return tuple(User.objects.filter(is_active=True, role_grants__role=role).order_by("username"))


def all_accounts() -> tuple[User, ...]:
    """Every account, closed ones too, by user name."""
    return tuple(User.objects.prefetch_related("role_grants").order_by("username"))


def close_account(username: str, *, actor: str) -> None:
    """Close an account for good: from now on neither its sessions, its password nor its links open anything.

    Raises:
        AccountError: there is no open account of that name.
    """
    user = find_account(username)
    if user is None:
        raise AccountError("There is no open account of that name; `turnpike account list` shows all.")
    record(AuditEvent.ACCOUNT_CLOSED, actor=actor, details={"account": username})
    user.is_active = False
    user.save(update_fields=["is_active"])


def change_standing(username: str, standing: Standing, *, actor: str) -> User:
    """Say anew of which force and rank a person is and until when their training counts; it holds from the next look on.

    Raises:
        AccountError: there is no open account of that name, or the force's name is too long.
    """
    user = find_account(username)
    if user is None:
        raise AccountError("There is no open account of that name; `turnpike account list` shows all.")
    user.force, user.rank, user.trained_until = standing.force, standing.rank, standing.trained_until
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise AccountError("This standing cannot be kept: " + " ".join(error.messages)) from error
    record(AuditEvent.ACCOUNT_CHANGED, actor=actor, details={"account": username, **standing.details()})
    user.save(update_fields=["force", "rank", "trained_until"])
    return user


def choose_password(user: User, password: str) -> None:
    """Set one's own password, which ends all one's sessions; the caller has validated it."""
    record(AuditEvent.PASSWORD_SET, actor=user.username)
    user.set_password(password)
    user.save(update_fields=["password"])


def issue_one_time_sign_in(user: User, *, actor: str, hours: int = ONE_TIME_HOURS) -> str:
    """A token for `/sign-in/once/TOKEN/` that signs this person in once within `hours`."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    record(AuditEvent.ONE_TIME_SIGN_IN_ISSUED, actor=actor, details={"account": user.username})
    OneTimeSignIn.objects.create(
        token_sha256=_digest(token), user=user, expires_at=timezone.now() + timedelta(hours=hours)
    )
    return token


def redeem_one_time_sign_in(token: str) -> User:
    """The person whom a token signs in; the token is spent by this.

    Raises:
        SignInExpired: the token is unknown, spent or past its time, or the account is closed.
    """
    now = timezone.now()
    # One conditional update, so that of two that come at once only one is served.
    spent = OneTimeSignIn.objects.filter(
        token_sha256=_digest(token), used_at=None, expires_at__gt=now, user__is_active=True
    ).update(used_at=now)
    if not spent:
        raise SignInExpired("This sign-in link was used or has expired; ask for a new one.")
    return OneTimeSignIn.objects.select_related("user").get(token_sha256=_digest(token)).user


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
