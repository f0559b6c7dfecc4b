"""From the bytes of one message to reads that can be stored, each on its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from turnpike.ingest.bodies import FORMS, UNREADABLE, Posted, unpacked
from turnpike.ingest.columns import columns_of
from turnpike.ingest.errors import NotUnderstood, OtherCamera, ReadRefused, TooLarge
from turnpike.ingest.messages import FIELD_RULES, Claim, PostedRead
from turnpike.reads.services import InvalidRead, NewBatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from turnpike.ingest.messages import Source
    from turnpike.ingest.retries import RetryHashes
    from turnpike.reads.services import ReadColumns

ADAPTER = "turnpike"
"""The source adapter that a batch names: this interface itself."""

_decode_read = msgspec.json.Decoder(PostedRead).decode
_decode_claim = msgspec.json.Decoder(Claim).decode


@dataclass(frozen=True, slots=True)
class PutAside:
    """A read that cannot be stored: exactly what was posted, in JSON, and why not. `digest` is 32 bytes, keyed."""

    index: int
    event_id: str
    reason: str
    payload: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one camera, checked.

    Along the reads of `batch`, `indexes` has the place of each in the message. `patches` has the checked JPEG of those
    that have one, by their place in the batch.
    """

    batch: NewBatch
    indexes: Sequence[int]
    patches: Mapping[int, bytes]
    put_aside: tuple[PutAside, ...]

    def __len__(self) -> int:
        """How many reads were posted."""
        return len(self.indexes) + len(self.put_aside)


class Checker:
    """Checks messages; holds nothing of them, so any thread may use it."""

    def __init__(self, hashes: RetryHashes, *, max_reads: int, max_bytes: int) -> None:
        self._hashes = hashes
        self._max_reads = max_reads
        self._max_bytes = max_bytes

    def check(self, posted: Posted, *, camera_id: str, received_at: datetime) -> Message:
        """What a message holds, every read either checked or put aside with its reason.

        Raises:
            NotUnderstood: the body is not the interface's message.
            TooLarge: it holds too many reads, or unpacks to too many bytes.
            OtherCamera: one of the reads names another camera.
        """
        body, form = unpacked(posted, max_bytes=self._max_bytes), FORMS[posted.media]
        try:
            source, reads = form.whole(body)
            self._check_count(len(reads))
            columns, patches = self._columns(reads, camera_id, received_at)
            indexes: Sequence[int] = range(len(columns))
            put_aside: tuple[PutAside, ...] = ()
        except (*UNREADABLE, ReadRefused, NotUnderstood):
            # Something is wrong with some read, or with all: each is looked at by itself.
            source, payloads = form.apart(body)
            self._check_count(len(payloads))
            put_aside, good = self._sorted(payloads, camera_id, received_at)
            indexes = list(good)
            columns, patches = self._columns(list(good.values()), camera_id, received_at)
        batch = _batch(source, columns, posted.body, camera_id, received_at)
        return Message(batch, indexes, patches, put_aside)

    def _check_count(self, reads: int) -> None:
        if reads > self._max_reads:
            raise TooLarge(f"A message holds at most {self._max_reads} reads; send fewer in each.")

    def _columns(
        self, reads: Sequence[PostedRead], camera_id: str, received_at: datetime
    ) -> tuple[ReadColumns, dict[int, bytes]]:
        return columns_of(reads, camera_id=camera_id, received_at=received_at, hashes=self._hashes)

    def _sorted(
        self, payloads: Sequence[bytes], camera_id: str, received_at: datetime
    ) -> tuple[tuple[PutAside, ...], dict[int, PostedRead]]:
        """The reads that cannot be used, and those that can, by their index."""
        put_aside, good = [], {}
        for index, payload in enumerate(payloads):
            try:
                read = _one_read(payload)
                self._columns([read], camera_id, received_at)
                good[index] = read
            except ReadRefused as refusal:
                put_aside.append(self._put_aside(index, payload, camera_id, str(refusal)))
        return tuple(put_aside), good

    def _put_aside(self, index: int, payload: bytes, camera_id: str, reason: str) -> PutAside:
        try:
            claim = _decode_claim(payload)
        except UNREADABLE:
            claim = Claim()
        # Even a read that cannot be used may not speak for another camera.
        if claim.camera not in {"", camera_id}:
            raise OtherCamera(
                "A read names another camera than the key's; nothing of this message was stored."
            )
        return PutAside(index, claim.event_id, reason, payload, self._hashes.of_payload(camera_id, payload))


def _batch(
    source: Source, reads: ReadColumns, body: bytes, camera_id: str, received_at: datetime
) -> NewBatch:
    try:
        return NewBatch(
            camera_id=camera_id,
            software=source.software,
            model=source.model,
            adapter=ADAPTER,
            payload_sha256=hashlib.sha256(body).digest(),
            received_at=received_at,
            reads=reads,
        )
    except InvalidRead as error:
        raise NotUnderstood(f"The message's source cannot be used: {error}") from error


def _one_read(payload: bytes) -> PostedRead:
    try:
        return _decode_read(payload)
    except UNREADABLE as error:
        raise ReadRefused(_what_is_wrong(error)) from error


def _what_is_wrong(error: Exception) -> str:
    """The rule that was broken, in our words: msgspec's quote the message's own names and values."""
    if not isinstance(error, msgspec.ValidationError):
        return "The read is not well-formed JSON."
    field = next(_fields_named(str(error)), None)
    if field is None:
        return "The read is no object, or has a field that this interface does not know."
    return f"{field} {FIELD_RULES[field]}."


def _fields_named(sentence: str) -> Iterator[str]:
    # The path comes last in msgspec's sentence; a missing field is named without one.
    path = sentence.rpartition(" - at `$.")[2].rstrip("`")
    head = path.partition(".")[0].partition("[")[0]
    if head in FIELD_RULES:
        yield head
    for field in FIELD_RULES:
        if sentence == f"Object missing required field `{field}`":
            yield field
