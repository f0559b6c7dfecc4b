"""The benchmark of recognition: what it gives to the readers, how it adds up what they answer, and the whole of it."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.metadata import version

import av
import pytest
from PIL import Image

from turnpike.bench import footage
from turnpike.bench.apart import ask_process
from turnpike.bench.clip_process import ClipRead
from turnpike.bench.errors import BenchFailed
from turnpike.bench.first_read import start_to_first_read_ms
from turnpike.bench.reading_pictures import PicturesRead, ReadPictures, quickest, read_each
from turnpike.bench.recognition_figures import clip_figures, picture_figures, precision_figures, time_shares
from turnpike.bench.recognition_peers import Peer, peers_at_hand
from turnpike.recognition.services import EngineUnavailable, load_engine

pytestmark = pytest.mark.long

PLATES = ("AB12CDE", "FG34HJK")
# Stand-ins that know one plate: what is shown is that the peers are asked, and how their answers are reported.
RAPIDOCR = f"""
import time
from types import SimpleNamespace

class RapidOCR:
    def __init__(self, params): self.threads = params["EngineConfig.onnxruntime.intra_op_num_threads"]
    def __call__(self, path):
        time.sleep(0.2)
        return SimpleNamespace(txts=["{PLATES[0][:4]}-{PLATES[0][4:]}", str(self.threads)])
"""
ALPR = f"""#!{sys.executable}
import json, pathlib, sys, time

assert sys.argv[1:4] == ["-c", "gb", "-j"]
for picture in sorted(pathlib.Path(sys.argv[4]).iterdir()):
    print(picture, flush=True)
    time.sleep(1 if picture.name == "0000.jpg" else 0.2)
    found = [{{"plate": "{PLATES[0]}", "confidence": 90.1}}] if picture.read_bytes() == b"1" else []
    print(json.dumps({{"version": 2, "img_width": 1280, "results": found}}), flush=True)
"""


@pytest.fixture
def rapidocr(tmp_path):
    """A folder for PYTHONPATH with a stand-in for RapidOCR in it."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "rapidocr.py").write_text(RAPIDOCR)
    (folder / "rapidocr-0.0.0.dist-info").mkdir()
    (folder / "rapidocr-0.0.0.dist-info" / "METADATA").write_text("Name: rapidocr\nVersion: 0.0.0\n")
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


@pytest.fixture
def alpr(tmp_path, monkeypatch):
    """A stand-in for OpenALPR on the PATH; it takes long for the picture that warms it up."""
    program = tmp_path / "programs" / "alpr"
    program.parent.mkdir()
    program.write_text(ALPR)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return program


@pytest.fixture
def networks():
    try:
        load_engine(1)
    except EngineUnavailable as missing:
        pytest.skip(f"there is nothing to measure before the networks are trained: {missing}")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return footage.draw_footage(tmp_path_factory.mktemp("footage"), short=True)


def pictures(
    *taken_ms, texts=(("AB12CDE",), ("ZZ99ZZZ", "FG34HJK")), memory_mb=100.0, decode=0.25, detect=0.5
):
    decode_ms, detect_ms = ([ms * share for ms in taken_ms] for share in (decode, detect))
    return PicturesRead(taken_ms, texts, memory_mb, tuple(decode_ms), tuple(detect_ms))


def test_of_each_picture_the_quickest_reading_counts():
    best = quickest([pictures(10.0, 40.0, memory_mb=90.0), pictures(20.0, 30.0, memory_mb=95.0)])
    assert best == pictures(10.0, 30.0, memory_mb=95.0)


def test_a_reader_without_stages_keeps_none():
    alone = PicturesRead((10.0, 20.0), (("AB12CDE",), ()), 100.0)
    assert quickest([alone, alone]) == alone


def test_the_first_picture_warms_the_reader_up():
    seen = []

    def read_one(path):
        seen.append(path)
        return (path,)

    read = read_each(read_one, ("a", "b"))
    assert seen == ["a", "a", "b"]
    assert read.texts == (("a",), ("b",))
    assert len(read.taken_ms) == 2


def test_the_figures_of_pictures():
    figures = picture_figures(pictures(20.0, 60.0), pictures(10.0, 40.0, memory_mb=150.0), PLATES)
    assert figures == {
        "frames_per_s_2_threads": 40.0,
        "frames_per_s_1_thread": 25.0,
        "ms_per_picture": 40.0,
        "memory_mb": 150.0,
        "pictures": 2,
        "read_share": 1.0,
        "decode_time_share": 0.25,
        "detect_time_share": 0.5,
        "read_time_share": 0.25,
    }


def test_a_detector_slower_alone_leaves_no_less_than_nothing():
    assert time_shares(10.0, 2.0, 9.0)["read_time_share"] == 0.0


def test_precisions_stand_side_by_side():
    found = precision_figures(
        {"float32": pictures(20.0, 20.0), "int8": pictures(10.0, 10.0, texts=((), ()))}, PLATES
    )
    assert found == {
        "ms_per_picture_float32": 20.0,
        "read_share_float32": 1.0,
        "ms_per_picture_int8": 10.0,
        "read_share_int8": 0.0,
    }


def test_the_figures_of_videos():
    slow, quick = (
        ClipRead(50, elapsed_s, 0.5, 1.0, frozenset({*PLATES, "ZZ99ZZZ"}), memory_mb)
        for elapsed_s, memory_mb in ((5.0, 200.0), (2.0, 190.0))
    )
    both_threads = ClipRead(50, 1.0, 0.5, 0.0, frozenset({PLATES[0]}), 210.0)
    found = clip_figures({("h264", 1): [slow, quick], ("h264", 2): [both_threads]}, PLATES)
    assert found == {
        "frames_per_s_h264_1080p_1_thread": 25.0,
        "decode_time_share_h264_1080p": 0.25,
        "detect_time_share_h264_1080p": 0.5,
        "read_time_share_h264_1080p": 0.25,
        "frames_per_s_h264_1080p_2_threads": 50.0,
        "memory_video_mb": 210.0,
        "video_frames": 50,
        "read_share_video": 0.5,
    }


def test_the_footage_shows_what_it_says(drawn):
    assert len(drawn.pictures) == len(drawn.plates) == len(drawn.small) == footage.PICTURES_SHORT
    for path in drawn.small:
        with Image.open(path) as small:
            assert small.size == (640, 360)
    assert drawn.clip_plates
    for name, codec in {"h264": "h264", "h265": "hevc"}.items():
        with av.open(drawn.clips[name]) as clip:
            (stream,) = clip.streams.video
            assert (stream.codec_context.name, stream.width, stream.height) == (codec, 1920, 1080)
            assert sum(1 for _ in clip.decode(stream)) == 8


def test_without_an_encoder_there_is_a_note_and_no_video(tmp_path, monkeypatch):
    monkeypatch.setattr(av, "codecs_available", {"libx264"})
    monkeypatch.setattr(footage, "CLIP_SHORT_S", 0.04)
    drawn = footage.draw_footage(tmp_path, short=True)
    assert list(drawn.clips) == ["h264"]
    assert "no H.265 encoder" in drawn.notes[0]


def test_peers_that_are_not_installed_are_not_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    peers, (note,) = peers_at_hand()
    assert peers == ()
    assert "RapidOCR is not installed" in note


def test_peers_that_are_installed(alpr):
    pytest.importorskip("rapidocr", reason="RapidOCR comes with the development tools")
    peers, notes = peers_at_hand()
    assert [peer.key for peer in peers] == ["rapidocr", "openalpr"]
    assert version("rapidocr") in notes[0]
    assert str(alpr) in notes[1]


def test_rapidocr_is_asked_for_plates(rapidocr, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", rapidocr)
    read = ask_process("rapidocr_process", ReadPictures(("a.jpg", "b.jpg"), 2), PicturesRead)
    assert read.texts == ((PLATES[0], "2"), (PLATES[0], "2"))
    assert read.memory_mb > 5


def test_openalpr_is_started_once_and_timed_by_its_pictures(alpr, tmp_path):
    paths = [tmp_path / name for name in ("z.jpg", "a.jpg")]
    for path, content in zip(paths, (b"1", b"2"), strict=True):
        path.write_bytes(content)
    read = ask_process("openalpr_process", ReadPictures(tuple(map(str, paths)), 1), PicturesRead)
    assert read.texts == ((PLATES[0],), ())
    assert all(100 < ms < 900 for ms in read.taken_ms), f"not the pictures' own time: {read.taken_ms}"
    assert read.memory_mb > 5


def test_a_peer_that_fails_is_left_out(alpr, drawn, capfd):
    alpr.write_text(f"#!{sys.executable}\nraise SystemExit('no runtime data')\n")
    assert Peer("openalpr", "OpenALPR", "openalpr_process").read(drawn) is None
    assert "no runtime data" in capfd.readouterr().err


def test_a_start_that_ends_in_no_answer_is_no_figure(tmp_path):
    with pytest.raises(BenchFailed, match="did not read a picture"):
        start_to_first_read_ms(str(tmp_path / "missing.jpg"), threads=1)


@pytest.mark.usefixtures("networks", "alpr")
def test_the_whole_of_it(report, rapidocr):
    found = report("recognition", PYTHONPATH=rapidocr)
    figures = found["figures"]
    assert figures["pictures"] == 2
    assert figures["video_frames"] == 8
    assert figures["read_share"] == 1
    assert figures["ms_per_picture"] > 1
    assert figures["start_to_first_read_ms"] > 100
    assert figures["memory_mb"] > 50
    assert figures["memory_video_mb"] > 50
    for where in ("", "_h264_1080p", "_h265_1080p"):
        shares = [figures[f"{stage}_time_share{where}"] for stage in ("decode", "detect", "read")]
        assert sum(shares) >= 0.99
    paces = {name for name in figures if name.startswith("frames_per_s_")}
    assert {f"frames_per_s_{codec}_1080p_1_thread" for codec in ("h264", "h265")} < paces
    assert {"frames_per_s_640px_2_threads", "frames_per_s_640px_2_at_once"} < paces
    assert all(figures[name] > 0 for name in paces)
    for key in ("rapidocr", "openalpr"):
        ratio = figures["frames_per_s_2_threads"] / found["peers"][key]["frames_per_s_2_threads"]
        assert found["ratios"][f"speed_vs_{key}"] == pytest.approx(ratio, rel=0.02)
