"""Whose reads a camera's are: its controller, from when on, for as long as there are reads.

A read belongs to whoever was controller when it was captured. A change counts from now on, so that nobody
becomes controller of what was read before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike import config
from turnpike.cameras.errors import CameraError
from turnpike.cameras.models import MAX_CONTROLLER_CHARACTERS, Camera, Controllership
from turnpike.ledger.services import AuditEvent, record, turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    _Row = tuple[datetime | None, str]
    """Since when, and which controller; empty for the site's own."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """One controller's time over one camera, `[since_at, until_at)` in UTC; None where there is no such end.

    `controller` is the organisation's name, this site's own included.
    """

    camera_id: str
    controller: str
    since_at: datetime | None
    until_at: datetime | None

    def overlaps(self, captured_from: datetime, captured_until: datetime) -> bool:
        """Whether it holds an instant of `[captured_from, captured_until)`."""
        begins = self.since_at is None or self.since_at < captured_until
        return begins and (self.until_at is None or captured_from < self.until_at)


def own_controller() -> str:
    """The organisation that is controller of this site's own reads."""
    settings = config.load()
    return controller_name(settings.controller or settings.organisation)


def controller_name(text: str) -> str:
    """The name single-spaced, as it is compared.

    Raises:
        CameraError: it is too long.
    """
    name = " ".join(text.split())
    if len(name) > MAX_CONTROLLER_CHARACTERS:
        raise CameraError(f"Shorten the controller's name to {MAX_CONTROLLER_CHARACTERS} characters.")
    return name


def first_controller(camera: Camera, controller: str) -> None:
    """Note whose reads a camera's are from its first; recorded with its registration."""
    Controllership.objects.create(camera=camera, controller=_kept(controller), since_at=None)


def set_controller(camera: Camera, controller: str, actor: str) -> Tenure:
    """Make an organisation controller of what this camera reads from now on; what it read before stays whose it was.

    An empty name is this site's own controller. Nothing happens where it is the controller already.

    Raises:
        CameraError: the name is too long.
    """
    name = controller_name(controller) or own_controller()
    with turn("camera", camera.camera_id):
        before = tenures(camera)[-1]
        if before.controller == name:
            return before
        now = timezone.now()
        # A read's instant is kept to a millisecond, and so no read stands on both sides of a change.
        since_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        record(
            AuditEvent.CAMERA_CONTROLLER_CHANGED,
            actor=actor,
            details={
                "camera": camera.camera_id,
                "controller": name,
                "before": before.controller,
                "since_at": since_at.isoformat(timespec="milliseconds"),
            },
        )
        Controllership.objects.create(camera=camera, controller=_kept(name), since_at=since_at)
    return tenures(camera)[-1]


def tenures(camera: Camera) -> tuple[Tenure, ...]:
    """Every controller that this camera had, the first one first; never empty."""
    return _in_order(camera.camera_id, _rows(camera.camera_id), own_controller())


def controller_at(camera_id: str, captured_at: datetime) -> str:
    """Whose a read is that this camera captured then; a camera that is not registered is the site's own."""
    held = _in_order(camera_id, _rows(camera_id), own_controller())
    return next(
        tenure.controller
        for tenure in reversed(held)
        if tenure.since_at is None or tenure.since_at <= captured_at
    )


def tenures_of_others(captured_from: datetime, captured_until: datetime) -> tuple[Tenure, ...]:
    """The times within `[captured_from, captured_until)` in which a camera's reads are another controller's, by camera."""
    own = own_controller()
    by_camera: dict[str, list[_Row]] = {}
    rows = Controllership.objects.order_by("camera_id", "id")
    for camera_id, since_at, controller in rows.values_list("camera_id", "since_at", "controller"):
        by_camera.setdefault(camera_id, []).append((since_at, controller))
    return tuple(
        tenure
        for camera_id, held in by_camera.items()
        for tenure in _in_order(camera_id, held, own)
        if tenure.controller != own and tenure.overlaps(captured_from, captured_until)
    )


def controllers_now() -> Mapping[str, str]:
    """The controller of each camera that ever had one noted; every other camera is the site's own."""
    own = own_controller()
    rows = Controllership.objects.order_by("id").values_list("camera_id", "controller")
    return {camera_id: name or own for camera_id, name in rows}


def cameras_ever_of(controller: str) -> frozenset[str]:
    """The ids of the cameras that another organisation is or was controller of."""
    return frozenset(Controllership.objects.filter(controller=controller).values_list("camera_id", flat=True))


def other_controllers() -> tuple[str, ...]:
    """Every other organisation that is or was controller of a camera here, by name."""
    named = set(Controllership.objects.values_list("controller", flat=True))
    return tuple(sorted(named - {"", own_controller()}))


def _kept(controller: str) -> str:
    # The site's own is kept without its name, so that its reads stay its own when it is renamed.
    name = controller_name(controller)
    return "" if name == own_controller() else name


def _rows(camera_id: str) -> list[_Row]:
    return list(Controllership.objects.filter(camera_id=camera_id).values_list("since_at", "controller"))


def _in_order(camera_id: str, rows: Sequence[_Row], own: str) -> tuple[Tenure, ...]:
    """The tenures in order; where nothing says who came first it was the site's own controller."""
    held = [(since_at, controller or own) for since_at, controller in rows]
    if not held or held[0][0] is not None:
        held.insert(0, (None, own))
    ends = [since_at for since_at, _ in held[1:]] + [None]
    return tuple(
        Tenure(camera_id, name, since_at, until_at)
        for (since_at, name), until_at in zip(held, ends, strict=True)
    )
