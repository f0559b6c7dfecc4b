"""What the records database keeps of agreements: rows are added and closed, and none is edited."""

from __future__ import annotations

from django.conf import settings
from django.db import models

AGREEMENT_CHARACTERS = 16
CONTROLLER_CHARACTERS = 120
REFERENCE_CHARACTERS = 120
_PERSON = settings.AUTH_USER_MODEL


class PublicConsultation(models.Model):
    """One consultation of the public; `cameras` and `fields` are sorted lists."""

    number = models.CharField(max_length=AGREEMENT_CHARACTERS, primary_key=True)
    controller = models.CharField(max_length=CONTROLLER_CHARACTERS)
    reference = models.CharField(max_length=REFERENCE_CHARACTERS)
    held_on = models.DateField()
    people_told = models.PositiveIntegerField()
    cameras = models.JSONField()
    fields = models.JSONField()
    recorded_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["held_on", "number"]

    def __str__(self) -> str:
        return self.number


class Agreement(models.Model):
    """Two controllers; what they agreed stands in the versions."""

    number = models.CharField(max_length=AGREEMENT_CHARACTERS, primary_key=True)
    title = models.CharField(max_length=120)
    discloser = models.CharField(max_length=CONTROLLER_CHARACTERS)
    recipient = models.CharField(max_length=CONTROLLER_CHARACTERS)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+", null=True)
    end_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number


class AgreementVersion(models.Model):
    """Terms as they were proposed, and what was decided about them; `terms` is never changed, and its hash is in the ledger."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    terms = models.JSONField()
    terms_sha256 = models.CharField(max_length=64)
    proposed_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision_reference = models.CharField(max_length=REFERENCE_CHARACTERS, blank=True, default="")
    refusal = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["agreement", "number"]
        constraints = [models.UniqueConstraint(fields=["agreement", "number"], name="one_version_a_number")]

    def __str__(self) -> str:
        return f"{self.agreement_id} version {self.number}"


class Release(models.Model):
    """Reads of another controller that were handed to a requester, and the ledger entry that is the discloser's receipt.

    `band` says how many, never which; `due_on` is the day by which the recipient has deleted them.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="releases")
    version = models.PositiveSmallIntegerField()
    request = models.ForeignKey("access.Request", on_delete=models.PROTECT, related_name="+", null=True)
    purpose = models.CharField(max_length=32)
    band = models.CharField(max_length=16)
    fields = models.JSONField()
    released_at = models.DateTimeField()
    due_on = models.DateField()
    entry = models.PositiveBigIntegerField()
    leaf = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["agreement", "released_at"])]

    def __str__(self) -> str:
        return f"release {self.pk} under {self.agreement_id}"


class DeletionProof(models.Model):
    """The recipient's proof that what it was given up to and including a day is deleted."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="proofs")
    released_until_on = models.DateField()
    reference = models.CharField(max_length=REFERENCE_CHARACTERS)
    certificate_sha256 = models.CharField(max_length=64)
    recorded_by = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()
    entry = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"proof of deletion under {self.agreement_id}"
