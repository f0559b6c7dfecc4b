"""The commissioner's console: who reaches it, the check in the background, and the copy that is taken away."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike.access.services import Denied
from turnpike.accounts.services import Role
from turnpike.ledger import services as ledger
from turnpike.ledger.models import Entry, Node, Salt, TreeHead
from turnpike.ledger.services import AuditEvent, LedgerTampered, SlipError, record
from turnpike.oversight import log_checks
from turnpike.oversight.bundle_taking import MOST_OPENED, BundleError, entries_named
from turnpike.oversight.masking import masked_line
from turnpike.oversight.models import LogCheck

pytestmark = pytest.mark.django_db
PAGES = ("", "check/", "sample/", "read/", "test-searches/", "statistics/", "bundle/")


@pytest.fixture
def commissioner(client, people):
    client.force_login(people.commissioner)
    return client


@pytest.fixture
def at_once(monkeypatch):
    """A check is done before its page answers."""
    monkeypatch.setattr(log_checks, "_start", log_checks.run_check)


def body(response):
    return response.content.decode()


# ---- who


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMMISSIONER])
def test_nobody_else_reaches_the_console(client, people, role):
    client.force_login(getattr(people, role.value))
    assert [client.get(f"/commissioner/{page}").status_code for page in PAGES] == [403] * len(PAGES)


def test_the_commissioner_reaches_the_console_and_the_log_and_no_read(commissioner, people):
    assert [commissioner.get(f"/commissioner/{page}").status_code for page in PAGES] == [200] * len(PAGES)
    assert commissioner.get("/")["Location"] == "/commissioner/"
    assert commissioner.get("/log/").status_code == 200
    for page in ("/requests/", "/alerts/", "/hotlists/", "/watches/", "/messages/"):
        assert commissioner.get(page).status_code == 403


def test_without_looking_at_contents_nothing_is_written(commissioner, people):
    size = ledger.state().size
    for page in PAGES:
        commissioner.get(f"/commissioner/{page}")
    assert ledger.state().size == size


# ---- the check


def test_a_check_says_that_the_log_is_whole_and_gives_a_checkpoint_to_keep(commissioner, at_once):
    size = ledger.state().size
    page = body(commissioner.post("/commissioner/check/", {"kept_note": ""}, follow=True))
    assert "The log was whole" in page
    assert f'All <span class="tp-numeric">{size}</span> entries' in page
    for row in ledger.state().checkpoint.splitlines():
        assert row.replace("+", "&#43;") in page or row in page


def test_a_kept_checkpoint_is_held_against_the_log(commissioner, at_once, people):
    kept = ledger.state().checkpoint
    record(AuditEvent.SIGNED_OUT, actor="pat")
    # As a browser sends it, and as it is copied from a page without its blank line.
    for pasted in (kept.replace("\n", "\r\n"), f"\n {kept}".replace("\n\n", "\n")):
        ledger.kept_checkpoint(pasted)
    page = body(commissioner.post("/commissioner/check/", {"kept_note": f"\n{kept}\n\n"}, follow=True))
    assert "still holds every entry of the one that was kept" in page


def test_a_log_that_was_rewritten_and_signed_anew_is_found_by_the_kept_one(commissioner, at_once, people):
    record(AuditEvent.SIGNED_OUT, actor="pat")
    kept = ledger.state().checkpoint
    Entry.objects.all().delete()
    TreeHead.objects.all().delete()
    Salt.objects.all().delete()
    Node.objects.all().delete()
    record(AuditEvent.SIGNED_OUT, actor="sam")
    short = body(commissioner.post("/commissioner/check/", {"kept_note": kept}, follow=True))
    assert "its end was cut off" in short
    for _ in range(20):
        record(AuditEvent.SIGNED_OUT, actor="sam")
    assert "The log was altered" in body(
        commissioner.post("/commissioner/check/", {"kept_note": kept}, follow=True)
    )
    assert "it is another log, or was rewritten" in LogCheck.objects.all()[0].fault
    # Only the kept checkpoint tells: by itself the new log is whole.
    assert "The log was whole" in body(
        commissioner.post("/commissioner/check/", {"kept_note": ""}, follow=True)
    )


def test_an_alteration_is_named(commissioner, at_once):
    other = Entry.objects.get(index=1)
    Entry.objects.filter(index=2).update(commitment=other.commitment)
    page = body(commissioner.post("/commissioner/check/", {"kept_note": ""}, follow=True))
    assert "Ledger entry 2 cannot be opened" in page


def test_what_is_no_checkpoint_of_this_log_is_told(commissioner, people):
    note = ledger.state().checkpoint
    forged = note.replace(note.splitlines()[1], "999", 1)
    for text in ("nonsense", forged):
        with pytest.raises(SlipError, match="signed"):
            ledger.kept_checkpoint(text)
        response = commissioner.post("/commissioner/check/", {"kept_note": text})
        assert response.status_code == 400
        assert "paste it whole" in body(response)
    assert not LogCheck.objects.exists()


def test_one_that_runs_is_shown_with_how_far_it_is_and_not_begun_twice(commissioner, people, monkeypatch):
    begun: list[int] = []
    monkeypatch.setattr(log_checks, "_start", begun.append)
    commissioner.post("/commissioner/check/", {"kept_note": ""})
    LogCheck.objects.update(done=1_200_000, size=3_000_000)
    page = body(commissioner.post("/commissioner/check/", {"kept_note": ""}, follow=True))
    assert len(begun) == 1
    assert "A check is running" in page
    assert '<progress id="progress" max="3000000" value="1200000">' in page
    LogCheck.objects.update(told_at=timezone.now() - timedelta(minutes=5))
    assert "cut off" in body(commissioner.get("/commissioner/check/"))
    commissioner.post("/commissioner/check/", {"kept_note": ""})
    assert len(begun) == 2


@pytest.mark.django_db(transaction=True)
def test_it_runs_in_the_background(people):
    check = log_checks.begin_check(people.commissioner)
    for thread in [one for one in threading.enumerate() if one.name == "log-check"]:
        thread.join(20)
    check.refresh_from_db()
    assert (check.fault, check.done) == ("", check.size)
    assert check.ended_at is not None
    assert check.checkpoint


def test_how_far_it_is_is_told(people, monkeypatch):
    monkeypatch.setattr("turnpike.ledger.checking._ROWS_AT_ONCE", 2)
    told = []
    size = ledger.verify(lambda done, of: told.append((done, of))).size
    assert told == [*((done, size) for done in range(2, size, 2)), (size, size)]


def test_only_who_may_see_the_log_checks_it(people):
    with pytest.raises(Denied):
        log_checks.begin_check(people.administrator)
    assert not LogCheck.objects.exists()


# ---- the copy


@pytest.mark.parametrize(
    ("text", "named"),
    [("", ()), ("3", (3,)), ("5, 2-4\n3", (2, 3, 4, 5)), (" 0-0 ", (0,))],
)
def test_entries_are_named_by_number(text, named):
    assert entries_named(text, 10) == named


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", "by number"),
        ("-3", "by number"),
        ("3-", "no range"),
        ("4-3", "lower number first"),
        ("10", "no entry 10"),
        ("9" * 40, "by number"),
        ("²", "by number"),
    ],
)
def test_what_names_none_is_told(text, says):
    with pytest.raises(BundleError, match=says):
        entries_named(text, 10)
    with pytest.raises(BundleError, match="At most"):
        entries_named(f"0-{MOST_OPENED}", 10**7)


def test_the_copy_is_written_down_before_it_leaves(commissioner, people):
    size = ledger.state().size
    response = commissioner.post("/commissioner/bundle/", {"entries": "0, 2"})
    assert response["Content-Disposition"].startswith('attachment; filename="turnpike-log-')
    taken = ledger.entries(limit=1)[0]
    assert (taken.event, taken.details["opened"]) == (AuditEvent.BUNDLE_TAKEN, ["0", "2"])
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        assert "checkpoint" in packed.namelist()
        assert json.loads(packed.read("entries/2.json"))["index"] == 2
        assert f"\n{size + 1}\n" in packed.read("checkpoint").decode()
    assert commissioner.post("/commissioner/bundle/", {"entries": "x"}).status_code == 400
    assert 'value="1, 2"' in body(
        commissioner.get("/commissioner/bundle/?entries=1, 2")
    ) or "1, 2</textarea>" in body(commissioner.get("/commissioner/bundle/?entries=1, 2"))


# ---- masking


def test_rows_hide_plates_wherever_they_stand_and_nothing_else(people):
    receipt = record(
        AuditEvent.REQUEST_OPENED,
        actor="pat",
        details={
            "patterns": ["AB12CDE", "KN68*"],
            "request": "R-2026-0007",
            "case_reference": "CR/01234/26",
            "reason": "A grey van, ab12 cde or B733TRK, left Mill Lane 14 at 02:10 on 21 Nov 2026",
        },
    )
    (entry,) = ledger.opened_at((receipt.index,))
    row = masked_line(entry)
    said = str(row.about + row.why)
    for hidden in ("AB12CDE", "KN68", "ab12", "cde", "B733TRK"):
        assert hidden not in said
    for shown in ("R-2026-0007", "CR/01234/26", "Mill Lane 14 at 02:10 on 21 Nov 2026"):
        assert shown in said


def test_an_entry_that_is_gone_is_no_sample(people):
    Entry.objects.filter(index=1).delete()
    with pytest.raises(LedgerTampered, match="entry 1 is missing"):
        ledger.opened_at((0, 1))
