"""Salts move into a table of their own, contents are sealed anew under keys that depend on them, and nodes of the tree are kept.

Every entry is opened, held against its leaf and carried over: the tree stays as it was signed. An entry that was altered before stops this,
and nothing is changed.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError

from turnpike import config
from turnpike.audit import services as audit
from turnpike.ledger.errors import LedgerTampered

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_ROWS = 1_000


def carry_over(apps: Apps, schema: BaseDatabaseSchemaEditor) -> None:
    """Each entry as it is stored from now on, and the tree derived anew and held against its kept state."""
    Entry, Salt, Node, TreeHead = (
        apps.get_model("ledger", name) for name in ("Entry", "Salt", "Node", "TreeHead")
    )
    head = TreeHead.objects.filter(id=1).first()
    frontier = audit.Frontier()
    while rows := list(Entry.objects.filter(index__gte=frontier.size).order_by("index")[:_ROWS]):
        for expected, row in enumerate(rows, frontier.size):
            if row.index != expected:
                raise _altered(expected)
            salt = bytes(row.salt)
            contents = _opened(_key(), row)
            row.commitment = audit.commitment(salt, contents)
            if audit.leaf_hash(row.commitment) != bytes(row.leaf):
                raise _altered(row.index)
            row.sealed = audit.seal(_key_under(salt), contents, bound_to=_binding(row.index))
        frontier, nodes = frontier.extend(row.commitment for row in rows)
        changed = [(row.commitment, row.sealed, row.index) for row in rows]
        with schema.connection.cursor() as cursor:
            cursor.executemany(
                'UPDATE ledger_entry SET commitment = %s, sealed = %s WHERE "index" = %s', changed
            )
        Salt.objects.bulk_create(Salt(entry_id=row.index, salt=row.salt) for row in rows)
        Node.objects.bulk_create(Node(level=node.level, index=node.index, hash=node.hash) for node in nodes)
    if (bytes(head.frontier) if head and head.size else audit.Frontier().to_bytes()) != frontier.to_bytes():
        raise LedgerTampered(
            "The ledger's entries are not those of its tree: nothing was changed. Run `turnpike audit verify` of the version before,"
            " and restore the records from your backup."
        )


def carry_back(apps: Apps, schema: BaseDatabaseSchemaEditor) -> None:
    """Each entry as it was stored before; contents that were erased since have no form there."""
    Entry, Salt = (apps.get_model("ledger", name) for name in ("Entry", "Salt"))
    done = -1
    while rows := list(Entry.objects.filter(index__gt=done).order_by("index")[:_ROWS]):
        found = Salt.objects.filter(entry_id__gt=done, entry_id__lte=rows[-1].index)
        salts = {index: bytes(salt) for index, salt in found.values_list("entry_id", "salt")}
        for row in rows:
            if row.index not in salts:
                raise IrreversibleError(
                    f"The contents of ledger entry {row.index} were erased; there is no way back."
                )
            row.salt = salts[row.index]
            contents = _opened(_key_under(row.salt), row)
            row.leaf = audit.leaf_hash(bytes(row.commitment))
            row.sealed = audit.seal(_key(), contents, bound_to=_binding(row.index))
        changed = [(row.leaf, row.salt, row.sealed, row.index) for row in rows]
        with schema.connection.cursor() as cursor:
            cursor.executemany(
                'UPDATE ledger_entry SET leaf = %s, salt = %s, sealed = %s WHERE "index" = %s', changed
            )
        done = rows[-1].index


def _opened(key: bytes, row: models.Model) -> bytes:
    try:
        return audit.unseal(key, bytes(row.sealed), bound_to=_binding(row.index))  # type: ignore[attr-defined]
    except audit.SealError as error:
        raise _altered(row.index) from error  # type: ignore[attr-defined]


def _altered(index: int) -> LedgerTampered:
    return LedgerTampered(
        f"Ledger entry {index} is missing or was altered, so that it cannot be carried over: nothing was changed."
        " Run `turnpike audit verify` of the version before, and restore the records from your backup."
    )


def _key() -> bytes:
    return config.load().key("ledger-sealing")


def _key_under(salt: bytes) -> bytes:
    return hmac.digest(_key(), b"turnpike ledger contents under " + salt, "sha256")


def _binding(index: int) -> bytes:
    return b"turnpike ledger entry %d" % index


class Migration(migrations.Migration):
    """From one table to three."""

    dependencies = [
        ("ledger", "0002_looks_of_a_person"),
    ]

    operations = [
        migrations.CreateModel(
            name="Salt",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_column="index",
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="salted",
                        serialize=False,
                        to="ledger.entry",
                    ),
                ),
                ("salt", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("index", models.PositiveBigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.AddField("entry", "commitment", models.BinaryField(max_length=32, default=b"")),
        migrations.AlterField("entry", "leaf", models.BinaryField(max_length=32, default=b"")),
        migrations.AlterField("entry", "salt", models.BinaryField(max_length=32, default=b"")),
        migrations.RunPython(carry_over, carry_back),
        migrations.RemoveField("entry", "leaf"),
        migrations.RemoveField("entry", "salt"),
        migrations.AlterField("entry", "commitment", models.BinaryField(max_length=32)),
    ]
