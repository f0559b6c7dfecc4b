"""What the store would wrap or spoil is refused before it is near it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.reads.samples import NOON, a_batch, a_query, a_read

from turnpike.reads.services import MAX_BATCH_READS, InvalidQuery, InvalidRead


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("plate", ""),
        ("plate", "AB12 CDE"),
        ("plate", "ab12cde"),
        ("plate", "A" * 17),
        ("plate", "AB12CDE\n"),
        ("raw_text", "A" * 65),
        ("raw_text", "\ud800"),
        ("country", "é\udfff"),
        ("confidence", 1.01),
        ("confidence", -0.01),
        ("confidence", float("nan")),
        ("candidates", (("AB", 2.0),)),
        ("candidates", (("A" * 65, 0.5),)),
        ("candidates", (("AB", 0.5),) * 33),
        ("lane", 256),
        ("lane", -1),
        ("direction", "sideways"),
        ("clock_error_ms", 2**31),
        ("frames_agreeing", 65536),
        ("event_key", 2**64),
        ("event_key", -1),
        ("captured_at", datetime(2026, 3, 14)),  # noqa: DTZ001 - the lack of a zone is the point
        ("captured_at", datetime(1969, 12, 31, tzinfo=UTC)),
    ],
)
def test_a_read_out_of_range_is_refused_by_its_field(field, value):
    with pytest.raises(InvalidRead, match=f"^{field} must ") as refusal:
        a_read(**{field: value})
    assert "AB12" not in str(refusal.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("camera_id", ""),
        ("software", "s" * 65),
        ("payload_sha256", b"short"),
        ("received_at", datetime(2026, 3, 14)),  # noqa: DTZ001 - the lack of a zone is the point
    ],
)
def test_a_batch_out_of_range_is_refused_by_its_field(field, value):
    with pytest.raises(InvalidRead, match=f"^{field} must "):
        a_batch(a_read(), **{field: value})


def test_a_batch_has_a_largest_size():
    with pytest.raises(InvalidRead, match="at most 10000"):
        a_batch(*[a_read()] * (MAX_BATCH_READS + 1))


@pytest.mark.parametrize("until", [NOON, datetime(2026, 3, 15)])  # noqa: DTZ001 - the lack of a zone is the point
def test_a_query_without_a_range_is_refused(until):
    with pytest.raises(InvalidQuery):
        a_query(captured_from=NOON, captured_until=until)
