"""The log's keys changed: one takes over in good order, or at once, because the old one is lost or in other hands.

A change and the checkpoint signed anew are one transaction; the entry that tells of it comes right after and, should this process end in
between, with the next publication.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from turnpike import config
from turnpike.audit import services as audit
from turnpike.ledger.errors import LogKeyError
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.key_claims import Untold, leave_to_tell, with_keys
from turnpike.ledger.key_files import make_seed, settle
from turnpike.ledger.models import LogKey, TreeHead
from turnpike.ledger.signing_keys import forget_signers, in_force, signers, signers_for_writing
from turnpike.ledger.writing import record

if TYPE_CHECKING:
    from turnpike.ledger.entries import Detail

OVERLAP_DAYS = 30
_SUCCESSION = "turnpike log key succession"


class Reason(StrEnum):
    """Why a key is revoked."""

    LOST = "lost"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True)
class KeyChange:
    """The key that signs from now on, the one that it came for, and until when that signs too (UTC; None: no longer)."""

    new: str
    old: str
    old_until: datetime | None


def rotate(*, actor: str, overlap_days: int = OVERLAP_DAYS) -> KeyChange:
    """Let a new key take over. Both sign for so many days; a new name (`log_origin`) counts at once, and the old key stops.

    Raises:
        LogKeyError: the days are not from 0 to 366.
        KeyLost: the old key is not there to name its successor.
        LedgerError: the entry that tells of it could not be written; it is written with the next publication.
    """
    if not 0 <= overlap_days <= 366:  # noqa: PLR2004 - a year
        raise LogKeyError("Let the old key sign for 0 to 366 days beside the new one.")
    old = signers()[0]
    name = config.load().log_origin
    now = datetime.now(UTC)
    until = now + timedelta(days=overlap_days if name == old.name else 0)
    new = make_seed(config.load().keys_path, name)
    with transaction.atomic(durable=True):
        head = _locked_head()
        text = f"{_SUCCESSION}\n{old.name}\n{new.public_key}\nfrom size {head.size}\n{_day(now)}\n"
        LogKey.objects.filter(public_key=old.public_key).update(until_at=until)
        row = _add(new, head.size, now, succession=audit.sign_note(text, old, new))
        details: dict[str, Detail] = {
            "new_key": new.public_key,
            "old_key": old.public_key,
            "old_signs_until": _day(until),
        }
        leave_to_tell(row, AuditEvent.LOG_KEY_ROTATED, actor, details)
        _sign_anew(head)
    _finish()
    return KeyChange(new.public_key, old.public_key, until if until > now else None)


def revoke(
    reason: Reason, *, actor: str, key_id: str = "", exposed_at: datetime | None = None
) -> KeyChange | None:
    """Let a key sign no more from now on and destroy its seed. In place of the newest a new one signs at once, which is returned.

    `key_id` is the eight hexadecimal digits after the key's name, or empty for the newest. `exposed_at` is since when others may have
    had it, where that is known.

    Raises:
        LogKeyError: no such key is in force.
        LedgerError: the entry that tells of it could not be written; it is written with the next publication.
    """
    now = datetime.now(UTC)
    change = None
    with transaction.atomic(durable=True):
        head = _locked_head()
        rows = in_force(now)
        row = next((one for one in rows if key_id in {"", one.public_key.split("+")[1]}), None)
        if row is None:
            raise LogKeyError(
                "The log has no such key in force; `turnpike audit key show` tells those it has."
            )
        details: dict[str, Detail] = {
            "revoked_key": row.public_key,
            "reason": reason.value,
            "exposed_since": _day(exposed_at) if exposed_at else "",
        }
        row.revoked_at, row.revoked_size = now, head.size
        row.reason, row.exposed_at = reason.value, exposed_at
        row.save()
        if row.public_key == rows[0].public_key:
            new = make_seed(config.load().keys_path, config.load().log_origin)
            details["new_key"] = new.public_key
            change = KeyChange(new.public_key, row.public_key, None)
            _add(new, head.size, now)
        leave_to_tell(row, AuditEvent.LOG_KEY_REVOKED, actor, details)
        _sign_anew(head)
    _finish()
    return change


def settle_keys() -> None:
    """What a change may have left to do: its entry, its files, and the seeds of keys whose time is over destroyed.

    Raises:
        LedgerError: an entry could not be written.
    """
    rows = list(LogKey.objects.all())
    if not rows:
        return  # nothing was written yet
    untold = [row for row in rows if row.untold]
    for row in untold:
        told = msgspec.json.decode(row.untold, type=Untold)
        # Of several the one that is told last may not be the one that was made last.
        details = told.details if len(untold) == 1 else with_keys(told.details)
        record(AuditEvent(told.event), actor=told.actor, details=details)
        LogKey.objects.filter(public_key=row.public_key).update(untold="")
    signing = in_force(datetime.now(UTC))
    kept = {row.public_key for row in signing}
    ended = {_verifier(row).key: row.public_key for row in rows if row.public_key not in kept}
    if destroyed := settle(config.load().keys_path, _verifier(signing[0]), ended):
        forget_signers()
        record(
            AuditEvent.LOG_KEY_DESTROYED,
            actor="system",
            details={"keys": [ended[key] for key in dict.fromkeys(destroyed)]},
        )


def _finish() -> None:
    forget_signers()
    settle_keys()


def _locked_head() -> TreeHead:
    head, _ = TreeHead.objects.select_for_update().get_or_create(id=1)
    if not LogKey.objects.exists():
        signers_for_writing()  # which puts the first key into the record
    return head


def _add(new: audit.Signer, size: int, now: datetime, *, succession: str = "") -> LogKey:
    return LogKey.objects.create(
        public_key=new.public_key, from_size=size, from_at=now, succession=succession
    )


def _sign_anew(head: TreeHead) -> None:
    """The same tree, under the keys that sign now."""
    forget_signers()
    if head.size:
        root = audit.Frontier.from_bytes(bytes(head.frontier)).root()
        newest, *others = signers()
        head.checkpoint = audit.sign_checkpoint(
            audit.Checkpoint(newest.name, head.size, root), newest, *others
        )
        head.save()


def _verifier(row: LogKey) -> audit.Verifier:
    return audit.Verifier.parse(row.public_key)


def _day(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
