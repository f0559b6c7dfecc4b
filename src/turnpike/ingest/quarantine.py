"""Reads that could not be stored, kept sealed until somebody has found out why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from turnpike import config
from turnpike.audit.services import seal, unseal
from turnpike.ingest.models import QuarantinedRead
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from turnpike.ingest.checking import Message, PutAside

MAX_KEPT_FIELD_BYTES = 512
"""A longer field of a read is not kept: it could only be a picture. Source: ours; the longest text field of
a well-formed read has 128 characters."""
MAX_KEPT_BYTES = 4096

_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class MaskedRead:
    """A quarantined read as a page may show it: never with its plate."""

    camera_id: str
    received_at: datetime
    reason: str
    payload_bytes: int


def keep(messages: Sequence[Message]) -> None:
    """Keep the reads put aside in these messages, committed to disk on return.

    Those that are kept already, since their message was sent again, are kept once.
    """
    wanted = {
        (message.batch.camera_id, aside.digest): (message.batch.received_at, aside)
        for message in messages
        for aside in message.put_aside
    }
    if not wanted:
        return
    digests = {digest for _, digest in wanted}
    kept = {
        (camera_id, bytes(digest))
        for camera_id, digest in QuarantinedRead.objects.filter(payload_digest__in=digests).values_list(
            "camera_id", "payload_digest"
        )
    }
    fresh = {place: what for place, what in wanted.items() if place not in kept}
    if not fresh:
        return
    counts = Counter(camera_id for camera_id, _ in fresh)
    record(
        AuditEvent.READS_QUARANTINED,
        actor="system",
        details={"cameras": [f"{camera_id}: {count}" for camera_id, count in sorted(counts.items())]},
    )
    with transaction.atomic():
        QuarantinedRead.objects.bulk_create(
            (_row(camera_id, received_at, aside) for (camera_id, _), (received_at, aside) in fresh.items()),
            ignore_conflicts=True,
        )


def newest(limit: int) -> tuple[MaskedRead, ...]:
    """The newest quarantined reads, newest first, masked."""
    rows = QuarantinedRead.objects.values_list("camera_id", "received_at", "reason", "payload_bytes")[:limit]
    return tuple(MaskedRead(*row) for row in rows)


def opened(row: QuarantinedRead) -> bytes:
    """What was kept of the read: JSON, without its picture.

    Raises:
        SealError: the row was altered or moved.
    """
    digest = bytes(row.payload_digest)
    return unseal(config.load().key("quarantine"), bytes(row.sealed), bound_to=digest)


def _row(camera_id: str, received_at: datetime, aside: PutAside) -> QuarantinedRead:
    return QuarantinedRead(
        camera_id=camera_id,
        received_at=received_at,
        reason=aside.reason,
        payload_digest=aside.digest,
        payload_bytes=len(aside.payload),
        sealed=seal(config.load().key("quarantine"), _kept(aside.payload), bound_to=aside.digest),
    )


def _kept(payload: bytes) -> bytes:
    """The read without its picture: only the plate's patch may be kept of any, and this one was not checked."""
    try:
        fields = _decode_fields(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return payload[:MAX_KEPT_FIELD_BYTES]
    short = {
        name: value
        for name, value in fields.items()
        if name != "patch" and len(name) + len(bytes(value)) <= MAX_KEPT_FIELD_BYTES
    }
    return msgspec.json.encode(short)[:MAX_KEPT_BYTES]
