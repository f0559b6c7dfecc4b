"""An operator's own make classifier: what it is shown, what it may say, and what is refused before it runs."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from tests.recognition.onnx_by_hand import mean_colours, model, node, part, tensor_type

from turnpike.recognition.make import MOST_FILE_BYTES, vehicle_crop
from turnpike.recognition.services import EngineUnavailable, load_make_classifier

CARD = """
task = "vehicle make"
name = "means-1"
file = "makes.onnx"
sha256 = "{sha256}"
licence = "CC0-1.0"
width = 32
height = 32
mean = [0.0, 0.0, 0.0]
deviation = [0.05, 0.05, 0.05]
labels = ["ford", "volvo", "other"]
threshold = 0.9
"""
PLATE = (140, 160, 40, 8)


@pytest.fixture
def brought(tmp_path):
    """Writes a card and its file, and returns the card's path."""

    def bring(content=None, **changes):
        content = mean_colours() if content is None else content
        (tmp_path / "makes.onnx").write_bytes(content)
        text = CARD.format(sha256=hashlib.sha256(content).hexdigest())
        for name, value in changes.items():
            lines = [line for line in text.splitlines() if not line.startswith(f"{name} =")]
            text = "\n".join([*lines, *([] if value is None else [f"{name} = {value}"])])
        (tmp_path / "card.toml").write_text(text)
        return tmp_path / "card.toml"

    return bring


def painted(colour):
    return np.broadcast_to(np.array(colour, np.uint8), (240, 320, 3)).copy()


def refusal(path):
    with pytest.raises(EngineUnavailable) as refused:
        load_make_classifier(path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_the_likeliest_make_is_told_and_the_unsure_and_the_other_are_not(brought):
    classifier = load_make_classifier(brought())
    assert classifier.name == "means-1"
    assert classifier.make_of(painted((255, 0, 0)), PLATE) == "ford"
    assert classifier.make_of(painted((0, 255, 0)), PLATE) == "volvo"
    assert classifier.make_of(painted((0, 0, 255)), PLATE) == ""
    assert classifier.make_of(painted((255, 255, 0)), PLATE) == ""
    assert classifier.failures == 0


def test_colours_layout_and_logits_are_as_the_card_says(brought):
    blue_first = load_make_classifier(brought(colours='"BGR"'))
    assert blue_first.make_of(painted((0, 0, 255)), PLATE) == "ford"
    raw = load_make_classifier(brought(mean_colours(softmax=False), answers='"logits"'))
    assert raw.make_of(painted((0, 255, 0)), PLATE) == "volvo"
    assert "logits" in refusal(brought(mean_colours(softmax=False)))


def test_what_it_is_shown_is_the_vehicle_around_the_plate_and_grey_beyond_the_picture():
    picture = np.zeros((240, 320, 3), np.uint8)
    picture[:, :160] = 255
    shown = vehicle_crop(picture, PLATE, (80, 68))
    # Four plates wide, 2.5 above and 0.9 below: the plate's middle lies in the middle, and three quarters down.
    assert shown.shape == (68, 80, 3)
    assert (shown[:, :38] == 255).all()
    assert (shown[:, 42:] == 0).all()
    corner = vehicle_crop(picture, (0, 0, 40, 8), (80, 68))
    assert (corner[:40, :30] == 128).all()
    assert (corner[60:, 45:] == 255).all()


def test_what_breaks_at_one_vehicle_is_counted_and_costs_no_read(brought, monkeypatch):
    classifier = load_make_classifier(brought())
    monkeypatch.setattr(classifier, "_network", lambda *_: [np.full((1, 3), np.nan, np.float32)])
    assert classifier.make_of(painted((255, 0, 0)), PLATE) == ""
    monkeypatch.setattr(classifier, "_network", None)
    assert classifier.make_of(painted((255, 0, 0)), PLATE) == ""
    assert classifier.failures == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"task": '"face identification"'}, 'task must be "vehicle make"'),
        ({"labels": '["ford", "female", "other"]'}, "no make of vehicle"),
        ({"labels": '["ford", "J. Smith", "other"]'}, "no make of vehicle"),
        ({"labels": '["ford", "ford", "other"]'}, "twice"),
        ({"labels": '["ford", "volvo"]'}, "2 float32 answers"),
        ({"sha256": f'"{"0" * 64}"'}, "SHA-256"),
        ({"licence": None}, "licence"),
        ({"threshold": "0.2"}, "threshold"),
        ({"width": "64"}, "float32 picture"),
        ({"width": "9000"}, "width"),
        ({"deviation": "[0.0, 1.0, 1.0]"}, "above 0"),
        ({"file": '"../makes.onnx"'}, "beside its card"),
        ({"file": '"none.onnx"'}, "cannot be read"),
        ({"fetch": '"https://example.org"'}, "fetch"),
    ],
)
def test_each_fault_of_the_card_is_one_clear_sentence(brought, changes, says):
    assert says in refusal(brought(**changes))


FOREIGN = node("Run", ["picture"], ["more"], domain="com.example")
OUTSIDE = part(5, part(1, 3) + part(2, 1) + part(8, "far") + part(13, part(1, "location") + part(2, "/etc/passwd")) + part(14, 1))  # fmt: skip
WITHIN = node("Identity", ["mean"], ["same"], attributes=part(5, part(1, "body") + part(6, part(2, "inner"))))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no ONNX file"),
        (b"\x00" * 64, "no ONNX file"),
        (b"not a model at all", "ONNX file"),
        (mean_colours()[:-9], "cut short"),
        (mean_colours(nodes=FOREIGN), "not ONNX's own"),
        (mean_colours(domain="com.microsoft"), "not ONNX's own"),
        (mean_colours(nodes=node("Loop", ["a"], ["b"])), "operation Loop"),
        (mean_colours(nodes=node("ConstantOfShape", ["a"], ["b"])), "operation ConstantOfShape"),
        (mean_colours(nodes=WITHIN), "network within"),
        (mean_colours(more_graph=OUTSIDE), "another file"),
        (mean_colours(opset=3), "opset"),
        (mean_colours(more=part(25, part(1, "own"))), "functions"),
        (mean_colours(nodes=node("Relu", ["nowhere"], ["b"])), "cannot be run"),
        (mean_colours(64), "float32 picture"),
        (
            model(
                node("Identity", ["picture"], ["answer"]),
                tensor_type("picture", [1, 3]),
                tensor_type("answer", [1, 3]),
            ),
            "float32 picture",
        ),
    ],
)
def test_a_file_that_is_no_plain_image_classifier_is_refused_before_it_runs(brought, content, says):
    assert says in refusal(brought(content))


def test_a_huge_file_is_not_read(brought):
    path = brought()
    with (path.parent / "makes.onnx").open("r+b") as file:
        file.truncate(MOST_FILE_BYTES + 1)
    assert "larger than" in refusal(path)
