"""The search over the log: by kind, days, person, number and text, in bounded steps, and an entry of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from turnpike.access.services import Denied
from turnpike.ledger import services as ledger
from turnpike.ledger.models import Entry
from turnpike.ledger.services import AuditEvent, LedgerTampered, record
from turnpike.oversight import log_search
from turnpike.oversight.log_search import LogQuestion, search_log

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(people):
    """Five entries of several kinds; the index of the first."""
    first = record(AuditEvent.SIGNED_IN, actor="pat").index
    record(
        AuditEvent.SEARCH_INTENDED,
        actor="pat",
        details={
            "request": "R-2026-0007",
            "requester": "kim",
            "pattern": "AB12CDE",
            "reason": "In Mill Lane",
        },
    )
    record(AuditEvent.SEARCH_RETURNED, actor="pat", details={"request": "R-2026-0007", "reads": ["READ1"]})
    record(AuditEvent.SEARCH_INTENDED, actor="sam", details={"request": "R-2026-0071", "pattern": "KN68*"})
    record(AuditEvent.ACCOUNT_CLOSED, actor="admin", details={"account": "pat"})
    return first


@pytest.mark.parametrize(
    ("asked", "fitting"),
    [
        ({"kind": "consultation"}, [3, 2, 1]),
        ({"kind": "consultation.search_returned"}, [2]),
        ({"person": "PAT"}, [4, 2, 1, 0]),
        ({"person": "kim"}, [1]),
        ({"number": "R-2026-0007"}, [2, 1]),
        ({"number": "read1"}, [2]),
        ({"number": "R-2026-00"}, []),
        ({"text": "mill lane"}, [1]),
        ({"text": "ab12 cde"}, [1]),
        ({"text": "KN68*", "person": "pat"}, []),
    ],
)
def test_what_fits_is_found_newest_first(people, written, asked, fitting):
    question = LogQuestion(since_at=ledger.opened_at((written,))[0].at, **asked)
    found = search_log(people.auditor, question)
    assert [entry.index - written for entry in found.entries] == fitting
    assert found.older_before is None


def test_the_look_is_written_down_with_what_was_asked_before_anything_is_opened(people, written, monkeypatch):
    size = ledger.state().size
    sizes = []
    real = ledger.opened_between

    def opened_between(*asked, **how):
        sizes.append(ledger.state().size)
        return real(*asked, **how)

    monkeypatch.setattr(log_search, "opened_between", opened_between)
    found = search_log(people.commissioner, LogQuestion(text="AB12CDE", person="pat"))
    assert sizes == [size + 1]
    look = ledger.entry(found.receipt.index)
    assert look is not None
    assert (look.event, look.actor) == (AuditEvent.LOG_SEARCHED, "commissioner")
    assert (look.details["first_entry"], look.details["last_entry"]) == (0, size - 1)
    assert (look.details["text"], look.details["person"]) == ("AB12CDE", "pat")


def test_steps_are_bounded_and_pass_every_entry_once(people, written, monkeypatch):
    monkeypatch.setattr(log_search, "MOST_OPENED", 4)
    monkeypatch.setattr(log_search, "PAGE_FOUND", 2)
    size = ledger.state().size
    seen: list[int] = []
    before: int | None = size
    pages = 0
    while before is not None:
        found = search_log(people.auditor, LogQuestion(), before=before)
        assert found.opened <= 4
        assert len(found.entries) <= 2
        seen += [entry.index for entry in found.entries]
        before, pages = found.older_before, pages + 1
    assert seen == list(range(size - 1, -1, -1))
    assert pages == -(-size // 2)


def test_days_are_found_by_opening_a_handful(people, written, monkeypatch):
    def at(index):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=index)

    real = ledger.opened_at
    opened = []

    def opened_at(indexes):
        opened.extend(indexes)
        return tuple(
            type(entry)(entry.index, entry.event, at(entry.index), entry.actor, entry.details)
            for entry in real(indexes)
        )

    monkeypatch.setattr("turnpike.ledger.opening.opened_at", opened_at)
    size = ledger.state().size
    for index in range(size):
        assert ledger.first_at(at(index), size) == index
        assert ledger.first_at(at(index) + timedelta(hours=1), size) == index + 1
    opened.clear()
    ledger.first_at(at(3), size)
    assert len(opened) <= size.bit_length()


def test_an_entry_that_was_taken_out_is_not_passed_over(people, written):
    Entry.objects.filter(index=written + 1).delete()
    with pytest.raises(LedgerTampered, match=f"entry {written + 1} is missing"):
        search_log(people.auditor, LogQuestion())
    Entry.objects.filter(index__lte=written).delete()
    with pytest.raises(LedgerTampered, match="missing"):
        search_log(people.auditor, LogQuestion())


@pytest.mark.parametrize("role", ["operator", "investigator", "authoriser", "administrator"])
def test_only_auditor_and_commissioner_search(people, role):
    with pytest.raises(Denied):
        search_log(getattr(people, role), LogQuestion())


@pytest.mark.parametrize("role", ["auditor", "commissioner"])
def test_the_page_shows_what_fits_and_how_far_it_looked(client, people, written, role, monkeypatch):
    monkeypatch.setattr(log_search, "MOST_OPENED", 6)
    client.force_login(getattr(people, role))
    assert "were opened" not in client.get("/log/search/").content.decode()
    size = ledger.state().size
    page = client.get("/log/search/", {"kind": "", "text": "AB12 CDE", "person": "pat"}).content.decode()
    assert f'Entries <span class="tp-numeric">{size - 6}</span> to' in page
    assert "In Mill Lane" in page
    assert f"person=pat&amp;before={size - 6}#found" in page


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"since": "2026-11-22", "until": "2026-11-21"}, "before the first"),
        ({"since": "yesterday"}, "year, month and day"),
        ({"kind": "consultation.nothing"}, "valid choice"),
        ({"until": "9999-12-31"}, "Nothing is left to look at"),
    ],
)
def test_odd_days_and_kinds_are_told(client, people, asked, says):
    client.force_login(people.auditor)
    assert says in client.get("/log/search/", {"text": "", **asked}).content.decode()


def test_what_was_erased_by_rule_is_counted_and_said(client, people, written, configured):
    size = ledger.state().size
    searched = search_log(people.auditor, LogQuestion())
    assert (searched.erased, searched.opened) == (0, size)
    configured(log_contents_days=1)
    gone = ledger.erase_due(actor="system", now=datetime.now(UTC) + timedelta(days=5))
    assert gone > size
    client.force_login(people.commissioner)
    for address, asked in (
        ("/log/search/", {"text": ""}),
        ("/commissioner/sample/", {"seed": "s", "how_many": "50"}),
        ("/commissioner/statistics/", {"seed": "s"}),
    ):
        page = client.get(address, asked)
        assert page.status_code == 200, address
        assert "erased by rule" in page.content.decode(), address
    told = {"searches": "pat,2026-11-22 14:03,AB12CDE"}
    page = client.post("/commissioner/test-searches/", told).content.decode()
    assert "the contents were erased by rule" in page
    assert "AB12" not in client.get("/commissioner/sample/", {"seed": "s", "how_many": "50"}).content.decode()
    first = ledger.first_at(datetime(2020, 1, 1, tzinfo=UTC), ledger.state().size)
    assert first >= gone
