"""A live stream: real RTSP on loopback, stopped and restarted meanwhile."""

from __future__ import annotations

import logging
import random
import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rtsp import serve

from turnpike.capture.services import CaptureError, Pauses, StreamReader

QUICK = Pauses(first_s=0.05, longest_s=0.2)


@pytest.mark.rtsp
def test_a_stream_is_played(make_video):
    with serve(make_video("road.mp4", frames=75)) as camera, StreamReader(camera.url) as stream:
        frames = []
        for frame in stream.frames():
            frames.append(frame)
            if len(frames) == 90:  # more than the file has: it is shown over and over
                break
    assert all(frame.image.shape == (96, 160, 3) for frame in frames)
    assert [f.index for f in frames] == sorted({f.index for f in frames})
    assert [f.captured_at for f in frames] == sorted(f.captured_at for f in frames)
    assert frames[0].source == camera.url
    assert stream.reconnects == 0


@pytest.mark.rtsp
def test_a_slow_reader_gets_the_newest_frame():
    with serve() as camera, StreamReader(camera.url) as stream:
        frames = stream.frames()
        first = next(frames)
        deadline = time.monotonic() + 30
        while stream.dropped < 10:
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
        later = next(frames)
    assert later.index >= first.index + 10


@pytest.mark.rtsp
def test_a_stream_comes_back_after_its_camera_did():
    with serve() as camera, StreamReader(camera.url, pauses=QUICK) as stream:
        frames = stream.frames()
        before = next(frames)
        camera.stop()
        camera.start()
        deadline = time.monotonic() + 60
        while stream.reconnects == 0:
            assert time.monotonic() < deadline
            next(frames)
        after = next(frames)
    assert after.index > before.index
    assert after.captured_at > before.captured_at


@pytest.mark.rtsp
def test_reading_ends_after_the_seconds_asked_for_even_if_the_camera_is_gone():
    with serve() as camera, StreamReader(camera.url, pauses=QUICK, silence_s=2) as stream:
        frames = stream.frames(1.0)
        next(frames)
        camera.stop()
        began = time.monotonic()
        assert len(list(frames)) < 50
    assert time.monotonic() - began < 20


def test_a_dead_address_is_given_up_in_bounded_time(caplog):
    caplog.set_level(logging.DEBUG)
    began = time.monotonic()
    with (
        StreamReader("rtsp://someone:secret@127.0.0.1:9/camera", first_connect_s=0.5, pauses=QUICK) as stream,
        pytest.raises(CaptureError) as refusal,
    ):
        next(stream.frames())
    assert time.monotonic() - began < 10
    assert "secret" not in caplog.text + str(refusal.value)
    assert "someone" not in caplog.text + str(refusal.value)


def test_an_interrupt_does_not_wait_for_a_silent_camera():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stream = StreamReader(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/camera", silence_s=5)
        stream.__enter__()
        connection, _ = silent.accept()
        with connection:
            began = time.monotonic()
            stream.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
            assert time.monotonic() - began < 2
        stream.__exit__(None, None, None)  # for the tests that follow


def test_a_camera_that_never_answers_can_be_waited_for_and_stopped():
    with StreamReader("rtsp://127.0.0.1:9/camera", pauses=QUICK) as stream:
        threading.Timer(0.3, stream.stop).start()
        assert list(stream.frames()) == []


@given(failures=st.integers(1, 10_000), seed=st.integers(0, 100))
def test_pauses_grow_and_stay_within_bounds(failures, seed):
    pauses = Pauses(first_s=0.5, longest_s=30)
    pause_s = pauses.after(failures, random.Random(seed))
    whole_s = min(30.0, 0.5 * 2 ** min(failures - 1, 20))
    assert whole_s / 2 <= pause_s <= whole_s
