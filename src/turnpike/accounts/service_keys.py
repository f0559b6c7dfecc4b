"""Keys for systems: each opens what its scopes name, until a day, and no read.

A camera's key is another thing (`cameras`): it is bound to one camera and only brings reads in.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils import timezone

from turnpike.accounts.errors import AccountError
from turnpike.accounts.models import ServiceKey
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY_PREFIX = "tps_"
_KEY_BYTES = 32
LONGEST_DAYS = 366
_USE_NOTED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a key may open. There is none for reads, pictures, hits or requests: those take a person and the door."""

    HEALTH_READ = "health:read"
    """Whether the centre and its cameras are well."""
    AUDIT_READ = "audit:read"
    """The ledger's signed checkpoint."""


@dataclass(frozen=True, slots=True)
class Service:
    """The system that a key speaks for."""

    name: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class KeyOnList:
    """One key as it is listed; the key itself is not kept."""

    name: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    state: str


def issue_service_key(name: str, scopes: Iterable[Scope], *, days: int, actor: str) -> str:
    """A new key: `tps_` and 43 characters (256 random bits), to be shown once, since only its SHA-256 is kept.

    Keys issued to the system before stay good, so that it can be moved to the new one without a gap.

    Raises:
        AccountError: no scope, a name that cannot be used, or a time that is none or too long.
    """
    held = sorted(set(scopes))
    if not held:
        raise AccountError(f"Give the key at least one scope: {', '.join(Scope)}.")
    if not 1 <= days <= LONGEST_DAYS:
        raise AccountError(f"Let the key expire after 1 to {LONGEST_DAYS} days.")
    key = KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    expires_at = timezone.now() + timedelta(days=days)
    row = ServiceKey(name=name, key_sha256=_digest(key), scopes=held, expires_at=expires_at)
    try:
        row.full_clean(exclude=["key_sha256"])
    except ValidationError as error:
        raise AccountError("Choose another name for the system: " + " ".join(error.messages)) from error
    record(
        AuditEvent.SERVICE_KEY_ISSUED,
        actor=actor,
        details={
            "service": name,
            "scopes": list(held),
            "expires_at": expires_at.isoformat(timespec="seconds"),
            "key_sha256": _digest(key).hex(),
        },
    )
    row.save()
    return key


def revoke_service_keys(name: str, *, actor: str) -> int:
    """Revoke every key of a system from now on, and say how many there were.

    Raises:
        AccountError: it has none that stands.
    """
    standing = list(ServiceKey.objects.filter(name=name, revoked_at=None))
    if not standing:
        raise AccountError("No key of that name stands; `turnpike key list` shows all.")
    record(
        AuditEvent.SERVICE_KEY_REVOKED,
        actor=actor,
        details={"service": name, "keys_sha256": [bytes(key.key_sha256).hex() for key in standing]},
    )
    return ServiceKey.objects.filter(pk__in=[key.pk for key in standing]).update(revoked_at=timezone.now())


def find_service(token: str) -> Service | None:
    """The system that a key speaks for now; nothing for one that is unknown, revoked or past its day.

    Each call asks the database, so that a revoked key is refused from the next request on.
    """
    now = timezone.now()
    # Looking up the digest takes the same time whatever prefix of the key was guessed.
    found = ServiceKey.objects.filter(key_sha256=_digest(token), revoked_at=None, expires_at__gt=now).first()
    if found is None:
        return None
    if found.last_used_at is None or now - found.last_used_at > _USE_NOTED_EVERY:
        ServiceKey.objects.filter(pk=found.pk).update(last_used_at=now)
    # A scope that a later version has dropped opens nothing.
    return Service(found.name, frozenset(Scope(scope) for scope in found.scopes if scope in set(Scope)))


def service_of(token: str, scope: Scope) -> Service | None:
    """The system that a key speaks for, if the key stands and holds this scope."""
    service = find_service(token)
    return service if service is not None and scope in service.scopes else None


def all_service_keys() -> tuple[KeyOnList, ...]:
    """Every key there was, by the system's name, the newest first."""
    now = timezone.now()
    return tuple(
        KeyOnList(
            row.name, tuple(row.scopes), row.issued_at, row.expires_at, row.last_used_at, _state(row, now)
        )
        for row in ServiceKey.objects.order_by("name", "-issued_at")
    )


def _state(row: ServiceKey, now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "stands" if row.expires_at > now else "expired"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
