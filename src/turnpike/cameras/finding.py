"""Finding cameras in a register of thousands: by words, by how they stand, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Q, TextChoices

from turnpike.cameras.admission import in_force
from turnpike.cameras.models import Camera

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

PAGE_CAMERAS = 50
MAX_WORDS = 8
_SEARCHED = ("camera_id", "name", "owner", "purpose", "view")


class Standing(TextChoices):
    """How the cameras stand that are asked for."""

    ANY = "", "Any"
    TAKEN = "taken", "Reads are taken"
    REFUSED = "refused", "Refused: no necessity case"
    CLOSED = "closed", "Closed"
    UNDECIDED = "undecided", "Place not decided on"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the register: every one of the words, in id, name, owner, purpose or view, and a standing."""

    text: str = ""
    standing: str = Standing.ANY

    @property
    def query(self) -> str:
        """The same for an address, without the question mark."""
        return urlencode({"text": self.text, "standing": self.standing} if self.text or self.standing else {})

    def cameras(self) -> QuerySet[Camera]:
        """All that fit, by id."""
        found = Camera.objects.order_by("camera_id")
        for word in self.text.split()[:MAX_WORDS]:
            either = Q()
            for field in _SEARCHED:
                either |= Q(**{f"{field}__icontains": word})
            found = found.filter(either)
        if self.standing == Standing.TAKEN:
            return found.filter(in_force(), active=True)
        if self.standing == Standing.REFUSED:
            return found.filter(~in_force(), active=True)
        if self.standing == Standing.CLOSED:
            return found.filter(active=False)
        if self.standing == Standing.UNDECIDED:
            return found.filter(active=True, withheld=Standing.UNDECIDED)
        return found


@dataclass(frozen=True, slots=True)
class CameraPage:
    """Some cameras by id; `further` is the id after which the next page begins, empty at the end; `found` counts all that fit."""

    cameras: tuple[Camera, ...]
    further: str
    is_first: bool
    found: int


def page(wanted: Wanted, after: str) -> CameraPage:
    """The page of what is wanted that begins after that id."""
    fitting = wanted.cameras()
    rows = tuple(fitting.filter(camera_id__gt=after)[: PAGE_CAMERAS + 1])
    shown = rows[:PAGE_CAMERAS]
    further = shown[-1].camera_id if len(rows) > PAGE_CAMERAS else ""
    return CameraPage(shown, further, is_first=not after, found=fitting.count())


def wanted_of(asked: Mapping[str, str]) -> Wanted:
    """What an address asks for; a standing that is none asks for any."""
    standing = asked.get("standing", "")
    return Wanted(
        " ".join(asked.get("text", "").split()), standing if standing in Standing.values else Standing.ANY
    )
