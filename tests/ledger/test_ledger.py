"""What is recorded is committed to, and whatever is done to it afterwards is found."""

from __future__ import annotations

import base64

import pytest
from django.db import DatabaseError, transaction

from turnpike.audit import services as audit
from turnpike.ledger import services as ledger
from turnpike.ledger import writing
from turnpike.ledger.models import Entry, Salt, TreeHead
from turnpike.ledger.services import AuditEvent
from turnpike.ledger.signing_keys import signer

pytestmark = pytest.mark.django_db


@pytest.fixture
def five_entries():
    return [
        ledger.record(AuditEvent.SIGNED_IN, actor=f"person-{n}", details={"n": n, "list": ["a", "b"]})
        for n in range(5)
    ]


def test_entries_are_numbered_and_come_back_newest_first(five_entries):
    assert [receipt.index for receipt in five_entries] == [0, 1, 2, 3, 4]
    found = ledger.entries(limit=2)
    assert [entry.index for entry in found] == [4, 3]
    assert found[0].actor == "person-4"
    assert found[0].details == {"n": 4, "list": ["a", "b"]}
    assert [entry.index for entry in ledger.entries(before=3)] == [2, 1, 0]


def test_a_receipt_holds_the_signed_root_of_its_tree(five_entries):
    state = ledger.verify()
    assert state.size == 5
    checkpoint = audit.open_checkpoint(state.checkpoint, signer().verifier)
    assert checkpoint.root == five_entries[-1].root
    assert len({receipt.root for receipt in five_entries}) == 5


def test_each_entry_is_proven_to_be_in_the_tree(five_entries):
    for receipt in five_entries:
        proof = ledger.inclusion(receipt.index)
        assert proof.leaf == receipt.leaf
        assert proof.root == five_entries[-1].root


def test_nothing_readable_is_stored_in_the_clear():
    ledger.record(AuditEvent.SEARCH_INTENDED, actor="someone", details={"pattern": "AB12CDE"})
    row = Entry.objects.get()
    stored = bytes(row.commitment) + row.leaf + (row.salt or b"") + bytes(row.sealed)
    for secret in (b"AB12CDE", b"someone", b"search"):
        assert secret not in stored
        assert base64.b64encode(secret) not in stored


def test_the_same_contents_twice_have_unrelated_leaves():
    first = ledger.record(AuditEvent.SIGNED_IN, actor="a")
    second = ledger.record(AuditEvent.SIGNED_IN, actor="a")
    assert first.leaf != second.leaf


def flip(column):
    def change():
        altered = bytearray(Entry.objects.values_list(column, flat=True).get(index=2))
        altered[7] ^= 1
        Entry.objects.filter(index=2).update(**{column: bytes(altered)})

    return change


def flip_salt():
    kept = Salt.objects.get(entry_id=2)
    kept.salt = bytes([kept.salt[0] ^ 1]) + kept.salt[1:]
    kept.save()


def swap():
    """Whole entries change places, their salts with them."""
    second, third = Entry.objects.get(index=2), Entry.objects.get(index=3)
    for index, row in ((2, third), (3, second)):
        Entry.objects.filter(index=index).update(commitment=row.commitment, sealed=row.sealed)
        Salt.objects.filter(entry_id=index).update(salt=row.salt)


def destroy():
    """As an erasure does, but for the entry that says so."""
    Entry.objects.filter(index=2).update(sealed=b"", looker=None)
    Salt.objects.filter(entry_id=2).delete()


def truncate():
    Entry.objects.filter(index=4).delete()
    TreeHead.objects.update(size=4)


def rewind():
    """Back to an honest older checkpoint, leaving the newer entries."""
    TreeHead.objects.update(size=4, checkpoint="")


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (flip("sealed"), "entry 2"),
        (flip_salt, "entry 2"),
        (flip("commitment"), "entry 2"),
        (lambda: Salt.objects.filter(entry_id=2).delete(), "entry 2"),
        (lambda: Entry.objects.filter(index=2).update(sealed=b""), "entry 2"),
        (destroy, "entry 2 are missing"),
        (swap, "entry 2"),
        (lambda: Entry.objects.filter(index=1).delete(), "entry 1"),
        (lambda: Entry.objects.filter(index=4).delete(), "entry 4"),
        (lambda: Entry.objects.create(index=5, commitment=b"x" * 32, sealed=b"z"), "entry 5"),
        (truncate, "checkpoint"),
        (rewind, "entry 4"),
        (lambda: TreeHead.objects.update(checkpoint="nonsense"), "checkpoint"),
        (lambda: TreeHead.objects.all().delete(), "beyond"),
        (lambda: TreeHead.objects.update(frontier=audit.Frontier().append(b"x").to_bytes()), "frontier"),
    ],
    ids=[
        "contents altered",
        "salt altered",
        "commitment altered",
        "salt destroyed",
        "contents taken out",
        "contents and salt destroyed without an entry",
        "reordered",
        "one deleted",
        "last deleted",
        "one added",
        "cut off with its head",
        "head set back",
        "checkpoint replaced",
        "head deleted",
        "frontier replaced",
    ],
)
def test_tampering_is_found_and_located(five_entries, tamper, named):
    tamper()
    with pytest.raises(ledger.LedgerTampered, match=named):
        ledger.verify()


def test_an_entry_that_cannot_be_written_stops_what_asked_for_it(monkeypatch):
    def full(*_args, **_kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(writing, "_insert", full)
    with pytest.raises(ledger.LedgerError, match="cannot be written"):
        ledger.record(AuditEvent.SIGNED_IN, actor="a")
    assert ledger.state().size == 0


@pytest.mark.django_db(transaction=True)
def test_an_entry_cannot_be_taken_back_by_an_outer_rollback():
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        ledger.record(AuditEvent.SIGNED_IN, actor="a")
