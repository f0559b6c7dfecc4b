"""What the records keep of relations, of which only the sealer can say anything, and of what waits for an outside authoriser."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from turnpike.access.relation_kinds import LookKind, OutsideRefusal

_TOKEN_BYTES, _MARK_BYTES = 40, 32


class Relation(models.Model):
    """One plate that somebody is close to: a keyed hash and sealed words, from which nobody reads plate or kind."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    token = models.BinaryField(max_length=_TOKEN_BYTES)
    words = models.BinaryField()
    declared_at = models.DateTimeField()
    # A user name, or who had a shell on the server.
    declared_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-declared_at"]
        constraints = [
            models.UniqueConstraint(fields=["token", "declared_by"], name="one_relation_a_plate_and_word")
        ]

    def __str__(self) -> str:
        return f"relation {self.pk}"


class OutsideMatter(models.Model):
    """One look at one plate that an outside authoriser is to decide about, picked by a relation or by chance: no record tells which."""

    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    request = models.ForeignKey(
        "access.Request", on_delete=models.PROTECT, related_name="outside_matters", null=True
    )
    list_slug = models.CharField(max_length=64, blank=True, default="")
    # Of a hotlist entry; a request names its own.
    case_reference = models.CharField(max_length=32, blank=True, default="")
    # The request's number or the list, as one text.
    under = models.CharField(max_length=80)
    look = models.CharField(max_length=16, choices=[(kind.value, kind.label) for kind in LookKind])
    mark = models.BinaryField(max_length=_MARK_BYTES)
    why = models.BinaryField()
    asked_at = models.DateTimeField()
    # Without a request there is none that it could lapse with.
    lapses_at = models.DateTimeField(null=True)
    # Whether whoever asked knows of it; of a read left out of a pattern's answer they know nothing until it is given.
    is_told = models.BooleanField()
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    decided_at = models.DateTimeField(null=True)
    refusal = models.CharField(
        max_length=16, choices=[(kind.value, kind.label) for kind in OutsideRefusal], blank=True, default=""
    )

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "under", "mark"], name="one_matter_a_plate_and_request"
            )
        ]

    def __str__(self) -> str:
        return f"matter {self.pk} under {self.under}"

    @property
    def is_waiting(self) -> bool:
        """Whether it can still be decided."""
        return self.granted is None and not self.has_lapsed

    @property
    def has_lapsed(self) -> bool:
        """Whether it ended with its request, or by its time."""
        if self.request is not None:
            return not self.request.is_open
        return self.lapses_at is not None and self.lapses_at <= timezone.now()

    @property
    def look_label(self) -> str:
        """The look in words."""
        return LookKind(self.look).label

    @property
    def state_in_words(self) -> str:
        """What became of it, for whoever asked: neutral, and without a name."""
        if self.granted is None:
            return "Not decided in time" if self.has_lapsed else "Not decided yet"
        return "Given: look again" if self.granted else f"Not given: {OutsideRefusal(self.refusal).label}"
