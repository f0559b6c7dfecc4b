"""What the records database keeps of each camera, and of the keys that speak for it."""

from __future__ import annotations

import math

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from turnpike.cameras.health_models import (  # noqa: F401 - Django looks for a folder's models here
    AlarmedCamera,
    AlarmNotice,
    CameraAlarm,
    CameraRhythm,
)

MAX_CAMERA_ID_CHARACTERS = 64
MAX_LANES = 16
MAX_CONTROLLER_CHARACTERS = 120
MAX_PURPOSE_CHARACTERS = 200
MAX_OWNER_CHARACTERS = 120
MAX_VIEW_CHARACTERS = 200
MAX_ARGUMENT_CHARACTERS = 2_000
MAX_REFERENCE_CHARACTERS = 80
_MAX_NAME_CHARACTERS = 200
_POINTS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def validate_finite(degrees: float) -> None:
    """Refuse what is no number: it compares as neither too small nor too large.

    Raises:
        ValidationError: the value is no number or infinite.
    """
    if not math.isfinite(degrees):
        raise ValidationError("Give a number of degrees.")


class DirectionRole(models.TextChoices):
    """Which vehicles a camera is set up to read, and so what a read's direction is where its message says none."""

    EITHER = "", "either way: each message says which"
    TOWARDS = "towards", "those that come towards it"
    AWAY = "away", "those that go away from it"


class Withholding(models.TextChoices):
    """Why a camera's place is not published; the kind is told in public as a count, the reason itself is not."""

    UNDECIDED = "undecided", "nobody has decided yet"
    OPERATION = "operation", "it would help people to escape an investigation"
    SAFETY = "safety", "it would put people or the camera at risk"
    THEIRS = "theirs", "it belongs to another body that has not agreed"


class Camera(models.Model):
    """One camera: where it stands, which way it looks, what it is for and whose it is."""

    camera_id = models.CharField(
        "camera id",
        primary_key=True,
        max_length=MAX_CAMERA_ID_CHARACTERS,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9-]*\Z", "Use small letters, digits and dashes for the camera id."
            )
        ],
    )
    name = models.CharField(max_length=120)
    latitude = models.FloatField(validators=[validate_finite, MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(
        validators=[validate_finite, MinValueValidator(-180), MaxValueValidator(180)]
    )
    heading_degrees = models.PositiveSmallIntegerField(
        "heading", help_text="Where it looks, clockwise from north.", validators=[MaxValueValidator(359)]
    )
    lanes = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_LANES)]
    )
    purpose = models.CharField(
        max_length=MAX_PURPOSE_CHARACTERS, help_text="What this camera may be used for."
    )
    owner = models.CharField(max_length=MAX_OWNER_CHARACTERS, help_text="Who looks after it.")
    active = models.BooleanField(default=True)
    registered_at = models.DateTimeField(default=timezone.now)
    view = models.CharField(
        max_length=MAX_VIEW_CHARACTERS, blank=True, help_text="What it looks at, in words."
    )
    direction_role = models.CharField(
        max_length=7, choices=DirectionRole, default=DirectionRole.EITHER, blank=True
    )
    # Empty where the place is published. Nothing is published before somebody has said that it may be.
    withheld = models.CharField(max_length=9, choices=Withholding, default=Withholding.UNDECIDED, blank=True)
    withheld_why = models.CharField(max_length=MAX_ARGUMENT_CHARACTERS, blank=True)
    # When the ledger was last told that this camera's reads are refused.
    refusal_told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["camera_id"]

    def __str__(self) -> str:
        return self.camera_id

    @property
    def heading_text(self) -> str:
        """Where it looks, in words and degrees: `north-east, 40°`."""
        point = _POINTS[round(self.heading_degrees / 360 * len(_POINTS)) % len(_POINTS)]
        return f"{point}, {self.heading_degrees}°"


class NecessityCase(models.Model):
    """Why a camera has to stand where it stands; without one in force its reads are refused. Kept for good.

    In force: approved, not ended, not past `review_on`, and its purpose and owner are still the camera's. One that was
    refused has ended without having been approved. What the gate asks of a row stands first in it, before the long texts.
    """

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="cases")
    purpose = models.CharField(max_length=MAX_PURPOSE_CHARACTERS)
    owner = models.CharField(max_length=MAX_OWNER_CHARACTERS)
    review_on = models.DateField()
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_carried_over = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.CharField(max_length=_MAX_NAME_CHARACTERS)
    approved_by = models.CharField(max_length=_MAX_NAME_CHARACTERS, blank=True)
    ended_by = models.CharField(max_length=_MAX_NAME_CHARACTERS, blank=True)
    ended_why = models.CharField(max_length=MAX_ARGUMENT_CHARACTERS, blank=True)
    dpia = models.CharField(max_length=MAX_REFERENCE_CHARACTERS)
    why_here = models.TextField(max_length=MAX_ARGUMENT_CHARACTERS)
    need = models.TextField(max_length=MAX_ARGUMENT_CHARACTERS)
    alternatives = models.TextField(max_length=MAX_ARGUMENT_CHARACTERS)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["camera"],
                condition=Q(approved_at__isnull=False, ended_at__isnull=True),
                name="one_case_in_force",
            ),
            models.UniqueConstraint(
                fields=["camera"],
                condition=Q(approved_at__isnull=True, ended_at__isnull=True),
                name="one_case_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"necessity case {self.pk} of {self.camera_id}"

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for somebody else's approval."""
        return self.approved_at is None and self.ended_at is None


class InstallationTest(models.Model):
    """What was measured at a camera: of so many vehicles that passed, how many it caught, and how many of these it read right."""

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="tests")
    tested_on = models.DateField()
    tested_by = models.CharField(max_length=_MAX_NAME_CHARACTERS)
    passes = models.PositiveIntegerField()
    captured = models.PositiveIntegerField()
    read_right = models.PositiveIntegerField()
    remarks = models.CharField(max_length=MAX_ARGUMENT_CHARACTERS, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.CharField(max_length=_MAX_NAME_CHARACTERS)

    class Meta:
        ordering = ["-tested_on", "-id"]

    def __str__(self) -> str:
        return f"installation test of {self.camera_id} on {self.tested_on}"


class Controllership(models.Model):
    """From when on which organisation is controller of what a camera reads; kept for good, and never changed.

    A camera without any belongs to this site's own controller. `since_at` is empty where it counts from the camera's
    first read; `controller` is empty for the site's own.
    """

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="controllerships")
    controller = models.CharField(max_length=MAX_CONTROLLER_CHARACTERS, blank=True)
    since_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"controller of {self.camera_id}"


class CameraKey(models.Model):
    """One key that may send reads for one camera; only its SHA-256 is kept."""

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="keys")
    key_sha256 = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"key of {self.camera_id}"
