"""A secret list of test searches held against the log: what is there, what is not, and that the list is kept nowhere."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection

from turnpike import config
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent, record
from turnpike.oversight import comparing
from turnpike.oversight.canary_list import MOST_SEARCHES, CanaryError, read_canaries
from turnpike.oversight.comparing import Verdict, compare

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "ZZ99 QQX"


def now():
    return datetime.now(UTC).isoformat(timespec="minutes")


def searched(person, pattern, **more):
    return record(AuditEvent.SEARCH_INTENDED, actor=person, details={"pattern": pattern, **more})


def verdicts(found):
    return [(answer.verdict, answer.entry) for answer in found.answers]


# ---- the list


def test_a_list_is_read_as_it_was_written():
    told = read_canaries(
        "person, time, plate\r\n\r\npat, 2026-11-22 14:03, ab12 cde\rkim,2026-11-22T15:03:20+01:00,KN68*, 47:"
        + "a" * 64
    )
    assert [(c.row, c.person, c.pattern, c.entry) for c in told] == [
        (3, "pat", "AB12CDE", None),
        (4, "kim", "KN68*", 47),
    ]
    assert told[0].at == datetime(2026, 11, 22, 14, 3, tzinfo=UTC)
    assert told[1].at == datetime(2026, 11, 22, 14, 3, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("person,time,plate", "empty"),
        (f"pat,2026-11-22 14:03,{SECRET}\npat,{SECRET}", "Line 2 is not"),
        (f"pat,yesterday,{SECRET}", "Line 1 has no time"),
        (f"pat,0001-01-01T00:00+23:00,{SECRET}", "Line 1 has no time"),
        ("pat,2026-11-22 14:03,!", "Line 1 has no plate"),
        (f"pat,2026-11-22 14:03,{SECRET},x", "Line 1 has a receipt"),
        (f"pat,2026-11-22 14:03,{SECRET}\n" * (MOST_SEARCHES + 1), "more than 1,000"),
    ],
)
def test_what_is_no_list_is_told_without_telling_it(text, says):
    with pytest.raises(CanaryError, match=says) as told:
        read_canaries(text)
    assert SECRET not in str(told.value)


# ---- against the log


@pytest.mark.django_db
def test_found_differing_and_missing(people):
    there = searched("pat", "AB12CDE").index
    other_person = searched("mallory", "CD34EFG").index
    other_plate = searched("kim", "XX11XXX").index
    told = read_canaries(
        f"Pat,{now()},AB12 CDE\nkim,{now()},CD34EFG\nsam,{now()},EF56GHJ\nkim,{now()},GH78JKL"
    )
    found = compare(people.commissioner, told)
    assert verdicts(found) == [
        (Verdict.FOUND, there),
        (Verdict.DIFFERING, other_person),
        (Verdict.MISSING, None),
        (Verdict.DIFFERING, other_plate),
    ]
    assert found.answers[1].differs == ("the log names another person",)
    assert found.answers[3].differs == ("the log names another plate or pattern",)
    assert found.is_over


@pytest.mark.django_db
def test_a_time_may_be_off_by_minutes_and_not_by_hours(people):
    index = searched("pat", "AB12CDE").index
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    late = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    longer = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    (near,) = compare(people.commissioner, read_canaries(f"pat,{soon},AB12CDE")).answers
    (far,) = compare(people.commissioner, read_canaries(f"pat,{late},AB12CDE")).answers
    (no,) = compare(people.commissioner, read_canaries(f"pat,{longer},AB12CDE")).answers
    assert (near.verdict, near.entry) == (Verdict.FOUND, index)
    assert (far.verdict, far.differs) == (Verdict.DIFFERING, ("the log's time is 3 hours off",))
    assert no.verdict is Verdict.MISSING


@pytest.mark.django_db
def test_a_search_made_twice_must_stand_twice(people):
    index = searched("pat", "AB12CDE").index
    twice = read_canaries(f"pat,{now()},AB12CDE\npat,{now()},AB12CDE")
    assert verdicts(compare(people.commissioner, twice)) == [(Verdict.FOUND, index), (Verdict.MISSING, None)]
    second = searched("pat", "AB12CDE").index
    assert {entry for _, entry in verdicts(compare(people.commissioner, twice))} == {index, second}


@pytest.mark.django_db
def test_a_receipt_is_held_against_its_own_entry(people):
    asked = searched("pat", "AB12CDE")
    returned = record(AuditEvent.SEARCH_RETURNED, actor="pat", details={"intent": asked.index})
    line = f"pat,{now()},AB12CDE,"
    for receipt in (asked, returned):
        told = read_canaries(f"{line}{receipt.index}:{receipt.leaf.hex()}")
        assert verdicts(compare(people.commissioner, told)) == [(Verdict.FOUND, asked.index)]
    replaced = read_canaries(
        f"{line}{asked.index}:{'0' * 64}\n{line}99999:{'0' * 64}\npat,{now()},AB12CDX,{asked.index}:{asked.leaf.hex()}"
    )
    answers = compare(people.commissioner, replaced).answers
    assert [answer.verdict for answer in answers] == [Verdict.DIFFERING, Verdict.MISSING, Verdict.DIFFERING]
    assert "replaced" in answers[0].differs[0]


@pytest.mark.django_db
def test_a_long_log_is_looked_through_in_steps_that_find_the_same(people, monkeypatch):
    for number in range(12):
        searched("pat", f"AB{number:02}CDE")
    told = read_canaries("\n".join(f"pat,{now()},AB{number:02}CDE" for number in (0, 3, 11, 50)))
    whole = [verdict for verdict, _ in verdicts(compare(people.commissioner, told))]
    monkeypatch.setattr(comparing, "MOST_OPENED", 5)
    end = ledger.state().size
    after, noted, steps = 0, "nonsense 999999999 ²", 0
    while True:
        found = compare(people.commissioner, told, after=after, noted=noted)
        assert found.stop - found.first <= 5
        after, noted, steps = found.stop, found.noted, steps + 1
        if after >= end:
            break
    assert [verdict for verdict, _ in verdicts(found)] == whole
    assert whole.count(Verdict.FOUND) == 3
    assert steps > 2


@pytest.mark.django_db
def test_the_log_keeps_counts_and_nothing_of_the_list(people):
    searched("pat", "AB12CDE")
    size = ledger.state().size
    compare(people.commissioner, read_canaries(f"pat,{now()},AB12CDE\nquentin,{now()},{SECRET}"))
    returned, asked = ledger.entries(limit=2)
    assert asked.event is AuditEvent.SEARCHES_COMPARED
    assert (asked.details["how_many"], asked.details["first_entry"], asked.details["last_entry"]) == (
        2,
        0,
        size - 1,
    )
    assert returned.event is AuditEvent.COMPARISON_RETURNED
    assert (returned.details["found"], returned.details["differing"], returned.details["missing"]) == (
        1,
        0,
        1,
    )
    for entry in (asked, returned):
        assert "quentin" not in str(entry.details)
        assert "ZZ99" not in str(entry.details)


# ---- the page


def files_of(folder: Path) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and not path.is_relative_to(folder / "reads")
    ]


@pytest.mark.django_db(transaction=True)
def test_neither_a_pasted_nor_an_uploaded_list_reaches_disk_tables_or_logs(
    client, people, caplog, monkeypatch
):
    monkeypatch.setattr("tempfile.NamedTemporaryFile", None)
    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", None)
    caplog.set_level("DEBUG")
    client.force_login(people.commissioner)
    told = f"quentin,{now()},{SECRET}\n"
    long = told * 900 + "quentin,nonsense,ZZ99QQX\n"
    pages = [
        client.post("/commissioner/test-searches/", {"searches": told}),
        client.post("/commissioner/test-searches/", {"file": io.BytesIO(told.encode())}),
        client.post("/commissioner/test-searches/", {"file": io.BytesIO(long.encode())}),
    ]
    assert [page.status_code for page in pages] == [200, 200, 400]
    assert all("no-store" in page["Cache-Control"] for page in pages)
    assert "Not found" in pages[1].content.decode()
    assert "Line 901 has no time" in pages[2].content.decode()
    with connection.cursor() as cursor:
        dump = "\n".join(map(str, connection.connection.iterdump()))
        cursor.execute("SELECT 1")
    said = dump + caplog.text + "".join(f"{e.details}" for e in ledger.entries(limit=20))
    for path in files_of(config.load().data_dir):
        said += path.read_bytes().decode("latin-1")
    for secret in (SECRET, "ZZ99QQX", "quentin"):
        assert secret not in said
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE > 1_000_000


@pytest.mark.django_db
def test_the_browser_carries_a_long_comparison_on(client, people, monkeypatch):
    for number in range(8):
        searched("pat", f"AB{number:02}CDE")
    monkeypatch.setattr(comparing, "MOST_OPENED", 6)
    client.force_login(people.commissioner)
    told = f"pat,{now()},AB01CDE\npat,{now()},AB07CDE"
    page, steps = client.post("/commissioner/test-searches/", {"searches": told}).content.decode(), 1
    while carried := dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)):
        assert "so far" in page
        page = client.post("/commissioner/test-searches/", carried).content.decode()
        steps += 1
        if 'name="after"' not in page:
            break
    assert steps > 2
    assert page.count("Found</strong>") == 2


@pytest.mark.django_db
def test_a_list_is_pasted_or_sent_and_days_are_the_commissioner_s(client, people):
    client.force_login(people.commissioner)
    both = client.post("/commissioner/test-searches/", {"searches": "a", "file": io.BytesIO(b"b")})
    assert "not both" in both.content.decode()
    binary = client.post("/commissioner/test-searches/", {"file": io.BytesIO(b"\xff\xfe\x00")})
    assert "UTF-8" in binary.content.decode()
    told = {"searches": f"pat,{now()},{SECRET}", "since": "2020-01-01", "until": "2020-01-02"}
    assert "no entries of those days" in client.post("/commissioner/test-searches/", told).content.decode()
