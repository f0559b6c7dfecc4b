"""What the records database keeps of cameras' health: what is usual for each, its alarms, and what is still to be told of them."""

from __future__ import annotations

from django.db import models

from turnpike.cameras.health import AlarmKind


class CameraRhythm(models.Model):
    """What is usual for one camera, as `rhythm.Rhythm` has it: small-endian arrays, and when it was last heard of."""

    camera = models.OneToOneField(
        "cameras.Camera", primary_key=True, on_delete=models.PROTECT, related_name="rhythm"
    )
    counts = models.BinaryField()
    confidence = models.BinaryField()
    unread = models.BinaryField()
    read_at = models.DateTimeField(null=True)
    sign_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"rhythm of {self.camera_id}"


class CameraAlarm(models.Model):
    """Something wrong with one camera, or with several that share a cause: begun once and ended once.

    `moment_from_ms` and `moment_until_ms` hold the moment at which those of a group fell ill, by which one that is noticed later
    joins them. `joined` is the group's alarm that took over an earlier one of a single camera.
    """

    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in AlarmKind])
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_group = models.BooleanField(default=False)
    shared = models.CharField(max_length=300, blank=True)
    moment_from_ms = models.BigIntegerField(default=0)
    moment_until_ms = models.BigIntegerField(default=0)
    joined = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="took_over")

    class Meta:
        ordering = ["-raised_at", "-id"]
        indexes = [
            models.Index(
                fields=["kind"], name="camera_alarms_open", condition=models.Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"alarm {self.pk} ({self.kind})"


class AlarmedCamera(models.Model):
    """One camera of an alarm, until it is well again."""

    alarm = models.ForeignKey(CameraAlarm, on_delete=models.PROTECT, related_name="cameras")
    camera = models.ForeignKey("cameras.Camera", on_delete=models.PROTECT, related_name="alarms")
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["camera_id"]
        indexes = [
            models.Index(fields=["camera", "-raised_at"], name="alarms_of_a_camera"),
        ]
        constraints = [models.UniqueConstraint(fields=["alarm", "camera"], name="a_camera_once_an_alarm")]

    def __str__(self) -> str:
        return f"{self.camera_id} in alarm {self.alarm_id}"


class AlarmNotice(models.Model):
    """What is to be told to the webhook: kept until it was taken there, or given up."""

    notice_id = models.CharField(max_length=40, unique=True)
    body = models.BinaryField()
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    was_taken = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["next_at"], name="notices_due", condition=models.Q(done_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"notice {self.notice_id}"
