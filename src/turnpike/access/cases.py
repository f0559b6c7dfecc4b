"""Cases: what the force's register says of them, kept with its time, and which register that is.

`case_register` chooses: the built-in one and an imported file are kept here whole; of an HTTP register only what was asked for,
for so long as `case_confirmed_minutes` lets it count.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from turnpike import config
from turnpike.access.categories import Category, severity_of
from turnpike.access.errors import RegisterUnavailable
from turnpike.access.models import Case, CaseAssignment
from turnpike.access.paging import Page, page_by_key
from turnpike.access.purposes import check_case_reference
from turnpike.access.register_http import HttpRegister
from turnpike.access.registers import CaseFacts
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from turnpike.access.policy import Fact
    from turnpike.accounts.services import User

_log = logging.getLogger(__name__)


def record_case(facts: CaseFacts, *, actor: str) -> bool:
    """Keep what a register says of a case; whether that is new. What changes is written into the ledger first.

    Raises:
        RequestError: the number cannot be a case's.
        LedgerError: the change could not be recorded; nothing was changed.
    """
    number = check_case_reference(facts.number)
    known = find_case(number)
    if known != facts:
        record(
            AuditEvent.CASE_CHANGED,
            actor=actor,
            details={
                "case_reference": number,
                "category": facts.category.value,
                "open": facts.is_open,
                "assigned": sorted(facts.assigned),
            },
        )
    with transaction.atomic():
        case, _ = Case.objects.update_or_create(
            number=number,
            defaults={
                "category": facts.category.value,
                "is_open": facts.is_open,
                "told_at": timezone.now(),
            },
        )
        case.assignments.exclude(username__in=facts.assigned).delete()
        CaseAssignment.objects.bulk_create(
            (CaseAssignment(case=case, username=username) for username in sorted(facts.assigned)),
            ignore_conflicts=True,
        )
    return known != facts


def find_case(number: str) -> CaseFacts | None:
    """What is kept of a case, however old."""
    case = _kept(number)
    return None if case is None else _facts(case)


def cases_of(user: User, cursor: str = "") -> Page[CaseFacts]:
    """The open cases that this person is assigned to, as far as they are kept here, by number."""
    held = Case.objects.prefetch_related("assignments").filter(
        is_open=True, assignments__username=user.username
    )
    page = page_by_key(held, cursor)
    return Page.of(map(_facts, page), page.further, is_first=page.is_first)


def all_cases() -> tuple[CaseFacts, ...]:
    """Every case that is kept here, by number."""
    return tuple(_facts(case) for case in Case.objects.prefetch_related("assignments").order_by("number"))


def confirmed_case(number: str) -> CaseFacts | None:
    """What the force's register says of a case now; None where it knows none of that number.

    Raises:
        RegisterUnavailable: it does not answer, or what was imported is too old to count.
    """
    settings = config.load()
    if settings.case_register == "http":
        return _asked(number)
    if settings.case_register == "csv":
        newest = Case.objects.order_by("-told_at").values_list("told_at", flat=True).first()
        if newest is None or timezone.now() - newest > timedelta(hours=settings.case_import_hours):
            raise RegisterUnavailable(
                "The imported cases are too old to count; import the register's file anew."
            )
    return find_case(number)


def case_facts(user: User, number: str) -> dict[str, Fact]:
    """What a decision is told of a case: whether the register answered, and, of a case it knows, what counts for this person."""
    try:
        found = confirmed_case(number)
    except RegisterUnavailable as error:
        _log.warning("A case could not be confirmed: %s", error)
        return {"register_answered": False}
    if found is None:
        return {"register_answered": True}
    return {
        "register_answered": True,
        "case": {
            "open": found.is_open,
            "assigned": user.username in found.assigned,
            "category": found.category.value,
            "severity": severity_of(found.category).value,
        },
    }


def _asked(number: str) -> CaseFacts | None:
    settings = config.load()
    known = _kept(number)
    if known and timezone.now() - known.told_at < timedelta(minutes=settings.case_confirmed_minutes):
        return _facts(known)
    token = settings.case_register_token.get_secret_value()
    address, timeout_s = settings.case_register_url, settings.case_register_seconds
    with HttpRegister(address, timeout_s=timeout_s, token=token) as register:
        found = register.find(number)
    if found is not None:
        record_case(found, actor="system")
    elif known is not None:
        # The register has dropped it: what is kept of it is no open case any more.
        record_case(replace(_facts(known), is_open=False), actor="system")
    return found


def _kept(number: str) -> Case | None:
    return Case.objects.prefetch_related("assignments").filter(number=number).first()


def _facts(case: Case) -> CaseFacts:
    assigned = frozenset(one.username for one in case.assignments.all())
    return CaseFacts(case.number, Category(case.category), case.is_open, assigned)
