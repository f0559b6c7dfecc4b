"""What the records database keeps of each camera, and of the keys that speak for it."""

from __future__ import annotations

import math

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
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
_POINTS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def validate_finite(degrees: float) -> None:
    """Refuse what is no number: it compares as neither too small nor too large.

    Raises:
        ValidationError: the value is no number or infinite.
    """
    if not math.isfinite(degrees):
        raise ValidationError("Give a number of degrees.")


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
    purpose = models.CharField(max_length=200, help_text="What this camera may be used for.")
    owner = models.CharField(max_length=120, help_text="Who looks after it.")
    active = models.BooleanField(default=True)
    registered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["camera_id"]

    def __str__(self) -> str:
        return self.camera_id

    @property
    def heading_text(self) -> str:
        """Where it looks, in words and degrees: `north-east, 40°`."""
        point = _POINTS[round(self.heading_degrees / 360 * len(_POINTS)) % len(_POINTS)]
        return f"{point}, {self.heading_degrees}°"


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
