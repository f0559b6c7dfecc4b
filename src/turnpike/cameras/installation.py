"""What was measured when a camera was put up, or looked after: how many of those that passed it caught, and read right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.cameras.errors import CameraError, CaseError
from turnpike.cameras.models import MAX_ARGUMENT_CHARACTERS, Camera, InstallationTest
from turnpike.exact_intervals import exact_interval
from turnpike.ledger.services import AuditEvent, record, turn

if TYPE_CHECKING:
    from datetime import date

    from turnpike.ledger.services import Detail

MOST_PASSES = 1_000_000
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with its exact 95 % interval; nothing is known of none."""

    count: int
    of: int

    @property
    def text(self) -> str:
        """`412 of 420, 98.1 % (96.3 % to 99.2 %)`."""
        if self.of == 0:
            return "none to measure"
        low, high = exact_interval(self.count, self.of)
        return f"{self.count:,} of {self.of:,}, {self.count / self.of:.1%} ({low:.1%} to {high:.1%})"


def capture_rate(test: InstallationTest) -> Rate:
    """Of the vehicles that passed, those that it caught."""
    return Rate(test.captured, test.passes)


def read_rate(test: InstallationTest) -> Rate:
    """Of those that it caught, those whose plate it read right."""
    return Rate(test.read_right, test.captured)


def record_test(
    actor: str,
    camera_id: str,
    *,
    tested_on: date,
    tested_by: str,
    passes: int,
    captured: int,
    read_right: int,
    remarks: str = "",
) -> InstallationTest:
    """Keep a test for good; the rates follow from its counts and are never typed.

    Raises:
        CameraError: there is no such camera, or naming what cannot be.
    """
    said = InstallationTest(
        tested_on=tested_on,
        tested_by=" ".join(tested_by.split()),
        passes=passes,
        captured=captured,
        read_right=read_right,
        remarks=" ".join(remarks.split()),
        recorded_by=actor,
    )
    _check(said)
    with turn("camera", camera_id):
        camera = Camera.objects.filter(pk=camera_id).first()
        if camera is None:
            raise CameraError("No camera of that id is registered.")
        said.camera = camera
        details: dict[str, Detail] = {
            "camera": camera_id,
            "tested_on": tested_on.isoformat(),
            "tested_by": said.tested_by,
            "passes": passes,
            "captured": captured,
            "read_right": read_right,
            "remarks": said.remarks,
        }
        record(AuditEvent.CAMERA_TESTED, actor=actor, details=details)
        said.save(force_insert=True)
    return said


def _check(test: InstallationTest) -> None:
    if not test.tested_by or len(test.tested_by) > _LONGEST_NAME:
        raise CaseError("Say who tested it.", "tested_by")
    if test.tested_on > timezone.now().date():
        raise CaseError("A test is recorded after it was made; give the day it was made.", "tested_on")
    if not 1 <= test.passes <= MOST_PASSES:
        raise CaseError(f"Give how many vehicles passed: 1 to {MOST_PASSES:,}.", "passes")
    if not 0 <= test.captured <= test.passes:
        raise CaseError("It cannot have caught more vehicles than passed.", "captured")
    if not 0 <= test.read_right <= test.captured:
        raise CaseError("It cannot have read more plates right than it caught.", "read_right")
    if len(test.remarks) > MAX_ARGUMENT_CHARACTERS:
        raise CaseError(f"Shorten the remarks to {MAX_ARGUMENT_CHARACTERS} characters.", "remarks")
