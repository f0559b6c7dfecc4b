"""What is opened is what its card describes; anything else is one clear sentence."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from turnpike.errors import TurnpikeError
from turnpike.recognition.errors import EngineUnavailable
from turnpike.recognition.networks import CARDS, NetworkCard, load_cards, open_network, precisions

WHOLE = {
    "detector": {"name": "finder-1", "file": "finder.onnx", "sha256": "0" * 64},
    "reader": {"name": "reader-1", "file": "reader.onnx", "sha256": "1" * 64},
    "countries": ["none", "GB", "??"],
    "calibration": {"weights": [0.5, 0.25], "constant": -1},
}


def part(number, value):
    """One field of a protocol buffer: a number as it is, anything else by its length."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    content = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2, len(content)]) + content


def tiny_network():
    """An ONNX model written by hand: difference = left - right, float32, (2,)."""
    shape = part(2, part(1, part(1, 2)))
    tensor = part(2, part(1, part(1, 1) + shape))
    node = part(1, "left") + part(1, "right") + part(2, "difference") + part(4, "Sub")
    graph = part(1, node) + part(2, "tiny")
    graph += b"".join(part(11, part(1, name) + tensor) for name in ("left", "right"))
    graph += part(12, part(1, "difference") + tensor)
    return part(1, 8) + part(7, graph) + part(8, part(1, "") + part(2, 13))


@pytest.fixture
def card(tmp_path):
    """The card of a network that is there."""
    weights = tiny_network()
    (tmp_path / "tiny.onnx").write_bytes(weights)
    return NetworkCard("tiny", "tiny.onnx", hashlib.sha256(weights).hexdigest())


def refusal(called, *arguments, **named):
    """The sentence with which it is refused."""
    with pytest.raises(EngineUnavailable) as refused:
        called(*arguments, **named)
    assert isinstance(refused.value, TurnpikeError)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_network_takes_arrays_by_position(tmp_path, card):
    network = open_network(card, threads=1, provider="cpu", folder=tmp_path)
    assert network.inputs == ("left", "right")
    (found,) = network(np.array([5, 7], np.float32), np.array([1, 10], np.float32))
    assert found.tolist() == [4, -3]


def test_an_array_too_few_is_never_passed_over(tmp_path, card):
    network = open_network(card, threads=1, provider="cpu", folder=tmp_path)
    with pytest.raises(ValueError, match="zip"):
        network(np.zeros(2, np.float32))


def test_it_runs_on_the_threads_that_were_asked_for_and_waits_without_work(tmp_path, card):
    network = open_network(card, threads=3, provider="cpu", folder=tmp_path)
    options = network.session.get_session_options()
    assert options.intra_op_num_threads == 3
    assert options.inter_op_num_threads == 1
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


@pytest.mark.parametrize("provider", ["cpu", "CPU"])
def test_the_processor_is_always_there(tmp_path, card, provider):
    network = open_network(card, threads=1, provider=provider, folder=tmp_path)
    assert network.session.get_providers() == ["CPUExecutionProvider"]


@pytest.mark.parametrize("provider", ["abacus", "", "CPUExecutionProvider"])
def test_a_provider_that_is_not_installed_is_named_with_those_that_are(tmp_path, card, provider):
    sentence = refusal(open_network, card, threads=1, provider=provider, folder=tmp_path)
    assert f'no provider "{provider}"' in sentence
    assert "recognition_provider" in sentence
    assert "cpu" in sentence.split("one of: ")[1]


def test_weights_that_are_missing_are_said(tmp_path, card):
    (tmp_path / card.file).unlink()
    sentence = refusal(open_network, card, threads=1, provider="cpu", folder=tmp_path)
    assert str(tmp_path / card.file) in sentence
    assert "missing" in sentence


@pytest.mark.parametrize(
    "change", [b"", b"x", None], ids=["one byte fewer", "one byte more", "one bit turned"]
)
def test_weights_that_are_not_their_card_s_are_never_opened(tmp_path, card, change):
    path = tmp_path / card.file
    weights = bytearray(path.read_bytes())
    if change is None:
        weights[20] ^= 1
    path.write_bytes(bytes(weights[:-1] if change == b"" else weights) + (change or b""))
    sentence = refusal(open_network, card, threads=1, provider="cpu", folder=tmp_path)
    assert str(path) in sentence
    assert "not the one that its card describes" in sentence


def test_cards_say_what_a_program_needs(tmp_path):
    # What else a card tells is for people.
    (tmp_path / CARDS).write_text(json.dumps({**WHOLE, "trained_at": "2026-11-22"}))
    cards = load_cards(tmp_path)
    assert (cards.detector.name, cards.reader.file) == ("finder-1", "reader.onnx")
    assert cards.countries == ("none", "GB", "??")
    assert (cards.calibration.weights, cards.calibration.constant) == ((0.5, 0.25), -1.0)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{",
        "[]",
        "{}",
        json.dumps({**WHOLE, "reader": {"name": "reader-1", "file": "reader.onnx"}}),
        json.dumps({**WHOLE, "calibration": {"weights": ["much"], "constant": 0}}),
        json.dumps({key: value for key, value in WHOLE.items() if key != "countries"}),
        json.dumps(WHOLE)[:-1],
    ],
    ids=[
        "missing",
        "empty",
        "cut",
        "a list",
        "nothing in it",
        "no hash",
        "a word",
        "no countries",
        "its end lost",
    ],
)
def test_cards_that_are_missing_or_damaged_are_said(tmp_path, content):
    if content is not None:
        (tmp_path / CARDS).write_text(content)
    sentence = refusal(load_cards, tmp_path)
    assert str(tmp_path) in sentence
    assert "missing or damaged" in sentence


def test_cards_that_are_a_folder_are_said(tmp_path):
    (tmp_path / CARDS).mkdir()
    assert "missing or damaged" in refusal(load_cards, tmp_path)


INT8 = {
    "detector": {"name": "finder-1-int8", "file": "finder8.onnx", "sha256": "2" * 64},
    "reader": {"name": "reader-1-int8", "file": "reader8.onnx", "sha256": "3" * 64},
}


def test_another_precision_is_another_pair_of_networks(tmp_path):
    (tmp_path / CARDS).write_text(json.dumps({**WHOLE, "others": {"int8": INT8}}))
    cards = load_cards(tmp_path)
    assert cards.pair(None) == cards.pair("float32")
    assert cards.pair(None).detector == cards.detector
    assert cards.pair("int8").reader.file == "reader8.onnx"
    assert "no int4 networks" in refusal(cards.pair, "int4")


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ((), ("float32",)),
        (("finder8.onnx",), ("float32",)),
        (("reader8.onnx",), ("float32",)),
        (("finder8.onnx", "reader8.onnx"), ("float32", "int8")),
    ],
)
def test_a_precision_is_offered_where_both_its_networks_are_installed(tmp_path, installed, expected):
    (tmp_path / CARDS).write_text(json.dumps({**WHOLE, "others": {"int8": INT8}}))
    for name in installed:
        (tmp_path / name).touch()
    assert precisions(tmp_path) == expected


def test_without_cards_there_is_no_precision(tmp_path):
    assert "missing or damaged" in refusal(precisions, tmp_path)
