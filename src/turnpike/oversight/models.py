"""What the records keep of checks of the log, so that one that takes minutes can be asked about meanwhile."""

from __future__ import annotations

from django.db import models


class LogCheck(models.Model):
    """One check of the whole log that somebody began. What it says is for the page; whoever trusts none of it checks a bundle elsewhere."""

    begun_by = models.CharField(max_length=150)
    begun_at = models.DateTimeField()
    told_at = models.DateTimeField()
    """When it last said how far it is."""
    ended_at = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    kept_note = models.TextField(default="", blank=True)
    """An earlier checkpoint that it was held against too, or empty."""
    checkpoint = models.TextField(default="", blank=True)
    fault = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["-id"]
