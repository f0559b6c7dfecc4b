"""Exports: a decision of their own, the scope as said, an entry before the file leaves, and a paper that says what it is."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from tests.access.conftest import NOON, new_read

from turnpike import config
from turnpike.access import services as access
from turnpike.access.export_files import rows_of, written, zipped
from turnpike.access.models import Disclosure, Export
from turnpike.access.services import ExportFormat, ExportScope
from turnpike.cameras.services import register_camera
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent, LedgerError
from turnpike.reads.services import ReadId, StoredRead

pytestmark = pytest.mark.django_db
THESE, ALL = ExportScope.THESE, ExportScope.ALL


@pytest.fixture
def searched(opened, stored, search_for, monkeypatch):
    """A search of a plate that returned two of its three reads."""
    monkeypatch.setattr(config.load(), "search_max_rows", 2)
    stored(*(new_read("AB12CDE", minutes=minute) for minute in range(3)))
    return search_for(opened.number, "AB12CDE")


@pytest.fixture
def export(people, opened):
    def make(searched, scope=THESE, form=ExportFormat.CSV, *, user=None, number=""):
        return access.export_reads(
            user or people.investigator, number or opened.number, searched.kept.pk, scope=scope, form=form
        )

    return make


def unpacked(made):
    archive = zipfile.ZipFile(io.BytesIO(made.contents))
    files = {name: archive.read(name) for name in archive.namelist()}
    return files, json.loads(files["sidecar.json"])


def plates_in(files):
    return [row["plate"] for row in csv.DictReader(io.StringIO(files["reads.csv"].decode()))]


def broken_rules(denial):
    return [rule.id for rule in denial.value.decision.rules]


def test_what_a_search_returned_is_exported_and_the_paper_says_all_of_it(searched, export, opened, recorded):
    made = export(searched)

    files, paper = unpacked(made)
    assert list(files) == ["reads.csv", "sidecar.json"]
    assert plates_in(files) == ["AB12CDE", "AB12CDE"]
    (intended, who, asked), (exported, _, answered) = recorded()[-2:]
    assert (intended, exported, who) == (
        AuditEvent.EXPORT_INTENDED,
        AuditEvent.READS_EXPORTED,
        "investigator",
    )
    assert (asked["scope"], asked["reads_said"], asked["rules"]) == ("these", 2, ["export-reads"])
    assert answered["intent"] == made.intent.index
    assert answered["reads"] == [read.read_id.text for read in searched.reads]
    assert answered["file_sha256"] == hashlib.sha256(files["reads.csv"]).hexdigest()
    assert paper["file"]["sha256"] == answered["file_sha256"]
    assert [(one["entry"], one["leaf"]) for one in paper["log"]] == [
        (made.intent.index, made.intent.leaf.hex()),
        (made.exported.index, made.exported.leaf.hex()),
    ]
    assert paper["request"] == opened.number
    assert paper["case"] == "CR/01234/26"
    assert paper["requester"] == {"username": "investigator", "name": "Investigator"}
    assert paper["scope"]["kind"] == "these"
    assert paper["scope"]["reads"] == 2
    assert paper["decision"]["policy"].startswith("base@")
    assert paper["decision"]["rules"][0]["name"] == "export-reads"
    assert paper["delete_by"] == (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    assert paper["handling"]


def test_each_export_is_kept_with_its_request(searched, export, opened):
    made = export(searched)
    (kept,) = access.exports_under(opened)
    assert (kept.scope, kept.reads, kept.form) == ("these", 2, "csv")
    assert kept.exported_entry == made.exported.index


def test_the_buttons_say_exactly_how_much(searched):
    assert [offer.says for offer in access.offers_of(searched.kept)] == [
        "Export these 2",
        "Export all 3 of this search",
    ]


def test_where_more_fit_than_an_export_may_hold_all_is_not_offered_nor_given(
    opened, stored, search_for, export, monkeypatch
):
    monkeypatch.setattr(config.load(), "search_max_rows", 2)
    monkeypatch.setattr(config.load(), "export_max_rows", 3)
    stored(*(new_read("AB12CDE", minutes=minute) for minute in range(9)))
    outcome = search_for(opened.number, "AB12CDE")
    assert outcome.fitting == 4, "counted no further than one more than may be exported"
    assert [offer.scope for offer in access.offers_of(outcome.kept)] == [THESE]
    with pytest.raises(access.Denied) as denial:
        export(outcome, ALL)
    assert broken_rules(denial) == ["export-is-small-enough"]


def test_all_of_a_search_is_searched_for_again_under_entries_of_its_own(searched, export, recorded):
    before = len(recorded())
    files, paper = unpacked(export(searched, ALL))
    assert len(plates_in(files)) == 3
    assert paper["scope"]["kind"] == "all"
    assert [event for event, *_ in recorded()[before:]] == [
        AuditEvent.EXPORT_INTENDED,
        AuditEvent.SEARCH_INTENDED,
        AuditEvent.SEARCH_RETURNED,
        AuditEvent.READS_EXPORTED,
    ]


def test_all_is_never_another_number_than_was_said(searched, stored, export, recorded):
    stored(new_read("AB12CDE", minutes=30))
    with pytest.raises(access.ExportError, match="search again"):
        export(searched, ALL)
    assert recorded()[-1][0] is AuditEvent.EXPORT_NOT_MADE
    assert not Export.objects.exists()


def test_these_are_those_that_were_returned_whatever_came_since(searched, stored, export):
    stored(new_read("AB12CDE", minutes=30))
    files, _ = unpacked(export(searched))
    assert files["reads.csv"].decode().count("2026-11-21T12:30") == 0


def test_only_the_cameras_that_were_searched(opened, stored, search_for, export, monkeypatch):
    monkeypatch.setattr(config.load(), "search_max_rows", 1)
    stored(new_read("AB12CDE"), new_read("AB12CDE", minutes=1))
    stored(new_read("AB12CDE", minutes=2), camera_id="bridge")
    outcome = search_for(opened.number, "AB12CDE", camera_ids=["mill-lane"])
    assert outcome.fitting == 2
    files, _ = unpacked(export(outcome, ALL))
    assert b"bridge" not in files["reads.csv"]


def test_nothing_is_exported_of_what_nobody_searched_for(opened, people, store, recorded):
    with pytest.raises(access.Denied) as denial:
        access.export_reads(people.investigator, opened.number, 4711, scope=THESE, form=ExportFormat.CSV)
    assert broken_rules(denial) == ["read-was-disclosed", "export-has-reads"]
    assert recorded()[-1][0] is AuditEvent.DECISION_DENIED


def test_what_is_no_longer_disclosed_is_not_exported(searched, export):
    Disclosure.objects.all()[0].delete()
    with pytest.raises(access.Denied) as denial:
        export(searched)
    assert broken_rules(denial) == ["read-was-disclosed"]


def test_another_person_exports_nothing_of_it(searched, export, another_investigator):
    with pytest.raises(access.Denied) as denial:
        export(searched, user=another_investigator)
    assert "request-is-yours" in broken_rules(denial)


def test_a_closed_request_exports_nothing(searched, export, people, opened):
    access.close_request(people.investigator, opened.number)
    with pytest.raises(access.Denied) as denial:
        export(searched)
    assert broken_rules(denial) == ["request-is-open"]


def test_every_rule_of_opening_a_read_holds_for_exporting(searched, export, case):
    case(is_open=False)
    with pytest.raises(access.Denied) as denial:
        export(searched)
    assert broken_rules(denial) == ["case-is-open"]


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("scope", [THESE, ALL])
def test_if_an_entry_cannot_be_written_no_file_leaves(searched, export, break_ledger, after, scope):
    break_ledger(after=after)
    with pytest.raises(LedgerError):
        export(searched, scope)
    assert not Export.objects.exists()


def test_what_was_deleted_since_is_left_out_and_said(searched, export, opened, people):
    gone = ReadId(1, 2).text
    returned = ledger.entry(searched.kept.returned_entry)
    assert returned is not None
    kept = searched.kept
    listed = [read.read_id.text for read in searched.reads]
    told = {**returned.details, "reads": [*listed, gone], "returned": 3}
    kept.returned_entry = ledger.record(AuditEvent.SEARCH_RETURNED, actor="investigator", details=told).index
    kept.returned = 3
    kept.save()
    Disclosure.objects.create(request=opened, read_id=gone)
    _, paper = unpacked(export(searched))
    assert (paper["scope"]["reads"], paper["scope"]["not_included"]) == (2, 1)


# ---- the files

HOSTILE = ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "＝1", " =1+1", 'a"b,c\nd')  # noqa: RUF001


def a_stored_read(**facts):
    plain = {
        "read_id": ReadId(1_795_000_000_000_000, 3),
        "camera_id": "bridge",
        "plate": "AB12CDE",
        "raw_text": "AB12 CDE",
        "confidence": 0.93,
        "candidates": (("A812CDE", 0.21),),
        "country": "GB",
        "lane": 0,
        "direction": "towards",
        "captured_at": NOON,
        "clock_error_ms": -12,
        "frames_agreeing": 3,
        "colour": "",
        "make": "",
        "has_patch": True,
        "received_at": NOON,
        "software": "s",
        "model": "m",
        "adapter": "turnpike",
    }
    return StoredRead(**{**plain, **facts})


@pytest.fixture
def bridge(db):
    return register_camera(
        "tests",
        camera_id="bridge",
        name="=Bridge",
        latitude=52.2,
        longitude=0.12,
        heading_degrees=0,
        purpose="t",
        owner="t",
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_is_a_formula_and_none_is_lost(text, bridge):
    rows = rows_of([a_stored_read(make=text, raw_text=text)], {"bridge": bridge})
    (row,) = csv.DictReader(io.StringIO(written(rows, ExportFormat.CSV).decode(), newline=""))
    for cell in row.values():
        assert cell == "-12" or cell.lstrip(" ")[:1] not in set("=+-@\t\r\n＝")  # noqa: RUF001
    assert row["raw_text"].removeprefix("'") == text
    assert row["camera_name"] == "'=Bridge"
    assert row["captured_at"] == "2026-11-21T12:00:00.000Z"


def test_parquet_keeps_types(bridge):
    import pyarrow.parquet as pq

    rows = rows_of([a_stored_read(), a_stored_read(camera_id="gone", lane=2)], {"bridge": bridge})
    table = pq.read_table(io.BytesIO(written(rows, ExportFormat.PARQUET)))
    assert table.to_pylist() == rows
    assert str(table.schema.field("captured_at").type) == "timestamp[ms, tz=UTC]"


def test_geojson_puts_each_read_where_its_camera_stands(bridge):
    rows = rows_of([a_stored_read(), a_stored_read(camera_id="gone")], {"bridge": bridge})
    there, nowhere = json.loads(written(rows, ExportFormat.GEOJSON))["features"]
    assert there["geometry"] == {"type": "Point", "coordinates": [0.12, 52.2]}
    assert there["properties"]["plate"] == "AB12CDE"
    assert nowhere["geometry"] is None


@pytest.mark.parametrize("form", list(ExportFormat))
def test_the_same_reads_give_the_same_bytes(form, bridge):
    rows = rows_of([a_stored_read()], {"bridge": bridge})
    one, other = (zipped([(f"reads.{form}", written(rows, form))]) for _ in range(2))
    assert one == other
    (entry,) = zipfile.ZipFile(io.BytesIO(one)).infolist()
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)


def test_all_of_a_pattern_is_never_exported_nor_searched_beyond_the_cap(opened, stored, search_for, export):
    stored(*(new_read("AB12CDE", minutes=minute) for minute in range(3)))
    outcome = search_for(opened.number, "AB12*")
    before = outcome.kept.request.searches.count()
    with pytest.raises(access.Denied) as denial:
        export(outcome, ALL)
    assert broken_rules(denial) == ["export-has-reads"]
    assert outcome.kept.request.searches.count() == before


def test_where_another_number_fits_by_now_nothing_is_written_down_as_returned(
    opened, stored, search_for, export, recorded, monkeypatch
):
    monkeypatch.setattr(config.load(), "search_max_rows", 2)
    stored(*(new_read("AB12CDE", minutes=minute) for minute in range(4)))
    outcome = search_for(opened.number, "AB12CDE")
    stored(new_read("AB12CDE", minutes=50))
    with pytest.raises(access.ExportError, match="Another number"):
        export(outcome, ALL)
    assert AuditEvent.SEARCH_RETURNED not in [event for event, *_ in recorded()[-3:]]
    assert outcome.kept.request.searches.count() == 1
