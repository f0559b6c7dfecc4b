"""What the records database keeps of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from turnpike.audit import services as audit

if TYPE_CHECKING:
    from django.db.models import QuerySet


class _WithSalts(models.Manager["Entry"]):
    """Entries with the salts of those that have one, in one question."""

    def get_queryset(self) -> QuerySet[Entry]:
        return super().get_queryset().select_related("salted")


class Entry(models.Model):
    """What the tree holds of one entry, and its contents, sealed under a key that nobody has without its salt.

    Type, time and people stand only inside `sealed`; the tree itself sees `commitment` alone. `looker` finds a person's own looks again: a hash
    of their user name under a key, empty where nobody looked at anything. Of an entry whose contents were erased by rule only the
    commitment is left.
    """

    index = models.PositiveBigIntegerField(primary_key=True)
    commitment = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    looker = models.BinaryField(max_length=16, null=True)

    objects = _WithSalts()

    class Meta:
        ordering = ["index"]
        indexes = [
            # Of entries without a looker nobody asks.
            models.Index(
                fields=["looker", "-index"], name="looks_of_a_person", condition=Q(looker__isnull=False)
            ),
        ]

    @property
    def leaf(self) -> bytes:
        """The 32-byte leaf hash."""
        return audit.leaf_hash(bytes(self.commitment))

    @property
    def salt(self) -> bytes | None:
        """The 32-byte salt; None where there is none any more."""
        kept = getattr(self, "salted", None)
        return bytes(kept.salt) if kept else None


class Salt(models.Model):
    """The salt of one entry: without it neither the commitment nor the sealed contents mean anything.

    A table of its own, without a constraint between the two, so that a backup may leave it out.
    """

    entry = models.OneToOneField(
        Entry,
        primary_key=True,
        db_column="index",
        db_constraint=False,
        on_delete=models.DO_NOTHING,
        related_name="salted",
    )
    salt = models.BinaryField(max_length=32)


class Node(models.Model):
    """The root of 256 to the power of `level` whole leaves, the `index`-th such from the left; found again from the entries.

    Kept so that a proof reads some hundred hashes and not the whole log; leaves (level 0) are not kept twice.
    """

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=32)


class TreeHead(models.Model):
    """The newest state of the tree: one row, moved forward together with the entries that it holds."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.PositiveBigIntegerField(default=0)
    frontier = models.BinaryField(default=bytes)
    checkpoint = models.TextField(default="")


class LogKey(models.Model):
    """One key that signs the log's checkpoints, or did; never deleted, so that what it signed can be told later. The seed is a file.

    It signs from `from_size` entries (the log's size when it came) until `until_at`, or until it is revoked.
    """

    public_key = models.TextField(primary_key=True)
    from_size = models.PositiveBigIntegerField()
    from_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_size = models.PositiveBigIntegerField(null=True)
    reason = models.TextField(default="")
    exposed_at = models.DateTimeField(null=True)
    succession = models.TextField(default="")
    untold = models.TextField(default="")

    class Meta:
        ordering = ["from_size", "from_at"]


class LogFault(models.Model):
    """What keeps the log from being published, or one witness from cosigning it: since when, why, and the entry that tells it.

    `subject` is a witness's name, or empty for the publication as a whole. It is kept once it is over, so that what comes and
    goes is not told each time.
    """

    subject = models.TextField(primary_key=True)
    since_at = models.DateTimeField()
    why = models.TextField()
    is_over = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False)
