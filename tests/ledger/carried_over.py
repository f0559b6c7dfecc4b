"""A program: entries made as they were before salts had a table of their own, carried over and back; what came of it, as JSON on stdout."""

from __future__ import annotations

import json
import sys

from turnpike.audit import services as audit
from turnpike.site.services import prepare_records

BEFORE, AFTER = "0002_looks_of_a_person", "0004_keys_and_faults"
ENTRIES = 600


def main() -> None:
    prepare_records()
    from django.core.management import call_command
    from django.db import connection

    from turnpike.ledger import services as ledger

    told: dict[str, object] = {}
    call_command("migrate", "ledger", BEFORE, verbosity=0)
    made = [old_entry(index) for index in range(ENTRIES)]
    put_old(made)
    checkpoint = old_head(made)

    with connection.cursor() as cursor:
        cursor.execute('UPDATE ledger_entry SET sealed = zeroblob(90) WHERE "index" = 7')
        before = list(cursor.execute("SELECT * FROM ledger_entry"))
    try:
        call_command("migrate", "ledger", AFTER, verbosity=0)
    except ledger.LedgerTampered as error:
        told["refused"] = str(error)
    with connection.cursor() as cursor:
        told["refused_unchanged"] = before == list(cursor.execute("SELECT * FROM ledger_entry"))
        cursor.execute('UPDATE ledger_entry SET sealed = %s WHERE "index" = 7', [made[7][2]])

    call_command("migrate", "ledger", AFTER, verbosity=0)
    state = ledger.verify()
    told["same_checkpoint"] = state.checkpoint == checkpoint
    told["same_leaves"] = [audit.leaf_hash(one) for one in ledger.commitments(0, ENTRIES)] == [
        leaf for leaf, _, _ in made
    ]
    told["opened"] = [(one.index, one.actor, one.details["n"]) for one in ledger.entries(limit=ENTRIES)][::-1]
    told["same_salts"] = [ledger.contents(index).salt for index in range(ENTRIES)] == [
        salt for _, salt, _ in made
    ]
    told["looks"] = [look.entry.index for look in ledger.own_looks("person-3", limit=ENTRIES)]
    told["proven"] = [ledger.inclusion(index).leaf == made[index][0] for index in (0, 255, 256, 511, 599)]
    told["next"] = ledger.record(ledger.AuditEvent.SIGNED_IN, actor="new").index
    told["size"] = ledger.verify().size

    call_command("migrate", "ledger", BEFORE, verbosity=0)
    told["back"] = opened_as_before() == ENTRIES + 1
    call_command("migrate", "ledger", AFTER, verbosity=0)
    told["and_again"] = ledger.verify().size
    json.dump(told, sys.stdout)


def old_entry(index: int) -> tuple[bytes, bytes, bytes]:
    """Leaf, salt and sealed contents, by the code of then."""
    from turnpike.ledger.entries import sealing_key

    event = "consultation.read_viewed" if index % 3 == 0 else "account.signed_in"
    said = {
        "event": event,
        "at": "2026-01-01T00:00:00.000+00:00",
        "actor": f"person-{index % 5}",
        "details": {"n": index},
    }
    contents = json.dumps(said, separators=(",", ":")).encode()
    salt = audit.new_salt()
    sealed = audit.seal(sealing_key(), contents, bound_to=b"turnpike ledger entry %d" % index)
    return audit.leaf_hash(audit.commitment(salt, contents)), salt, sealed


def put_old(made: list[tuple[bytes, bytes, bytes]]) -> None:
    from django.db import connection

    from turnpike.ledger.services import looker_of

    rows = [
        (index, leaf, salt, sealed, looker_of(f"person-{index % 5}") if index % 3 == 0 else None)
        for index, (leaf, salt, sealed) in enumerate(made)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            'INSERT INTO ledger_entry ("index", leaf, salt, sealed, looker) VALUES (%s, %s, %s, %s, %s)', rows
        )


def old_head(made: list[tuple[bytes, bytes, bytes]]) -> str:
    from django.db import connection

    from turnpike import config
    from turnpike.ledger.entries import sealing_key

    # As it was named before a log's name was a setting.
    signer = audit.Signer("turnpike.invalid/ledger", config.load().key("ledger-signing"))
    frontier = audit.Frontier()
    for index, (_, salt, sealed) in enumerate(made):
        contents = audit.unseal(sealing_key(), sealed, bound_to=b"turnpike ledger entry %d" % index)
        frontier = frontier.append(audit.commitment(salt, contents))
    checkpoint = audit.sign_checkpoint(audit.Checkpoint(signer.name, frontier.size, frontier.root()), signer)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_treehead (id, size, frontier, checkpoint) VALUES (1, %s, %s, %s)",
            [frontier.size, frontier.to_bytes(), checkpoint],
        )
    return checkpoint


def opened_as_before() -> int:
    from django.db import connection

    from turnpike.ledger.entries import sealing_key

    opened = 0
    with connection.cursor() as cursor:
        cursor.execute('SELECT "index", leaf, salt, sealed FROM ledger_entry ORDER BY "index"')
        for index, leaf, salt, sealed in cursor.fetchall():
            contents = audit.unseal(sealing_key(), sealed, bound_to=b"turnpike ledger entry %d" % index)
            opened += audit.leaf_hash(audit.commitment(salt, contents)) == leaf
    return opened


if __name__ == "__main__":
    main()
