"""Whatever a video file holds: its frames, or one clear sentence; nothing is left out unsaid."""

from __future__ import annotations

import itertools
import struct
from datetime import timedelta
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from turnpike.capture import videos
from turnpike.capture.services import CaptureError, VideoCutShort, VideoUnreadable, video_frames

SIZE = (64, 48)


def write(path, stamps, *, codec="libx264", pixels="yuv420p", size=SIZE):
    """A video with a frame at each of `stamps` (tenths of a second), the left half of each white."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], pixels
        stream.time_base = Fraction(1, 10)
        stream.codec_context.time_base = Fraction(1, 10)
        stream.options = {"threads": "1", "bf": "0"} if codec == "libx264" else {}
        image = np.zeros((size[1], size[0], 3), np.uint8)
        image[:, : size[0] // 2] = 255
        for stamp in stamps:
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def drained(path, *, every_s=None, limit=None):
    """The frames, and the sentence that ended them."""
    taken, ended = [], None
    frames = video_frames(path, every_s=every_s, limit=limit)
    while ended is None:
        try:
            taken.append(next(frames))
        except StopIteration:
            return taken, None
        except CaptureError as error:
            ended = error
    assert str(ended).endswith(".")
    return taken, ended


@pytest.mark.parametrize("jump", [10**6, 10**9], ids=["a day", "three years"])
@pytest.mark.parametrize("every_s", [None, 0.2])
def test_a_clock_that_jumps_ahead_costs_no_frame(tmp_path, jump, every_s):
    path = write(tmp_path / "road.mkv", [*range(600, 610), *range(610 + jump, 620 + jump)])
    taken, _ = drained(path, every_s=every_s)
    assert len(taken) >= (20 if every_s is None else 9)
    assert [one.captured_at for one in taken] == sorted(one.captured_at for one in taken)


def test_a_clock_that_jumps_back_costs_no_frame(tmp_path):
    """As where a recorder glued two pieces together."""
    pieces = [
        write(tmp_path / name, stamps).read_bytes()
        for name, stamps in (("a.ts", range(600, 610)), ("b.ts", range(10)))
    ]
    (tmp_path / "road.ts").write_bytes(b"".join(pieces))
    taken, _ = drained(tmp_path / "road.ts")
    assert len(taken) == 20
    assert timedelta(seconds=1.8) <= taken[-1].captured_at - taken[0].captured_at <= timedelta(seconds=2.1)
    assert len(drained(tmp_path / "road.ts", every_s=0.2)[0]) == 10


class Frames:
    """A container and its stream in one, whose packets hold frames at given seconds."""

    average_rate = 10

    def __init__(self, seconds):
        self._seconds = seconds

    def demux(self, _stream):
        for at_s in self._seconds:
            yield self._packet(at_s)

    @staticmethod
    def _packet(at_s):
        frame = av.VideoFrame(16, 16, "yuv420p")
        frame.time_base = Fraction(1, 1000)
        frame.pts = round(at_s * 1000)

        class Packet:
            def decode(self):
                return [frame]

        return Packet()


@settings(max_examples=60)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=12), st.booleans(), st.floats(0.01, 1e9))
def test_whatever_its_clock_says_frames_go_on(seconds, declared, long_s):
    source = Frames(seconds)
    decoded = videos._Decoded(source, source, videos._Length(long_s, declared))  # type: ignore[arg-type]
    offsets = [at_s for at_s, _ in decoded]
    assert len(offsets) == len(seconds)
    assert offsets[0] == 0
    assert offsets == sorted(offsets)
    gap = max(long_s, 0.75) + 0.75 if declared else 3600
    assert all(after - before <= gap + 0.2 for before, after in itertools.pairwise(offsets))


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("road.mkv", "libx264", "yuv444p"),
        ("road.mkv", "ffv1", "gray"),
        ("road.mkv", "ffv1", "yuv420p10le"),
        ("road.mkv", "ffv1", "yuv444p16le"),
        ("road.mkv", "ffv1", "gray16le"),
        ("road.avi", "mjpeg", "yuvj422p"),
        ("road.avi", "rawvideo", "bgr24"),
    ],
)
def test_every_way_to_write_pixels_is_read(tmp_path, name, codec, pixels):
    taken, error = drained(write(tmp_path / name, range(3), codec=codec, pixels=pixels))
    assert error is None
    assert len(taken) == 3
    assert taken[0].image.shape == (48, 64, 3)
    assert taken[0].image[20, 8].min() > 225
    assert taken[0].image[20, 56].max() < 30
    assert pixels.removeprefix("yuvj") in taken[0].notes[0]


def test_a_video_on_its_side_is_turned(tmp_path):
    path = write(tmp_path / "road.mp4", range(3))
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40  # the matrix, 16.16 and 2.30 numbers; ISO/IEC 14496-12, 8.3.2
    content[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    taken, _ = drained(path)
    assert taken[0].image.shape == (64, 48, 3)
    assert taken[0].image[8].mean() > 225  # what was left is on top


def test_a_video_without_frames_says_so(tmp_path):
    write(tmp_path / "road.mkv", [])
    taken, error = drained(tmp_path / "road.mkv")
    assert taken == []
    assert isinstance(error, (VideoCutShort, VideoUnreadable))


def test_frames_that_are_too_large_are_not_decoded(tmp_path, monkeypatch):
    path = write(tmp_path / "road.mkv", range(3))
    monkeypatch.setattr(videos, "MAX_VIDEO_PIXELS", 64 * 48 - 1)
    taken, error = drained(path)
    assert taken == []
    assert "frames are too large" in str(error)


def test_a_huge_frame_is_refused_by_what_the_file_says(tmp_path):
    """MJPEG whose pictures say that they are 12,000 by 12,000: FFmpeg's own limit is above ours."""
    path = write(tmp_path / "road.avi", range(2), codec="mjpeg", pixels="yuvj420p")
    size = struct.pack(">HH", 48, 64)
    assert path.read_bytes().count(b"\xff\xc0\0\x11\x08" + size) == 2
    path.write_bytes(path.read_bytes().replace(b"\x08" + size, b"\x08" + struct.pack(">HH", 12_000, 12_000)))
    taken, error = drained(path)
    assert taken == []
    assert error is not None


def test_one_that_grows_on_its_way_is_read_up_to_there(tmp_path, monkeypatch):
    small, large = (
        write(tmp_path / name, range(5), size=size).read_bytes()
        for name, size in (("a.h264", SIZE), ("b.h264", (256, 192)))
    )
    path = tmp_path / "road.h264"
    path.write_bytes(small + large)
    taken, _ = drained(path)
    assert {one.image.shape for one in taken} == {(48, 64, 3), (192, 256, 3)}
    monkeypatch.setattr(videos, "MAX_VIDEO_PIXELS", 10_000)
    taken, error = drained(path)
    assert {one.image.shape for one in taken} <= {(48, 64, 3)}
    assert error is not None


def test_a_thousand_frames_a_second_are_sampled(tmp_path):
    with av.open(str(tmp_path / "road.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "gray"
        for _ in range(1000):
            container.mux(stream.encode(av.VideoFrame(16, 16, "gray")))
        container.mux(stream.encode(None))
    taken, error = drained(tmp_path / "road.mkv", limit=10)
    assert (len(taken), error) == (10, None)
    assert taken[-1].index > 850


def test_a_picture_and_an_empty_file_with_a_video_s_name_are_named(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "car.jpg")
    (tmp_path / "car.jpg").rename(tmp_path / "car.mp4")
    (tmp_path / "none.mp4").write_bytes(b"")
    assert "a picture with the name of a video" in str(drained(tmp_path / "car.mp4")[1])
    assert "empty" in str(drained(tmp_path / "none.mp4")[1])


@pytest.mark.parametrize(
    "written", ["1904-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon"]
)
def test_a_clock_that_was_never_set_tells_no_time(written, tmp_path):
    (tmp_path / "road.mp4").write_bytes(b"x")
    container = type("Container", (), {"metadata": {"creation_time": written}})()
    changed = videos._base_at(container, tmp_path / "road.mp4", 0.0)
    assert abs(changed.timestamp() - (tmp_path / "road.mp4").stat().st_mtime) < 1
    assert videos._base_at(container, tmp_path / "road.mp4", 1e15).year > 1990


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), min_size=1, max_size=20))
def test_a_video_with_any_bytes_changed_gives_frames_or_one_sentence(tmp_path_factory, changes):
    base = tmp_path_factory.getbasetemp()
    if not (base / "whole.mp4").exists():
        write(base / "whole.mp4", range(6))
    content = bytearray((base / "whole.mp4").read_bytes())
    for at, value in changes:
        content[at % len(content)] = value
    (base / "changed.mp4").write_bytes(content)
    taken, _ = drained(base / "changed.mp4", limit=3)
    assert all(one.image.dtype == np.uint8 for one in taken)
