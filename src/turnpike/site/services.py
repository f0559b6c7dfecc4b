"""For commands: Django made ready, and the store reached the right way."""

from __future__ import annotations

import os
import socket
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from turnpike import config
from turnpike.errors import UnavailableError
from turnpike.site.backup import back_up, restore
from turnpike.site.errors import AlreadyServed, BackupRefused
from turnpike.site.locking import lock_data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.access.services import Place
    from turnpike.cameras.services import Report
    from turnpike.ingest.services import IngestReport
    from turnpike.reads.services import ReadStore

__all__ = [
    "AlreadyServed",
    "BackupRefused",
    "StoreHealth",
    "back_up",
    "cameras_report",
    "find_place",
    "ingest_report",
    "lock_data_folder",
    "owned_store",
    "prepare_records",
    "restore",
    "store_health",
]

_Answer = TypeVar("_Answer")

_ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How many reads the store holds, its schema's version, and who answered: the worker or this process."""

    reads: int
    schema: int
    through_worker: bool


class _WorkerAnswer(msgspec.Struct, frozen=True):
    reads: int
    schema: int


def prepare_records() -> None:
    """Make Django ready in this process and bring the records database up to date."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "turnpike.site.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def owned_store() -> Iterator[ReadStore]:
    """The store, opened here and owned until the end; no server can start meanwhile.

    Raises:
        AlreadyServed: a server owns it.
    """
    from turnpike.reads.services import ReadStore

    settings = config.load()
    with lock_data_folder(settings), closing(ReadStore.open(settings.reads_path)) as store:
        yield store


def store_health() -> StoreHealth:
    """The store's state: asked of the worker where it runs, else read here.

    Raises:
        UnavailableError: a worker owns the store but does not answer.
    """
    from turnpike.reads.services import ReadStore

    settings = config.load()
    try:
        lock = lock_data_folder(settings)
    except AlreadyServed:
        answer = _ask_worker("health", _WorkerAnswer)
        return StoreHealth(answer.reads, answer.schema, through_worker=True)
    with lock:
        store = ReadStore.open(settings.reads_path)
        try:
            integrity = store.integrity()
        finally:
            store.close()
    return StoreHealth(integrity.reads, integrity.schema_version, through_worker=False)


def cameras_report(camera_id: str = "") -> Report:
    """How the cameras are, or one: asked of the worker where it runs, else what was noted last, read here.

    Raises:
        CameraError: no camera of that id is registered.
        UnavailableError: a worker owns the store but does not answer.
    """
    prepare_records()
    from turnpike.cameras.services import Report, find_camera, reported

    if camera_id and find_camera(camera_id) is None:
        return reported(camera_id)
    try:
        lock = lock_data_folder(config.load())
    except AlreadyServed:
        return _ask_worker(f"cameras {camera_id}".strip(), Report)
    with lock:
        return reported(camera_id)


def ingest_report() -> IngestReport | None:
    """How fetched feeds and the spool stand, asked of the worker; None where none runs.

    Raises:
        UnavailableError: a worker owns the store but does not answer.
    """
    from turnpike.ingest.services import IngestReport

    try:
        lock = lock_data_folder(config.load())
    except AlreadyServed:
        return _ask_worker("feeds", IngestReport)
    lock.close()
    return None


def find_place(read_id: str) -> Place:
    """Where a read was made, without what it reads: asked of the worker where it runs, else read here.

    Raises:
        InvalidReadId: the text is no read's id.
        UnavailableError: a worker owns the store but does not answer.
    """
    from turnpike.access.services import Place, read_place
    from turnpike.reads import services as reads

    settings, asked = config.load(), reads.ReadId.parse(read_id).text
    try:
        lock = lock_data_folder(settings)
    except AlreadyServed:
        return _ask_worker(f"place {asked}", Place)
    with lock:
        store = reads.ReadStore.open(settings.reads_path)
        reads.attach(store)
        try:
            return read_place(asked)
        finally:
            reads.detach()
            store.close()


def _ask_worker(question: str, kind: type[_Answer]) -> _Answer:
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(_ANSWER_S)
            link.connect(str(config.load().socket_path))
            link.sendall(f"{question}\n".encode())
            return msgspec.json.decode(link.makefile("rb").readline(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise UnavailableError(
            "The running server does not answer on its socket; look at its log."
        ) from error
