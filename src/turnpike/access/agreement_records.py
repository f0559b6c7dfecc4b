"""Agreements as the records keep them, read into what can be decided about."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, TypedDict

from turnpike.access.agreement_models import Agreement, AgreementVersion, PublicConsultation
from turnpike.access.agreement_terms import Consultation, Pact, SharedField, Terms, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class KeptTerms(TypedDict):
    """Terms as a row of the records and an entry of the ledger hold them; days as ISO 8601, sets as sorted lists."""

    purposes: list[str]
    cameras: list[str]
    fields: list[str]
    legal_basis: str
    dpia: str
    pictures_dpia: str
    pictures_dpia_names: list[str]
    consultations: list[str]
    people_affected: int
    retention_days: int
    from_on: str
    until_on: str


def kept(terms: Terms) -> KeptTerms:
    """The terms as they are kept; a consultation by its number, since its row is never changed."""
    return {
        "purposes": sorted(terms.purposes),
        "cameras": sorted(terms.cameras),
        "fields": sorted(terms.fields),
        "legal_basis": terms.legal_basis,
        "dpia": terms.dpia,
        "pictures_dpia": terms.pictures_dpia,
        "pictures_dpia_names": sorted(terms.pictures_dpia_names),
        "consultations": [one.number for one in terms.consultations],
        "people_affected": terms.people_affected,
        "retention_days": terms.retention_days,
        "from_on": terms.from_on.isoformat(),
        "until_on": terms.until_on.isoformat(),
    }


def sha256_of(terms: KeptTerms) -> str:
    """The hash, in hexadecimal, that the ledger has of terms."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def consultation_of(row: PublicConsultation) -> Consultation:
    """The consultation that a row keeps."""
    return Consultation(
        number=row.number,
        controller=row.controller,
        reference=row.reference,
        held_on=row.held_on,
        cameras=frozenset(row.cameras),
        fields=frozenset(map(SharedField, row.fields)),
        people_told=row.people_told,
    )


def all_consultations() -> tuple[Consultation, ...]:
    """Every consultation on record, the oldest first."""
    return tuple(map(consultation_of, PublicConsultation.objects.all()))


def version_of(row: AgreementVersion, consultations: Mapping[str, Consultation]) -> Version:
    """The version that a row keeps."""
    told: KeptTerms = row.terms
    terms = Terms(
        purposes=frozenset(told["purposes"]),
        cameras=frozenset(told["cameras"]),
        fields=frozenset(map(SharedField, told["fields"])),
        legal_basis=told["legal_basis"],
        dpia=told["dpia"],
        pictures_dpia=told["pictures_dpia"],
        pictures_dpia_names=frozenset(map(SharedField, told["pictures_dpia_names"])),
        consultations=tuple(consultations[number] for number in told["consultations"]),
        people_affected=told["people_affected"],
        retention_days=told["retention_days"],
        from_on=date.fromisoformat(told["from_on"]),
        until_on=date.fromisoformat(told["until_on"]),
    )
    return Version(row.number, terms, row.proposed_at, row.decided_at)


def pact_of(agreement: Agreement) -> Pact:
    """One agreement, as it can be decided about."""
    return _pacts([agreement])[0]


def pacts_with(recipient: str, disclosers: Iterable[str]) -> tuple[Pact, ...]:
    """The agreements by which any of these controllers discloses to that recipient, those that have ended too."""
    rows = Agreement.objects.filter(recipient=recipient, discloser__in=set(disclosers))
    return _pacts(list(rows)) if rows else ()


def _pacts(agreements: list[Agreement]) -> tuple[Pact, ...]:
    consultations = {one.number: one for one in all_consultations()}
    by_agreement: dict[str, list[Version]] = {agreement.number: [] for agreement in agreements}
    for row in AgreementVersion.objects.filter(agreement__in=agreements).exclude(granted=False):
        by_agreement[row.agreement_id].append(version_of(row, consultations))
    return tuple(
        Pact(
            agreement.number,
            agreement.discloser,
            agreement.recipient,
            tuple(by_agreement[agreement.number]),
            agreement.ended_at,
        )
        for agreement in agreements
    )
