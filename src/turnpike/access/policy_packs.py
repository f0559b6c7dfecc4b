"""The packs that ever decided here, kept by their hash, so that a decision can be made again under the policy of its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.errors import PackError
from turnpike.access.force_packs import OVERLAY_FILE, POLICY_FILE, SCHEMA_FILE
from turnpike.access.models import PolicyPack, PolicyUse
from turnpike.access.policy import current_pack, pack_named, parse_pack
from turnpike.ledger.services import AuditEvent, record, turn

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from turnpike.access.policy import Pack

_SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class PackUse:
    """A pack and the time in which it decided; `until` is None while it does."""

    version: str
    since: datetime
    until: datetime | None


def keep_pack(pack: Pack | None = None) -> PolicyPack:
    """Keep the text of this process's pack, once, so that what it decides can be decided again.

    Called wherever a process brings its records up to date, before anything is decided.
    """
    pack = pack or current_pack()
    kept, _ = PolicyPack.objects.get_or_create(
        version=pack.version,
        defaults={
            "schema_text": pack.schema_text,
            "policy_text": pack.policy_text,
            "first_used_at": timezone.now(),
        },
    )
    return kept


def put_in_force(pack: Pack | None = None) -> None:
    """Note that from now on this pack decides in this installation, and keep its text.

    For whoever serves, or makes the installation: a command that is run beside with other settings decides by its own pack, as its
    entries say, and changes nothing about who decides here. That another pack decides than before is an entry of the ledger, written first.

    Raises:
        LedgerError: the change could not be recorded.
    """
    pack = pack or current_pack()
    with turn("policy", "in force"):
        kept = keep_pack(pack)
        before = PolicyUse.objects.first()
        if before is not None and before.pack_id == pack.version:
            return
        if before is not None:
            details = {"before": before.pack_id, "policy": pack.version}
            record(AuditEvent.POLICY_CHANGED, actor=_SYSTEM, details=details)
        PolicyUse.objects.create(pack=kept, since=timezone.now())


def pack_uses() -> tuple[PackUse, ...]:
    """Which pack decided when, the newest first."""
    rows = list(PolicyUse.objects.all())
    ends = [None, *(row.since for row in rows)]
    return tuple(PackUse(row.pack_id, row.since, until) for row, until in zip(rows, ends, strict=False))


def packs_on(day: date) -> tuple[Pack, ...]:
    """The packs that decided on a day (UTC), in their order; none where it lies before the first.

    Raises:
        PackError: the text of one was not kept, or was altered.
    """
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = begin + timedelta(days=1)
    versions = [
        use.version for use in pack_uses() if use.since < end and (use.until is None or use.until > begin)
    ]
    return tuple(kept_pack(version) for version in dict.fromkeys(reversed(versions)))


def kept_pack(version: str) -> Pack:
    """The pack of that version.

    Raises:
        PackError: none was kept, or its text is not the one that the version names.
    """
    kept = PolicyPack.objects.filter(version=version).first()
    if kept is None:
        raise PackError(f"No text of the policy pack {version} was kept.")
    pack = parse_pack(version.split("@", maxsplit=1)[0], kept.schema_text, kept.policy_text)
    if pack.version != version:
        raise PackError(f"The kept text of the policy pack {version} was altered.")
    return pack


def pack_in(folder: Path) -> Pack:
    """The pack in a folder, for a draft: a force's, laid over the base, or a whole one of two files.

    Raises:
        PackError: a file is missing, or they are no pack.
    """
    if (folder / OVERLAY_FILE).is_file():
        return pack_named(str(folder.resolve()))
    try:
        texts = [(folder / name).read_text(encoding="utf-8") for name in (SCHEMA_FILE, POLICY_FILE)]
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(
            f"{folder} holds neither {OVERLAY_FILE} nor {SCHEMA_FILE} and {POLICY_FILE} that can be read."
        ) from error
    return parse_pack(folder.resolve().name, *texts)
