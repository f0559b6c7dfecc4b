"""From the bytes of one message to reads that can be stored, each on its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from turnpike.images.services import PatchError, check_patch
from turnpike.ingest.errors import NotJson, OtherCamera, ReadRefused, TooLarge
from turnpike.ingest.messages import FIELD_RULES, Claim, Envelope, PostedRead
from turnpike.plates.services import PlateError, normalise
from turnpike.reads.services import InvalidRead, NewBatch, NewRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.ingest.retries import RetryHashes

ADAPTER = "turnpike"
"""The source adapter that a batch names: this interface itself."""
MAX_AHEAD = timedelta(minutes=5)
"""A camera's clock may be ahead by this much. Source: ours; more is a clock fault, not drift."""
MAX_AGE = timedelta(days=400)
"""Oldest read that is taken. Source: ours; beyond the year for which any read may be kept."""

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_read = msgspec.json.Decoder(PostedRead).decode
_decode_claim = msgspec.json.Decoder(Claim).decode


@dataclass(frozen=True, slots=True)
class CheckedRead:
    """A read that can be stored, by its place in the message; `patch` is a checked JPEG, or empty."""

    index: int
    read: NewRead
    patch: bytes


@dataclass(frozen=True, slots=True)
class PutAside:
    """A read that cannot be stored: exactly what was posted, and why not. `digest` is 32 bytes, keyed."""

    index: int
    event_id: str
    reason: str
    payload: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one camera, checked: `batch` holds the reads of `checked`, in their order."""

    batch: NewBatch
    checked: tuple[CheckedRead, ...]
    put_aside: tuple[PutAside, ...]

    def __len__(self) -> int:
        """How many reads were posted."""
        return len(self.checked) + len(self.put_aside)


class Checker:
    """Checks messages; holds nothing of them, so any thread may use it."""

    def __init__(self, hashes: RetryHashes, *, max_reads: int) -> None:
        self._hashes = hashes
        self._max_reads = max_reads

    def check(self, body: bytes, *, camera_id: str, received_at: datetime) -> Message:
        """What `body` holds, every read either checked or put aside with its reason.

        Raises:
            NotJson: the body is not the interface's envelope.
            TooLarge: it holds too many reads.
            OtherCamera: one of the reads names another camera.
        """
        envelope = _envelope(body)
        if len(envelope.reads) > self._max_reads:
            raise TooLarge(f"A message holds at most {self._max_reads} reads; send fewer in each.")
        checked: list[CheckedRead] = []
        put_aside: list[PutAside] = []
        for index, raw in enumerate(envelope.reads):
            payload = bytes(raw)
            try:
                checked.append(self._check_read(index, payload, camera_id, received_at))
            except ReadRefused as refusal:
                put_aside.append(self._put_aside(index, payload, camera_id, str(refusal)))
        try:
            batch = NewBatch(
                camera_id=camera_id,
                software=envelope.source.software,
                model=envelope.source.model,
                adapter=ADAPTER,
                payload_sha256=hashlib.sha256(body).digest(),
                received_at=received_at,
                reads=tuple(one.read for one in checked),
            )
        except InvalidRead as error:
            raise NotJson(f"The message's source cannot be used: {error}") from error
        return Message(batch, tuple(checked), tuple(put_aside))

    def _check_read(self, index: int, payload: bytes, camera_id: str, received_at: datetime) -> CheckedRead:
        try:
            posted = _decode_read(payload)
        except _UNREADABLE as error:
            raise ReadRefused(_what_is_wrong(error)) from error
        _check_camera(posted.camera, camera_id)
        captured_at = _captured_at(posted.captured_at, received_at)
        try:
            patch = check_patch(posted.patch) if posted.patch else b""
            read = _new_read(
                posted, captured_at, self._event_key(posted, captured_at, camera_id), has_patch=bool(patch)
            )
        except PlateError as error:
            raise ReadRefused(f"The plate cannot be used: {error}") from error
        except PatchError as error:
            raise ReadRefused(f"The patch cannot be used: {error}") from error
        except InvalidRead as error:
            raise ReadRefused(f"The read cannot be stored: {error}") from error
        return CheckedRead(index, read, patch)

    def _event_key(self, posted: PostedRead, captured_at: datetime, camera_id: str) -> int:
        if posted.event_id:
            return self._hashes.of_event(camera_id, posted.event_id)
        return self._hashes.of_sighting(camera_id, captured_at, normalise(posted.plate))

    def _put_aside(self, index: int, payload: bytes, camera_id: str, reason: str) -> PutAside:
        try:
            claim = _decode_claim(payload)
        except _UNREADABLE:
            claim = Claim()
        # Even a read that cannot be used may not speak for another camera.
        _check_camera(claim.camera, camera_id)
        return PutAside(index, claim.event_id, reason, payload, self._hashes.of_payload(camera_id, payload))


def _new_read(posted: PostedRead, captured_at: datetime, event_key: int, *, has_patch: bool) -> NewRead:
    return NewRead(
        plate=normalise(posted.plate),
        raw_text=posted.raw_text or posted.plate,
        confidence=posted.confidence,
        captured_at=captured_at,
        event_key=event_key,
        candidates=tuple((normalise(other.plate), other.confidence) for other in posted.candidates),
        country=posted.country,
        lane=posted.lane,
        direction=posted.direction,
        clock_error_ms=posted.clock_error_ms,
        frames_agreeing=posted.frames_agreeing,
        colour=posted.colour,
        make=posted.make,
        has_patch=has_patch,
    )


def _envelope(body: bytes) -> Envelope:
    try:
        return _decode_envelope(body)
    except msgspec.ValidationError as error:
        raise NotJson(
            'The message is not what this address takes: {"source": {"software": …, "model": …}, "reads": [ … ]} '
            "with at least one read and nothing else."
        ) from error
    except _UNREADABLE as error:
        raise NotJson("The message is not well-formed JSON.") from error


def _check_camera(named: str, camera_id: str) -> None:
    if named and named != camera_id:
        raise OtherCamera("A read names another camera than the key's; nothing of this message was stored.")


def _captured_at(captured_at: datetime, received_at: datetime) -> datetime:
    if captured_at > received_at + MAX_AHEAD:
        raise ReadRefused(
            f"captured_at is more than {MAX_AHEAD // timedelta(minutes=1)} minutes in the future; set the camera's clock."
        )
    if captured_at < received_at - MAX_AGE:
        raise ReadRefused(f"captured_at is more than {MAX_AGE.days} days ago; such reads are not taken.")
    at = captured_at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


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
