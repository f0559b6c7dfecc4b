"""What is published, with whose cosignatures, and what happens while witnesses are away, refuse or lie."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.witness_server import running_witness

from turnpike.audit import services as audit
from turnpike.errors import ConfigurationError
from turnpike.ledger import services as ledger
from turnpike.ledger.key_changes import settle_keys
from turnpike.ledger.models import Entry, LogFault, Salt, TreeHead
from turnpike.ledger.services import AuditEvent

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def witness():
    with running_witness() as one:
        yield one


@pytest.fixture
def second():
    with running_witness("other.example/w2", b"\x02" * 32) as one:
        yield one


@pytest.fixture
def witnessed(own_log, configured, witness):
    """A log that one witness has to cosign."""

    def change(*witnesses, needed=1, **settings):
        return configured(
            data_dir=own_log.parent,
            log_witnesses=tuple(one.line for one in witnesses or (witness,)),
            log_cosignatures_needed=needed,
            **settings,
        )

    change()
    return change


def write(count):
    """So many more entries. Of a new log one is that which holds its keys, where there is room, as after a first publication."""
    size = ledger.state().size + count
    while (written := ledger.state().size) < size:
        ledger.record(AuditEvent.SIGNED_IN, actor=f"person-{written}")
        if written + 1 < size:
            settle_keys()


def events():
    """What the log tells, without the entry that each new log has of its key."""
    told = [entry.event for entry in reversed(ledger.entries(limit=1000))]
    return [event for event in told if event is not AuditEvent.LOG_KEYS_KEPT]


def folder(path):
    return audit.TileFolder(path)


def test_without_witnesses_the_signed_head_is_published_with_its_tiles(own_log):
    write(300)
    stands = ledger.Publisher().publish()
    assert stands.size == stands.written == 300
    assert not stands.faults
    checkpoint = audit.open_checkpoint(folder(own_log).checkpoint(), ledger.signers()[0].verifier)
    assert folder(own_log).reader.root(300) == checkpoint.root
    assert [folder(own_log).entry(n) for n in (0, 299)] == [
        bytes(Entry.objects.get(index=n).commitment) for n in (0, 299)
    ]
    assert ledger.check_published().size == 300


def test_a_checkpoint_is_published_with_the_cosignature_that_it_needs(witnessed, witness, own_log):
    write(3)
    stands = ledger.Publisher().publish()
    assert list(stands.cosigned_by) == [witness.cosigner.name]
    opened = audit.open_cosigned(
        folder(own_log).checkpoint(), ledger.signers()[0].verifier, [witness.cosigner.verifier]
    )
    assert (opened.checkpoint.size, list(opened.cosigned_by)) == (3, [witness.cosigner.name])


def test_a_witness_is_asked_from_the_size_that_it_cosigned_last(witnessed, witness):
    publisher = ledger.Publisher()
    for count in (3, 300, 1):
        write(count)
        assert publisher.publish().size == publisher.publish().written
    assert [(one.old_size, one.checkpoint.size) for one in witness.asked] == [(0, 3), (3, 303), (303, 304)]
    write(1)
    ledger.Publisher().publish()  # as after a restart: it learns the size by asking
    assert [one.old_size for one in witness.asked[3:]] == [0, 304]
    assert witness.size == 305


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        ("down", "answered 503"),
        ("slow", "not answer in time"),
        ("unknown", "does not know this log"),
        ("refusing", "does not continue"),
        ("forging", "no cosignature by its key"),
        ("of another note", "no cosignature by its key"),
        ("nonsense", "no cosignature by its key"),
        ("endless", "no end"),
        ("redirecting", "answered 307"),
    ],
)
def test_without_the_cosignature_the_last_checkpoint_stays_and_it_says_since_when_and_why(
    witnessed, witness, own_log, mood, reason
):
    write(3)
    publisher = ledger.Publisher()
    publisher.publish(NOW)
    before = folder(own_log).checkpoint()
    witnessed(log_witness_seconds=0.2)
    witness.mood = mood
    write(300)
    stands = publisher.publish(NOW + timedelta(seconds=30))
    publisher.publish(NOW + timedelta(seconds=40))
    assert folder(own_log).checkpoint() == before
    assert stands.size == 3
    assert stands.stopped is not None
    assert stands.stopped.since_at == NOW + timedelta(seconds=30)
    assert "0 of 1 needed cosignatures" in stands.stopped.why
    fault = stands.faults[1]
    assert (fault.witness, reason in fault.why) == (witness.cosigner.name, True), fault.why
    # Tiles are there for those who hold the last one, and go on.
    assert folder(own_log).size() >= 303

    witness.mood = "good"
    witness.waiting.set()
    stands = publisher.publish(NOW + timedelta(seconds=50))
    assert not stands.faults
    assert stands.size >= 303


def test_an_outage_is_one_entry_and_its_end_another(witnessed, witness):
    publisher = ledger.Publisher()
    witness.mood = "down"
    write(1)
    for second in range(0, 1200, 20):
        publisher.publish(NOW + timedelta(seconds=second))
    told = events()
    assert told.count(AuditEvent.LOG_NOT_PUBLISHED) == 1
    assert told.count(AuditEvent.LOG_WITNESS_MISSING) == 1
    assert len(told) == 3
    entry = next(one for one in ledger.entries() if one.event is AuditEvent.LOG_NOT_PUBLISHED)
    assert entry.details == {
        "since_at": NOW.isoformat(timespec="seconds"),
        "why": "0 of 1 needed cosignatures were given",
        "published_size": 0,
    }
    witness.mood = "good"
    stands = publisher.publish(NOW + timedelta(hours=1))
    publisher.publish(NOW + timedelta(hours=1, seconds=1))
    assert not stands.faults
    assert events()[3:] == [AuditEvent.LOG_WITNESS_BACK, AuditEvent.LOG_PUBLISHED_AGAIN]


def test_a_short_outage_is_no_entry(witnessed, witness):
    publisher = ledger.Publisher()
    witness.mood = "down"
    write(1)
    publisher.publish(NOW)
    witness.mood = "good"
    assert publisher.publish(NOW + timedelta(minutes=4)).at
    assert events() == [AuditEvent.SIGNED_IN]


def test_a_witness_that_comes_and_goes_does_not_fill_the_log(witnessed, witness):
    publisher = ledger.Publisher()
    for second in range(600):
        witness.mood = "good" if second % 2 else "refusing"
        write(1)
        publisher.publish(NOW + timedelta(seconds=second))
        if second > 40:
            break
    told = events()
    assert told.count(AuditEvent.LOG_WITNESS_MISSING) == 1
    assert told.count(AuditEvent.LOG_WITNESS_BACK) == 1


def test_a_refusal_is_told_at_once(witnessed, witness):
    witness.mood = "refusing"
    write(1)
    ledger.Publisher().publish(NOW)
    assert events() == [AuditEvent.SIGNED_IN, AuditEvent.LOG_WITNESS_MISSING]


def test_of_two_witnesses_one_is_enough_where_one_is_needed(witnessed, witness, second):
    witnessed(witness, second)
    witness.mood = "down"
    write(1)
    publisher = ledger.Publisher()
    stands = publisher.publish(NOW)
    assert stands.stopped is None
    assert list(stands.cosigned_by) == [second.cosigner.name]
    assert [fault.witness for fault in stands.faults] == [witness.cosigner.name]
    # It cosigns the same checkpoint when it is back; the other is not asked again.
    witness.mood = "good"
    assert set(publisher.publish(NOW).cosigned_by) == {witness.cosigner.name, second.cosigner.name}
    assert len(second.asked) == 1


def test_a_line_that_only_claims_to_be_a_cosignature_counts_for_nothing(witnessed, witness, own_log):
    write(1)
    ledger.Publisher().publish(NOW)
    text, lines = audit.split_note(folder(own_log).checkpoint())
    forged = audit.NoteSignature(witness.cosigner.name, witness.cosigner.verifier.key_id, b"\0" * 72)
    (own_log / "checkpoint").write_text(f"{text}\n{lines[0].line}{forged.line}")
    assert not ledger.publication().cosigned_by
    assert list(ledger.Publisher().publish(NOW).cosigned_by) == [witness.cosigner.name]
    assert forged.line not in (own_log / "checkpoint").read_text()


def test_two_needed_are_two_different_witnesses(witnessed, witness, second):
    witnessed(witness, second, needed=2)
    second.mood = "down"
    write(1)
    assert ledger.Publisher().publish(NOW).at is None
    witnessed(witness, witness, needed=2)
    with pytest.raises(ConfigurationError, match="name each witness once"):
        ledger.Publisher().publish(NOW)


def test_a_log_that_was_set_back_is_not_published_and_its_witness_says_so(witnessed, witness, own_log):
    write(5)
    ledger.Publisher().publish(NOW)
    before = folder(own_log).checkpoint()
    cut_off(3)
    stands = ledger.Publisher().publish(NOW)
    assert "fewer than the 5" in why(stands)
    assert folder(own_log).checkpoint() == before
    with pytest.raises(ledger.LedgerTampered, match="fewer than the 5"):
        ledger.check_published()


def test_a_log_that_its_own_key_rewrote_is_not_published(witnessed, own_log):
    """Whoever has the records and the key still has the published checkpoint against them."""
    write(5)
    ledger.Publisher().publish(NOW)
    before = folder(own_log).checkpoint()
    cut_off(3)
    write(4)
    stands = ledger.Publisher().publish(NOW)
    assert stands.written >= 7
    assert "first 5 entries are not those" in why(stands)
    assert folder(own_log).checkpoint() == before
    assert AuditEvent.LOG_NOT_PUBLISHED in events()


def test_a_rewritten_log_whose_tiles_were_rewritten_too_is_held_against_the_checkpoint(own_log):
    write(5)
    ledger.Publisher().publish(NOW)
    before = folder(own_log).checkpoint()
    cut_off(3)
    write(4)
    ledger.write_anew()
    folder(own_log).write_up_to(7, ledger.commitments)
    stands = ledger.Publisher().publish(NOW)
    assert "first 5 entries are not those" in why(stands)
    assert folder(own_log).checkpoint() == before


def test_where_the_published_folder_goes_too_the_witness_still_refuses(witnessed, witness, own_log):
    write(5)
    ledger.Publisher().publish(NOW)
    cut_off(3)
    write(4)
    for path in sorted(own_log.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    stands = ledger.Publisher().publish(NOW)
    assert stands.at is None
    assert "does not continue" in stands.faults[1].why
    # Cut off and left so, it is told what the witness has seen.
    for path in sorted(own_log.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    cut_off(2)
    LogFault.objects.all().delete()
    stands = ledger.Publisher().publish(NOW)
    assert "it has seen this log with 5 entries" in stands.faults[1].why


def why(stands):
    assert stands.stopped is not None
    return stands.stopped.why


def cut_off(size):
    """As somebody does who has the records and the key: entries go, and the rest is signed anew."""
    Entry.objects.filter(index__gte=size).delete()
    Salt.objects.filter(entry_id__gte=size).delete()
    frontier = audit.Frontier().extend(ledger.commitments(0, size))[0]
    signer = ledger.signers()[0]
    TreeHead.objects.update(
        size=size,
        frontier=frontier.to_bytes(),
        checkpoint=audit.sign_checkpoint(audit.Checkpoint(signer.name, size, frontier.root()), signer),
    )


def test_a_damaged_folder_is_written_anew_from_the_records(own_log):
    write(300)
    publisher = ledger.Publisher()
    publisher.publish()
    (own_log / "tile/0/001.p/44").write_bytes(b"\0" * 32 * 44)
    (own_log / "tile/0/000").unlink()
    with pytest.raises(ledger.LedgerTampered, match="lost or damaged"):
        ledger.check_published()
    write(2)
    assert ledger.Publisher().publish().size == 302
    assert ledger.check_published().size == 302


def test_an_altered_entry_of_the_published_folder_is_named_and_written_anew_when_told(own_log):
    write(300)
    ledger.Publisher().publish()
    bundle = own_log / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"x")
    with pytest.raises(ledger.LedgerTampered, match="entries 0 to 255"):
        ledger.check_published()
    ledger.write_anew()
    ledger.Publisher().publish()
    assert ledger.check_published().size == 300


def test_a_witness_s_key_that_is_none_is_said(witnessed, configured, own_log):
    configured(data_dir=own_log.parent, log_witnesses=("https://w.example/ nonsense+key",))
    with pytest.raises(ConfigurationError, match=r"the key after https://w\.example"):
        ledger.configured_witnesses()
