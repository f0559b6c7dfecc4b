"""Agreements: proposed by one authoriser, decided by another, changed by new terms alone, and ended at once by either.

Each step is in the ledger before it counts. Nothing is edited: new terms are a version of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from turnpike.access.agreement_models import Agreement, AgreementVersion, PublicConsultation
from turnpike.access.agreement_records import all_consultations, consultation_of, kept, sha256_of
from turnpike.access.agreement_terms import AGREED_PURPOSES, Consultation, SharedField, Terms
from turnpike.access.decisions import Detail, authorise, grounds
from turnpike.access.errors import AgreementError
from turnpike.access.policy import Action
from turnpike.access.purposes import check_refusal
from turnpike.cameras.services import cameras_ever_of, controller_name, own_controller
from turnpike.ledger.services import AuditEvent, correct, record, turn

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from turnpike.accounts.services import User

LONGEST_RETENTION_DAYS = 3660
MOST_PEOPLE = 2_000_000_000
_NEW = "new"


def record_consultation(
    user: User,
    *,
    controller: str,
    reference: str,
    held_on: date,
    cameras: Collection[str],
    fields: Collection[SharedField],
    people_told: int,
) -> Consultation:
    """Put on record that a controller consulted the public; agreements can then name it. It opens nothing by itself.

    Raises:
        AgreementError: a value cannot be used; `field` names which.
        Denied: not by an authoriser.
    """
    row = PublicConsultation(
        controller=controller_name(controller),
        reference=reference.strip(),
        held_on=held_on,
        people_told=people_told,
        cameras=sorted(cameras),
        fields=sorted(fields),
        recorded_by=user,
    )
    _check_consultation(row)
    decision = authorise(user, Action.RecordConsultation, resource=_NEW)
    with turn("consultations", 0):
        row.number = f"C-{held_on.year}-{PublicConsultation.objects.count() + 1:03d}"
        row.recorded_at = timezone.now()
        told: dict[str, Detail] = {
            "consultation": row.number,
            "controller": row.controller,
            "reference": row.reference,
            "held_on": held_on.isoformat(),
            "cameras": row.cameras,
            "fields": row.fields,
            "people_told": people_told,
        }
        record(AuditEvent.PUBLIC_CONSULTED, actor=user.username, details={**told, **grounds(decision)})
        row.save(force_insert=True)
    return consultation_of(row)


def propose_agreement(user: User, *, title: str, discloser: str, terms: Terms) -> AgreementVersion:
    """Propose an agreement by which another controller discloses to this site's own; it opens nothing until decided.

    Raises:
        AgreementError: a value cannot be used; `field` names which.
        Denied: not by an authoriser.
    """
    discloser, recipient = controller_name(discloser), own_controller()
    _check_text("title", title, "Give the agreement a title.")
    if discloser in ("", recipient):
        raise AgreementError("discloser", "Choose the other controller, whose cameras these are.")
    _check(discloser, terms)
    decision = authorise(user, Action.ProposeAgreement, resource=_NEW)
    with turn("agreements", 0):
        now = timezone.now()
        agreement = Agreement(
            number=f"A-{now.year}-{Agreement.objects.count() + 1:03d}",
            title=title.strip(),
            discloser=discloser,
            recipient=recipient,
            opened_at=now,
        )
        told: dict[str, Detail] = {
            "title": agreement.title,
            "discloser": discloser,
            "recipient": recipient,
        }
        version = _drawn_up(user, agreement, 1, terms)
        _record_proposal(user, version, {**told, **grounds(decision)})
        agreement.save(force_insert=True)
        version.save(force_insert=True)
    return version


def propose_terms(user: User, number: str, terms: Terms) -> AgreementVersion:
    """Propose new terms for an agreement; those that stand stay in force until these are decided and begin.

    Raises:
        AgreementError: a value cannot be used, there is no such agreement, it has ended, or terms wait already.
        Denied: not by an authoriser.
    """
    with turn("agreement", number):
        agreement = find_agreement(number)
        _check(agreement.discloser, terms)
        if agreement.ended_at is not None:
            raise AgreementError("", "The agreement has ended: propose a new one.")
        if agreement.versions.filter(granted=None).exists():
            raise AgreementError("", "Terms wait for a decision already: have them decided first.")
        decision = authorise(user, Action.ProposeAgreement, resource=number)
        version = _drawn_up(user, agreement, agreement.versions.count() + 1, terms)
        _record_proposal(user, version, grounds(decision))
        version.save(force_insert=True)
    return version


def decide_terms(user: User, number: str, version_number: int, decision_reference: str) -> AgreementVersion:
    """Decide terms that somebody else proposed; they count from now, or from their first day if that is later.

    Raises:
        AgreementError: no such terms wait.
        Denied: they proposed them, are no authoriser, or give no reference of the decision.
    """
    return _settle(user, number, version_number, decision_reference=decision_reference.strip())


def refuse_terms(user: User, number: str, version_number: int, why: str) -> AgreementVersion:
    """Refuse them, saying why.

    Raises:
        RequestError: the reason says too little.
        AgreementError: no such terms wait.
        Denied: they proposed them, or are no authoriser.
    """
    return _settle(user, number, version_number, why=check_refusal(why))


def end_agreement(user: User, number: str, why: str) -> Agreement:
    """End an agreement now and for good: the next look finds it gone. One that has ended stays as it was.

    Raises:
        RequestError: the reason says too little.
        AgreementError: there is no such agreement.
        Denied: not by an authoriser.
    """
    why = check_refusal(why)
    with turn("agreement", number):
        agreement = find_agreement(number)
        decision = authorise(user, Action.EndAgreement, resource=number)
        if agreement.ended_at is None:
            record(
                AuditEvent.AGREEMENT_ENDED,
                actor=user.username,
                details={"agreement": number, "why": why, **grounds(decision)},
            )
            agreement.ended_at, agreement.ended_by, agreement.end_reason = timezone.now(), user, why
            agreement.save(update_fields=["ended_at", "ended_by", "end_reason"])
    return agreement


def find_agreement(number: str) -> Agreement:
    """The agreement of that number.

    Raises:
        AgreementError: there is none.
    """
    found = Agreement.objects.filter(pk=number).first()
    if found is None:
        raise AgreementError("", "There is no agreement of that number; `turnpike agreement list` shows all.")
    return found


def all_agreements() -> tuple[Agreement, ...]:
    """Every agreement, those that have ended too, by number."""
    return tuple(Agreement.objects.all())


def waiting_terms() -> tuple[AgreementVersion, ...]:
    """Terms that wait for a decision, the oldest first."""
    waiting = AgreementVersion.objects.select_related("agreement", "proposed_by").filter(granted=None)
    return tuple(waiting.filter(agreement__ended_at=None).order_by("proposed_at"))


def _settle(
    user: User, number: str, version_number: int, *, decision_reference: str = "", why: str = ""
) -> AgreementVersion:
    granted = not why
    with turn("agreement", number):
        waiting = AgreementVersion.objects.select_related("agreement", "proposed_by").filter(
            agreement=number, number=version_number, granted=None, agreement__ended_at=None
        )
        row = waiting.first()
        if row is None:
            raise AgreementError("", "No such terms wait for a decision.")
        decision = authorise(
            user,
            Action.DecideAgreement,
            resource=number,
            context={
                "proposer": row.proposed_by.username,
                # A refusal needs none; what it says is the reason.
                "decision_reference": decision_reference if granted else "refused",
            },
        )
        told: dict[str, Detail] = {
            "agreement": number,
            "version": row.number,
            "terms_sha256": row.terms_sha256,
        }
        told |= {"decision_reference": decision_reference} if granted else {"why": why}
        first = record(
            AuditEvent.AGREEMENT_DECIDED if granted else AuditEvent.AGREEMENT_REFUSED,
            actor=user.username,
            details={**told, **grounds(decision)},
        )
        # Another process can come between the decision and this; of two who decide at once only one counts.
        done = waiting.update(
            granted=granted,
            decided_by=user,
            decided_at=timezone.now(),
            decision_reference=decision_reference,
            refusal=why,
        )
        if not done:
            correct(first, actor=user.username, agreement=number)
            raise AgreementError("", "Somebody else has decided already.")
        row.refresh_from_db()
    return row


def _drawn_up(user: User, agreement: Agreement, number: int, terms: Terms) -> AgreementVersion:
    told = kept(terms)
    return AgreementVersion(
        agreement=agreement,
        number=number,
        terms=told,
        terms_sha256=sha256_of(told),
        proposed_by=user,
        proposed_at=timezone.now(),
    )


def _record_proposal(user: User, version: AgreementVersion, details: dict[str, Detail]) -> None:
    told: dict[str, Detail] = {
        "agreement": version.agreement_id,
        "version": version.number,
        "terms_sha256": version.terms_sha256,
    }
    record(AuditEvent.AGREEMENT_PROPOSED, actor=user.username, details={**told, **version.terms, **details})


def _check_consultation(row: PublicConsultation) -> None:
    _check_text("reference", row.reference, "Give the reference under which the consultation can be found.")
    _check_cameras(row.controller, row.cameras)
    if not row.fields:
        raise AgreementError("fields", "Choose what of a read people were told about.")
    if row.held_on > timezone.now().date():
        raise AgreementError(
            "held_on", "Give a day that has passed: what is still to be held covers nothing."
        )
    _check_number("people_told", row.people_told, 1, MOST_PEOPLE)


def _check(discloser: str, terms: Terms) -> None:
    """Refuse terms that nobody could keep to."""
    _check_cameras(discloser, terms.cameras)
    if not terms.purposes or not terms.purposes <= set(AGREED_PURPOSES):
        raise AgreementError("purposes", "Choose one purpose or more from the list.")
    if SharedField.TEXT not in terms.fields:
        raise AgreementError("fields", "Choose the plate text too: without it no read can be shown.")
    _check_text("legal_basis", terms.legal_basis, "Name the law that allows it.")
    _check_text("dpia", terms.dpia, "Give the reference of the data protection impact assessment.")
    _check_number("retention_days", terms.retention_days, 1, LONGEST_RETENTION_DAYS)
    _check_number("people_affected", terms.people_affected, 1, MOST_PEOPLE)
    if terms.until_on < terms.from_on:
        raise AgreementError("until_on", "The last day is before the first: choose a later one.")
    held = {one.number: one for one in all_consultations()}
    for one in terms.consultations:
        if held.get(one.number) != one or one.controller != discloser:
            raise AgreementError("consultations", f"{one.number} is no consultation of {discloser}.")


def _check_cameras(controller: str, cameras: Collection[str]) -> None:
    if not cameras:
        raise AgreementError("cameras", "Name one camera or more.")
    if unknown := sorted(set(cameras) - cameras_ever_of(controller)):
        raise AgreementError("cameras", f"Not cameras of {controller}: {', '.join(unknown[:5])}.")


def _check_text(field: str, text: str, sentence: str) -> None:
    if not text.strip():
        raise AgreementError(field, sentence)


def _check_number(field: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise AgreementError(field, f"Give a number from {least} to {most:,}.")
