"""The reports hold what was found, stand alone, and stay themselves whatever names and texts others wrote."""

from __future__ import annotations

import base64
import html.parser
import io
import json
import re

import pytest
from PIL import Image
from tests.browser import PHONE, assert_accessible, assert_no_overflow, chromium, profile, screenshot
from tests.evaluation.conftest import reading

from turnpike.evaluation import html_report as html_reporting
from turnpike.evaluation.services import Demand, as_json, evaluate, html_report, read_manifest

AT = (100, 80, 60, 16)
HOSTILE = (
    """"><script>document.title='taken'</script><img src="http://192.0.2.1/x" onerror="alert(1)">'{{ 7*7 }}"""
)
TURNED = "north\N{RIGHT-TO-LEFT OVERRIDE}htron\N{ESCAPE}[31m"


@pytest.fixture
def hostile(tmp_path, labelled, reader):
    """An evaluation whose names and texts try to break out of the report."""
    path = labelled(
        [
            (["AB12CDE,100,80,60,16"], (reading("XY12CDE", AT, 0.93, candidates=[("AB12CDE", 0.04)]),)),
            (["AB12CDF,100,80,60,16"], (reading("AB12CDF", AT, 0.97),)),
            (["AB12CDG,100,80,60,16"], ()),
            ([",,,,"], (reading(HOSTILE, AT, 0.9),)),
            (["AB12CDH,100,80,60,16"], None),
        ],
        header="path,text,x,y,w,h,camera,condition",
    )
    name = """'"><svg onload=alert(1)>&amp;.png"""
    (tmp_path / "2.png").rename(tmp_path / name)
    lines = path.read_text().replace("2.png", '"' + name.replace('"', '""') + '"').splitlines()
    cameras = ['"<script>alert(2)</script>"', TURNED, "east", '"<b>bold"', "east"]
    path.write_text(
        "\n".join(
            [lines[0], *(f"{line},{camera},day" for line, camera in zip(lines[1:], cameras, strict=True))]
        )
    )
    return evaluate(read_manifest(path), reader, Demand())


class Elements(html.parser.HTMLParser):
    """Every element with its attributes, and the text between."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_what_others_wrote_stays_text(hostile):
    page = "".join(html_report(hostile))
    elements = Elements(page)
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"script", "iframe", "object", "link", "form", "b", "base", "embed"}
    for tag, attributes in elements.found:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
        assert attributes.get("src", "data:image/jpeg;base64,").startswith("data:image/jpeg;base64,")
        assert attributes.get("href", "#").startswith("#")
    assert "<script>alert(2)</script>" in elements.text
    assert "<svg onload=alert(1)>&amp;.png" in elements.text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page
    assert "\N{ESCAPE}" not in page
    assert "{{ 7*7 }}" in elements.text


def test_its_style_is_the_one_that_its_policy_names(hostile):
    page = "".join(html_report(hostile))
    policy = next(
        a["content"] for t, a in Elements(page).found if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy


def test_its_pictures_are_small_parts_without_notes(hostile):
    sources = [a["src"] for t, a in Elements("".join(html_report(hostile))).found if t == "img"]
    assert len(sources) == 3
    for source in sources:
        with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as picture:
            assert picture.format == "JPEG"
            assert max(picture.size) <= 420
            assert not picture.getexif()


def test_pictures_are_left_out_before_the_report_grows_too_large(hostile, monkeypatch):
    monkeypatch.setattr(html_reporting, "MOST_PICTURE_BYTES", 0)
    page = "".join(html_report(hostile))
    assert "<img" not in page
    assert page.count("does not grow too large") == 3


def test_the_json_report_has_what_a_reader_of_it_needs(hostile):
    told = json.loads(json.dumps(as_json(hostile)))
    assert told["schema"] == "turnpike-evaluation/1"
    assert told["model"] == "a-reader-1"
    assert re.fullmatch("[0-9a-f]{64}", told["manifest"]["sha256"])
    assert told["demand"] == {"captured": 0.98, "read": 0.95, "confidence_level": 0.95}
    assert told["figures"]["captured"]["count"] == 2
    assert told["figures"]["captured"]["of"] == 4
    assert {one["kind"] for one in told["failures"]} == {"misread", "missed", "extra"}
    # Two of four, of which one is right: even so few tell that it is not 98 in 100.
    assert told["verdict"]["standing"] == "does not meet"
    assert [group["name"] for group in told["by"]["camera"]][-1] == TURNED
    assert told["unreadable"][0]["line"] == 6


@pytest.mark.browser
def test_the_report_is_accessible_and_asks_nothing_of_anybody(hostile, tmp_path):
    file = tmp_path / "report.html"
    file.write_text("".join(html_report(hostile)), encoding="utf-8")
    with chromium() as process, profile(process) as browser:
        page = browser.new_page()
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        assert page.title().startswith("Evaluation of labels.csv")
        assert {url.partition(":")[0] for url in asked[1:]} <= {"data"}
        assert (
            page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
            == "rgb(255, 255, 255)"
        )
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        assert said == []
        assert_accessible(page)
        assert_no_overflow(page)
        screenshot(page, "evaluation")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict of the two numbers
        assert_accessible(page)
