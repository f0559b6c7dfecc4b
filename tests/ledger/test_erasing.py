"""Contents go when their time is over: the tree stays, an entry says which, and nothing else may be missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection
from typer.testing import CliRunner

from turnpike.__main__ import app
from turnpike.audit import services as audit
from turnpike.ledger import erasing, writing
from turnpike.ledger import services as ledger
from turnpike.ledger.entries import sealing_key
from turnpike.ledger.models import Entry, Salt
from turnpike.ledger.receipts import Slip
from turnpike.ledger.services import AuditEvent
from turnpike.ledger.signing_keys import signer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """The ledger's own; `clock.at` is what it shows."""

    class Clock(datetime):
        at = NOW

        @classmethod
        def now(cls, tz=None):
            return cls.at

    monkeypatch.setattr(writing, "datetime", Clock)
    return Clock


@pytest.fixture
def days(configured):
    configured(log_contents_days=400)
    return 400


@pytest.fixture
def old_and_new(clock, days):
    """Four entries past their time, then three that are not."""
    clock.at = NOW - timedelta(days=days + 1)
    receipts = [ledger.record(AuditEvent.READ_VIEWED, actor="ines", details={"n": n}) for n in range(4)]
    clock.at = NOW - timedelta(days=days)  # of the day on which it is asked: not yet
    receipts += [ledger.record(AuditEvent.READ_VIEWED, actor="ines", details={"n": n}) for n in range(4, 7)]
    clock.at = NOW
    return receipts


def entry(index):
    found = ledger.entry(index)
    assert found is not None
    return found


def erase(now=NOW):
    return ledger.erase_due(actor="system", now=now)


def test_what_is_past_its_time_is_erased_and_nothing_else(old_and_new):
    assert erase() == 4
    assert [ledger.is_erased(n) for n in range(8)] == [True] * 4 + [False] * 4
    assert [ledger.entry(n) is None for n in range(7)] == [True] * 4 + [False] * 3
    assert [entry.index for entry in ledger.entries()] == [7, 6, 5, 4]
    for n in range(4):
        with pytest.raises(ledger.ContentsErased, match=f"entry {n} were erased"):
            ledger.contents(n)
    assert erase() == 0


def test_the_tree_is_what_it_was(old_and_new):
    before = ledger.commitments(0, 7)
    erase()
    assert ledger.verify().size == 8
    assert ledger.commitments(0, 7) == before
    for receipt in old_and_new:
        assert ledger.inclusion(receipt.index).leaf == receipt.leaf


def test_an_entry_says_which_contents_went_by_which_rule(old_and_new, days):
    erase()
    said = entry(7)
    assert said.event is AuditEvent.CONTENTS_ERASED
    assert said.actor == "system"
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    assert said.details == {
        "from": 0,
        "until": 4,
        "before": (midnight - timedelta(days=days)).isoformat(),
        "days": days,
    }


def test_nothing_goes_unless_the_entry_that_says_so_is_written(old_and_new, monkeypatch):
    def full(*_args, **_kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(writing, "_insert", full)
    with pytest.raises(ledger.LedgerError):
        erase()
    assert not any(ledger.is_erased(n) for n in range(7))


def test_what_was_erased_cannot_be_opened_again_by_whoever_kept_the_rest(old_and_new):
    """As from a backup, which leaves the salts out: the sealing key alone opens nothing."""
    row = Entry.objects.get(index=0)
    with pytest.raises(audit.SealError):
        audit.unseal(sealing_key(), bytes(row.sealed), bound_to=b"turnpike ledger entry 0")
    erase()
    row = Entry.objects.get(index=0)
    assert (bytes(row.sealed), row.salt, row.looker) == (b"", None, None)


def test_a_record_of_erasure_outlives_what_it_tells_of(old_and_new):
    erase()
    later = NOW + timedelta(days=5000)
    assert erase(later) == 3
    assert entry(7).event is AuditEvent.CONTENTS_ERASED
    assert entry(8).details["from"] == 4
    assert ledger.verify().size == 9
    assert erase(later) == 0


def test_many_are_erased_in_several_turns(old_and_new, monkeypatch):
    monkeypatch.setattr(erasing, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(erasing, "_ROWS_AT_ONCE", 2)
    assert erase(NOW + timedelta(days=5000)) == 7
    erasures = [(one.details["from"], one.details["until"]) for one in ledger.entries(limit=3)]
    assert erasures == [(6, 7), (3, 6), (0, 3)]
    assert ledger.verify().size == 10


@pytest.mark.parametrize("index", [4, 7])
def test_contents_that_no_rule_took_are_tampering(old_and_new, index):
    """An entry that was never due, and the very entry that explains the others."""
    erase()
    Salt.objects.filter(entry_id=index).delete()
    Entry.objects.filter(index=index).update(sealed=b"", looker=None)
    named = 4 if index == 4 else 0
    with pytest.raises(ledger.LedgerTampered, match=f"contents of ledger entry {named} are missing"):
        ledger.verify()


def test_nothing_is_excused_in_advance(old_and_new):
    ledger.record(AuditEvent.CONTENTS_ERASED, actor="system", details={"from": 0, "until": 100})
    Salt.objects.filter(entry_id=2).delete()
    Entry.objects.filter(index=2).update(sealed=b"", looker=None)
    with pytest.raises(ledger.LedgerTampered, match="entry 2 are missing"):
        ledger.verify()


def test_another_kind_of_entry_excuses_nothing(old_and_new):
    details: ledger.Details = {"from": 0, "until": 7, "why": "log.contents_erased"}
    ledger.record(AuditEvent.READ_VIEWED, actor="ines", details=details)
    Salt.objects.filter(entry_id=2).delete()
    Entry.objects.filter(index=2).update(sealed=b"", looker=None)
    with pytest.raises(ledger.LedgerTampered, match="entry 2 are missing"):
        ledger.verify()


def test_an_erased_commitment_that_is_altered_is_found(old_and_new):
    erase()
    Entry.objects.filter(index=1).update(commitment=bytes(32))
    with pytest.raises(ledger.LedgerTampered):
        ledger.verify()
    with pytest.raises(ledger.LedgerTampered):
        ledger.inclusion(1)


def test_an_altered_entry_is_not_erased_away(old_and_new):
    Entry.objects.filter(index=2).update(sealed=bytes(80))
    with pytest.raises(ledger.LedgerTampered, match="entry 2"):
        erase()
    assert not ledger.is_erased(1)


def test_a_check_that_runs_while_contents_go_reads_on_to_the_entry_that_says_so(old_and_new, monkeypatch):
    from turnpike.ledger import checking

    real = checking._rows
    once: list[bool] = []

    def rows(start, stop):
        if not once:
            once.append(True)
            erase()
        return real(start, stop)

    monkeypatch.setattr(checking, "_rows", rows)
    assert ledger.verify().size == 8


def test_a_receipt_still_holds_though_nobody_can_read_its_entry(old_and_new):
    written = NOW - timedelta(days=401)
    slip = Slip.of(AuditEvent.READ_VIEWED, written.isoformat(timespec="milliseconds"), old_and_new[2])
    assert ledger.check_slip(slip) == 7
    erase()
    assert ledger.check_slip(slip) == 8


def test_a_look_that_was_erased_is_nobodys_any_more(old_and_new):
    erase()
    assert [look.entry.index for look in ledger.own_looks("ines")] == [6, 5, 4]


def test_what_opens_an_entry_is_what_was_committed_to(old_and_new):
    opened = ledger.contents(5)
    assert audit.commitment(opened.salt, opened.contents) == ledger.commitments(5, 6)[0]
    with pytest.raises(ledger.LedgerError, match="no such entry"):
        ledger.contents(7)


def test_the_command_says_how_many(old_and_new, monkeypatch):
    monkeypatch.setattr(erasing, "datetime", type("Clock", (datetime,), {"now": classmethod(lambda *_: NOW)}))
    done = CliRunner().invoke(app, ["audit", "erase"])
    assert done.exit_code == 0, done.output
    assert "contents of 4 entries, older than 400 days, are erased" in done.output
    assert entry(7).actor.startswith("shell:")
    assert "No entry" in CliRunner().invoke(app, ["audit", "erase"]).output
    assert "The ledger is whole: 8 entries." in CliRunner().invoke(app, ["audit", "verify"]).output


def test_the_worker_does_it_by_itself(old_and_new, monkeypatch, caplog):
    from turnpike.site.upkeep import clear_away

    monkeypatch.setattr(erasing, "datetime", type("Clock", (datetime,), {"now": classmethod(lambda *_: NOW)}))
    clear_away()
    assert ledger.is_erased(0)
    with connection.cursor() as cursor:
        cursor.execute('UPDATE ledger_entry SET sealed = zeroblob(80) WHERE "index" = 4')
    monkeypatch.setattr(
        erasing, "datetime", type("Clock", (datetime,), {"now": classmethod(lambda *_: NOW + timedelta(9))})
    )
    clear_away()
    assert "could not be erased: Ledger entry 4" in caplog.text


def test_the_checkpoint_is_signed_over_the_erasure_too(old_and_new):
    erase()
    checkpoint = audit.open_checkpoint(ledger.state().checkpoint, signer().verifier)
    assert checkpoint.size == 8
