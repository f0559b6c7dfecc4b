"""However the messages of a pass come, it is one read with its own picture, and no message is left over."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.ingest import passes as passing
from turnpike.ingest.passes import LONGEST, REMEMBERED, SILENCE, Finished, Passes, Seen
from turnpike.ingest.retries import RetryHashes
from turnpike.ingest.spool import Place
from turnpike.ingest.vendor_messages import Phase, Picture, Sighting
from turnpike.ingest.vendor_reads import NO_PLATE, Origin, read_of

if TYPE_CHECKING:
    from turnpike.ingest.vendor_reads import VendorRead

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HASHES = RetryHashes(bytes(32))
KEY = ("gate", "gate-1", "pass 1")


def a_read(plate: str = "AB12CDE", confidence: float | None = 0.9, **changes: Any) -> VendorRead:
    sighting = Sighting(plate=plate, captured_at=NOW, confidence=confidence, pass_id="1", **changes)
    origin = Origin("json", "", "", bytes(32), NOW)
    return read_of(sighting, origin, camera_id="gate-1", direction="", hashes=HASHES)


def seen(
    read: VendorRead | None, *, number: int = 0, after_s: float = 0.0, phase: Phase = Phase.UPDATE
) -> Seen:
    return Seen(
        Place(1, number), NOW + timedelta(seconds=after_s), phase, read, "" if read else NO_PLATE, "json"
    )


def one_pass(*parts: tuple[VendorRead | None, Phase]) -> Finished:
    """What comes of these messages of one pass."""
    passes, finished = Passes(), []
    for number, (read, phase) in enumerate(parts):
        finished += passes.add(KEY, seen(read, number=number, phase=phase))
    finished += passes.silent(NOW + SILENCE)
    (only,) = finished
    assert not len(passes)
    assert only.places == tuple(Place(1, number) for number in range(len(parts)))
    return only


def test_the_surest_sighting_wins_with_its_own_picture():
    blurred = a_read("AB12CDF", 0.4, picture=Picture(b"blurred"))
    sharp = a_read("AB12CDE", 0.95, picture=Picture(b"sharp"))
    bare = a_read("AB12CDG", 0.6)
    over = one_pass((blurred, Phase.NEW), (sharp, Phase.UPDATE), (bare, Phase.ENDED))
    assert over.read is not None
    assert (over.read.plate, over.read.patch) == ("AB12CDE", b"sharp")
    assert over.read.columns.has_patch == [True]


def test_the_surest_without_a_picture_gets_no_other_s():
    over = one_pass((a_read("AB12CDF", 0.4, picture=Picture(b"other")), Phase.NEW), (a_read(), Phase.ENDED))
    assert over.read is not None
    assert over.read.patch is None
    assert over.read.columns.has_patch == [False]


def test_what_other_messages_say_of_the_same_plate_is_filled_in():
    over = one_pass(
        (a_read(confidence=0.5, direction="away", lane=2, colour="blue"), Phase.NEW),
        (a_read("XX99XXX", 0.6, country="FR", make="Ford"), Phase.UPDATE),
        (a_read(confidence=0.9), Phase.ENDED),
    )
    assert over.read is not None
    columns = over.read.columns
    assert (columns.directions, columns.lanes, columns.colours) == (["away"], [2], ["blue"])
    assert (columns.countries, columns.makes) == ([""], [""]), (
        "what another plate's sighting says is not this one's"
    )
    assert columns.frames_agreeing == [2]


@pytest.mark.parametrize(
    ("confidences", "wins"),
    [((None, None), 1), ((None, 0.1), 1), ((0.1, None), 0), ((0.5, 0.5), 0), ((0.5, 0.4), 0)],
)
def test_which_is_surer(confidences: tuple[float | None, float | None], wins: int):
    reads = [a_read(plate, value) for plate, value in zip(("AA11AAA", "BB22BBB"), confidences, strict=True)]
    over = one_pass((reads[0], Phase.NEW), (reads[1], Phase.ENDED))
    assert over.read is not None
    assert over.read.plate == reads[wins].plate


def test_a_last_message_without_a_plate_ends_what_was_read():
    over = one_pass((a_read(), Phase.NEW), (None, Phase.ENDED))
    assert over.read is not None
    assert over.reason == ""


def test_a_pass_without_any_plate_has_a_reason_and_no_read():
    over = one_pass((None, Phase.NEW), (None, Phase.ENDED))
    assert (over.read, over.reason, over.adapter) == (None, NO_PLATE, "json")


def test_silence_ends_a_pass_and_not_a_second_sooner():
    passes = Passes()
    passes.add(KEY, seen(a_read(), phase=Phase.NEW))
    passes.add(KEY, seen(a_read(), number=1, after_s=10))
    just_before = NOW + timedelta(seconds=10) + SILENCE - timedelta(milliseconds=1)
    assert passes.silent(just_before) == []
    (over,) = passes.silent(just_before + timedelta(milliseconds=1))
    assert len(over.places) == 2


def test_what_comes_after_the_end_is_part_of_it_and_no_second_read():
    passes = Passes()
    (over,) = passes.add(KEY, seen(a_read(), phase=Phase.ENDED))
    assert over.read is not None
    (late,) = passes.add(KEY, seen(a_read(confidence=1.0), number=1, after_s=10, phase=Phase.ENDED))
    assert (late.read, late.reason, late.places) == (None, "", (Place(1, 1),))
    after_s = 10 + REMEMBERED.total_seconds() + 1
    (next_one,) = passes.add(KEY, seen(a_read(), number=2, after_s=after_s, phase=Phase.WHOLE))
    assert next_one.read is not None, "a maker's counter that begins anew is another pass"


def test_a_pass_in_which_nothing_was_read_may_still_be_read():
    passes = Passes()
    passes.add(KEY, seen(None, phase=Phase.ENDED))
    (over,) = passes.add(KEY, seen(a_read(), number=1, after_s=5, phase=Phase.ENDED))
    assert over.read is not None


def test_a_parked_vehicle_is_stored_once_and_soon():
    passes, finished = Passes(), []
    for number in range(600):
        finished += passes.add(KEY, seen(a_read(), number=number, after_s=number))
        finished += passes.silent(NOW + timedelta(seconds=number))
    assert sum(over.read is not None for over in finished) == 1
    assert len(finished[0].places) <= LONGEST.total_seconds() + 1


def test_open_passes_are_bounded_and_none_is_lost(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passing, "MAX_OPEN", 10)
    passes, finished = Passes(), []
    for number in range(100):
        finished += passes.add(("gate", "gate-1", str(number)), seen(a_read(), number=number))
        assert len(passes) <= 10
    assert [over.places[0].record for over in finished] == list(range(90))
    assert len(passes.all_over()) == 10


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from([0.1, 0.5, 0.9, None, -1.0]),
            st.sampled_from(list(Phase)),
            st.floats(0, 15),
        ),
        max_size=30,
    )
)
def test_every_message_is_released_once_and_no_surer_sighting_loses(
    parts: list[tuple[str, float | None, Phase, float]],
):
    """-1 stands for a sighting without a plate."""
    passes, finished, at_s = Passes(), [], 0.0
    reads = {}
    for number, (name, confidence, phase, pause_s) in enumerate(parts):
        at_s += pause_s
        finished += passes.silent(NOW + timedelta(seconds=at_s))
        read = None if confidence == -1.0 else a_read(confidence=confidence)
        reads[Place(1, number)] = read
        finished += passes.add(("gate", "gate-1", name), seen(read, number=number, after_s=at_s, phase=phase))
    finished += passes.silent(NOW + timedelta(seconds=at_s) + SILENCE)
    assert not len(passes)
    released = Counter(place for over in finished for place in over.places)
    assert released == Counter(list(reads))
    for over in finished:
        sure = [read.confidence or -1 for place in over.places if (read := reads[place])]
        if over.read is not None:
            assert (over.read.confidence or -1) == max(sure)
