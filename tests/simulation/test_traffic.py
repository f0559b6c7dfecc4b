"""Rendered traffic: what each condition promises, and that its truth is where the pictures have it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw

from turnpike.simulation.light import light_of
from turnpike.simulation.models import Colour, TownVehicle, VehicleKind, View
from turnpike.simulation.services import Condition, traffic_clip
from turnpike.simulation.traffic_codec import from_h264, through_h264
from turnpike.simulation.traffic_driving import even_drive
from turnpike.simulation.traffic_painting import pictures
from turnpike.simulation.traffic_planning import overhead_view, stage_of
from turnpike.simulation.traffic_plates import RoadVehicle, _two_ways
from turnpike.simulation.traffic_stage import (
    LEGIBLE_PX,
    Post,
    Stage,
    Weather,
    hull,
    moments_s,
    placed_at,
    plates_seen,
)

SIZE = (1280, 720)
SEED = 3


@pytest.fixture(scope="module")
def truths():
    return {condition: traffic_clip(condition, SEED).truth for condition in Condition}


def test_the_same_seed_gives_the_same_truth_and_another_gives_another():
    assert traffic_clip(Condition.FAST, 4).truth == traffic_clip(Condition.FAST, 4).truth
    assert traffic_clip(Condition.FAST, 4).truth != traffic_clip(Condition.FAST, 5).truth


@pytest.mark.parametrize("condition", Condition)
def test_what_is_legible_is_whole_wide_enough_and_in_the_open(truths, condition):
    truth = truths[condition]
    assert sum(one.counts for one in truth.passes) >= 3
    for one in truth.passes:
        assert one.plate.isalnum()
        for seen in one.legible:
            x, y, width, height = seen.box
            assert width >= LEGIBLE_PX
            assert min(x, y) > 0
            assert x + width < SIZE[0]
            assert y + height < SIZE[1]
            assert seen.covered < 0.05
        widths = [seen.box[2] for seen in one.seen]
        if one.speed_mph:
            grows = widths == sorted(widths)
            assert grows if one.direction == "towards" else widths == sorted(widths, reverse=True)


def test_no_plate_comes_twice_unless_a_vehicle_comes_back(truths):
    for condition, truth in truths.items():
        plates = [one.plate for one in truth.passes]
        assert len(plates) - len(set(plates)) == (condition is Condition.COMING_BACK)
    back = truths[Condition.COMING_BACK]
    (plate,) = {one.plate for one in back.passes if [o.plate for o in back.passes].count(one.plate) == 2}
    first, second = (one for one in back.passes if one.plate == plate)
    assert first.direction != second.direction
    stage = stage_of(Condition.COMING_BACK, SEED, SIZE)
    times_s = moments_s(stage, back.fps)
    assert len(times_s) == back.frames
    assert times_s[second.first_frame] - times_s[first.last_frame] > 55


def test_fast_vehicles_are_fast_and_still_legible_twice(truths):
    assert all(one.speed_mph >= 49 and one.counts for one in truths[Condition.FAST].passes)


def test_a_queue_stands_and_a_parked_vehicle_never_moves(truths):
    def longest_stand(one):
        return max(len(list(group)) for _, group in itertools.groupby(seen.box for seen in one.seen))

    assert sum(longest_stand(one) > 8 * 5 for one in truths[Condition.QUEUE].passes) >= 2
    parked = truths[Condition.PARKED]
    (stands,) = (one for one in parked.passes if not one.speed_mph)
    assert longest_stand(stands) == parked.frames
    assert len(stands.legible) > 0.9 * parked.frames


def test_overtaking_vehicles_are_side_by_side(truths):
    passes = truths[Condition.OVERTAKING].passes
    for slower, faster in zip(passes[::2], passes[1::2], strict=True):
        assert faster.speed_mph > 1.2 * slower.speed_mph
        assert faster.lane != slower.lane
        assert {seen.frame for seen in slower.seen} & {seen.frame for seen in faster.seen}


def test_occlusion_hides_plates_between_two_moments_in_which_they_are_legible():
    hidden = 0
    for seed in range(1, 5):
        for one in traffic_clip(Condition.OCCLUSION, seed).truth.passes:
            between = [s for s in one.seen if one.first_frame < s.frame < one.last_frame and s.covered > 0.5]
            hidden += bool(between)
            assert len(between) <= 1.5 * 5 + 1
    assert hidden >= 5


def test_those_that_follow_close_have_a_second_at_the_most_between_them(truths):
    truth = truths[Condition.FOLLOWING_CLOSE]
    starts = [one.first_frame / truth.fps for one in truth.passes]
    assert all(later - earlier <= 1.5 for earlier, later in itertools.pairwise(starts))
    pairs = itertools.pairwise(one.plate for one in truth.passes)
    assert any(
        sum(a != b for a, b in zip(one, two, strict=True)) == 1 for one, two in pairs if len(one) == len(two)
    )


def _stage(*drives, posts=()):
    view = overhead_view(np.random.default_rng(1), SIZE)
    return Stage(view, light_of(40), Weather(0.001), drives, 5.0, posts)


def _drive(plate, z_m, *, x_m=1.43, kind=VehicleKind.HATCHBACK):
    vehicle = RoadVehicle(TownVehicle(plate, Colour.BLUE, kind), "GB")
    rng = np.random.default_rng(2)
    return even_drive(vehicle, View.FRONT, x_m, speed_mph=30, at_s=1.0, rng=rng, there_m=z_m)


def test_a_vehicle_in_front_covers_the_plate_behind_it_and_one_beside_does_not():
    def covered(*drives):
        stage = _stage(*drives)
        seen = {
            drive.vehicle.worn.plate: plate for drive, plate in plates_seen(stage, 0, placed_at(stage, 1.0))
        }
        return seen["AB12CDE"]

    behind = _drive("AB12CDE", 20.0)
    assert covered(behind).legible
    close = covered(behind, _drive("FG34HJK", 14.5, kind=VehicleKind.VAN))
    assert close.covered == 1
    assert not close.legible
    assert covered(behind, _drive("FG34HJK", 14.5, x_m=-1.43, kind=VehicleKind.VAN)).covered == 0


def test_a_post_covers_as_much_of_a_plate_as_stands_behind_it():
    drive = _drive("AB12CDE", 18.0)
    (placed,) = placed_at(_stage(drive), 1.0)
    stage = _stage(drive)
    # On the line from the camera to the plate's middle, half way: half of the plate's half metre needs an eighth there.
    middle = (drive.pose_at(1.0).x_m + stage.view.x_m) / 2
    post = Post(middle, placed.pose.z_m / 2, 0.130)
    ((_, seen),) = plates_seen(_stage(drive, posts=(post,)), 0, [placed])
    assert seen.covered == pytest.approx(0.5, abs=0.06)


def test_the_outline_of_points_is_convex_and_holds_them():
    points = np.random.default_rng(3).normal(0, 1, (60, 2))
    outline = hull(points)
    edges = np.roll(outline, -1, axis=0) - outline
    after = np.roll(edges, -1, axis=0)
    assert np.all(edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0] > 0)
    assert {tuple(corner) for corner in outline} <= {tuple(point) for point in points}


def test_the_plate_is_painted_where_the_truth_has_it():
    stage = _stage(_drive("AB12CDE", 18.0))
    rng = np.random.default_rng(4)
    with_car, empty = (np.asarray(one, dtype=int) for one in pictures(stage, (1.0, 4.9), rng))
    ((_, seen),) = plates_seen(stage, 0, placed_at(stage, 1.0))
    x, y, width, height = seen.box
    plate = with_car[y : y + height, x : x + width].mean(axis=2)
    assert plate.max() > 170, "the white ground"
    assert plate.min() < 70, "the ink"
    # The blue body about it is dark, so that nothing as bright lies beside.
    beside = with_car[y : y + height, x - 14 : x - 4].mean(axis=2)
    assert beside.mean() < plate.mean() - 40
    assert np.abs(with_car[:, :300] - empty[:, :300]).mean() < 6, "only the vehicle differs"


def test_film_gives_the_same_pictures_again(tmp_path):
    def drawn():
        for step in range(6):
            picture = Image.new("RGB", (320, 180), (70, 72, 74))
            ImageDraw.Draw(picture).rectangle((20 + step * 30, 60, 80 + step * 30, 90), fill=(240, 230, 60))
            yield picture

    film = tmp_path / "clip.h264"
    passed = list(through_h264(drawn(), 5.0, (320, 180), film))
    again = list(from_h264(film))
    assert len(passed) == len(again) == 6
    assert all(np.array_equal(one, other) for one, other in zip(passed, again, strict=True))
    sharp = np.asarray(next(drawn()), dtype=int)
    assert 0 < np.abs(passed[0] - sharp).mean() < 4, "the pictures have been through the compression"


def test_a_foreign_mark_that_could_be_told_two_ways_is_not_worn():
    assert _two_ways("IJ297OY", "SK"), "I and O stand for 1 and 0 as well"
    assert _two_ways("4T15971", "CZ"), "Czech marks have a letter or a digit there"
    assert not _two_ways("KEH4011", "DE"), "only digits stand there"
