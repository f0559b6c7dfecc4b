"""`turnpike read --explain`: a sheet for each frame, for its owner's eyes alone, that says the same as the reads do."""

from __future__ import annotations

import json
import re
import stat
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from turnpike.capture.services import Frame, load_picture
from turnpike.cli.explain import Sheets
from turnpike.cli.main import app
from turnpike.errors import InputError
from turnpike.recognition.looking import agreed
from turnpike.recognition.services import CountingEngine, load_engine
from turnpike.simulation.services import render_plate

if TYPE_CHECKING:
    from pathlib import Path

PLATE = "AB12CDE"


def street(x=200, y=150, size=(480, 320), height=36):
    scene = Image.new("RGB", size, (90, 95, 100))
    scene.paste(Image.fromarray(render_plate(PLATE, height_px=height)), (x, y))
    return scene


def run(*arguments):
    result = CliRunner().invoke(app, ["read", "--json", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return [json.loads(line) for line in result.stdout.splitlines()], result


class Page(HTMLParser):
    """What a page shows and what it asks for."""

    def __init__(self, path):
        super().__init__()
        self.text, self.asked, self.tags = "", [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.asked += [value for name, value in attributes if name in {"src", "href"}]

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    """Three pictures and what cannot be read, with and without their sheets."""
    folder = tmp_path_factory.mktemp("roads")
    street().save(folder / "<b>car & co.png")
    street(x=-40).save(folder / "cut.png")
    Image.new("RGB", (64, 48)).save(folder / "empty.png")
    (folder / "no.png").write_text("no picture")
    names = [folder / name for name in ("<b>car & co.png", "cut.png", "empty.png", "no.png")]
    plain, _ = run(*names)
    lines, result = run("--explain", folder / "sheets", *names)
    return folder / "sheets", plain, lines, result


def test_explaining_changes_no_read(explained):
    _, plain, lines, _ = explained
    for one, other in zip(plain, lines, strict=True):
        assert one | {"ms": 0} == other | {"ms": 0}
    assert [plate["text"] for plate in lines[0]["plates"]] == [PLATE]


def test_only_its_owner_can_open_the_folder(explained):
    sheets, *_, result = explained
    for path in (sheets, *sheets.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert "shows vehicles and plates" in result.stderr
    assert "show vehicles and plates" in Page(sheets / "index.html").text


def test_each_frame_has_a_picture_of_each_stage(explained):
    sheets, *_ = explained
    assert sorted(one.name for one in sheets.iterdir()) == ["0001", "0002", "0003", "index.html"]
    names = {one.name for one in (sheets / "0001").iterdir()}
    assert {
        "01-frame.jpg",
        "02-first-look.jpg",
        "03-found.jpg",
        "04-place-01-cut-1.png",
        "index.html",
    } <= names
    for path in sheets.rglob("*.*"):
        if path.suffix != ".html":
            with Image.open(path) as picture:
                picture.load()


def test_the_pages_need_nothing_from_elsewhere_and_run_no_script(explained):
    sheets, *_ = explained
    for path in sheets.rglob("*.html"):
        page = Page(path)
        assert "script" not in page.tags
        assert "b" not in page.tags  # a picture's name is shown, not obeyed
        for asked in page.asked:
            assert "://" not in asked
            assert (path.parent / asked).exists(), asked


def test_a_sheet_says_what_became_of_its_frame(explained):
    sheets, *_ = explained
    read, cut, empty = (Page(sheets / f"000{number}" / "index.html").text for number in (1, 2, 3))
    assert "A frame with a plate read." in read
    assert PLATE in read
    assert "current" in read  # the grammar that decided
    assert "<b>car & co.png" in read
    assert "Place 1: cut off by the picture's edge" in cut
    assert "It reaches the left edge of the picture" in cut
    assert "A frame without any plate." in empty
    assert "The picture is dark" in empty
    index = Page(sheets / "index.html").text
    assert (
        "3 frames: 1 with a plate read, 1 without any plate, 1 with something that was not believed." in index
    )
    assert "not a picture that can be read" in index


def test_the_fates_are_told_after_several_inputs_and_no_plate_with_them(explained):
    *_, result = explained
    assert "3 frames: 1 with a plate read" in result.stderr
    assert "Inputs that could not be read: 1." in result.stderr
    assert PLATE not in result.stderr


def test_one_input_has_no_summary(tmp_path):
    street().save(tmp_path / "car.png")
    _, result = run(tmp_path / "car.png")
    assert result.stderr == ""


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    street().save(tmp_path / "car.png")
    result = CliRunner().invoke(app, ["read", "--explain", str(tmp_path), str(tmp_path / "car.png")])
    assert "holds files already" in str(result.exception)
    assert [one.name for one in tmp_path.iterdir()] == ["car.png"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    street().save(tmp_path / "car.png")
    result = CliRunner().invoke(
        app, ["read", "--explain", str(tmp_path / "file" / "x"), str(tmp_path / "car.png")]
    )
    assert re.fullmatch(
        r"The folder for --explain cannot be written \(.*\); name another\.", str(result.exception)
    )


def test_a_crop_is_explained(tmp_path):
    Image.fromarray(render_plate(PLATE, height_px=40)).save(tmp_path / "crop.png")
    (line,), _ = run("--crops", "--explain", tmp_path / "sheets", tmp_path / "crop.png")
    assert [plate["text"] for plate in line["plates"]] == [PLATE]
    text = Page(tmp_path / "sheets" / "0001" / "index.html").text
    assert "taken for one plate that fills it" in text
    assert PLATE in text


def write_video(path: Path, frames=8):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        stream.options = {"threads": "1"}
        for number in range(frames):
            image = np.asarray(street(40 + 4 * number, 60 + 2 * number, (320, 192), 24))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_video_s_frames_say_in_which_pass_they_are_and_what_was_not_drawn_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("turnpike.cli.explain.MOST_FRAMES", 3)
    (line,), result = run(
        "--frames", "5", "--explain", tmp_path / "sheets", write_video(tmp_path / "road.mp4")
    )
    assert [plate["text"] for plate in line["plates"]] == [PLATE]
    index = Page(tmp_path / "sheets" / "index.html").text
    assert f"Pass 1: {PLATE}" in index
    assert index.count(f"{PLATE}: pass 1") == 3
    assert "2 more frames were read, and counted above, but not drawn" in index
    assert "5 frames: 5 with a plate read." in result.stderr


def test_what_a_video_showed_and_is_not_believed_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("turnpike.recognition.following.BELIEVED", 1.01)
    (line,), _ = run("--frames", "5", "--explain", tmp_path / "sheets", write_video(tmp_path / "road.mp4"))
    assert line["plates"] == []
    (note,) = line["notes"]
    assert note.startswith("1 more vehicle was seen and not believed")
    assert f"Not believed: {PLATE}" in Page(tmp_path / "sheets" / "index.html").text


def test_of_a_live_stream_only_frames_with_something_on_them_are_drawn(tmp_path):
    frames = [
        Frame(np.asarray(image), datetime.now(UTC), "rtsp://", number)
        for number, image in enumerate((Image.new("RGB", (320, 192), "grey"), street()))
    ]
    sheets = Sheets(tmp_path / "sheets", load_engine())
    sheets.begin("rtsp://camera/stream")
    for frame in sheets.watching(frames, is_live=True):
        sheets.examine(frame.image)
    sheets.finish("")
    assert [folder.name for folder in (tmp_path / "sheets").iterdir() if folder.is_dir()] == ["0001"]
    index = Page(tmp_path / "sheets" / "index.html").text
    assert "On 1 more frame nothing was like a plate" in index
    assert PLATE in index


def test_a_folder_that_is_taken_away_meanwhile_is_told_as_such(tmp_path):
    street().save(tmp_path / "car.png")
    sheets = Sheets(tmp_path / "sheets", load_engine())
    sheets.begin("car.png")
    (tmp_path / "sheets").rmdir()
    with pytest.raises(InputError, match="cannot be written any more"):
        sheets.examine(sheets.seeing(load_picture(tmp_path / "car.png")).image)


def test_a_recognition_that_fails_on_one_picture_is_told_and_the_others_go_on(tmp_path, monkeypatch):
    street().save(tmp_path / "car.png")
    Image.new("RGB", (33, 33)).save(tmp_path / "bad.png")
    examine = CountingEngine.examine

    def falling_over(self, image):
        if image.shape[0] == 33:
            raise ZeroDivisionError("of a plate")
        return examine(self, image)

    monkeypatch.setattr(CountingEngine, "examine", falling_over)
    lines, result = run(tmp_path / "bad.png", tmp_path / "car.png")
    assert result.exit_code == 1
    assert lines[0]["error"] == "Recognition failed on this (ZeroDivisionError); leave it out, and report it."
    assert [plate["text"] for plate in lines[1]["plates"]] == [PLATE]


def test_what_is_explained_is_what_is_read():
    from turnpike.recognition.services import explain, explain_crop

    engine = load_engine()
    rng = np.random.default_rng(5)
    noisy = np.asarray(street()).astype(int) + rng.normal(0, 60, (320, 480, 3)).astype(int)
    far = street().resize((68, 45)).resize((480, 320))
    most_cuts = 0
    for image in (
        np.asarray(street()),
        np.asarray(far),
        np.clip(noisy, 0, 255).astype(np.uint8),
        np.zeros((4, 90, 3), np.uint8),
    ):
        explanation = explain(engine, image)
        inspection = engine.inspect(image)
        assert explanation.readings == inspection.readings
        for place in explanation.places:
            if place.cuts:
                assert agreed([cut.script for cut in place.cuts]) == place.script
                most_cuts = max(most_cuts, len(place.cuts))
            if place.parts and place.reading:
                odds = sum(part.adds for part in place.parts)
                assert 1 / (1 + np.exp(-odds)) == pytest.approx(place.reading.confidence)
        dropped = sorted(str(place.fate) for place in explanation.places if place.reading is None)
        assert dropped == sorted(str(one.fate) for one in inspection.dropped)
        crop = engine.read_crop(image)
        assert explain_crop(engine, image).readings == ((crop,) if crop else ())
    assert most_cuts == 3
