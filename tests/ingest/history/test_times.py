"""Times as systems write them: a column gives what each of its values alone gives."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.ingest.history.errors import PlanRefused
from turnpike.ingest.history.fields import DAY_FIRST, ISO, MILLISECONDS, MONTH_FIRST, SECONDS
from turnpike.ingest.history.times import has_offsets, instants

LONDON = "Europe/London"


def read(texts, time_format=ISO, zone=LONDON):
    found = instants(pa.array(texts), time_format, zone)
    return [
        datetime.fromtimestamp(ms / 1000, UTC).isoformat() if good else None
        for ms, good in zip(found.ms.tolist(), found.read.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "time_format", "instant"),
    [
        ("2026-01-31T08:15:02.125Z", ISO, "2026-01-31T08:15:02.125000+00:00"),
        ("2026-01-31 08:15:02+01:00", ISO, "2026-01-31T07:15:02+00:00"),
        ("2026-07-31 08:15:02", ISO, "2026-07-31T07:15:02+00:00"),
        (" 2026-01-31 08:15:02.1239999 ", ISO, "2026-01-31T08:15:02.123000+00:00"),
        ("2026-01-31 08:15", ISO, "2026-01-31T08:15:00+00:00"),
        ("31/07/2026 08:15:02", DAY_FIRST, "2026-07-31T07:15:02+00:00"),
        ("1.2.2026 8:15:02.5", DAY_FIRST, "2026-02-01T08:15:02.500000+00:00"),
        ("01-31-2026 08:15:02", MONTH_FIRST, "2026-01-31T08:15:02+00:00"),
        ("1769847302.125", SECONDS, "2026-01-31T08:15:02.125000+00:00"),
        ("1769847302125", MILLISECONDS, "2026-01-31T08:15:02.125000+00:00"),
        ("31 Jan 26 08:15", "%d %b %y %H:%M", "2026-01-31T08:15:00+00:00"),
        ("1/31/2026 8:15:02 PM", "%m/%d/%Y %I:%M:%S %p", "2026-01-31T20:15:02+00:00"),
        ("2026-01-31 08:15:02 +0100", "%Y-%m-%d %H:%M:%S %z", "2026-01-31T07:15:02+00:00"),
        ("2026-02-30 08:15:02", ISO, None),
        ("31/01/2026 08:15:02", ISO, None),
        ("31/01/2026 08:15:02", MONTH_FIRST, None),
        ("31x01/2026 08:15:02", DAY_FIRST, None),
        ("soon", SECONDS, None),
        ("nan", SECONDS, None),
        ("-1", SECONDS, None),
        ("1e30", SECONDS, None),
        ("", ISO, None),
        ("2026-01-31 08:15:02\0", ISO, None),
    ],
)
def test_one_time(text, time_format, instant):
    assert read([text], time_format) == [instant]


def test_the_nights_in_which_the_clocks_change():
    found = instants(
        pa.array(["2026-03-29 01:30:00", "2026-03-29 02:00:00", "2026-10-25 01:30:00", "x"]), ISO, LONDON
    )
    assert found.skipped.tolist() == [True, False, False, False]
    assert found.read.tolist() == [False, True, True, False]
    assert found.repeated == 1
    assert read(["2026-10-25 01:30:00"]) == ["2026-10-25T00:30:00+00:00"]  # the first of the two


_TIMES = st.sampled_from(
    [
        "2026-01-31T08:15:02Z", "2026-01-31 08:15:02", "2026-01-31 08:15:02+01", "2026-01-31 08:15:02+0100", "2026-01-31",
        "2026-01-31 08", "2026-01-31T08:15Z", "31/01/2026 08:15:02", "1/2/2026 8:15", "01/31/2026T08:15:02", "1e3", "1769847302",
        "-5", "+5", ".5", "5.", "inf", "", " ", "2026-13-01 00:00:00", "2026-03-29 01:30:00", "12/12/2026", "2026-01-31 24:00:00",
    ]
)  # fmt: skip


@given(st.lists(_TIMES, min_size=1, max_size=8), st.sampled_from([ISO, DAY_FIRST, MONTH_FIRST, SECONDS]))
def test_no_time_hangs_on_its_neighbours(texts, time_format):
    assert read(texts, time_format) == [read([text], time_format)[0] for text in texts]


def test_numbers_and_timestamps_of_parquet():
    moment = datetime(2026, 1, 31, 8, 15, 2, tzinfo=UTC)
    for kind in ("s", "ms", "us", "ns"):
        column = pa.array([moment, None], pa.timestamp(kind, tz="UTC"))
        found = instants(column, ISO, "")
        assert (found.ms[0], found.read.tolist()) == (1769847302000, [True, False])
    assert instants(pa.array([1769847302], pa.int64()), SECONDS, "").ms[0] == 1769847302000
    local = pa.array([datetime(2026, 7, 31, 8, 15, 2)], pa.timestamp("us"))  # noqa: DTZ001 - without a zone on purpose
    assert instants(local, ISO, LONDON).ms[0] == 1785482102000
    assert not has_offsets(local, ISO)


@pytest.mark.parametrize(
    ("column", "time_format", "sentence"),
    [
        (pa.array(["2026-01-31 08:15:02"]), ISO, "say their zone"),
        (pa.array([1769847302]), ISO, "say --time-format"),
        (pa.array([b"x"]), ISO, "map another"),
    ],
)
def test_what_is_left_open_is_asked_for(column, time_format, sentence):
    with pytest.raises(PlanRefused, match=sentence):
        instants(column, time_format, "")
