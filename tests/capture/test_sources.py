"""Kinds of sources, folders, and addresses without their passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.capture.services import CaptureError, SourceKind, classify, pictures_in, redact


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("rtsp://127.0.0.1/camera", SourceKind.STREAM),
        ("RTSPS://user:secret@camera/1", SourceKind.STREAM),
        ("a/road.MP4", SourceKind.VIDEO),
        ("a/road.mkv", SourceKind.VIDEO),
        ("a/car.jpg", SourceKind.PICTURE),
        ("a/notes", SourceKind.PICTURE),
        ("x" * 5000, SourceKind.PICTURE),
        ("nul\0byte.jpg", SourceKind.PICTURE),
    ],
)
def test_a_source_is_known_by_its_name(source, kind):
    assert classify(source) is kind


def test_a_folder_is_a_folder_whatever_its_name(tmp_path):
    folder = tmp_path / "frames.mp4"
    folder.mkdir()
    assert classify(str(folder)) is SourceKind.FOLDER


def test_other_addresses_are_refused():
    with pytest.raises(CaptureError, match="rtsp"):
        classify("http://user:secret@camera/1")


def test_pictures_of_a_folder_come_sorted_and_deep(tmp_path):
    for name in ("b.jpg", "a/z.PNG", "a/notes.txt", ".hidden.jpg", ".cache/x.jpg", "c.jpeg/inside.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = [str(path.relative_to(tmp_path)) for path in pictures_in(tmp_path)]
    assert names == ["a/z.PNG", "b.jpg", "c.jpeg/inside.webp"]


def test_an_empty_folder_is_said_so(tmp_path):
    with pytest.raises(CaptureError, match="holds no pictures"):
        pictures_in(tmp_path)


def test_no_password_in_a_path_remains():
    for path in ("user=admin&password=secret&channel=1&stream=0.sdp", "live;pw:secret", "a/b=secret/c"):
        assert redact(f"rtsp://192.0.2.1:554/{path}") == "rtsp://192.0.2.1:554/…"
    assert redact("rtsp://[2001:db8::1]:554/stream/1") == "rtsp://[2001:db8::1]:554/stream/1"


words = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="@"), min_size=1)


@given(user=words, password=words, tail=st.sampled_from(["", "/stream", "/s?x=1"]))
def test_no_password_remains_in_a_redacted_address(user, password, tail):
    assert (
        redact(f"rtsp://{user}:{password}@camera:554{tail}") == f"rtsp://camera:554{tail.partition('?')[0]}"
    )
