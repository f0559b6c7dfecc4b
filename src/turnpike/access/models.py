"""What the records database keeps of requests, of what was returned to them, and of watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from turnpike.access.agreement_models import (  # noqa: F401 - Django looks for a folder's models here
    Agreement,
    AgreementVersion,
    DeletionProof,
    PublicConsultation,
    Release,
)
from turnpike.access.categories import Category
from turnpike.access.outcome_kinds import Outcome
from turnpike.access.purposes import Purpose
from turnpike.access.relation_models import OutsideMatter, Relation
from turnpike.access.scopes import Scope

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "Authority",
    "Case",
    "CaseAssignment",
    "Disclosure",
    "EmergencyReview",
    "NumberSeries",
    "OutsideMatter",
    "PolicyPack",
    "Relation",
    "Request",
    "Search",
    "Watch",
]
NUMBER_CHARACTERS = 32
LIST_SLUG_CHARACTERS = 64


class PolicyPack(models.Model):
    """The text of a pack that decided here, by its name and hash."""

    version = models.CharField(max_length=64, primary_key=True)
    schema_text = models.TextField()
    policy_text = models.TextField()
    first_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.version


class PolicyUse(models.Model):
    """Since when which pack decides here; the newest row is the one in force."""

    pack = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="uses")
    since = models.DateTimeField()

    class Meta:
        ordering = ["-since", "-id"]

    def __str__(self) -> str:
        return f"{self.pack_id} since {self.since:%Y-%m-%d %H:%M}"


class NumberSeries(models.Model):
    """The last number given out in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Case(models.Model):
    """One investigation, as the force's register told of it at `told_at`."""

    number = models.CharField(max_length=NUMBER_CHARACTERS, primary_key=True)
    category = models.CharField(max_length=32, choices=[(item.value, item.label) for item in Category])
    is_open = models.BooleanField()
    told_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


class CaseAssignment(models.Model):
    """One person whom the register assigns to a case; the register may know people who have no account here."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments")
    username = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "username"], name="one_assignment_a_person")]

    def __str__(self) -> str:
        return f"{self.username} to {self.case_id}"


class Request(models.Model):
    """What one person asked for: a case, a purpose, a reason, a scope, who works on it, and until when it can be used."""

    number = models.CharField(max_length=NUMBER_CHARACTERS, primary_key=True)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Who searches; the requester, unless they named another.
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    case_reference = models.CharField(max_length=32)
    # Empty of requests from before cases were confirmed.
    category = models.CharField(
        max_length=32, choices=[(item.value, item.label) for item in Category], blank=True, default=""
    )
    is_emergency = models.BooleanField(default=False)
    purpose = models.CharField(max_length=32, choices=[(item.value, item.label) for item in Purpose])
    reason = models.TextField()
    patterns = models.JSONField(default=list)
    camera_ids = models.JSONField(default=list)
    reach_days = models.PositiveIntegerField(default=90)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # What came of it, an `Outcome`; empty until it is told.
    outcome = models.CharField(max_length=32, blank=True, default="")
    outcome_note = models.TextField(blank=True, default="")
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at"]
        indexes = [
            models.Index(fields=["requester", "-opened_at"], name="requests_of_a_person"),
            # Of those whose outcome is told, which are nearly all, nobody asks in these ways.
            models.Index(
                fields=["requester", "opened_at"], name="outcomes_owed", condition=models.Q(outcome="")
            ),
            models.Index(fields=["expires_at"], name="outcomes_overdue", condition=models.Q(outcome="")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether it can be used now."""
        return self.closed_at is None and timezone.now() < self.expires_at

    @property
    def scope(self) -> Scope:
        """What was stated when it was opened."""
        return Scope(tuple(self.patterns), tuple(self.camera_ids))

    @property
    def outcome_label(self) -> str:
        """What came of it, in words; empty until it is told."""
        return Outcome(self.outcome).label if self.outcome else ""

    @property
    def asked_authority(self) -> Authority | None:
        """What was asked for beyond the usual, if anything."""
        return getattr(self, "authority", None)

    @property
    def purpose_label(self) -> str:
        """The purpose in words."""
        return Purpose(self.purpose).label


class Authority(models.Model):
    """What a request needs beyond what a trained person may do alone: how far back it looks, and who decided."""

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="authority")
    reach_days = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    decided_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"], name="authority_undecided", condition=models.Q(granted__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"authority for {self.request_id}"

    @property
    def in_words(self) -> str:
        """How far back, and what was decided by whom, for whoever asked."""
        reach = f"{self.reach_days} days back"
        if self.decided_by is None:
            return f"{reach}, asked for and not decided yet"
        if self.granted:
            return f"{reach}, given by {self.decided_by.name}"
        return f"{reach}, refused by {self.decided_by.name}: {self.refusal}"

    @property
    def is_waiting(self) -> bool:
        """Whether it can still be decided."""
        return self.granted is None and self.request.is_open


class Delegation(models.Model):
    """An authoriser's rank lent to another for some days, while they are away."""

    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-begins_at"]
        indexes = [models.Index(fields=["holder", "ends_at"])]

    def __str__(self) -> str:
        return f"delegation {self.pk}"

    @property
    def stands(self) -> bool:
        """Whether it counts now."""
        return self.ended_at is None and self.begins_at <= timezone.now() < self.ends_at


class EmergencyReview(models.Model):
    """The review that an emergency request owes, and what came of it."""

    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="review")
    due_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    reviewed_at = models.DateTimeField(null=True)
    justified = models.BooleanField(null=True)
    remarks = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="reviews_owed", condition=models.Q(reviewed_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"review of {self.request_id}"


class Search(models.Model):
    """One search that was answered under a request, and the ledger entries that prove it."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="searches")
    pattern = models.CharField(max_length=64)
    captured_from = models.DateTimeField()
    captured_until = models.DateTimeField()
    searched_at = models.DateTimeField(default=timezone.now)
    returned = models.PositiveIntegerField()
    truncated = models.BooleanField()
    # How many fitted, counted to one more than an export may hold.
    fitting = models.PositiveIntegerField(default=0)
    intent_entry = models.PositiveBigIntegerField()
    returned_entry = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"search {self.pk} under {self.request_id}"


class Disclosure(models.Model):
    """One read that was returned to a request; no other can be opened under it."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="+")
    read_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "read_id"], name="one_disclosure_a_read")]

    def __str__(self) -> str:
        return f"{self.read_id} to {self.request_id}"


class Export(models.Model):
    """One file of reads that left under a request, and the ledger entries that prove it."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="exports")
    search = models.ForeignKey(Search, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=8)
    form = models.CharField(max_length=8)
    reads = models.PositiveIntegerField()
    file_sha256 = models.CharField(max_length=64)
    exported_at = models.DateTimeField()
    delete_by = models.DateField()
    intent_entry = models.PositiveBigIntegerField()
    exported_entry = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"export {self.pk} under {self.request_id}"


class Watch(models.Model):
    """The standing authority of one operator to see the alerts of one list, for a shift."""

    list_slug = models.CharField(max_length=LIST_SLUG_CHARACTERS)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-granted_at"]
        indexes = [models.Index(fields=["operator", "list_slug"])]

    def __str__(self) -> str:
        return f"watch {self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether it stands now."""
        return self.revoked_at is None and timezone.now() < self.expires_at

    def ends_at(self) -> datetime:
        """When it ends or ended."""
        return min(self.revoked_at, self.expires_at) if self.revoked_at else self.expires_at
