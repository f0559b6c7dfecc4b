"""What the records database keeps of hotlists."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from turnpike.hotlists.kinds import EntryState, LegalBasis, MatchKind, Outcome, Priority
from turnpike.plates.services import MAX_PLATE_CHARACTERS

_PERSON = settings.AUTH_USER_MODEL
MAX_SLUG_CHARACTERS = 40
MAX_NAME_CHARACTERS = 80


class Hotlist(models.Model):
    """A named set of vehicles of interest, kept for one purpose."""

    slug = models.SlugField(max_length=MAX_SLUG_CHARACTERS, unique=True)
    name = models.CharField(max_length=MAX_NAME_CHARACTERS, unique=True)
    purpose = models.TextField(max_length=500)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One vehicle of interest, with all that its presence must be justified by.

    An entry is never edited: a change is an entry of its own, which takes the place of the other once it is authorised, so
    that what was authorised is what alerts. It alerts while it is authorised and `weed_at` is to come.
    """

    hotlist = models.ForeignKey(Hotlist, on_delete=models.PROTECT, related_name="entries")
    plate = models.CharField(max_length=MAX_PLATE_CHARACTERS)
    # Empty of entries from before they named their case.
    case_reference = models.CharField(max_length=32, blank=True, default="")
    # The entry that this one is to take the place of, once it is authorised.
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.TextField(max_length=500)
    legal_basis = models.CharField(max_length=20, choices=LegalBasis.choices)
    source = models.CharField(max_length=120)
    owner = models.CharField(max_length=120)
    priority = models.CharField(max_length=8, choices=Priority.choices)
    weed_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=EntryState.choices, default=EntryState.PROPOSED)
    proposed_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    authorised_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    authorised_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    closed_why = models.TextField(max_length=500, blank=True)
    # That of the last change that matters to matching; 0 of an entry that never alerted.
    revision = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-proposed_at", "-id"]
        verbose_name_plural = "entries"
        indexes = [
            # Enough to count a long list's entries without a look at any.
            models.Index(fields=["hotlist", "state", "weed_at"], name="entry_by_list_state_weed"),
            models.Index(fields=["revision"], name="entry_by_revision"),
        ]
        constraints = [
            # The records themselves hold what the door decides: a second person stands behind each alert.
            models.CheckConstraint(
                name="authorised_by_another_person",
                condition=~Q(state=EntryState.AUTHORISED)
                | (Q(authorised_by__isnull=False) & ~Q(authorised_by=F("proposed_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk} of {self.hotlist_id}"

    @property
    def is_expired(self) -> bool:
        """Whether the weed date has come."""
        return self.weed_at <= timezone.now()

    @property
    def is_alerting(self) -> bool:
        """Whether a read of this plate raises an alert now."""
        return self.state == EntryState.AUTHORISED and not self.is_expired

    @property
    def state_label(self) -> str:
        """The state in words, with expiry, which is not stored."""
        if self.state == EntryState.AUTHORISED:
            return "Expired" if self.is_expired else "Alerting"
        return EntryState(self.state).label


class Hit(models.Model):
    """One read that matched one entry, and what was done about it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="hits")
    read_id = models.CharField(max_length=64)
    camera_id = models.CharField(max_length=64)
    captured_at = models.DateTimeField()
    received_at = models.DateTimeField()
    read_plate = models.CharField(max_length=MAX_PLATE_CHARACTERS)
    confidence = models.FloatField()
    has_patch = models.BooleanField()
    kind = models.CharField(max_length=8, choices=MatchKind.choices)
    matched_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    outcome_note = models.TextField(max_length=500, blank=True)
    actioned_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    actioned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        # The read first, so that what is known of many reads is one look-up.
        constraints = [models.UniqueConstraint(fields=["read_id", "entry"], name="one_hit_a_read_and_entry")]
        indexes = [models.Index(fields=["actioned_at"], name="hit_by_actioned_at")]

    def __str__(self) -> str:
        return f"hit {self.pk}"

    @property
    def is_near(self) -> bool:
        """Whether one confusable character differs, so that a person must look at the picture."""
        return self.kind == MatchKind.NEAR


class Sighting(models.Model):
    """That a person was shown a hit; the ledger has the entry, this says that it need not be written twice."""

    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="sightings")
    user = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hit", "user"], name="one_sighting_a_person_and_hit")]

    def __str__(self) -> str:
        return f"sighting of hit {self.hit_id}"


class Withholding(models.Model):
    """That a hit is withheld from a person until an outside decision; the ledger has the entry, this says that it need not be written twice."""

    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="withholdings")
    user = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    withheld_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hit", "user"], name="one_withholding_a_person_and_hit")
        ]

    def __str__(self) -> str:
        return f"withholding of hit {self.hit_id}"


class Edition(models.Model):
    """The revisions of the entries: one row for each transaction that changed what matching must know.

    Beside its number a token by chance, so that records put back from a backup are never taken for the same.
    """

    number = models.BigIntegerField(primary_key=True)
    token = models.BigIntegerField()

    def __str__(self) -> str:
        return f"edition {self.number}"
