"""The auditor's log: who, what, when, why and what came of it; looking at it is an entry too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from turnpike.access import services as access
from turnpike.ledger import services as ledger
from turnpike.ledger.models import Entry, Salt
from turnpike.ledger.services import AuditEvent, LedgerError, record
from turnpike.oversight import services
from turnpike.oversight.telling import WORDS, line
from turnpike.reads.services import NewBatch, NewRead

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
REASON = "Burglary in Mill Lane at 02:10; a witness gave the plate of the car that left"


def body(response):
    return response.content.decode()


@pytest.fixture
def auditor(client, people):
    client.force_login(people.auditor)
    return client


@pytest.fixture
def searched(people, store, case):
    """A search that the investigator made."""
    read = NewRead(plate="AB12CDE", raw_text="AB12CDE", confidence=0.9, captured_at=NOON, event_key=1)
    store.append([NewBatch("mill-lane", "s", "m", "a", bytes(32), NOON, (read,))])
    case()
    opened = access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=("AB12*",),
    )
    return access.search(
        people.investigator,
        opened.number,
        pattern="AB12*",
        captured_from=NOON - timedelta(hours=1),
        captured_until=NOON + timedelta(hours=1),
    )


def test_the_auditor_sees_who_searched_what_and_why(auditor, searched):
    page = body(auditor.get("/log/"))
    for said in (
        "investigator",
        "Asked for a search",
        "AB12*",
        "21 Nov 2026, 11:00:00 UTC",
        "CR/01234/26",
        "Investigate a crime",
        REASON,
        "Was given search results",
        '<span class="tp-quiet">returned</span> 1',
    ):
        assert said in page, said


def test_looking_at_the_log_is_recorded_before_anything_is_shown(auditor, searched, monkeypatch):
    size = ledger.state().size
    sizes = []
    real = ledger.entries

    def entries(**asked):
        sizes.append(ledger.state().size)
        return real(**asked)

    monkeypatch.setattr("turnpike.oversight.services.entries", entries)
    page = body(auditor.get("/log/"))

    assert sizes == [size + 1]
    look = ledger.entries(limit=1)[0]
    assert (look.event, look.actor) == (AuditEvent.LEDGER_VIEWED, "auditor")
    assert (look.details["first_entry"], look.details["last_entry"]) == (max(0, size - 50), size - 1)
    assert look.details["rules"] == ["view-log"]
    assert f'href="/log/{look.index}/"' in page
    assert "Looked at the log" in body(auditor.get("/log/"))


def test_if_the_look_cannot_be_recorded_nothing_is_shown(auditor, searched):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON ledger_entry BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    for address in ("/log/", f"/log/{searched.intent.index}/"):
        response = auditor.get(address)
        assert response.status_code == 503
        assert "AB12" not in body(response)


@pytest.mark.parametrize("role", ["operator", "investigator", "authoriser", "administrator"])
def test_only_an_auditor_looks(people, client, role):
    user = getattr(people, role)
    client.force_login(user)
    assert client.get("/log/").status_code == 403
    assert client.post("/log/verify/").status_code == 403
    for look in (services.view_log, services.verify_now, lambda who: services.view_entry(who, 0)):
        with pytest.raises(access.Denied):
            look(user)


def test_pages_go_back_and_forth_over_every_entry_once(people):
    for number in range(7):
        record(AuditEvent.SIGNED_OUT, actor=f"person{number}")
    size = ledger.state().size

    seen: list[int] = []
    before: int | None = size
    while before is not None:
        page = services.view_log(people.auditor, before=before, limit=3)
        seen += [entry.index for entry in page.entries]
        before = page.older_before
    assert seen == list(range(size - 1, -1, -1))

    oldest = services.view_log(people.auditor, before=3, limit=3)
    assert [entry.index for entry in oldest.entries] == [2, 1, 0]
    assert oldest.older_before is None
    assert oldest.newer_before == 6
    newest = services.view_log(people.auditor, limit=3)
    assert newest.newer_before is None
    assert newest.receipt.index == newest.entries[0].index + 1


@pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 40, "²", "1"])
def test_an_odd_place_to_begin_is_no_fault(auditor, before):
    assert auditor.get("/log/", {"before": before}).status_code == 200


def test_an_entry_is_shown_whole_with_its_place_in_the_tree(auditor, searched):
    index = searched.returned.index
    page = body(auditor.get(f"/log/{index}/"))
    assert searched.reads[0].read_id.text in page
    assert searched.returned.leaf.hex() in page
    look = ledger.entries(limit=1)[0]
    assert (look.details["first_entry"], look.details["last_entry"]) == (index, index)
    state = ledger.inclusion(index)
    assert state.size == look.index + 1
    assert state.root.hex() in page


def test_what_is_no_entry_has_no_page_and_leaves_no_look(auditor):
    size = ledger.state().size
    assert auditor.get("/log/9999/").status_code == 404
    assert ledger.state().size == size


def test_verify_says_that_the_log_is_whole(auditor, searched):
    size = ledger.state().size
    page = body(auditor.post("/log/verify/"))
    assert "The log is whole" in page
    assert f"All {size} entries" in page


def test_verify_names_the_entry_that_was_altered(auditor, searched):
    other = Entry.objects.get(index=1)
    Entry.objects.filter(index=2).update(commitment=other.commitment)
    page = body(auditor.post("/log/verify/"))
    assert "The log was altered" in page
    assert "Ledger entry 2" in page


def test_an_entry_put_in_anothers_place_cannot_be_shown(auditor, searched):
    other = Entry.objects.get(index=1)
    Entry.objects.filter(index=2).update(commitment=other.commitment, sealed=other.sealed)
    Salt.objects.filter(entry_id=2).update(salt=other.salt)
    response = auditor.get("/log/2/")
    assert response.status_code == 503
    assert "Ledger entry 2 cannot be opened" in body(response)


def test_an_erased_entry_is_told_as_such_and_still_proven(auditor, searched):
    ledger.erase_due(actor="system", now=NOON + timedelta(days=40_000))
    said = ledger.state().size - 1
    page = body(auditor.get(f"/log/{searched.intent.index}/"))
    assert "Contents erased" in page
    assert "AB12" not in page
    assert searched.intent.leaf.hex() in page
    page = body(auditor.get("/log/"))
    assert "of the entries here were erased by rule" in page
    assert f'href="/log/{said}/"' in page
    assert "Erased the contents of old entries, by rule" in page
    assert "The log is whole" in body(auditor.post("/log/verify/"))


def test_the_log_can_be_looked_at_only_by_get_and_verified_only_by_post(auditor):
    assert auditor.post("/log/").status_code == 405
    assert auditor.get("/log/verify/").status_code == 405


def test_there_are_words_for_each_event():
    assert set(WORDS) == set(AuditEvent)


def test_long_and_odd_details_are_told_in_words():
    receipt = record(
        AuditEvent.SIGNED_IN,
        actor="pat",
        details={"long": "x" * 500, "none": None, "yes": True, "list": [], "number": 3, "reads": ["a", "b"]},
    )
    entry = ledger.entry(receipt.index)
    assert entry is not None
    told = line(entry)
    words = dict(told.about)
    assert len(words["long"]) == 160
    assert (words["none"], words["yes"], words["list"], words["number"]) == ("none", "yes", "none", "3")
    assert "reads" not in words


def test_an_entry_beyond_the_log_has_no_proof():
    with pytest.raises(LedgerError):
        ledger.inclusion(0)
