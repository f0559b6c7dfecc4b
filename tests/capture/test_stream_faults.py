"""What goes wrong with live streams: each on a real RTSP stream on loopback."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rtsp import serve

from turnpike.capture.services import Pauses, StreamClock, StreamReader

QUICK = Pauses(first_s=0.05, longest_s=0.2)
LIMIT_S = 30.0
pytestmark = pytest.mark.rtsp


def write(path, sizes, *, coding="libx264", frames=20, is_still=False):
    """A bare stream that shows noise of each of `sizes` in turn; the same picture again and again where it `is_still`."""
    data = bytearray()
    for number, (width, height) in enumerate(sizes):
        coder = av.CodecContext.create(coding, "w")
        coder.width, coder.height, coder.pix_fmt = width, height, "yuv420p"
        coder.framerate, coder.time_base = Fraction(25), Fraction(1, 25)
        coder.options = {"g": "1" if is_still else "10", "bf": "0", "x265-params": "log-level=none:pools=1"}
        coder.options |= {"preset": "ultrafast", "threads": "1"} | ({"qp": "30"} if is_still else {})
        for index in range(frames):
            seed = 0 if is_still else 1000 * number + index
            image = np.random.default_rng(seed).integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(image.repeat(8, 0).repeat(8, 1), format="rgb24")
            frame.pts = index
            data += b"".join(bytes(packet) for packet in coder.encode(frame))
        data += b"".join(bytes(packet) for packet in coder.encode(None))
    path.write_bytes(data)
    return path


def until(frames, is_so):
    """Take frames until it is so."""
    deadline = time.monotonic() + LIMIT_S
    for frame in frames:
        if is_so(frame):
            return frame
        assert time.monotonic() < deadline, "it did not come about in time"
    raise AssertionError("the frames ended")


def wait(is_so):
    deadline = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        threading.Event().wait(0.01)


def test_a_stream_that_says_nothing_more_is_opened_anew(tmp_path):
    with (
        serve(write(tmp_path / "road.h264", [(160, 96)])) as camera,
        StreamReader(camera.url, silence_s=0.5, pauses=QUICK) as stream,
    ):
        frames = stream.frames()
        before = next(frames)
        camera.freeze()
        wait(lambda: (stream.silent_for_s or 0) > 0.6)
        camera.thaw()
        after = until(frames, lambda _: stream.reconnects > 0)
    assert after.captured_at > before.captured_at


def test_a_pause_is_told_once_and_the_frames_go_on(tmp_path):
    with (
        serve(write(tmp_path / "road.h264", [(160, 96)])) as camera,
        StreamReader(camera.url, silence_s=0.5, pauses=QUICK) as stream,
    ):
        given = stream.frames_and_pauses(every_s=0.1, pause_s=0.3)
        until(given, lambda frame: frame is not None)
        camera.freeze()
        until(given, lambda frame: frame is None)
        camera.thaw()
        assert next(given) is not None


def test_a_stream_changes_its_size_in_the_middle_and_over_a_restart(tmp_path):
    both = write(tmp_path / "both.h264", [(160, 96), (320, 192)])
    with serve(both) as camera, StreamReader(camera.url, silence_s=1, pauses=QUICK) as stream:
        frames = stream.frames()
        shapes = [(96, 160, 3), (192, 320, 3), (96, 160, 3)]
        for shape in shapes:
            until(frames, lambda frame, shape=shape: frame.image.shape == shape)
        assert stream.connections == 1
        camera.show(write(tmp_path / "other.h264", [(240, 160)]))
        until(frames, lambda frame: frame.image.shape == (160, 240, 3))
        assert stream.reconnects >= 1


def test_one_picture_for_ever_is_a_fault_that_is_told_once_and_ends(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    still = write(tmp_path / "still.h264", [(160, 96)], is_still=True)
    with serve(still) as camera, StreamReader(camera.url, frozen_s=0.5, silence_s=1, pauses=QUICK) as stream:
        frames = stream.frames(every_s=0.05)
        next(frames)
        wait(lambda: stream.counts.repeated > 10)
        assert stream.is_frozen
        assert sum("without any change" in record.message for record in caplog.records) == 1
        taken = stream.counts.taken
        camera.show(write(tmp_path / "road.h264", [(160, 96)]))
        until(frames, lambda _: not stream.is_frozen)
        assert stream.counts.taken >= taken
    assert any("moves again" in record.message for record in caplog.records)


def test_damaged_packets_are_counted_and_the_stream_goes_on(tmp_path):
    whole = write(tmp_path / "road.h264", [(160, 96)], frames=40)
    data = bytearray(whole.read_bytes())
    rng = np.random.default_rng(3)
    for at in rng.integers(len(data) // 3, 2 * len(data) // 3, 60):
        data[at] ^= 0x5A
    whole.write_bytes(data)
    with serve(whole) as camera, StreamReader(camera.url, silence_s=2, pauses=QUICK) as stream:
        until(stream.frames(), lambda _: stream.counts.corrupt > 0 and stream.counts.received > 40)
        counts = stream.counts
    assert counts.connections == 1
    assert counts.taken + counts.dropped <= counts.received


@pytest.mark.parametrize(
    ("name", "coding", "options"),
    [("road.h265", "libx265", ("--coding", "h265")), ("", "", ("--sound",))],
    ids=["HEVC", "sound"],
)
def test_other_codings_and_sound_beside_the_picture_are_read(tmp_path, name, coding, options):
    film = write(tmp_path / name, [(160, 96)], coding=coding) if name else None
    with serve(film, *options) as camera, StreamReader(camera.url, pauses=QUICK) as stream:
        until(stream.frames(), lambda frame: frame.index > 5)


def test_the_machine_s_clock_is_put_back_and_forward_while_a_stream_is_read(tmp_path, caplog):
    offset = timedelta()
    clock = StreamClock(clock=lambda: datetime.now(UTC) + offset)
    with (
        serve(write(tmp_path / "road.h264", [(160, 96)])) as camera,
        StreamReader(camera.url, clock=clock, pauses=QUICK) as stream,
    ):
        frames = stream.frames()
        until(frames, lambda frame: frame.index > 3)
        for hours in (-2, 3):
            offset = timedelta(hours=hours)
            frame = until(
                frames,
                lambda frame, shift=offset: (
                    abs(frame.captured_at - datetime.now(UTC) - shift) < timedelta(seconds=1)
                ),
            )
            following = [next(frames) for _ in range(3)]
            times = [frame.captured_at, *(one.captured_at for one in following)]
            assert times == sorted(times)
        assert stream.counts.jumps == 2
        steady = [one.steady_s or 0.0 for one in following]
        assert all(0 < b - a < 2 for a, b in itertools.pairwise(steady))
    assert sum("clock was put" in record.message for record in caplog.records) == 2


class Turn:
    """Says when it is entered and left."""

    def __init__(self):
        self.holding = False
        self.entered = 0

    def __enter__(self):
        self.entered += 1
        self.holding = True

    def __exit__(self, *_):
        self.holding = False


def test_frames_come_at_the_pace_asked_for_and_only_in_turn(tmp_path):
    turn = Turn()
    with serve(write(tmp_path / "road.h264", [(160, 96)])) as camera, StreamReader(camera.url) as stream:
        taken: list[float] = []
        for frame in itertools.islice(stream.frames(every_s=0.2, turn=turn), 8):
            assert turn.holding
            taken.append(frame.steady_s or 0.0)
        counts = stream.counts
    gaps = np.diff(taken)
    assert 0.15 < np.median(gaps) < 0.3
    assert counts.dropped > counts.taken
    assert turn.entered >= 8
    assert not turn.holding


@given(st.lists(st.tuples(st.floats(0.001, 3), st.floats(-0.04, 0.04)), min_size=2, max_size=60))
def test_instants_only_grow_where_nobody_sets_the_clock(steps):
    wall, steady = [datetime(2026, 3, 1, tzinfo=UTC)], [100.0]
    clock = StreamClock(clock=lambda: wall[0], steady=lambda: steady[0])
    told = [clock.now()]
    for step_s, slew_s in steps:
        steady[0] += step_s
        wall[0] += timedelta(seconds=step_s + min(slew_s, step_s / 2))
        told.append(clock.now())
    assert clock.jumps <= 1  # sixty small ones in the same direction are more than a second
    for one, other in itertools.pairwise(told):
        assert other.steady_s > one.steady_s
        if not clock.jumps:
            assert other.at > one.at
            assert abs((other.at - one.at).total_seconds() - (other.steady_s - one.steady_s)) < 0.2


def test_a_clock_that_was_set_is_believed():
    wall, steady = [datetime(2026, 3, 1, tzinfo=UTC)], [0.0]
    clock = StreamClock(clock=lambda: wall[0], steady=lambda: steady[0])
    clock.now()
    for hours in (5, -9):
        steady[0] += 1
        wall[0] += timedelta(hours=hours)
        assert clock.now().at == wall[0]
        assert clock.last_jump_s == pytest.approx(hours * 3600, abs=2)
    assert clock.jumps == 2
