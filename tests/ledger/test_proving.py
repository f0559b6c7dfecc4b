"""Proofs read the kept nodes: the same proofs as from all leaves, quickly, and wrong ones never."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from turnpike.audit import services as audit
from turnpike.ledger import services as ledger
from turnpike.ledger.models import Entry, Node, TreeHead
from turnpike.ledger.signing_keys import origin, signer

pytestmark = pytest.mark.django_db


def put(size):
    """A log of made-up entries whose contents are gone, past the door."""
    committed = [audit.leaf_hash(b"%d" % n) for n in range(size)]
    frontier, nodes = audit.Frontier().extend(committed)
    Entry.objects.bulk_create(Entry(index=n, commitment=one, sealed=b"") for n, one in enumerate(committed))
    Node.objects.bulk_create(Node(level=node.level, index=node.index, hash=node.hash) for node in nodes)
    TreeHead.objects.create(
        size=size,
        frontier=frontier.to_bytes(),
        checkpoint=audit.sign_checkpoint(audit.Checkpoint(origin(), size, frontier.root()), signer()),
    )
    return committed


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000])
def test_a_proof_is_the_one_made_from_all_leaves(size):
    committed = put(size)
    for index in {0, 1, 2, 254, 255, 256, 300, 511, 512, size // 2, size - 2, size - 1}:
        if 0 <= index < size:
            assert ledger.inclusion(index).path == audit.inclusion_proof(committed, index)


def test_a_log_of_three_levels_is_proven_with_a_handful_of_questions():
    size = 3 * 65_536 // 2 + 300
    committed = put(size)
    for index in (0, 65_535, 65_536, size - 301, size - 1):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            proof = ledger.inclusion(index)
        assert len(asked) <= 9
        audit.verify_inclusion(
            leaf=committed[index], index=index, size=size, proof=proof.path, root=proof.root
        )


@pytest.mark.parametrize(
    "tamper",
    [
        lambda: Node.objects.filter(level=1, index=1).update(hash=bytes(32)),
        lambda: Node.objects.filter(level=1, index=1).delete(),
        lambda: Entry.objects.filter(index=3).update(commitment=bytes(32)),
        lambda: Entry.objects.filter(index=3).delete(),
        lambda: Entry.objects.filter(index=0).update(commitment=bytes(32)),
        lambda: Entry.objects.filter(index=0).delete(),
        lambda: TreeHead.objects.update(checkpoint="nonsense"),
    ],
    ids=["node altered", "node gone", "neighbour altered", "neighbour gone", "altered", "gone", "checkpoint"],
)
def test_what_was_altered_gives_no_proof(tamper):
    put(700)
    ledger.inclusion(0)
    tamper()
    with pytest.raises(ledger.LedgerTampered):
        ledger.inclusion(0)


@pytest.mark.parametrize("index", [-1, 700, 10**12])
def test_there_is_no_proof_of_what_is_not_there(index):
    put(700)
    with pytest.raises(ledger.LedgerError, match="no such entry"):
        ledger.inclusion(index)


@pytest.mark.parametrize("tamper", ["altered", "deleted"])
def test_a_kept_node_that_is_not_its_entries_is_found_and_located(tamper):
    for n in range(300):
        ledger.record(ledger.AuditEvent.SIGNED_IN, actor="a", details={"n": n})
    ledger.verify()
    nodes = Node.objects.filter(level=1, index=0)
    if tamper == "altered":
        nodes.update(hash=bytes(32))
    else:
        nodes.delete()
    with pytest.raises(ledger.LedgerTampered, match="entries 0 to 255"):
        ledger.verify()


def test_commitments_that_are_not_all_there_are_told():
    committed = put(20)
    assert ledger.commitments(5, 9) == committed[5:9]
    assert ledger.commitments(5, 5) == []
    with pytest.raises(ledger.LedgerTampered, match="missing"):
        ledger.commitments(15, 21)
