from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import av
import pytest
from PIL import Image

from turnpike.simulation.services import (
    WorldFolderError,
    live_passings,
    load_demo_world,
    render_video,
    write_demo_world,
)

from .conftest import SEED, TODAY, small_world_in

pytestmark = pytest.mark.long


def quiet(_what, _done, _total):
    """Take no notice of progress."""


def forbidden(what, _done, _total):
    pytest.fail(f"{what} were made again")


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_world_comes_back_as_it_was_written(small_world):
    assert load_demo_world(small_world.folder) == small_world
    assert len(small_world.pictures) == 3
    assert small_world.day == TODAY - timedelta(days=1)
    assert any(picture.vehicle == small_world.stolen for picture in small_world.pictures)


def test_the_same_seed_is_the_same_world_to_the_byte(small_world, tmp_path):
    again = small_world_in(tmp_path)
    assert digests(again.folder) == digests(small_world.folder)


def test_a_complete_world_is_left_alone(small_world):
    before = digests(small_world.folder)
    later = write_demo_world(small_world.folder, SEED, forbidden, today=date(2031, 1, 1))
    assert later == small_world
    assert digests(small_world.folder) == before


def test_pictures_carry_their_time_and_place(small_world):
    for picture in small_world.pictures:
        path = small_world.folder / picture.path
        assert path.parent.name == picture.camera_id
        assert picture.captured_at.date() == small_world.day
        assert datetime.strptime(path.stem, "%Y-%m-%dT%H-%M-%SZ").replace(tzinfo=UTC) == picture.captured_at
        with Image.open(path) as image:
            assert image.size == (1280, 720)
            exif = image.getexif().get_ifd(0x8769)
        assert exif[0x9003] == f"{picture.captured_at:%Y:%m:%d %H:%M:%S}"
        assert exif[0x9011] == "+00:00"
        assert [plate.text for plate in picture.plates] == [picture.vehicle.plate]


def test_another_seeds_world_is_not_overwritten(small_world):
    with pytest.raises(WorldFolderError, match="another folder"):
        write_demo_world(small_world.folder, SEED + 1, quiet)


def test_an_incomplete_world_is_refused_when_read_and_finished_when_written(tmp_path):
    with pytest.raises(WorldFolderError, match="no demo world"):
        load_demo_world(tmp_path)
    (tmp_path / "pictures").mkdir()
    world = small_world_in(tmp_path)
    assert load_demo_world(tmp_path) == world
    (tmp_path / world.pictures[0].path).unlink()
    with pytest.raises(WorldFolderError, match="missing"):
        load_demo_world(tmp_path)
    (tmp_path / "world.json").write_text("{")
    with pytest.raises(WorldFolderError, match="cannot be read"):
        load_demo_world(tmp_path)


def test_a_world_of_another_making_is_refused(tmp_path, small_world):
    text = (small_world.folder / "world.json").read_text()
    (tmp_path / "world.json").write_text(text.replace('"making": 1', '"making": 999'))
    with pytest.raises(WorldFolderError, match="another version"):
        load_demo_world(tmp_path)


def test_progress_counts_up(tmp_path):
    said = []
    write_demo_world(
        tmp_path, SEED, lambda *told: said.append(told), today=TODAY, pictures=2, video_seconds=0.1
    )
    assert said == [
        ("pictures", 0, 2),
        ("pictures", 1, 2),
        ("pictures", 2, 2),
        ("video", 0, 1),
        ("video", 1, 1),
    ]


def test_a_video_has_its_frames_and_its_truth(town, tmp_path):
    path = tmp_path / "road.mp4"
    truth = render_video(town, path, SEED, day=TODAY, seconds=5.6, fps=10, size=(960, 540))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 10
        shapes = {(frame.width, frame.height) for frame in container.decode(stream)}
        assert shapes == {(960, 540)}
        assert stream.frames == truth.frames == 56
    assert truth.camera_id in {camera.camera_id for camera in town.cameras}
    passes = {found.vehicle: found for found in truth.passes}
    assert len(passes) >= 3
    assert town.stolen in passes
    for found in truth.passes:
        assert 0 <= found.first_frame <= found.last_frame < truth.frames
        assert found.last_frame - found.first_frame >= 3
    # The stolen vehicle passes at the second that its journey says.
    offset = truth.starts_at + timedelta(seconds=passes[town.stolen].last_frame / 10)
    passings = [p for drive in town.journeys if drive.vehicle == town.stolen for p in drive.passes]
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    assert any(
        abs((midnight + timedelta(seconds=p.offset_s) - offset).total_seconds()) <= 2 for p in passings
    )


def test_traffic_goes_on(small_world, tmp_path):
    clock = iter(datetime(2026, 5, 20, 9, 0, second, tzinfo=UTC) for second in range(3))
    passed = list(islice(live_passings(small_world, tmp_path, now=lambda: next(clock)), 3))
    assert passed[1].vehicle == small_world.stolen
    for second, passing in enumerate(passed):
        assert passing.captured_at == datetime(2026, 5, 20, 9, 0, second, tzinfo=UTC)
        assert passing.path == tmp_path / passing.camera_id / f"2026-05-20T09-00-0{second}Z.jpg"
        with Image.open(passing.path) as image:
            assert image.size == (1280, 720)
