"""The log published: its tiles brought up to the signed head, and a checkpoint once enough witnesses cosigned it.

The records are the truth. What is published never goes back and never changes: where the records do not continue the last published
checkpoint, that one stays, and the fault is kept and told.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from turnpike import config
from turnpike.audit import services as audit
from turnpike.ledger.errors import LedgerTampered
from turnpike.ledger.faults import PUBLICATION, Fault, clear_fault, forget_others, note_fault, open_faults
from turnpike.ledger.key_changes import settle_keys
from turnpike.ledger.models import TreeHead
from turnpike.ledger.proving import commitments
from turnpike.ledger.signing_keys import dated_keys, signers
from turnpike.ledger.witnesses import Asker, Missing, configured_witnesses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from turnpike.audit.services import Checkpoint, NoteSignature
    from turnpike.ledger.witnesses import Witness

_ROWS_AT_ONCE = 8_192


@dataclass(frozen=True, slots=True)
class Publication:
    """How far the log is published, and what goes wrong with it. Instants are UTC.

    `at` is when the last checkpoint was published, None where none was. `cosigned_by` are the witnesses whose cosignatures it
    holds, with their own word of when.
    """

    size: int
    at: datetime | None
    checkpoint: str
    cosigned_by: Mapping[str, datetime]
    written: int
    faults: tuple[Fault, ...]

    @property
    def stopped(self) -> Fault | None:
        """Why nothing new is published; None where it is."""
        return next((fault for fault in self.faults if fault.witness == PUBLICATION), None)


def publication() -> Publication:
    """What is published now.

    Raises:
        ConfigurationError: the setting of the witnesses is wrong.
    """
    folder = audit.TileFolder(config.load().log_path)
    note, head = folder.checkpoint(), TreeHead.objects.filter(id=1).first()
    size, at = 0, None
    if note is not None:
        size = audit.unverified_checkpoint(note).size
        at = datetime.fromtimestamp((config.load().log_path / "checkpoint").stat().st_mtime, UTC)
    return Publication(size, at, note or "", _cosigned_by(note), head.size if head else 0, open_faults())


def published_file(path: str) -> bytes | None:
    """What is published at `path` (`checkpoint`, `tile/…`), or None where nothing is."""
    return audit.TileFolder(config.load().log_path).file(path)


class Publisher:
    """Publishes into the folder of the settings; one at a time, whatever processes there are."""

    def __init__(self) -> None:
        self._asker = Asker()

    def publish(self, now: datetime | None = None) -> Publication:
        """Publish what there is, once, and tell how it stands. A witness that does not answer is no error but a fault of it.

        Raises:
            ConfigurationError: the setting of the witnesses is wrong.
            LedgerError: the records cannot be read, or an entry that tells of a fault could not be written.
        """
        now = now or datetime.now(UTC)
        path = config.load().log_path
        with _one_publisher(path):
            settle_keys()
            head = TreeHead.objects.filter(id=1).first()
            if head is not None and head.size:
                self._publish(audit.TileFolder(path), head.checkpoint, now)
        return publication()

    def _publish(self, folder: audit.TileFolder, note: str, now: datetime) -> None:
        published = folder.checkpoint()
        size = audit.unverified_checkpoint(published).size if published else 0
        try:
            checkpoint = _opened(note)
            _bring_up(folder, checkpoint, published)
        except (LedgerTampered, audit.AuditError) as error:
            note_fault(PUBLICATION, str(error), now=now, published_size=size, at_once=True)
            return
        if published is not None and _says_the_same(published, note):
            note = audit.add_signatures(published, audit.split_note(note)[1])
        given = self._ask(folder, note, now, size)
        needed = config.load().log_cosignatures_needed
        if len(given) < needed:
            note_fault(PUBLICATION, _too_few(len(given), needed), now=now, published_size=size)
            return
        cosigned = audit.add_signatures(note, given.values())
        if cosigned != published:
            folder.write_checkpoint(cosigned)
        clear_fault(PUBLICATION)

    def _ask(self, folder: audit.TileFolder, note: str, now: datetime, size: int) -> dict[str, NoteSignature]:
        """The cosignatures of the configured witnesses: those that stand under the note, and those that were given now."""
        witnesses = configured_witnesses()
        forget_others(frozenset(one.name for one in witnesses))
        given = {one.name: line for one, line, _ in _cosignatures(note, witnesses)}
        missing = [one for one in witnesses if one.name not in given]
        for name, answer in self._asker.ask(missing, note, folder.reader).items():
            if isinstance(answer, Missing):
                note_fault(name, answer.why, now=now, published_size=size, at_once=answer.refused)
            else:
                given[name] = answer
        for name in given:
            clear_fault(name)
        return given


def check_published() -> Publication:
    """Hold every published file against the records, and the published checkpoint against the tiles.

    Raises:
        LedgerTampered: naming the first file that is not what it should be, or that the records do not continue the checkpoint.
        LedgerError: the records cannot be read.
    """
    found = publication()
    folder = audit.TileFolder(config.load().log_path)
    try:
        if found.checkpoint:
            checkpoint = audit.unverified_checkpoint(found.checkpoint)
            if found.written < checkpoint.size:
                raise LedgerTampered(_set_back(found.written, checkpoint.size))
            if not _is_signed(found.checkpoint):
                raise LedgerTampered("The published checkpoint is not signed by a key of the log.")
        size = min(folder.size(), found.written)
        for number in range(-(-size // audit.TILE_WIDTH)):
            start = number * audit.TILE_WIDTH
            expected = commitments(start, min(start + audit.TILE_WIDTH, size))
            width = len(expected)
            hashes = b"".join(audit.leaf_hash(one) for one in expected)
            if (
                list(folder.entries(number)[:width]) != expected
                or folder.tile(audit.Tile(0, number, width)) != hashes
            ):
                raise LedgerTampered(
                    f"The published log's entries {start} to {start + width - 1} are not those of the records."
                )
        if found.checkpoint and folder.reader.root(checkpoint.size) != checkpoint.root:
            raise LedgerTampered(_rewritten(checkpoint.size))
    except audit.AuditError as error:
        raise LedgerTampered(str(error)) from error
    return found


def write_anew() -> None:
    """Have the tiles written anew from the records with the next publication: after the folder was damaged."""
    path = config.load().log_path
    with _one_publisher(path):
        audit.TileFolder(path).start_anew()


def _bring_up(folder: audit.TileFolder, head: Checkpoint, published: str | None) -> None:
    """All tiles up to the head, and the head a continuation of what was published.

    Raises:
        LedgerTampered: the records are not those of their head, or do not continue what was published. The folder is left as it is,
            since it shows what they were.
    """
    last = audit.unverified_checkpoint(published) if published else None
    if last and head.size < last.size:
        raise LedgerTampered(_set_back(head.size, last.size))
    try:
        folder.write_up_to(head.size, commitments)
        is_whole = folder.reader.root(head.size) == head.root
        if is_whole and last and folder.reader.root(last.size) != last.root:
            raise LedgerTampered(_rewritten(last.size))
    except audit.AuditError:
        is_whole = False
    if is_whole:
        return
    _check_records(head, last)
    folder.start_anew()
    if last:
        # Its partial tiles have to stand as well.
        folder.write_up_to(last.size, commitments)
    folder.write_up_to(head.size, commitments)


def _check_records(head: Checkpoint, last: Checkpoint | None) -> None:
    """That the fault is the folder's: the stored commitments give the head's root, and the published one's."""
    frontier = audit.Frontier()
    stops = sorted({head.size, *([last.size] if last else [])})
    for stop in stops:
        while frontier.size < stop:
            piece = commitments(frontier.size, min(frontier.size + _ROWS_AT_ONCE, stop))
            frontier = frontier.extend(piece)[0]
        if last and stop == last.size and frontier.root() != last.root:
            raise LedgerTampered(_rewritten(stop))
    if frontier.root() != head.root:
        raise LedgerTampered("The ledger's entries do not add up to its signed checkpoint.")


def _opened(note: str) -> Checkpoint:
    try:
        return audit.open_checkpoint(note, signers()[0].verifier)
    except audit.AuditError as error:
        raise LedgerTampered("The ledger's checkpoint is not signed by its key.") from error


def _says_the_same(published: str, note: str) -> bool:
    return audit.split_note(published)[0] == audit.split_note(note)[0]


def _is_signed(note: str) -> bool:
    text, lines = audit.split_note(note)
    for key in dated_keys():
        for line in lines:
            if (line.name, line.key_id) == (key.verifier.name, key.verifier.key_id):
                key.verifier.check(text, line.signed)
                return True
    return False


def _cosigned_by(note: str | None) -> Mapping[str, datetime]:
    found = _cosignatures(note, configured_witnesses()) if note else ()
    return MappingProxyType({witness.name: at for witness, _, at in found})


def _cosignatures(
    note: str, witnesses: tuple[Witness, ...]
) -> Iterator[tuple[Witness, NoteSignature, datetime]]:
    """Those under the note that hold; a line that only claims to be a witness's is none."""
    text, lines = audit.split_note(note)
    for witness in witnesses:
        for line in lines:
            if witness.verifier.made(line):
                with suppress(audit.TamperError):
                    yield witness, line, witness.verifier.check(text, line)


def _too_few(given: int, needed: int) -> str:
    return f"{given} of {needed} needed cosignatures were given"


def _set_back(size: int, published: int) -> str:
    return f"The log has {size} entries, fewer than the {published} that were published: entries were removed, or an old backup was restored."


def _rewritten(published: int) -> str:
    return f"The log's first {published} entries are not those that were published: entries were changed."


@contextmanager
def _one_publisher(path: Path) -> Iterator[None]:
    """Two at once would each find a witness that has seen more than they have."""
    path.mkdir(parents=True, exist_ok=True)
    with (path / ".publisher").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
