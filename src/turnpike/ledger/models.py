"""What the records database keeps of the ledger."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One leaf of the tree, its salt, and its contents, sealed.

    Type, time and people stand only inside `sealed`; the tree itself sees `leaf` alone.
    """

    index = models.PositiveBigIntegerField(primary_key=True)
    leaf = models.BinaryField(max_length=32)
    salt = models.BinaryField(max_length=32)
    sealed = models.BinaryField()

    class Meta:
        ordering = ["index"]


class TreeHead(models.Model):
    """The newest state of the tree: one row, moved forward together with each entry."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.PositiveBigIntegerField(default=0)
    frontier = models.BinaryField(default=bytes)
    checkpoint = models.TextField(default="")
