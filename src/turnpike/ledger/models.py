"""What the records database keeps of the ledger."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One leaf of the tree, its salt, and its contents, sealed.

    Type, time and people stand only inside `sealed`; the tree itself sees `leaf` alone. `looker` finds a person's own looks again: a hash
    of their user name under a key, empty where nobody looked at anything.
    """

    index = models.PositiveBigIntegerField(primary_key=True)
    leaf = models.BinaryField(max_length=32)
    salt = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    looker = models.BinaryField(max_length=16, null=True)

    class Meta:
        ordering = ["index"]
        indexes = [
            # Of entries without a looker nobody asks.
            models.Index(
                fields=["looker", "-index"], name="looks_of_a_person", condition=Q(looker__isnull=False)
            ),
        ]


class TreeHead(models.Model):
    """The newest state of the tree: one row, moved forward together with each entry."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.PositiveBigIntegerField(default=0)
    frontier = models.BinaryField(default=bytes)
    checkpoint = models.TextField(default="")
