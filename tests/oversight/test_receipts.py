"""Receipts: one for each look, in its maker's hands, and held against the log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from typer.testing import CliRunner

from turnpike.access import services as access
from turnpike.cli.main import app
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent, LedgerTampered, SlipError
from turnpike.oversight import receipts
from turnpike.reads.services import NewBatch, NewRead

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SPAN = {"captured_from": "2026-11-21T11:00", "captured_until": "2026-11-21T14:00:00"}
REASON = "Burglary in Mill Lane at 02:10; a witness gave the plate of the car that left"


def body(response):
    return response.content.decode()


@pytest.fixture
def investigator(client, people, case, store):
    read = NewRead(plate="AB12CDE", raw_text="AB12CDE", confidence=0.9, captured_at=NOON, event_key=1)
    store.append([NewBatch("mill-lane", "s", "m", "a", bytes(32), NOON, (read,))])
    case()
    client.force_login(people.investigator)
    return client


@pytest.fixture
def number(investigator, people):
    return access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=("AB12*",),
    ).number


@pytest.fixture
def searched(investigator, number):
    return investigator.post(f"/search/{number}/", {"pattern": "AB12CDE", **SPAN})


def given(response):
    return [int(one.partition(":")[0]) for one in response[receipts.HEADER].split(", ")]


def test_an_answer_carries_the_receipts_of_its_looks_and_its_page_shows_them(searched):
    intent, returned = given(searched)
    assert returned == ledger.state().size - 1
    assert intent == returned - 1
    page = body(searched)
    assert f'log entry <strong class="tp-numeric">{returned}</strong> (was given search results)' in page
    assert f'href="/receipts/{intent}/"' in page
    leaf = ledger.inclusion(returned).leaf.hex()
    assert f"{returned}:{leaf}" in searched[receipts.HEADER]
    assert leaf in page


def test_a_page_without_a_look_carries_none(investigator, number):
    response = investigator.get(f"/search/{number}/")
    assert receipts.HEADER not in response
    assert "Your receipt" not in body(response)


def test_each_picture_carries_its_own(investigator, number, searched, people, monkeypatch):
    listed = ledger.entries(limit=1)[0].details["reads"]
    assert isinstance(listed, list)
    (read_id,) = listed
    monkeypatch.setattr("turnpike.access.viewing.patch_of", lambda _: b"a picture")
    response = investigator.get(f"/search/{number}/reads/{read_id}/patch")
    (entry,) = given(response)
    newest = ledger.entries(limit=1)[0]
    assert (newest.index, newest.event) == (entry, AuditEvent.PATCH_VIEWED)
    assert receipts.looks_of(people.investigator).looks[0].slip.entry == entry


def test_the_page_of_one_s_receipts_shows_one_s_own_and_no_plate(investigator, searched, people):
    ledger.record(AuditEvent.READ_VIEWED, actor="somebody", details={"request": "R-1"})
    page = body(investigator.get("/receipts/"))
    for entry in given(searched):
        assert (
            f"turnpike-receipt-{entry}.json" in investigator.get(f"/receipts/{entry}/")["Content-Disposition"]
        )
        assert f'<th scope="row" class="tp-table__numeric">{entry}</th>' in page
    assert page.count('scope="row"') == 2
    assert "AB12" not in page


def test_looking_at_one_s_receipts_is_no_look(investigator, searched):
    before = ledger.state().size
    investigator.get("/receipts/")
    assert ledger.state().size == before


def test_nobody_takes_another_s_receipt(investigator, searched, people):
    (entry, _) = given(searched)
    assert receipts.slip_of(people.operator, entry) is None
    investigator.force_login(people.operator)
    assert investigator.get(f"/receipts/{entry}/").status_code == 404


def test_what_is_no_look_has_none(people):
    receipt = ledger.record(AuditEvent.SIGNED_IN, actor="investigator")
    assert receipts.slip_of(people.investigator, receipt.index) is None


def test_receipts_come_in_pages(people, monkeypatch):
    monkeypatch.setattr(receipts, "PAGE_LOOKS", 2)
    made = [ledger.record(AuditEvent.READ_VIEWED, actor="operator").index for _ in range(5)]
    seen, before = [], None
    while True:
        page = receipts.looks_of(people.operator, before=before)
        seen += [look.slip.entry for look in page.looks]
        before = page.older_before
        if before is None:
            break
    assert seen == made[::-1]


def test_the_records_do_not_say_whose_looks_they_are(people):
    ledger.record(AuditEvent.READ_VIEWED, actor="operator")
    with connection.cursor() as cursor:
        cursor.execute('SELECT looker FROM ledger_entry ORDER BY "index" DESC LIMIT 1')
        ((looker,),) = cursor.fetchall()
    assert b"operator" not in bytes(looker)
    assert len(bytes(looker)) == 16


def test_a_look_put_under_another_s_name_is_told(people):
    receipt = ledger.record(AuditEvent.READ_VIEWED, actor="operator")
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE ledger_entry SET looker = %s WHERE "index" = %s',
            [ledger.looker_of("investigator"), receipt.index],
        )
    with pytest.raises(LedgerTampered):
        receipts.looks_of(people.investigator)


# ---- held against the log


@pytest.fixture
def slip(investigator, searched):
    entry = given(searched)[1]
    return investigator.get(f"/receipts/{entry}/").content


def test_the_log_holds_a_receipt_that_it_gave(slip, tmp_path):
    file = tmp_path / "receipt.json"
    file.write_bytes(slip)
    done = CliRunner().invoke(app, ["audit", "receipt", str(file)])
    assert done.exit_code == 0, done.output
    assert f"The log of {ledger.state().size} entries holds it" in done.output
    assert "AB12" not in slip.decode() + done.output


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("log", "elsewhere.example/log", "another log"),
        ("entry", 0, "does not hold"),
        ("entry", 10**12, "does not hold"),
        ("entry", -1, "does not hold"),
        ("entry", 10**30, "no receipt|does not hold"),
        ("leaf", "00" * 32, "does not hold"),
        ("event", "consultation.read_viewed", "altered"),
        ("at", "2020-01-01T00:00:00.000+00:00", "altered"),
        ("more", "text", "no receipt"),
    ],
)
def test_a_receipt_that_was_altered_is_told(slip, field, value, says):
    altered = json.dumps({**json.loads(slip), field: value}).encode()
    with pytest.raises(SlipError, match=says):
        ledger.check_slip(ledger.read_slip(altered))


@pytest.mark.parametrize("text", [b"", b"\xff", b"{}", b"[" * 5000, b'{"log": "' + b"x" * 9000])
def test_what_is_no_receipt_is_told(text):
    with pytest.raises(SlipError, match="no receipt"):
        ledger.read_slip(text)


def test_a_receipt_whose_entry_was_taken_out_of_the_log_shows_it(slip):
    entry = json.loads(slip)["entry"]
    with connection.cursor() as cursor:
        cursor.execute('DELETE FROM ledger_entry WHERE "index" = %s', [entry])
    with pytest.raises(SlipError, match="does not hold"):
        ledger.check_slip(ledger.read_slip(slip))


def test_a_receipt_of_a_log_that_was_altered_elsewhere_is_told(slip):
    with connection.cursor() as cursor:
        cursor.execute('UPDATE ledger_entry SET commitment = zeroblob(32) WHERE "index" = 0')
    with pytest.raises(LedgerTampered):
        ledger.check_slip(ledger.read_slip(slip))


# ---- exporting, through its pages


def test_an_export_is_a_page_that_says_what_leaves_and_then_a_file(investigator, number, searched):
    page = body(searched)
    assert "Export this one" in page
    search_id = page.split("/export/these/")[0].rsplit("/", 1)[1]
    address = f"/search/{number}/searches/{search_id}/export/these/"
    said = body(investigator.get(address))
    assert "1 read: what the search returned" in said
    assert "AB12" not in said
    response = investigator.post(address, {"form": "parquet"})
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith(f'attachment; filename="{number}-export-')
    assert response["Cache-Control"] == "no-store"
    assert len(given(response)) == 2
    listed = body(investigator.get(f"/requests/{number}/"))
    assert "Exports under this request" in listed
    assert "PARQUET" in listed


@pytest.mark.parametrize(
    ("scope", "typed", "status"),
    [("these", {"form": "xls"}, 400), ("these", {}, 400), ("some", {"form": "csv"}, 404), ("all", {}, 404)],
)
def test_what_is_not_offered_is_not_given(investigator, number, searched, people, scope, typed, status):
    request = access.find_request(people.investigator, number)
    assert request is not None
    (search,) = access.searches_under(request)
    response = investigator.post(f"/search/{number}/searches/{search.pk}/export/{scope}/", typed)
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("role", ["operator", "authoriser", "auditor", "administrator"])
def test_no_other_role_exports(investigator, number, searched, people, role):
    request = access.find_request(people.investigator, number)
    assert request is not None
    (search,) = access.searches_under(request)
    investigator.force_login(getattr(people, role))
    response = investigator.post(f"/search/{number}/searches/{search.pk}/export/these/", {"form": "csv"})
    assert response.status_code == 403
    assert ledger.entries(limit=1)[0].event is AuditEvent.PAGE_REFUSED


def test_long_lists_on_the_page_of_requests(investigator, people, monkeypatch):
    from turnpike.access import paging
    from turnpike.access.models import Request

    monkeypatch.setattr(paging, "PAGE_ROWS", 2)
    for minute in range(5):
        at = NOON - timedelta(days=30, minutes=minute)
        Request.objects.create(
            number=f"R-2026-00000{minute}",
            requester=people.investigator,
            operator=people.investigator,
            opened_at=at,
            expires_at=at + timedelta(hours=1),
            purpose="missing_person",
        )
    seen, address = [], "/requests/"
    while address:
        page = body(investigator.get(address))
        past = page.split('id="past"')[1]
        seen += [number for number in (f"R-2026-00000{n}" for n in range(5)) if f">{number}<" in past]
        links = past.split('class="govuk-pagination__next"')
        address = links[1].split('href="')[1].split('"')[0].replace("&amp;", "&") if len(links) > 1 else ""
    assert seen == [f"R-2026-00000{n}" for n in range(5)]
