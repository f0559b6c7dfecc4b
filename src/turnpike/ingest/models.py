"""What the records database keeps for ingest."""

from __future__ import annotations

from django.db import models

from turnpike.cameras.services import Camera


class QuarantinedRead(models.Model):
    """A read that could not be stored; what was posted is sealed and shown on no page.

    `payload_digest` is a keyed hash of what was posted: the same read sent again is kept once, and the hash
    gives nothing of it away.
    """

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    payload_digest = models.BinaryField(max_length=32)
    payload_bytes = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["-received_at"], name="quarantined_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["camera", "payload_digest"], name="one_a_payload_of_a_camera")
        ]

    def __str__(self) -> str:
        return f"quarantined read {self.pk} of {self.camera_id}"


class MatchedUpTo(models.Model):
    """How far the stored reads were matched and entered into the ledger: one row, the last such batch.

    It follows the reads, so that after a crash what lies beyond it is matched again; matching twice finds
    the same hits.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    batch = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"matched up to batch {self.batch}"


class QuarantinedMessage(models.Model):
    """A maker's message of which something could not be understood or taken: kept sealed and without its pictures, to be replayed after a fix.

    `payload_digest` is a keyed hash of the body as it came. `sealed` is empty where even the rest is too long to be kept: that one cannot be replayed.
    `others` counts messages of the same feed and reason that came when so many were kept that their contents were not.
    """

    feed = models.CharField(max_length=64)
    adapter = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    software = models.CharField(max_length=64)
    payload_digest = models.BinaryField(max_length=32)
    payload_bytes = models.PositiveIntegerField()
    sealed = models.BinaryField()
    others = models.PositiveIntegerField(default=0)
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["-received_at"], name="message_aside_by_time"),
            models.Index(fields=["kept_at"], name="message_aside_by_keeping"),
            models.Index(fields=["feed", "reason"], name="message_aside_by_feed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["feed", "payload_digest"], name="one_a_payload_of_a_feed")
        ]

    def __str__(self) -> str:
        return f"quarantined message {self.pk} of {self.feed}"
