from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.plates.services import formats_of, normalise
from turnpike.simulation.services import TownSizeError, VehicleKind, draw_registrations, make_town


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_every_registration_has_a_british_shape(seed):
    marks = draw_registrations(40, np.random.default_rng(seed))
    assert len(set(marks)) == 40
    for mark in marks:
        assert normalise(mark) == mark
        assert any(form.country == "GB" for form in formats_of(mark)), mark


def test_most_marks_are_current_and_the_eras_differ():
    marks = draw_registrations(600, np.random.default_rng(1))
    eras = Counter(formats_of(mark)[0].era for mark in marks)
    assert eras["current"] > 420
    assert {"prefix", "suffix", "dateless", "northern ireland"} <= set(eras)


def test_the_same_seed_is_the_same_town(town):
    assert make_town(town.seed) == town
    assert make_town(town.seed + 1) != town


def test_a_town_has_what_was_asked_for():
    town = make_town(2, cameras=12, vehicles=9)
    assert len(town.cameras) == 12
    assert len({camera.camera_id for camera in town.cameras}) == 12
    assert len({car.plate for car in town.vehicles}) == 9
    assert town.camera("market-street-north").name == "Market Street, looking north"
    with pytest.raises(KeyError):
        town.camera("no-such-street")


@pytest.mark.parametrize(("cameras", "vehicles"), [(0, 5), (21, 5), (3, 0)])
def test_impossible_towns_are_refused(cameras, vehicles):
    with pytest.raises(TownSizeError, match="1 to 20"):
        make_town(1, cameras=cameras, vehicles=vehicles)


def test_cameras_stand_on_their_roads(town):
    roads = {road.name: road.points_m for road in town.roads}
    for camera in town.cameras:
        points = roads[camera.name.split(",")[0]]
        assert min(_distance((camera.x_m, camera.y_m), a, b) for a, b in pairwise(points)) < 1
        assert 0 <= camera.heading_degrees < 360
        north_m = math.radians(camera.latitude - town.latitude) * 6_371_008.8
        assert north_m == pytest.approx(camera.y_m, abs=0.5)


def _distance(point, start, end):
    dx, dy = end[0] - start[0], end[1] - start[1]
    part = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / (dx * dx + dy * dy)
    part = min(1.0, max(0.0, part))
    return math.dist(point, (start[0] + part * dx, start[1] + part * dy))


def test_passings_are_in_order_and_possible(town):
    ids = {camera.camera_id for camera in town.cameras}
    for drive in town.journeys:
        assert drive.vehicle in town.vehicles
        for passing in drive.passes:
            assert passing.camera_id in ids
            assert 0 <= passing.offset_s < 86_400
            assert passing.lane in (1, 2)
            assert 10 <= passing.speed_mph <= 60
        assert all(a.offset_s < b.offset_s for a, b in pairwise(drive.passes))


@pytest.mark.parametrize("seed", range(6))
def test_the_day_has_rush_hours_and_a_quiet_night(seed):
    town = make_town(seed, vehicles=150)
    hours = Counter(passing.offset_s // 3600 for drive in town.journeys for passing in drive.passes)
    night = sum(hours[hour] for hour in range(5)) / 5
    assert (hours[7] + hours[8]) / 2 > 5 * night
    assert (hours[16] + hours[17]) / 2 > 5 * night
    assert (hours[7] + hours[8]) / 2 > hours[10]


@pytest.mark.parametrize("seed", range(6))
def test_the_stolen_vehicle_is_seen_at_several_cameras(seed):
    town = make_town(seed)
    assert town.stolen in town.vehicles
    assert town.stolen.kind is not VehicleKind.VAN
    assert formats_of(town.stolen.plate)[0].era == "current"
    seen = {
        passing.camera_id
        for drive in town.journeys
        if drive.vehicle == town.stolen
        for passing in drive.passes
    }
    assert len(seen) >= 4
