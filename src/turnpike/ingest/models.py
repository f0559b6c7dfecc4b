"""What the records database keeps for ingest."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

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


class Feed(models.Model):
    """One sender of one maker's messages: for one camera or, as a recorder does, for several. A closed one takes nothing more, and its name stays taken.

    `senders` are the networks that may send, all where empty. `certificate_sha256` is the one client certificate that may, in hex; any or none where
    empty. `username` and `sealed_password` are there where the sender has to give a password. `revision` says when it was last changed, itself, its
    addresses or its cameras: whoever keeps feeds in memory fetches what is later than the last that it has.
    """

    name = models.CharField(
        primary_key=True,
        max_length=64,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9-]*\Z", "Use small letters, digits and dashes for the name of a feed."
            )
        ],
    )
    adapter = models.CharField(max_length=64)
    time_zone = models.CharField(max_length=64, default="UTC")
    settings = models.JSONField(default=dict)
    senders = models.JSONField(default=list)
    messages_a_minute = models.PositiveIntegerField(default=1_200)
    certificate_sha256 = models.CharField(max_length=64, blank=True)
    username = models.CharField(max_length=64, blank=True)
    sealed_password = models.BinaryField(default=b"")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    revision = models.PositiveBigIntegerField(default=0, db_index=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["username"], condition=~models.Q(username=""), name="one_feed_a_username"
            )
        ]

    def __str__(self) -> str:
        return self.name


class FeedAddress(models.Model):
    """One secret address of a feed; only the SHA-256 of its 256 random bits is kept."""

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="addresses")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"address of {self.feed_id}"


class FeedCamera(models.Model):
    """Which of our cameras a feed's own name of a camera is; the empty name is every message's that names no other."""

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="cameras")
    source = models.CharField(max_length=64, blank=True)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["source"]
        constraints = [models.UniqueConstraint(fields=["feed", "source"], name="one_camera_a_source")]

    def __str__(self) -> str:
        return f"{self.camera_id} of {self.feed_id}"


class FeedRevision(models.Model):
    """The newest revision of all feeds: one row, which orders those who change them at once."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    newest = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"feeds up to revision {self.newest}"
