"""The log's keys: one takes over in good order, or at once; the record of them; and nothing of the log is lost with a key."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
from tests.witness_server import running_witness
from typer.testing import CliRunner

from turnpike.audit import services as audit
from turnpike.cli.audit import commands
from turnpike.errors import ConfigurationError
from turnpike.ledger import key_changes
from turnpike.ledger import services as ledger
from turnpike.ledger.models import LogKey
from turnpike.ledger.services import AuditEvent, Reason
from turnpike.ledger.signing_keys import forget_signers, signer

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeds(own_log):
    """The folder of the keys, over a log of three entries."""
    for number in range(3):
        ledger.record(AuditEvent.SIGNED_IN, actor=f"person-{number}")
    return own_log.parent / "keys"


def signed_by(public_key, note=None):
    try:
        audit.open_checkpoint(note or ledger.state().checkpoint, audit.Verifier.parse(public_key))
    except audit.AuditError:
        return False
    return True


def told(event):
    return [entry for entry in ledger.entries() if entry.event is event]


def files(seeds):
    return sorted(path.name for path in seeds.glob("ledger-signing*"))


def test_the_first_key_is_in_the_record_from_the_first_entry_on(seeds):
    (key,) = ledger.dated_keys()
    assert (key.public_key, key.from_size, key.signs) == (signer().public_key, 0, True)
    assert key.from_at is not None
    assert signed_by(key.public_key)


def test_while_one_key_takes_over_both_sign_and_then_the_old_one_is_destroyed(seeds, monkeypatch):
    old = signer().public_key
    change = ledger.rotate(actor="shell:root", overlap_days=30)
    assert change.old == old
    assert signer().public_key == change.new
    assert signed_by(old)
    assert signed_by(change.new)
    assert len(files(seeds)) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in seeds.glob("ledger-signing*")} == {0o600}
    assert ledger.verify().size == 5
    (entry,) = told(AuditEvent.LOG_KEY_ROTATED)
    assert (entry.details["old_key"], entry.details["new_key"]) == (old, change.new)

    assert change.old_until is not None
    old_row = LogKey.objects.filter(public_key=old)
    old_row.update(until_at=change.old_until - timedelta(days=31))
    ledger.Publisher().publish()
    assert files(seeds) == ["ledger-signing.key"]
    assert audit.Signer(signer().name, (seeds / "ledger-signing.key").read_bytes()).public_key == change.new
    ledger.record(AuditEvent.SIGNED_IN, actor="later")
    assert not signed_by(old)
    assert signed_by(change.new)
    assert [entry.details["keys"] for entry in told(AuditEvent.LOG_KEY_DESTROYED)] == [[old]]
    assert [key.state for key in ledger.dated_keys()] == ["ended", "signs"]
    # The month that was skipped above by its end is put back: the log itself says when it is over.
    with pytest.raises(ledger.LedgerTampered, match="record of the log's keys"):
        ledger.verify()
    old_row.update(until_at=change.old_until)
    assert ledger.verify().size == 7


def test_the_old_key_names_its_successor_so_that_nobody_has_to_believe_the_record(seeds):
    old = signer()
    change = ledger.rotate(actor="shell:root")
    note = ledger.dated_keys()[1].succession
    text = audit.open_note(note, old.verifier)
    assert audit.open_note(note, audit.Verifier.parse(change.new)) == text
    assert change.new in text.splitlines()
    assert "from size 3" in text.splitlines()


def test_a_witness_that_knows_the_old_key_cosigns_until_it_is_given_the_new_one(seeds, configured):
    old = signer().verifier
    with running_witness() as witness:
        configured(data_dir=seeds.parent, log_witnesses=(witness.line,), log_cosignatures_needed=1)
        ledger.rotate(actor="shell:root")
        stands = ledger.Publisher().publish()
    assert stands.stopped is None
    assert audit.open_cosigned(stands.checkpoint, old, [witness.cosigner.verifier]).cosigned_by


def test_a_compromised_key_signs_no_more_and_vouches_for_no_other(seeds):
    old, since = signer().public_key, datetime(2026, 11, 1, tzinfo=UTC)
    change = ledger.revoke(Reason.COMPROMISED, actor="shell:root", exposed_at=since)
    assert change is not None
    assert not signed_by(old)
    assert signed_by(change.new)
    assert files(seeds) == ["ledger-signing.key"]
    first, second = ledger.dated_keys()
    assert (first.state, first.revoked_size, first.exposed_at) == ("revoked: compromised", 3, since)
    assert (second.state, second.succession) == ("signs", "")
    (entry,) = told(AuditEvent.LOG_KEY_REVOKED)
    assert {name: value for name, value in entry.details.items() if name != "keys_record"} == {
        "revoked_key": old,
        "reason": "compromised",
        "exposed_since": "2026-11-01T00:00:00+00:00",
        "new_key": change.new,
    }
    assert ledger.verify().size == 5


def test_a_lost_key_stops_every_entry_until_another_takes_its_place_and_no_entry_is_lost(seeds):
    old = signer().public_key
    (seeds / "ledger-signing.key").unlink()
    forget_signers()
    with pytest.raises(ledger.KeyLost, match=r"turnpike audit key revoke --lost"):
        ledger.record(AuditEvent.SIGNED_IN, actor="nobody")
    change = ledger.revoke(Reason.LOST, actor="shell:root")
    assert change is not None
    assert change.old == old
    assert ledger.verify().size == 4
    assert ledger.entries(limit=1)[0].event is AuditEvent.LOG_KEY_REVOKED
    assert files(seeds) == ["ledger-signing.key"]


def test_during_an_overlap_the_old_key_alone_can_be_revoked(seeds):
    old = signer().public_key
    new = ledger.rotate(actor="shell:root").new
    assert ledger.revoke(Reason.COMPROMISED, actor="shell:root", key_id=old.split("+")[1]) is None
    assert (signed_by(old), signed_by(new)) == (False, True)
    assert files(seeds) == ["ledger-signing.key"]
    with pytest.raises(ledger.LogKeyError, match="no such key in force"):
        ledger.revoke(Reason.LOST, actor="shell:root", key_id=old.split("+")[1])


def test_a_new_name_counts_with_the_next_key_and_receipts_of_the_old_one_still_do(seeds, configured):
    receipt = ledger.record(AuditEvent.LEDGER_VIEWED, actor="auditor")
    old_name = ledger.origin()
    at = ledger.entries(limit=1)[0].at.isoformat(timespec="milliseconds")
    slip = ledger.Slip(old_name, receipt.index, receipt.leaf.hex(), "consultation.ledger_viewed", at)
    configured(data_dir=seeds.parent, log_origin="anpr.example.org/tlog")
    assert ledger.origin() == old_name
    ledger.record(AuditEvent.SIGNED_IN, actor="before")
    change = ledger.rotate(actor="shell:root")
    assert change.old_until is None
    assert ledger.origin() == "anpr.example.org/tlog"
    assert ledger.state().checkpoint.startswith("anpr.example.org/tlog\n")
    assert ledger.check_slip(slip) == ledger.verify().size


def test_a_process_that_ends_before_it_tells_of_a_change_tells_it_with_the_next_publication(
    seeds, monkeypatch
):
    class Killed(BaseException):
        pass

    def killed(*_args, **_kwargs):
        raise Killed

    old = signer().public_key
    with monkeypatch.context() as patched:
        patched.setattr(key_changes, "record", killed)
        with pytest.raises(Killed):
            ledger.revoke(Reason.COMPROMISED, actor="shell:root")
    assert signer().public_key != old
    assert ledger.verify().size == 3
    ledger.Publisher().publish()
    assert len(told(AuditEvent.LOG_KEY_REVOKED)) == 1
    assert files(seeds) == ["ledger-signing.key"]
    ledger.Publisher().publish()
    assert len(told(AuditEvent.LOG_KEY_REVOKED)) == 1


@pytest.mark.parametrize("stops_after", [0, 1, 2])
def test_a_process_that_ends_while_it_names_the_seeds_loses_none(seeds, monkeypatch, stops_after):
    """Whichever step of the renaming is the last: both keys are found, and the next publication finishes it."""
    import os
    from pathlib import Path

    class Killed(BaseException):
        pass

    steps: list[int] = []

    def counted(step):
        def once(*args, **kwargs):
            if len(steps) == stops_after:
                raise Killed
            steps.append(1)
            return step(*args, **kwargs)

        return once

    old = signer().public_key
    with monkeypatch.context() as patched:
        patched.setattr(os, "link", counted(os.link))
        patched.setattr(Path, "replace", counted(Path.replace))
        try:
            ledger.rotate(actor="shell:root")
        except Killed:
            assert stops_after < 2
    forget_signers()
    assert {one.public_key for one in ledger.signers()} >= {old}
    assert len(ledger.signers()) == 2
    ledger.Publisher().publish()
    assert len(files(seeds)) == 2
    assert len(told(AuditEvent.LOG_KEY_ROTATED)) == 1


def test_the_commands_change_keys_and_print_the_record(seeds):
    run = CliRunner().invoke
    old = signer().public_key
    rotated = run(commands, ["key", "rotate", "--overlap-days", "7"])
    assert rotated.exit_code == 0, rotated.output
    assert rotated.stdout.strip() == signer().public_key
    assert "signs too until" in rotated.stderr
    shown = run(commands, ["key", "show"]).stdout
    assert old in shown
    assert "signs until its successor has taken over" in shown
    record = json.loads(run(commands, ["key", "show", "--json"]).stdout)
    assert [key["key"] for key in record["keys"]] == [old, signer().public_key]
    revoked = run(commands, ["key", "revoke", "--compromised", "--since", "2026-11-01"])
    assert revoked.stdout.strip() == signer().public_key
    assert "vouches" in revoked.stderr
    for arguments in ([], ["--lost", "--compromised"], ["--lost", "--since", "2026-11-01"]):
        refused = run(commands, ["key", "revoke", *arguments])
        assert refused.exit_code == 1


def test_a_key_that_only_stands_in_the_records_is_not_believed(seeds):
    """Whoever can write the records but has no key cannot make one the log's own."""
    stranger = audit.Signer(ledger.origin(), b"\x05" * 32)
    LogKey.objects.update(until_at=datetime.now(UTC) + timedelta(days=1))
    LogKey.objects.create(public_key=stranger.public_key, from_size=0, from_at=datetime.now(UTC))
    forget_signers()
    with pytest.raises(ledger.LedgerError):
        ledger.verify()


def test_the_first_key_s_loss_is_said_with_the_page_that_helps(seeds):
    from turnpike import config

    (seeds / "ledger-signing.key").unlink()
    with pytest.raises(ConfigurationError, match=r"restore it from your backup.*docs/audit-log\.md"):
        config.load().key("ledger-signing")
