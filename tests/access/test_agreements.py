"""Agreements: proposed by one, decided by another, never edited, ended at once; each step in the ledger, each debt on a list."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from django.utils import timezone

from turnpike.access import services as access
from turnpike.access.agreement_models import AgreementVersion, Release
from turnpike.access.agreement_records import kept, sha256_of
from turnpike.access.agreement_terms import SharedField
from turnpike.access.disclosing import band
from turnpike.ledger.services import AuditEvent, LedgerError

from .agreeing import COUNTY, agreed, amended, consulted, county_cameras, terms
from .conftest import new_read

pytestmark = pytest.mark.django_db
WHY = "The board has withdrawn its consent to the sharing."


@pytest.fixture(autouse=True)
def theirs(db):
    county_cameras()


def broken(denial):
    return [rule.id for rule in denial.value.decision.rules]


def standing_of(number):
    return access.agreement_standing(access.pact_of(access.find_agreement(number)), timezone.now())


def test_each_step_is_in_the_ledger_before_it_counts(people, second_authoriser, recorded):
    held = consulted(people)
    made = access.propose_agreement(
        people.authoriser, title="County cameras", discloser=COUNTY, terms=terms(held)
    )
    assert standing_of(made.agreement_id) == "Waits for a decision"
    access.decide_terms(second_authoriser, made.agreement_id, 1, "Board minute 7")
    assert standing_of(made.agreement_id) == "In force"
    access.end_agreement(second_authoriser, made.agreement_id, WHY)
    assert standing_of(made.agreement_id) == "Ended"
    steps = [(event, actor) for event, actor, _ in recorded() if "agreement" in event or "consulted" in event]
    assert steps == [
        (AuditEvent.PUBLIC_CONSULTED, "authoriser"),
        (AuditEvent.AGREEMENT_PROPOSED, "authoriser"),
        (AuditEvent.AGREEMENT_DECIDED, "second"),
        (AuditEvent.AGREEMENT_ENDED, "second"),
    ]
    proposed = next(told for event, _, told in recorded() if event is AuditEvent.AGREEMENT_PROPOSED)
    assert proposed["terms_sha256"] == sha256_of(kept(terms(held)))
    assert proposed["cameras"] == ["gate-east", "gate-west"]


def test_what_cannot_be_recorded_does_not_count(people, second_authoriser, break_ledger):
    held = consulted(people)
    made = access.propose_agreement(people.authoriser, title="C", discloser=COUNTY, terms=terms(held))
    break_ledger()
    with pytest.raises(LedgerError):
        access.decide_terms(second_authoriser, made.agreement_id, 1, "Board minute 7")
    assert standing_of(made.agreement_id) == "Waits for a decision"


def test_nobody_decides_what_they_proposed(people, second_authoriser):
    made = access.propose_agreement(
        people.authoriser, title="C", discloser=COUNTY, terms=terms(consulted(people))
    )
    with pytest.raises(access.Denied) as denial:
        access.decide_terms(people.authoriser, made.agreement_id, 1, "Board minute 7")
    assert broken(denial) == ["terms-are-decided-by-another"]
    with pytest.raises(access.Denied) as denial:
        access.decide_terms(second_authoriser, made.agreement_id, 1, "  ")
    assert broken(denial) == ["decision-is-named"]
    for person in (people.investigator, people.auditor, people.administrator):
        for act in (
            lambda one: access.decide_terms(one, made.agreement_id, 1, "Board minute 7"),
            lambda one: access.end_agreement(one, made.agreement_id, WHY),
            lambda one: consulted(type(people)(authoriser=one)),
        ):
            with pytest.raises(access.Denied) as denial:
                act(person)
            assert "authorisers-answer-for-agreements" in broken(denial)


def test_terms_are_never_edited_and_each_day_can_be_told(people, second_authoriser):
    held = consulted(people)
    first = terms(held, from_on=date(2020, 1, 1))
    number = agreed(people, second_authoriser, first)
    row = AgreementVersion.objects.get()
    told_before = (row.terms, row.terms_sha256)
    amended(people, second_authoriser, number, terms(held, cameras=frozenset({"gate-east"})))
    row.refresh_from_db()
    assert (row.terms, row.terms_sha256) == told_before
    pact = access.pact_of(access.find_agreement(number))
    one, two = (version.decided_at for version in pact.versions)
    assert one is not None
    assert two is not None
    between = one + (two - one) / 2
    for at, cameras in ((between, 2), (timezone.now(), 1)):
        (text, *_) = access.states_at(pact, at)
        assert len(text.open_cameras) == cameras


def test_refused_terms_open_nothing_and_new_ones_can_be_proposed(people, second_authoriser, recorded):
    held = consulted(people)
    number = agreed(people, second_authoriser, terms(held, cameras=frozenset({"gate-east"})))
    made = access.propose_terms(people.authoriser, number, terms(held))
    with pytest.raises(access.AgreementError, match="wait for a decision already"):
        access.propose_terms(people.authoriser, number, terms(held))
    access.refuse_terms(
        second_authoriser, number, made.number, "The western gate was never assessed by anybody."
    )
    assert recorded()[-1][0] is AuditEvent.AGREEMENT_REFUSED
    with pytest.raises(access.AgreementError, match="No such terms wait"):
        access.decide_terms(second_authoriser, number, made.number, "Board minute 8")
    assert [version.number for version in access.pact_of(access.find_agreement(number)).versions] == [1]
    assert access.propose_terms(people.authoriser, number, terms(held)).number == 3


def test_what_has_ended_stays_ended(people, second_authoriser):
    held = consulted(people)
    number = agreed(people, second_authoriser, terms(held))
    ended = access.end_agreement(people.authoriser, number, WHY)
    assert access.end_agreement(second_authoriser, number, WHY).ended_at == ended.ended_at
    with pytest.raises(access.AgreementError, match="has ended"):
        access.propose_terms(people.authoriser, number, terms(held))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cameras": frozenset({"mill-lane"})}, "cameras"),
        ({"cameras": frozenset()}, "cameras"),
        ({"fields": frozenset({SharedField.PLATE_PATCH})}, "fields"),
        ({"purposes": frozenset({"curiosity"})}, "purposes"),
        ({"legal_basis": " "}, "legal_basis"),
        ({"dpia": ""}, "dpia"),
        ({"retention_days": 0}, "retention_days"),
        ({"people_affected": 0}, "people_affected"),
        ({"until_on": date(2020, 1, 1)}, "until_on"),
    ],
)
def test_terms_that_nobody_could_keep_to_are_refused(people, changes, field):
    with pytest.raises(access.AgreementError) as refusal:
        access.propose_agreement(
            people.authoriser, title="C", discloser=COUNTY, terms=terms(consulted(people), **changes)
        )
    assert refusal.value.field == field


def test_a_consultation_of_somebody_else_or_to_come_covers_nothing(people):
    county_cameras(["bay-one"], "Bay Council")
    other = consulted(people, controller="Bay Council", cameras=["bay-one"])
    with pytest.raises(access.AgreementError, match="no consultation of County Roads"):
        access.propose_agreement(people.authoriser, title="C", discloser=COUNTY, terms=terms(other))
    with pytest.raises(access.AgreementError, match="a day that has passed"):
        consulted(people, held_on=timezone.now().date() + timedelta(days=1))


# ---- What is owed


@pytest.fixture
def disclosed(people, second_authoriser, opened, stored, search_for, monkeypatch):
    """An agreement under which something was disclosed forty days ago, and again today."""
    stored(new_read("AB12CDE"), camera_id="gate-east")
    number = agreed(people, second_authoriser, terms(consulted(people)))
    search_for(opened.number, "AB12CDE")
    Release.objects.update(
        released_at=timezone.now() - timedelta(days=40), due_on=timezone.now().date() - timedelta(days=12)
    )
    search_for(opened.number, "AB12CDE")
    return number


def test_a_proof_of_deletion_is_owed_by_day_and_overdue_after_its_day(disclosed, recorded):
    today = timezone.now().date()
    old, new = access.owed_proofs(disclosed)
    assert (old.released_on, old.releases, old.is_overdue(today)) == (today - timedelta(days=40), 1, True)
    assert (new.released_on, new.due_on) == (today, today + timedelta(days=28))
    assert access.overdue_proofs() == (old,)
    assert not old.is_overdue(old.due_on)
    digest = hashlib.sha256(b"certificate").hexdigest()
    proof = access.record_deletion(
        "shell:dpo",
        disclosed,
        released_until_on=old.released_on,
        reference="DEL/7",
        certificate_sha256=digest,
    )
    assert access.owed_proofs(disclosed) == (new,)
    assert access.overdue_proofs() == ()
    event, actor, told = recorded()[-1]
    assert (event, actor, told["certificate_sha256"]) == (AuditEvent.DELETION_PROVEN, "shell:dpo", digest)
    assert access.proofs_under(disclosed) == (proof,)


def test_a_proof_that_proves_nothing_is_refused(disclosed):
    today = timezone.now().date()

    def proven(until, reference="DEL/7"):
        access.record_deletion(
            "shell:dpo", disclosed, released_until_on=until, reference=reference, certificate_sha256="0" * 64
        )

    with pytest.raises(access.AgreementError, match="a day that has passed"):
        proven(today)
    with pytest.raises(access.AgreementError, match="Nothing that was disclosed"):
        proven(today - timedelta(days=41))
    with pytest.raises(access.AgreementError, match="reference"):
        proven(today - timedelta(days=1), " ")
    assert len(access.owed_proofs(disclosed)) == 2


def test_what_was_disclosed_is_owed_though_the_agreement_has_ended(people, disclosed):
    access.end_agreement(people.authoriser, disclosed, WHY)
    assert len(access.owed_proofs(disclosed)) == 2


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "under 10"),
        (9, "under 10"),
        (10, "10 to 99"),
        (99, "10 to 99"),
        (100, "100 to 999"),
        (1_000, "1,000 or more"),
        (50_000, "1,000 or more"),
    ],
)
def test_a_receipt_says_a_band_and_no_count(count, said):
    assert band(count) == said
