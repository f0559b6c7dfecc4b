"""Who may put a vehicle on a list, and what the ledger says of it."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from turnpike.access import services as access
from turnpike.access.services import Denied
from turnpike.accounts.services import Role, Standing, create_account
from turnpike.hotlists import services as hotlists
from turnpike.hotlists.models import Entry
from turnpike.ledger import services as ledger
from turnpike.ledger.services import turn
from turnpike.plates.services import PlateError

pytestmark = pytest.mark.django_db
TRAINED = Standing(trained_until=date.max)

AuditEvent = ledger.AuditEvent


def newest() -> ledger.LedgerEntry:
    return ledger.entries(limit=1)[0]


def test_a_proposal_waits_and_is_in_the_ledger(propose, people):
    entry = propose("ab12 cde")
    assert entry.plate == "AB12CDE"
    assert entry.state == hotlists.EntryState.PROPOSED
    assert not entry.is_alerting
    logged = newest()
    assert (logged.event, logged.actor) == (AuditEvent.HOTLIST_ENTRY_PROPOSED, people.investigator.username)
    assert logged.details["plate"] == "AB12CDE"
    assert logged.details["legal_basis"] == "law-enforcement"
    assert logged.details["rules"] == ["propose-hotlist-entry"]


@pytest.mark.parametrize("role", ["operator", "authoriser", "auditor", "administrator"])
def test_only_an_investigator_proposes(propose, people, role):
    with pytest.raises(Denied, match="Only an investigator"):
        propose(user=getattr(people, role))
    assert newest().event is AuditEvent.DECISION_DENIED
    assert not Entry.objects.exists()


@pytest.mark.parametrize("field", ["reason", "source", "owner", "legal_basis", "priority"])
def test_nothing_may_be_missing(propose, field):
    with pytest.raises(hotlists.HotlistError, match=field.replace("_", " ")):
        propose(**{field: "  " if field in {"reason", "source", "owner"} else ""})
    assert not Entry.objects.exists()


def test_what_is_no_ground_for_a_search_is_none_for_an_entry(propose):
    with pytest.raises(hotlists.HotlistError, match="Taking part in a protest is no ground"):
        propose(reason="Seen at the demonstration in the High Street on Saturday")
    assert newest().event is AuditEvent.GROUND_REFUSED
    assert not Entry.objects.exists()


@pytest.mark.parametrize("days", [-1, 367])
def test_the_weed_date_is_within_a_year(propose, days):
    with pytest.raises(Denied, match="1 to 366 days"):
        propose(weed_at=timezone.now() + timedelta(days=days))
    assert not Entry.objects.exists()


def test_an_unlawful_basis_is_not_a_choice(propose):
    for ground in ("protest", "religion", "political opinion"):
        with pytest.raises(hotlists.HotlistError, match="legal basis"):
            propose(legal_basis=ground)


def test_what_is_no_plate_is_refused(propose):
    with pytest.raises(PlateError):
        propose("—")


def test_authorisation_is_a_second_persons(propose, people):
    both = create_account(
        "both", "Both", [Role.INVESTIGATOR, Role.AUTHORISER], actor="tests", standing=TRAINED
    )
    own = propose(user=both)
    with pytest.raises(Denied, match="Nobody authorises what they proposed"):
        hotlists.authorise_entry(both, own.pk)
    with pytest.raises(Denied, match="Only an authoriser"):
        hotlists.authorise_entry(people.operator, own.pk)
    authorised = hotlists.authorise_entry(people.authoriser, own.pk)
    assert authorised.is_alerting
    assert authorised.authorised_by == people.authoriser
    assert newest().event is AuditEvent.HOTLIST_ENTRY_AUTHORISED


def test_the_records_refuse_what_the_door_would(propose):
    entry = propose()
    for authoriser in (None, entry.proposed_by):
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.filter(pk=entry.pk).update(
                state=hotlists.EntryState.AUTHORISED, authorised_by=authoriser
            )


def test_a_refusal_and_a_withdrawal_say_why(propose, wanted, people):
    refused = hotlists.refuse_entry(people.authoriser, propose().pk, why=" Too thin. ")
    assert (refused.state, refused.closed_why) == (hotlists.EntryState.REFUSED, "Too thin.")
    assert newest().details["why"] == "Too thin."
    withdrawn = hotlists.withdraw_entry(people.investigator, wanted().pk, why="Found.")
    assert (withdrawn.state, withdrawn.closed_by) == (hotlists.EntryState.WITHDRAWN, people.investigator)
    assert newest().event is AuditEvent.HOTLIST_ENTRY_WITHDRAWN
    with pytest.raises(hotlists.HotlistError, match="Say why"):
        hotlists.refuse_entry(people.authoriser, propose().pk, why=" ")


def test_a_decision_is_made_once(wanted, people):
    entry = wanted()
    for decide in (hotlists.authorise_entry, lambda user, pk: hotlists.refuse_entry(user, pk, why="Late.")):
        with pytest.raises(hotlists.AlreadyDecided):
            decide(people.authoriser, entry.pk)
    hotlists.withdraw_entry(people.authoriser, entry.pk, why="Found.")
    with pytest.raises(hotlists.AlreadyDecided):
        hotlists.withdraw_entry(people.authoriser, entry.pk, why="Again.")


def test_two_here_decide_one_after_the_other(propose, people, monkeypatch):
    """The second comes while the first one's entry is being written, and waits until the first is done."""
    from turnpike.hotlists import entries

    entry = propose()
    record = ledger.record
    second = threading.Thread(target=lambda: outcome.append(turn("entry", entry.pk).acquire(timeout=0.05)))
    outcome: list[bool] = []

    def while_another_comes(event, **details):
        second.start()
        second.join()
        return record(event, **details)

    monkeypatch.setattr(entries, "record", while_another_comes)
    hotlists.authorise_entry(people.authoriser, entry.pk)
    assert outcome == [False]


def test_of_two_who_decide_at_once_one_wins(propose, people, monkeypatch):
    """The second, in another process, decides while the first one's entry is being written into the ledger."""
    from turnpike.hotlists import entries

    entry = propose()
    record = ledger.record

    def decided_meanwhile(event, **details):
        monkeypatch.setattr(entries, "record", record)
        hotlists.refuse_entry(people.authoriser, entry.pk, why="Not justified.")
        return record(event, **details)

    monkeypatch.setattr(entries, "record", decided_meanwhile)
    with pytest.raises(hotlists.AlreadyDecided):
        hotlists.authorise_entry(people.authoriser, entry.pk)
    entry.refresh_from_db()
    assert entry.state == hotlists.EntryState.REFUSED
    correction, wrong = ledger.entries(limit=2)
    assert wrong.event is AuditEvent.HOTLIST_ENTRY_AUTHORISED
    assert (correction.event, correction.actor) == (AuditEvent.ALTERATION_NOT_DONE, "authoriser")
    assert correction.details == {"corrects": wrong.index, "hotlist": "stolen"}


def test_without_a_ledger_nothing_happens(propose, people, monkeypatch):
    from turnpike.hotlists import entries, lists

    entry = propose()

    def broken(*_: object, **__: object) -> None:
        raise ledger.LedgerError("The ledger cannot be written.")

    monkeypatch.setattr(entries, "record", broken)
    monkeypatch.setattr(lists, "record", broken)
    with pytest.raises(ledger.LedgerError):
        hotlists.authorise_entry(people.authoriser, entry.pk)
    with pytest.raises(ledger.LedgerError):
        propose("ZZ99ZZZ")
    with pytest.raises(ledger.LedgerError):
        hotlists.view_list(people.investigator, "stolen")
    entry.refresh_from_db()
    assert entry.state == hotlists.EntryState.PROPOSED
    assert Entry.objects.count() == 1


def test_lists_count_what_alerts_and_what_waits(wanted, propose, people):
    wanted()
    expired = wanted("BB22BBB")
    Entry.objects.filter(pk=expired.pk).update(weed_at=timezone.now())
    propose("CC33CCC")
    (stolen,) = hotlists.all_lists()
    assert (stolen.alerting, stolen.proposed) == (1, 1)


def test_a_list_is_made_once(stolen, people):
    assert newest().event is AuditEvent.HOTLIST_CREATED
    with pytest.raises(hotlists.HotlistError, match="already exists"):
        hotlists.create_list(people.authoriser, slug="stolen", name="Stolen again", purpose="The same.")
    with pytest.raises(hotlists.HotlistError, match="slug"):
        hotlists.create_list(people.authoriser, slug="no slug", name="No slug", purpose="Nothing.")
    with pytest.raises(hotlists.NotFound):
        hotlists.find_list("missing")


def test_a_look_is_in_the_ledger(wanted, people):
    entry = wanted()
    access.grant_watch(people.authoriser, people.operator, "stolen", 8)
    _, entries = hotlists.view_list(people.operator, "stolen")
    assert entries == (entry,)
    assert (newest().event, newest().actor) == (AuditEvent.HOTLIST_VIEWED, "operator")
    hotlists.view_entry(people.operator, "stolen", entry.pk)
    assert newest().details["entry"] == entry.pk
    with pytest.raises(Denied):
        hotlists.view_list(people.auditor, "stolen")
    with pytest.raises(hotlists.NotFound):
        hotlists.view_entry(people.operator, "other", entry.pk)


def test_an_operator_looks_only_at_what_they_watch(wanted, people):
    entry = wanted()
    hotlists.create_list(
        people.authoriser, slug="missing", name="Missing people", purpose="Those who are missing."
    )
    watch = access.grant_watch(people.authoriser, people.operator, "missing", 8)
    for look in (
        lambda who: hotlists.view_list(who, "stolen"),
        lambda who: hotlists.view_entry(who, "stolen", entry.pk),
    ):
        with pytest.raises(Denied, match="no active watch on this hotlist"):
            look(people.operator)
        assert newest().event is AuditEvent.DECISION_DENIED
        look(people.investigator)
        look(people.authoriser)
    assert hotlists.view_list(people.operator, "missing")[1] == ()
    access.revoke_watch(people.authoriser, watch.pk)
    with pytest.raises(Denied, match="no active watch on this hotlist"):
        hotlists.view_list(people.operator, "missing")


@pytest.mark.parametrize("role", ["operator", "investigator", "auditor", "administrator"])
def test_only_an_authoriser_makes_a_list(people, role):
    with pytest.raises(Denied, match="Only an authoriser may make a hotlist"):
        hotlists.create_list(getattr(people, role), slug="mine", name="Mine", purpose="My own vehicles.")
    assert newest().event is AuditEvent.DECISION_DENIED
    assert hotlists.all_lists() == ()


def test_of_two_who_make_one_list_at_once_the_ledger_tells(people, monkeypatch):
    from turnpike.hotlists import lists

    record, made = ledger.record, {"slug": "stolen", "name": "Stolen", "purpose": "Stolen vehicles."}

    def made_meanwhile(event, **details):
        monkeypatch.setattr(lists, "record", record)
        hotlists.create_list(people.authoriser, **made)
        return record(event, **details)

    monkeypatch.setattr(lists, "record", made_meanwhile)
    with pytest.raises(hotlists.AlreadyDecided):
        hotlists.create_list(people.authoriser, **made)
    correction, wrong = ledger.entries(limit=2)
    assert correction.event is AuditEvent.ALTERATION_NOT_DONE
    assert (wrong.event, wrong.index) == (AuditEvent.HOTLIST_CREATED, correction.details["corrects"])


def test_an_entry_is_of_a_case_that_the_register_confirms(propose, people):
    case = access.CaseFacts(
        "CR/77/26", access.Category.BURGLARY, is_open=True, assigned=frozenset({"nobody"})
    )
    access.record_case(case, actor="tests")
    for reference, sentence in (
        ("CR/88/26", "names no case that the register knows"),
        ("CR/77/26", "not assigned"),
    ):
        with pytest.raises(Denied, match=sentence):
            propose(case_reference=reference)
    with pytest.raises(hotlists.HotlistError, match="Give the case reference"):
        propose(case_reference="none")
    assert not Entry.objects.exists()
    entry = propose()
    assert entry.case_reference == "CR/04711/26"
    assert newest().details["case_reference"] == "CR/04711/26"


def test_an_entry_whose_case_was_closed_since_is_not_authorised(propose, people):
    entry = propose()
    closed = access.CaseFacts("CR/04711/26", access.Category.BURGLARY, False, frozenset({"investigator"}))
    access.record_case(closed, actor="tests")
    with pytest.raises(Denied, match="case is closed"):
        hotlists.authorise_entry(people.authoriser, entry.pk)


@pytest.mark.parametrize("became", ["closed", "dropped", "another's", "not told"])
def test_whatever_became_of_its_case_an_entry_can_be_refused(propose, people, became, monkeypatch):
    entry = propose()
    if became == "dropped":
        Entry.objects.filter(pk=entry.pk).update(case_reference="CR/99999/26")
    elif became == "not told":
        unanswered = lambda *_: {"register_answered": False}  # noqa: E731 - a stand-in of one line
        monkeypatch.setattr("turnpike.hotlists.entries.case_facts", unanswered)
    else:
        assigned = frozenset({"nobody" if became == "another's" else "investigator"})
        case = access.CaseFacts("CR/04711/26", access.Category.BURGLARY, became != "closed", assigned)
        access.record_case(case, actor="tests")
    with pytest.raises(Denied):
        hotlists.authorise_entry(people.authoriser, entry.pk)
    refused = hotlists.refuse_entry(people.authoriser, entry.pk, why="The case has ended.")
    assert refused.state == hotlists.EntryState.REFUSED
    assert (newest().event, newest().details["rules"]) == (
        AuditEvent.HOTLIST_ENTRY_REFUSED,
        ["refuse-hotlist-entry"],
    )


def test_nobody_refuses_their_own_and_only_an_authoriser_refuses(propose, people):
    both = create_account(
        "both", "Both", [Role.INVESTIGATOR, Role.AUTHORISER], actor="tests", standing=TRAINED
    )
    own = propose(user=both)
    for who, sentence in (
        (both, "Nobody authorises what they proposed"),
        (people.investigator, "Only an authoriser"),
    ):
        with pytest.raises(Denied, match=sentence):
            hotlists.refuse_entry(who, own.pk, why="The case has ended.")
    own.refresh_from_db()
    assert own.state == hotlists.EntryState.PROPOSED


def test_a_change_takes_the_place_of_what_it_changes_once_somebody_else_authorises_it(
    propose, wanted, people
):
    standing = wanted()
    change = propose(priority=hotlists.Priority.LOW, replaces=standing.pk)
    standing.refresh_from_db()
    assert standing.is_alerting
    hotlists.authorise_entry(people.authoriser, change.pk)
    standing.refresh_from_db()
    change.refresh_from_db()
    assert (standing.state, change.state) == ("withdrawn", "authorised")
    assert standing.closed_why == f"Entry {change.pk} takes its place."
    with pytest.raises(hotlists.NotFound, match="no such"):
        propose(replaces=999)
