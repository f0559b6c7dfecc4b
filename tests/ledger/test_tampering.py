"""Whatever byte of the ledger is altered in the records database, `verify` finds it: every table, every row, every column."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from turnpike.ledger import services as ledger
from turnpike.ledger.key_changes import settle_keys
from turnpike.ledger.models import LogKey
from turnpike.ledger.services import AuditEvent

pytestmark = pytest.mark.django_db

SIZE = 7
EVENTS = (AuditEvent.SIGNED_IN, AuditEvent.SEARCH_INTENDED, AuditEvent.READ_VIEWED)
IN_THIS_TEST = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)


@pytest.fixture
def written():
    for number in range(SIZE - 1):
        ledger.record(EVENTS[number % len(EVENTS)], actor=f"person-{number % 2}", details={"n": number})
    # As the first publication does: from here on the last entry holds the record of the keys.
    settle_keys()


BESIDE_THE_LOG = {"LogFault"}
"""What keeps it from being published just now: told in the log, and kept only so as not to be told again each second."""


def tables():
    """Each table of the ledger, with its columns, whatever they are called."""
    return [
        model
        for model in apps.get_app_config("ledger").get_models()
        if model._default_manager.exists() and model.__name__ not in BESIDE_THE_LOG
    ]


def cells():
    return [
        (model, key, field)
        for model in tables()
        for key in sorted(model._default_manager.values_list("pk", flat=True))
        for field in model._meta.concrete_fields
    ]


def value_of(model, key, field):
    return model._default_manager.filter(pk=key).values_list(field.attname, flat=True).get()


def put(model, key, field, value):
    """Past everything that the program would say to it, as somebody with the database file would."""
    table, own = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name
    named = f"{own(model._meta.pk.column)} = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {own(field.column)} = %s WHERE {named}", [value, key])  # noqa: S608


def altered(value, field, data):
    if isinstance(field, models.DateTimeField):
        return "2020-02-02 02:02:02" if value is None else value + timedelta(microseconds=1)
    if value is None:
        return b"\1" * 16 if isinstance(field, models.BinaryField) else 1
    # Beyond the other rows, which would keep their own keys.
    return value + 100 if isinstance(value, int) else altered_text(value, data)


def altered_text(value, data):
    raw = value.encode() if isinstance(value, str) else bytes(value)
    if not raw:
        return "x" if isinstance(value, str) else b"x"
    kind = data.draw(st.sampled_from(["byte", "cut", "more", "empty"]))
    at = data.draw(st.integers(0, len(raw) - 1))
    if kind == "byte" and isinstance(value, str):
        return value[:at] + chr(ord(value[at : at + 1] or "a") ^ 1) + value[at + 1 :]
    if kind == "byte":
        return raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :]
    changed = raw[:at] if kind == "cut" else raw + b"x" if kind == "more" else b""
    return changed.decode(errors="replace") if isinstance(value, str) else changed


def found():
    try:
        ledger.verify()
    except ledger.LedgerTampered as error:
        return str(error)
    return ""


@IN_THIS_TEST
@given(data=st.data())
def test_any_cell_altered_is_found_and_its_entry_is_named(written, data):
    model, key, field = data.draw(st.sampled_from(cells()))
    before = value_of(model, key, field)
    after = altered(before, field, data)
    if after == before or (field.primary_key and model.__name__ == "TreeHead"):
        return
    put(model, key, field, after)
    try:
        told = found()
        assert told, f"{model.__name__} {key}: {field.column}"
        if model.__name__ == "Entry" and not field.primary_key:
            assert f"entry {key} " in told, told
    finally:
        put(model, after if field.primary_key else key, field, before)
    assert found() == ""


@pytest.mark.parametrize("at", range(SIZE))
def test_any_row_deleted_is_found_and_named(written, at):
    for model in tables():
        keys = sorted(model._default_manager.values_list("pk", flat=True))
        if len(keys) == SIZE:
            rows = list(model._default_manager.filter(pk=keys[at]).values())
            with connection.cursor() as cursor:
                name, column = model._meta.db_table, model._meta.pk.column
                cursor.execute(f'DELETE FROM {name} WHERE "{column}" = %s', [keys[at]])  # noqa: S608
            told = found()
            assert f"entry {at} " in told, f"{model.__name__}: {told}"
            model(**{field.attname: rows[0][field.attname] for field in model._meta.concrete_fields}).save(
                force_insert=True
            )
            assert found() == ""


@IN_THIS_TEST
@given(one=st.integers(0, SIZE - 1), other=st.integers(0, SIZE - 1))
def test_any_two_rows_in_each_other_s_place_are_found(written, one, other):
    if one == other:
        return
    for model in tables():
        fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        if model._default_manager.count() != SIZE:
            continue
        kept = [[value_of(model, key, field) for field in fields] for key in (one, other)]

        def write(rows, model=model, fields=fields):
            for key, values in zip((one, other), rows, strict=True):
                for field, value in zip(fields, values, strict=True):
                    put(model, key, field, value)

        write(kept[::-1])
        assert f"entry {min(one, other)} " in found()
        write(kept)
    assert found() == ""


def test_a_key_put_on_the_record_or_taken_off_it_is_found(written):
    LogKey.objects.create(public_key="other+0123abcd+AAAA", from_size=3)
    assert "record of the log's keys" in found()
    LogKey.objects.filter(from_size=3).delete()
    assert found() == ""
    LogKey.objects.all().delete()
    assert "record of the log's keys" in found()


@pytest.mark.parametrize(
    "untold", ["x", '{"event":"log.key_rotated","actor":"a","details":{}}', '{"event":"account.signed_in"}']
)
def test_an_entry_that_waits_to_be_told_explains_no_other_record(written, untold):
    LogKey.objects.update(reason="lost", untold=untold)
    assert "record of the log's keys" in found()
