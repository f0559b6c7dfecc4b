"""What is handed over of another controller's reads: a receipt for the discloser before it is, and what the recipient then owes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min
from django.db.models.functions import TruncDate
from django.utils import timezone

from turnpike.access.agreement_models import REFERENCE_CHARACTERS, Agreement, DeletionProof, Release
from turnpike.access.agreement_terms import PICTURES, SharedField
from turnpike.access.decisions import grounds
from turnpike.access.errors import AgreementError
from turnpike.ledger.services import AuditEvent, record, turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from turnpike.access.releasing import Grant, Opening
    from turnpike.accounts.services import User
    from turnpike.reads.services import StoredRead

BANDS = (10, 100, 1_000)
"""Where the bands of a receipt's count end: it says how much was handed over, and never that it was one vehicle.
Source: ours, as for counts outside the door."""


@dataclass(frozen=True, slots=True)
class OwedProof:
    """What was disclosed on one day under one agreement and whose deletion is still to be proven by `due_on`."""

    agreement: Agreement
    released_on: date
    due_on: date
    releases: int

    def is_overdue(self, today: date) -> bool:
        """Whether its day has passed."""
        return self.due_on < today


def disclose(
    user: User,
    opening: Opening,
    reads: Sequence[StoredRead],
    *,
    request_number: str,
) -> None:
    """Write the receipts of what is about to be handed over, one an agreement; nothing for the site's own reads.

    Hand over only when this returns.

    Raises:
        LedgerError: a receipt could not be written.
    """
    handed: dict[str, list[Grant]] = {}
    for _, grant in opening.granted(reads):
        if grant is not None:
            handed.setdefault(grant.number, []).append(grant)
    for grants in handed.values():
        shown = frozenset[SharedField]().union(*(grant.fields for grant in grants))
        _receipt(user, grants, sorted(shown - PICTURES), request_number)


def disclose_one(
    user: User, opening: Opening, field: SharedField, *, request_number: str | None = None
) -> None:
    """Write the receipt of one read that is about to be shown: its picture, or else its text with what comes with that.

    Nothing for the site's own reads. Raises as `disclose`.
    """
    for grant in opening.grants:
        shown = {field} if field in PICTURES else grant.fields - PICTURES
        _receipt(user, [grant], sorted(shown), request_number)


def _receipt(
    user: User, grants: Sequence[Grant], fields: list[SharedField], request_number: str | None
) -> None:
    first, now = grants[0], timezone.now()
    due_on = now.date() + timedelta(days=first.retention_days)
    receipt = record(
        AuditEvent.READS_DISCLOSED,
        actor=user.username,
        details={
            "agreement": first.number,
            "version": first.version,
            "discloser": first.tenure.controller,
            "request": request_number,
            "purpose": first.purpose,
            "how_many": band(len(grants)),
            "fields": [field.value for field in fields],
            "delete_by": due_on.isoformat(),
            **grounds(first.decisions[SharedField.TEXT]),
        },
    )
    Release.objects.create(
        agreement_id=first.number,
        version=first.version,
        request_id=request_number,
        purpose=first.purpose,
        band=band(len(grants)),
        fields=[field.value for field in fields],
        released_at=now,
        due_on=due_on,
        entry=receipt.index,
        leaf=receipt.leaf,
    )


def band(count: int) -> str:
    """How many, as a receipt says it: `under 10`, `10 to 99`, `100 to 999`, `1,000 or more`."""
    least = 0
    for most in BANDS:
        if count < most:
            return f"{least} to {most - 1}" if least else f"under {most}"
        least = most
    return f"{least:,} or more"


def releases_under(number: str, *, limit: int) -> tuple[Release, ...]:
    """The newest disclosures under an agreement."""
    return tuple(Release.objects.filter(agreement=number)[:limit])


def proofs_under(number: str) -> tuple[DeletionProof, ...]:
    """The proofs of deletion under an agreement, the newest first."""
    return tuple(DeletionProof.objects.filter(agreement=number))


def owed_proofs(number: str | None = None) -> tuple[OwedProof, ...]:
    """What is still to be proven deleted, under one agreement or all: one line a day of disclosure, what is due first at the top."""
    agreements = Agreement.objects.all() if number is None else Agreement.objects.filter(pk=number)
    owed = [line for agreement in agreements for line in _owed(agreement)]
    return tuple(sorted(owed, key=lambda line: (line.due_on, line.agreement.number, line.released_on)))


def overdue_proofs() -> tuple[OwedProof, ...]:
    """Of what is owed, what is past its day."""
    today = timezone.now().date()
    return tuple(line for line in owed_proofs() if line.is_overdue(today))


def record_deletion(
    actor: str, number: str, *, released_until_on: date, reference: str, certificate_sha256: str
) -> DeletionProof:
    """Put on record that all that was disclosed up to and including a day is deleted, by a certificate's reference and hash.

    Raises:
        AgreementError: there is no such agreement, nothing of it waits for a proof, or the day has not passed.
    """
    with turn("deletion", number):
        waiting = [line for line in owed_proofs(number) if line.released_on <= released_until_on]
        if released_until_on >= timezone.now().date():
            raise AgreementError(
                "released_until_on", "Give a day that has passed: today more may be disclosed."
            )
        if not waiting:
            raise AgreementError(
                "", "Nothing that was disclosed until then waits for a proof; check the number and the day."
            )
        if not reference.strip() or len(reference.strip()) > REFERENCE_CHARACTERS:
            raise AgreementError(
                "reference", f"Give the certificate's reference in 1 to {REFERENCE_CHARACTERS} characters."
            )
        receipt = record(
            AuditEvent.DELETION_PROVEN,
            actor=actor,
            details={
                "agreement": number,
                "released_until": released_until_on.isoformat(),
                "reference": reference.strip(),
                "certificate_sha256": certificate_sha256,
                "due_first": min(line.due_on for line in waiting).isoformat(),
            },
        )
        return DeletionProof.objects.create(
            agreement_id=number,
            released_until_on=released_until_on,
            reference=reference.strip(),
            certificate_sha256=certificate_sha256,
            recorded_by=actor,
            recorded_at=timezone.now(),
            entry=receipt.index,
        )


def _owed(agreement: Agreement) -> Iterator[OwedProof]:
    proven = agreement.proofs.aggregate(until=Max("released_until_on"))["until"]
    rows = agreement.releases.order_by()
    if proven is not None:
        rows = rows.filter(released_at__date__gt=proven)
    days = (
        rows.annotate(on=TruncDate("released_at"))
        .values("on")
        .annotate(due=Min("due_on"), number=Count("id"))
    )
    for day in days:
        yield OwedProof(agreement, day["on"], day["due"], day["number"])
