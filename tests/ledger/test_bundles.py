"""What the centre bundles is what an outsider's verifier takes, and tells when the records behind it were altered."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from tests.verifier.logs import checked, tiles
from typer.testing import CliRunner

from turnpike.__main__ import app
from turnpike.ledger import services as ledger
from turnpike.ledger.models import Entry, Salt
from turnpike.ledger.services import AuditEvent, LedgerTampered
from turnpike.ledger.signing_keys import origin, signer
from turnpike.verifier.main import main
from turnpike.verifier.notes import LOG_KEY, Key
from turnpike.verifier.proofs import check_proof

pytestmark = pytest.mark.django_db

SIZE = 260
"""A full tile and a part of the next."""


def grow(size, start=0):
    for number in range(start, start + size):
        ledger.record(AuditEvent.SIGNED_IN, actor=f"person-{number}", details={"n": number})


def bundled(*asked, **given):
    out = io.BytesIO()
    ledger.write_bundle(out, *asked, **given)
    return out.getvalue()


def files_of(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def key():
    return signer().public_key


def test_the_whole_log_in_a_bundle():
    grow(SIZE)
    raw = bundled()
    actors: list[str] = []
    report = checked(raw, key=key(), each=lambda entry: actors.append(entry.actor))
    assert report.faults == []
    assert actors == [f"person-{number}" for number in range(SIZE)]
    files = files_of(raw)
    entries = files["tile/entries/000"] + files["tile/entries/001.p/4"]
    plain = tiles([entries[at + 2 : at + 34] for at in range(0, len(entries), 34)])
    assert plain == {name: data for name, data in files.items() if name.startswith("tile/")}


def test_chosen_entries_alone_are_opened():
    grow(5)
    raw = bundled([3, 1, 3])
    report = checked(raw, key=key())
    assert (report.faults, report.opened) == ([], {1, 3})
    assert not any(f"person-{hidden}".encode() in raw for hidden in (0, 2, 4))
    with pytest.raises(ledger.LedgerError, match="5 entries"):
        bundled([5])


def test_an_older_checkpoint_can_be_bundled_later():
    grow(3)
    note = ledger.state().checkpoint
    grow(2, start=3)
    report = checked(bundled(checkpoint=note), key=key())
    assert (report.faults, report.opened) == ([], {0, 1, 2})


def test_no_bundle_is_made_of_altered_records():
    grow(3)
    one, other = Entry.objects.get(index=1), Entry.objects.get(index=2)
    Entry.objects.filter(index=1).update(commitment=other.commitment)
    with pytest.raises(LedgerTampered):
        bundled()
    Entry.objects.filter(index=1).update(commitment=one.commitment, sealed=other.sealed)
    with pytest.raises(LedgerTampered):
        bundled()
    Entry.objects.filter(index=1).delete()
    with pytest.raises(LedgerTampered):
        bundled()


def test_what_was_erased_by_rule_is_told_and_what_is_merely_gone_is_tampering(configured):
    configured(log_contents_days=30)
    grow(4)
    assert ledger.erase_due(actor="system", now=datetime.now(UTC) + timedelta(days=40)) == 4
    grow(2, start=4)
    report = checked(bundled(), key=key())
    assert (report.faults, report.erased, report.opened) == ([], [range(4)], {4, 5, 6})
    assert checked(bundled([2, 5]), key=key()).opened == {5}
    proof = ledger.proof_of(2)
    assert check_proof(proof.encode(), [Key.parse(key(), LOG_KEY)], (), None, None).index == 2
    Salt.objects.filter(entry_id=5).delete()
    Entry.objects.filter(index=5).update(sealed=b"")
    assert [fault.where for fault in checked(bundled(), key=key()).faults] == ["entry 5"]


def test_contents_erased_after_the_state_that_is_bundled_ask_for_a_newer_one(configured):
    configured(log_contents_days=30)
    grow(4)
    note = ledger.state().checkpoint
    ledger.erase_due(actor="system", now=datetime.now(UTC) + timedelta(days=40))
    with pytest.raises(ledger.LedgerError, match="since that state was signed"):
        bundled(checkpoint=note)
    assert checked(bundled(), key=key()).faults == []


def test_an_empty_log_has_no_bundle():
    with pytest.raises(ledger.LedgerError, match="no entry yet"):
        bundled()


def test_by_command(tmp_path, monkeypatch):
    monkeypatch.setattr("turnpike.cli.audit.prepare_records", lambda: None)
    grow(4)
    run, out = CliRunner(), tmp_path / "log.zip"
    done = run.invoke(app, ["audit", "bundle", str(out), "--entries", "0,2-3"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "a log of 5 entries, 3 of them opened" in done.stdout
    taken = ledger.entry(4)
    assert taken is not None
    assert (taken.event, taken.details) == (AuditEvent.BUNDLE_TAKEN, {"size": 4, "opened": "0,2-3"})
    told = run.invoke(app, ["audit", "verify", "--bundle", str(out), "--key", key()])
    assert told.exit_code == 0
    assert f"Whole: the log {origin()}, 5 entries" in told.stdout

    proof, entry = tmp_path / "2.tlog-proof", tmp_path / "2.json"
    proof.write_text(run.invoke(app, ["audit", "prove", "2"], catch_exceptions=False).stdout)
    entry.write_text(run.invoke(app, ["audit", "open", "2"], catch_exceptions=False).stdout)
    looked = ledger.entries(limit=1)[0]
    assert (looked.event, looked.details["entry"]) == (AuditEvent.LEDGER_VIEWED, 2)
    assert main([str(proof), "--key", key(), "--entry", str(entry)]) == 0
    offline = run.invoke(app, ["audit", "open", "2", "--bundle", str(out), "--key", key()])
    assert json.loads(offline.stdout)["actor"] == "person-2"
    assert run.invoke(app, ["audit", "prove", "2", "--bundle", str(out), "--key", key()]).exit_code == 0
    assert run.invoke(app, ["audit", "open", "1", "--bundle", str(out), "--key", key()]).exit_code == 1


@pytest.mark.parametrize(
    "asked", [["bundle", "x.zip", "--entries", "five"], ["verify", "--bundle", "x.zip"], ["open", "9"]]
)
def test_what_was_asked_wrongly_is_told(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("turnpike.cli.audit.prepare_records", lambda: None)
    assert CliRunner().invoke(app, ["audit", *asked]).exit_code == 1
    assert list(tmp_path.iterdir()) == []
