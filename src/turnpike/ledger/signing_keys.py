"""Which keys sign the log, which did, and the record of both that outsiders are given.

The log signs with one key, or while one takes over from another with both. Its name is that of the newest: a key speaks for one log only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from turnpike import config
from turnpike.audit import services as audit
from turnpike.ledger.errors import KeyLost
from turnpike.ledger.events import AuditEvent
from turnpike.ledger.key_claims import leave_to_tell
from turnpike.ledger.key_files import find_signer, newest_signer
from turnpike.ledger.models import LogKey, TreeHead

if TYPE_CHECKING:
    from pathlib import Path

_FOUND: dict[tuple[Path, str], audit.Signer] = {}
"""Seeds that were found, by folder and public key: one is read for each signature otherwise."""


@dataclass(frozen=True, slots=True)
class DatedKey:
    """One key of the log, and when it signed: from a size of the log on, and until a time, where that is set. Instants are UTC.

    `exposed_at` is since when others may have had it; what it signed after that is believed only with cosignatures. `succession` is
    a signed note in which the key before it names this one; empty where there was none that could be believed.
    """

    public_key: str
    from_size: int
    from_at: datetime | None
    until_at: datetime | None
    revoked_at: datetime | None
    revoked_size: int | None
    reason: str
    exposed_at: datetime | None
    succession: str
    signs: bool

    @property
    def verifier(self) -> audit.Verifier:
        """What its signatures are checked with."""
        return audit.Verifier.parse(self.public_key)

    @property
    def state(self) -> str:
        """In a few words."""
        if self.revoked_at:
            return f"revoked: {self.reason}"
        if not self.signs:
            return "ended"
        return "signs until its successor has taken over" if self.until_at else "signs"


def signers() -> tuple[audit.Signer, ...]:
    """Those that sign a checkpoint now, the newest first.

    Raises:
        KeyLost: the newest key's seed is not there; it names the command that helps.
    """
    rows = in_force(datetime.now(UTC))
    return _signers_of(rows) if rows else (_first(),)


def signers_for_writing() -> tuple[audit.Signer, ...]:
    """The same, within the transaction that writes; the key that the log begins with is put into the record.

    Raises:
        KeyLost: as above.
    """
    now = datetime.now(UTC)
    rows = in_force(now)
    if rows:
        return _signers_of(rows)
    first = _first()
    head = TreeHead.objects.filter(id=1).first()
    # A log that was there before keys were recorded: since when, nobody wrote down.
    row = LogKey.objects.create(
        public_key=first.public_key, from_size=0, from_at=None if head and head.size else now
    )
    leave_to_tell(row, AuditEvent.LOG_KEYS_KEPT, "system", {})
    return (first,)


def signer() -> audit.Signer:
    """The newest of them."""
    return signers()[0]


def origin() -> str:
    """The log's name, in its checkpoints and receipts. It changes only when a key of another name takes over."""
    rows = in_force(datetime.now(UTC))
    return audit.Verifier.parse(rows[0].public_key).name if rows else _first_name()


def origins() -> frozenset[str]:
    """Every name that the log had: receipts that were given under an older one still count."""
    return frozenset({origin(), *(key.verifier.name for key in dated_keys())})


def dated_keys() -> tuple[DatedKey, ...]:
    """Every key that the log has had, the first one first."""
    now = datetime.now(UTC)
    signing = {row.public_key for row in in_force(now)}
    rows = list(LogKey.objects.all())
    if not rows:
        return (DatedKey(_first().public_key, 0, None, None, None, None, "", None, "", signs=True),)
    return tuple(
        DatedKey(
            row.public_key,
            row.from_size,
            row.from_at,
            row.until_at,
            row.revoked_at,
            row.revoked_size,
            row.reason,
            row.exposed_at,
            row.succession,
            signs=row.public_key in signing,
        )
        for row in rows
    )


def open_signed(note: str) -> audit.Checkpoint:
    """The checkpoint in `note`, which a key signed that the log has now or has had.

    Raises:
        AuditError: it is no checkpoint.
        TamperError: no key of this log signed it, or it was altered.
    """
    checkpoint = audit.unverified_checkpoint(note)
    for key in dated_keys():
        if key.verifier.name == checkpoint.origin and key.verifier.key_id in _key_ids(note):
            return audit.open_checkpoint(note, key.verifier)
    raise audit.TamperError("No key that this log has had signed the checkpoint.")


def key_record() -> dict[str, object]:
    """The record as it is published (`keys.json`): plain values, instants in ISO 8601."""
    return {
        "log": origin(),
        "keys": [
            {
                "key": key.public_key,
                "state": key.state,
                "from_size": key.from_size,
                "from": _iso(key.from_at),
                "until": _iso(key.until_at),
                "revoked": _iso(key.revoked_at),
                "revoked_size": key.revoked_size,
                "exposed": _iso(key.exposed_at),
                "succession": key.succession,
            }
            for key in dated_keys()
        ],
    }


def in_force(now: datetime) -> list[LogKey]:
    """The keys that sign, newest first: the one that has no end, then those whose time is not over."""
    rows = [
        row for row in LogKey.objects.filter(revoked_at=None) if row.until_at is None or row.until_at > now
    ]
    return sorted(rows, key=lambda row: (row.until_at is None, row.from_size), reverse=True)


def _first() -> audit.Signer:
    found = newest_signer(config.load().keys_path, _first_name())
    if found is None:
        # The settings say it for every other key; asked here they make all keys where there is no data yet.
        return audit.Signer(_first_name(), config.load().key("ledger-signing"))
    return found


def _first_name() -> str:
    head = TreeHead.objects.filter(id=1).first()
    if head is not None and head.checkpoint:
        try:
            return audit.unverified_checkpoint(head.checkpoint).origin
        except audit.AuditError:
            pass  # whoever checks the checkpoint says so
    return config.load().log_origin


def _signers_of(rows: list[LogKey]) -> tuple[audit.Signer, ...]:
    folder = config.load().keys_path
    found = [_signer(folder, row.public_key) for row in rows]
    if found[0] is None:
        raise KeyLost(_lost(rows[0].public_key))
    return tuple(one for one in found if one is not None)


def _signer(folder: Path, public_key: str) -> audit.Signer | None:
    if (folder, public_key) not in _FOUND:
        signer = find_signer(folder, audit.Verifier.parse(public_key))
        if signer is None:
            return None
        _FOUND[folder, public_key] = signer
    return _FOUND[folder, public_key]


def forget_signers() -> None:
    """Read the seeds again: keys have changed."""
    _FOUND.clear()


def _lost(public_key: str) -> str:
    folder = config.load().keys_path
    return (
        f"The log's key {public_key.split('+')[1]} is not in {folder}; restore ledger-signing.key from your backup or, if there is"
        " none, run `turnpike audit key revoke --lost`."
    )


def _key_ids(note: str) -> frozenset[bytes]:
    return frozenset(line.key_id for line in audit.split_note(note)[1])


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
