"""`turnpike read` in its contract: one line an input, in order, whatever the input is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image
from tests.rtsp import serve
from typer.testing import CliRunner

from turnpike.cli.main import app
from turnpike.errors import InputError
from turnpike.recognition.services import load_engine
from turnpike.simulation.services import render_plate

PLATE = "AB12CDE"


def street(x=200, y=150):
    scene = Image.new("RGB", (480, 320), (90, 95, 100))
    scene.paste(Image.fromarray(render_plate(PLATE, height_px=36)), (x, y))
    return scene


def on_the_plate(box, x=200, y=150, *, share=0.75):
    """Whether so much of a box and of the plate is both's."""
    height, width = render_plate(PLATE, height_px=36).shape[:2]
    left, top, right, bottom = x, y, x + width, y + height
    inner = max(0, min(right, box[0] + box[2]) - max(left, box[0])) * max(
        0, min(bottom, box[1] + box[3]) - max(top, box[1])
    )
    return inner / (width * height + box[2] * box[3] - inner) > share


@pytest.fixture(scope="session", autouse=True)
def engine():
    return load_engine()  # loaded once, for every command that runs in this process


@pytest.fixture
def folder(tmp_path):
    """A picture with a plate, one without, one cut short, and what is none."""
    street().save(tmp_path / "car.jpg")
    Image.new("RGB", (64, 48)).save(tmp_path / "empty road.png")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "car.jpg").read_bytes()[:2000])
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "nothing").mkdir()
    return tmp_path


def write_video(path, frames=15, fps=5):
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 480, 320, "yuv420p"
        stream.options = {"g": "5", "bf": "0", "threads": "1"}
        for number in range(frames):
            image = np.asarray(street(x=40 + 6 * number, y=60 + 5 * number))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def read(*arguments, stdin=None):
    result = CliRunner().invoke(app, ["read", "--json", *map(str, arguments)], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return [json.loads(line) for line in result.stdout.splitlines()], result.exit_code


def texts(line):
    return [plate["text"] for plate in line["plates"]]


def test_every_input_has_its_line_in_order(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = [
        "./car.jpg",
        "notes.txt",
        "gone.jpg",
        "cut.jpg",
        "nothing",
        "empty road.png",
        "http://a/b",
        "car.jpg",
    ]
    lines, code = read(*names)
    assert [line["path"] for line in lines] == names
    assert code == 1
    assert texts(lines[0]) == texts(lines[7]) == [PLATE]
    for line in lines[1:5] + lines[6:7]:
        assert line["plates"] == []
        assert line["error"].endswith(".")
        assert "\n" not in line["error"]
    assert lines[5]["plates"] == []
    assert "error" not in lines[5]


def test_a_line_holds_what_the_contract_says(folder):
    (line,), code = read(folder / "car.jpg")
    assert code == 0
    assert set(line) == {"path", "plates", "ms"}
    (plate,) = line["plates"]
    assert set(plate) == {"text", "confidence", "box"}
    assert 0 < plate["confidence"] <= 1
    assert on_the_plate(plate["box"])
    assert all(isinstance(edge, int) for edge in plate["box"])
    assert line["ms"] > 0


def test_a_plate_that_is_there_and_cannot_be_read_has_no_text_and_says_why(tmp_path):
    far = np.asarray(street().resize((68, 45)).resize((480, 320)))
    Image.fromarray(far).save(tmp_path / "far.png")
    (line,), code = read(tmp_path / "far.png")
    assert code == 0
    (plate,) = line["plates"]
    assert (plate["text"], plate["confidence"], plate["unread"]) == ("", 0.0, "too unsure")
    assert on_the_plate(plate["box"], share=0.5)
    (detailed,), _ = read("--details", tmp_path / "far.png")
    assert detailed["plates"] == line["plates"]
    (doubted,) = detailed["doubted"]
    assert doubted["doubt"] == "too unsure"
    shown = CliRunner().invoke(app, ["read", str(tmp_path / "far.png")]).stdout
    assert "not read" in shown


def test_a_folder_is_one_line_a_picture(folder, monkeypatch):
    (folder / "deep").mkdir()
    shutil.copy(folder / "car.jpg", folder / "deep")
    (folder / "cut.jpg").unlink()
    monkeypatch.chdir(folder.parent)
    given = f"./{folder.name}"
    lines, code = read(given)
    assert [line["path"] for line in lines] == [
        f"{given}/{n}" for n in ("car.jpg", "deep/car.jpg", "empty road.png")
    ]
    assert code == 0


def test_names_come_on_stdin_too(folder):
    names = [str(folder / name) for name in ("car.jpg", "gone.jpg", "empty road.png")]
    lines, code = read("-", stdin="\n".join([*names, ""]))
    assert [line["path"] for line in lines] == names
    assert code == 1


def test_a_crop_is_one_plate_and_its_box_the_whole(tmp_path):
    Image.fromarray(render_plate(PLATE, height_px=40)).save(tmp_path / "crop.png")
    (line,), code = read("--crops", tmp_path / "crop.png")
    assert (texts(line), code) == ([PLATE], 0)
    assert line["plates"][0]["box"] == [0, 0, round(40 * 520 / 111), 40]


def test_the_box_is_in_the_picture_as_it_is_displayed(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    street(200, 150).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "car.jpg", exif=exif)
    (line,), _ = read(tmp_path / "car.jpg")
    assert texts(line) == [PLATE]
    assert on_the_plate(line["plates"][0]["box"])


def test_a_video_is_one_read_a_pass(tmp_path):
    path = write_video(tmp_path / "road.mp4")
    (line,), code = read("--frames", "6", path)
    assert code == 0
    (plate,) = line["plates"]
    assert plate["text"] == PLATE
    assert plate["frames_agreeing"] >= 3
    assert plate["captured_at"].endswith("Z")


def test_of_a_video_one_frame_is_read_every_so_many_seconds(tmp_path):
    path = write_video(tmp_path / "road.mp4")
    frames = {
        every: read("--every", every, path)[0][0]["plates"][0]["frames_agreeing"] for every in ("0.2", "1")
    }
    assert frames["0.2"] > 10
    assert frames["1"] == 3
    assert read(path)[0][0]["plates"][0]["frames_agreeing"] == frames["0.2"]


def test_details_of_a_video_tell_of_the_vehicle_what_can_be_told(tmp_path):
    path = write_video(tmp_path / "road.mp4")
    everywhere = tmp_path / "lanes.toml"
    everywhere.write_text("[[lane]]\nnumber = 2\noutline = [[0, 0], [1, 0], [1, 1], [0, 1]]")
    (line,), _ = read("--frames", "3", "--details", "--lanes", everywhere, path)
    (plate,) = line["plates"]
    assert plate["lane"] == 2
    assert {"direction", "colour", "make"} <= plate.keys()
    (line,), _ = read("--frames", "3", path)
    assert not {"direction", "lane", "colour", "make"} & line["plates"][0].keys()


def test_the_sampling_of_a_video_is_said(tmp_path):
    path = write_video(tmp_path / "road.mp4", frames=3)
    result = CliRunner().invoke(app, ["read", "--json", "--frames", "2", str(path)])
    assert "2 frames" in result.stderr


def test_a_truncated_video_fails_and_keeps_what_was_read(tmp_path):
    path = write_video(tmp_path / "road.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    (line,), code = read("--frames", "6", path)
    assert code == 1
    assert line["plates"] == []
    assert "cut short" in line["error"]
    assert [plate["text"] for plate in line["plates_before_error"]] == [PLATE]


@pytest.mark.rtsp
def test_a_stream_is_read_for_so_many_seconds_and_its_frames_explained(tmp_path):
    why = tmp_path / "why"
    with serve(write_video(tmp_path / "road.mp4")) as camera:
        (line,), code = read("--seconds", "4", "--explain", why, camera.url)
    assert code == 0
    assert line["path"] == camera.url
    assert PLATE in texts(line)
    assert PLATE in (why / "index.html").read_text()
    assert 1 <= len(list(why.glob("*/01-frame.jpg"))) <= 60


def test_lanes_without_details_are_refused_in_one_sentence(folder):
    done = CliRunner().invoke(app, ["read", "--lanes", "lanes.toml", str(folder / "car.jpg")])
    assert isinstance(done.exception, InputError)
    assert "give both" in str(done.exception)


def test_a_dead_address_is_one_sentence_and_the_rest_goes_on(folder, monkeypatch):
    monkeypatch.setattr("turnpike.cli.read._FIRST_CONNECT_S", 0.3)
    address = "rtsp://someone:secret@127.0.0.1:9/camera"
    lines, code = read(address, folder / "car.jpg")
    assert code == 1
    assert lines[0]["path"] == address
    assert lines[0]["plates"] == []
    assert "secret" not in lines[0]["error"]
    assert texts(lines[1]) == [PLATE]


def test_the_table_shows_the_plates_and_the_errors(folder):
    result = CliRunner().invoke(app, ["read", str(folder / "car.jpg"), "rtsp:/", str(folder / "notes.txt")])
    assert result.exit_code == 1
    assert PLATE in result.stdout
    assert "rtsp:/: There is no such file; check the name." in result.stderr
    assert f"{folder / 'notes.txt'}: This file is not a picture" in result.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["--frames", "0", "x"], ["--nonsense", "x"], ["--seconds", "0", "x"]]
)
def test_misuse_is_status_2(arguments):
    assert CliRunner().invoke(app, ["read", *arguments]).exit_code == 2


def turnpike(*arguments, stdin=b"", **environment):
    return subprocess.run(
        [sys.executable, "-m", "turnpike", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        timeout=120,
    )


def test_a_name_of_any_bytes_comes_back_as_it_was_given(tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    street().save(os.fsdecode(name))
    done = turnpike("read", "--json", "-", stdin=name + b"\n")
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert os.fsencode(line["path"]) == name
    assert texts(line) == [PLATE]
    assert done.stderr == b""


def test_our_errors_are_one_sentence_without_a_traceback(tmp_path):
    done = turnpike("config", "check", TURNPIKE_PORT="none")
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


def test_help_is_quick_since_nothing_heavy_is_loaded():
    script = "import sys, turnpike.cli.main; print([m for m in ('django','av','numpy','PIL','onnxruntime') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
