"""Where a read was made and whose it is, without what it reads: the camera, its controller, when, and whether it is still kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from turnpike.access.authorities import whole_days
from turnpike.cameras.services import find_camera
from turnpike.reads.services import ReadId, attached_store

if TYPE_CHECKING:
    from datetime import date

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A read without its plate. Of one that is no longer kept, only when it was stored is known: its id says it."""

    read_id: str
    kept: bool
    stored_at: datetime
    captured_at: datetime | None = None
    camera_id: str = ""

    @property
    def camera_name(self) -> str:
        """The camera's name; its id where the register no longer knows it."""
        camera = find_camera(self.camera_id)
        return camera.name if camera else self.camera_id

    @property
    def controller(self) -> str:
        """Who answers for the camera; empty where that is not known."""
        camera = find_camera(self.camera_id)
        return camera.owner if camera else ""

    def age_days(self, on: date) -> int:
        """How many days old it is at the end of a day, a begun one counting; 0 before it was made."""
        end = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(days=1)
        return whole_days(end - (self.captured_at or self.stored_at))


def read_place(text: str) -> Place:
    """Where the read of that id was made.

    Raises:
        InvalidReadId: the text is no read's id.
        StoreUnavailable: this process has no store, or it cannot be read.
    """
    read_id = ReadId.parse(text)
    stored_at = read_stored_at(read_id)
    found = attached_store().place(read_id)
    if found is None:
        return Place(read_id.text, kept=False, stored_at=stored_at)
    return Place(
        read_id.text, kept=True, stored_at=stored_at, captured_at=found.captured_at, camera_id=found.camera_id
    )


def read_stored_at(read_id: ReadId) -> datetime:
    """The second in which a read was stored, as its id says; 1970 where an id says no such time."""
    try:
        return _EPOCH + timedelta(microseconds=read_id.batch)
    except OverflowError:
        return _EPOCH
