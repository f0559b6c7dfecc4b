"""Videos: evenly sampled, timed, and honest about their ends."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from turnpike.capture.services import CaptureError, VideoCutShort, video_frames

FPS = 25


def indexes(path, every_s=None, limit=None):
    return [frame.index for frame in video_frames(path, every_s=every_s, limit=limit)]


def drained(path):
    """The numbers of all frames, and the error that ended them."""
    taken = []
    try:
        for frame in video_frames(path, every_s=None, limit=None):
            taken.append(frame.index)  # noqa: PERF401 - what came before the error counts
    except CaptureError as error:
        return taken, error
    return taken, None


def test_all_frames_come_in_order_with_their_times(make_video):
    path = make_video(created="2026-03-01T08:15:00Z")
    frames = list(video_frames(path, every_s=None, limit=None))
    assert [frame.index for frame in frames] == list(range(50))
    start = datetime(2026, 3, 1, 8, 15, tzinfo=UTC)
    for frame in frames:
        assert abs(frame.captured_at - start - timedelta(seconds=frame.index / FPS)) < timedelta(
            milliseconds=2
        )
        assert abs(frame.image.mean() - (frame.index * 4 + 5.5)) < 8
    assert frames[0].image.shape == (96, 160, 3)


def test_without_a_written_start_the_file_ends_when_it_was_last_changed(make_video):
    path = make_video()
    os.utime(path, (1_700_000_000, 1_700_000_000))
    first = next(video_frames(path, every_s=None, limit=None))
    assert abs(first.captured_at.timestamp() - (1_700_000_000 - 2)) < 0.1


@pytest.mark.parametrize("name", ["road.mp4", "road.mkv", "road.ts", "road.h264"])
@pytest.mark.parametrize("limit", [1, 7, 10, 25, 50])
def test_a_limit_is_spread_over_the_whole_video(make_video, name, limit):
    taken = indexes(make_video(name), limit=limit)
    assert len(taken) == limit
    assert taken[0] == 0
    assert taken[-1] >= 50 - 50 / limit - 2
    steps = [after - before for before, after in pairwise(taken)]
    assert not steps or max(steps) - min(steps) <= 1


def test_a_limit_above_the_number_of_frames_takes_all(make_video):
    assert indexes(make_video(), limit=500) == list(range(50))


def test_every_so_many_seconds(make_video):
    assert indexes(make_video(), every_s=0.2) == list(range(0, 50, 5))
    assert indexes(make_video(), every_s=0.2, limit=3) == [0, 17, 34]


@pytest.mark.parametrize(("name", "share"), [("road.mp4", 0.6), ("road.mkv", 0.6)])
def test_a_truncated_video_gives_what_decodes_then_says_so(make_video, name, share):
    path = make_video(name, frames=100, fast_start=name.endswith("mp4"))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    taken, error = drained(path)
    assert isinstance(error, VideoCutShort)
    assert taken == list(range(len(taken)))
    assert 30 <= len(taken) < 100


def test_damage_in_the_middle_is_stepped_over_and_told(make_video):
    path = make_video(frames=100, fast_start=True)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = b"\xff" * 2000
    path.write_bytes(content)
    taken, error = drained(path)
    assert isinstance(error, VideoCutShort)
    assert len(taken) > 60


@pytest.mark.parametrize("content", [b"", b"no video", b"\0" * 4096])
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "road.mp4"
    path.write_bytes(content)
    with pytest.raises(CaptureError):
        list(video_frames(path, every_s=None, limit=None))


def test_an_index_that_never_came_is_refused(make_video):
    path = make_video()
    path.write_bytes(path.read_bytes()[:-2000])  # the index stands at the end
    with pytest.raises(CaptureError):
        list(video_frames(path, every_s=None, limit=None))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CaptureError, match="no such file"):
        next(video_frames(tmp_path / "road.mp4", every_s=None, limit=None))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "road.mp4")
    with pytest.raises(CaptureError, match="not a file"):
        indexes(tmp_path / "road.mp4")


def test_a_colon_in_a_name_is_no_protocol(make_video, monkeypatch, tmp_path):
    make_video("12:30.mp4", frames=5)
    monkeypatch.chdir(tmp_path)
    assert indexes(Path("12:30.mp4")) == list(range(5))


@pytest.mark.parametrize(
    "playlist",
    [
        "ffconcat version 1.0\nfile 'other.mp4'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.mp4\n#EXT-X-ENDLIST\n",
    ],
)
def test_a_file_cannot_have_other_files_read(make_video, tmp_path, playlist):
    make_video("other.mp4")
    (tmp_path / "list.mp4").write_text(playlist)
    with pytest.raises(CaptureError, match="not a video"):
        indexes(tmp_path / "list.mp4")
