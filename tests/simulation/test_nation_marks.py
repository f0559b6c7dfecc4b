from __future__ import annotations

import numpy as np

from turnpike.plates.services import BRITISH, formats_of
from turnpike.simulation.nation_marks import COUNTRIES, MarkMaker, most_vehicles
from turnpike.simulation.nation_plan import MOST_VEHICLES


def spelled(maker: MarkMaker, vehicles: np.ndarray) -> list[tuple[str, str]]:
    marks = maker.marks(vehicles)
    return [
        (packed.tobytes()[:length].decode(), COUNTRIES[country])
        for packed, length, country in zip(marks.packed, marks.lengths, marks.countries, strict=True)
    ]


def test_each_vehicle_has_a_mark_of_its_own_and_keeps_it():
    maker, vehicles = MarkMaker(5), np.arange(1_000_000)
    marks = maker.marks(vehicles)
    for country in range(len(COUNTRIES)):
        of_country = marks.packed[marks.countries == country]
        assert len(np.unique(of_country)) == len(of_country)
    some = vehicles[::20_001][::-1]
    again = maker.marks(some)
    assert np.array_equal(again.packed, marks.packed[some])
    assert not np.array_equal(MarkMaker(6).marks(some).packed, again.packed)


def test_no_two_vehicles_share_a_mark_where_marks_are_nearly_used_up():
    maker = MarkMaker(5)
    irish = np.flatnonzero(maker.marks(np.arange(1_000)).countries == COUNTRIES.index("IE"))
    marks = maker.marks((np.arange(60_000)[:, None] * 1_000 + irish).ravel())
    assert set(marks.countries) == {COUNTRIES.index("IE")}
    assert len(np.unique(marks.packed)) == len(marks.packed) == 240_000


def test_there_are_marks_enough_for_the_largest_nation():
    assert most_vehicles() >= MOST_VEHICLES


def test_british_marks_have_british_shapes_in_about_their_shares():
    marks = spelled(MarkMaker(5), np.arange(20_000) * 1_999)
    british = [mark for mark, country in marks if country == "GB"]
    shapes = [formats_of(mark)[0] for mark in british]
    assert all(shape in BRITISH for shape in shapes)
    assert 0.77 < sum(shape.era == "current" for shape in shapes) / len(shapes) < 0.86
    foreign = {country for _, country in marks} - {"GB"}
    assert {"IE", "FR", "DE", "PL"} <= foreign
