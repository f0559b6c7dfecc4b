"""Pictures: turned upright, timed, and refused in one sentence where they are damaged."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import ExifTags, Image

from turnpike.capture.services import CaptureError, load_picture

QUARTERS = np.kron(np.array([[250, 0], [0, 125]], np.uint8), np.ones((24, 40), np.uint8))
# How the stored picture looks for each orientation, so that turning it upright gives QUARTERS again.
STORED = {
    1: QUARTERS,
    2: QUARTERS[:, ::-1],
    3: QUARTERS[::-1, ::-1],
    4: QUARTERS[::-1],
    5: QUARTERS.T,
    6: np.rot90(QUARTERS),
    7: QUARTERS[::-1, ::-1].T,
    8: np.rot90(QUARTERS, -1),
}


def save(path, image, *, orientation=1, taken="", offset=""):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    details = exif.get_ifd(ExifTags.IFD.Exif)
    if taken:
        details[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    Image.fromarray(np.ascontiguousarray(image)).save(path, exif=exif, quality=95)
    return path


@pytest.mark.parametrize("orientation", STORED)
def test_a_picture_is_turned_upright(tmp_path, orientation):
    frame = load_picture(save(tmp_path / "car.jpg", STORED[orientation], orientation=orientation))
    assert frame.image.shape == (*QUARTERS.shape, 3)
    assert frame.image.dtype == np.uint8
    assert frame.image.flags.c_contiguous
    assert np.abs(frame.image[:, :, 0].astype(int) - QUARTERS).mean() < 5


def test_colours_are_red_green_blue(tmp_path):
    Image.new("RGB", (8, 8), (200, 100, 0)).save(tmp_path / "car.png")
    assert load_picture(tmp_path / "car.png").image[3, 3].tolist() == [200, 100, 0]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_kind_of_picture_becomes_rgb(tmp_path, mode):
    path = tmp_path / "car.tif"
    Image.new(mode, (9, 7), 1).save(path)
    assert load_picture(path).image.shape == (7, 9, 3)


def test_sixteen_bits_are_brought_to_eight(tmp_path):
    Image.fromarray(np.full((4, 4), 0x8000, np.uint16)).save(tmp_path / "infrared.png")
    assert load_picture(tmp_path / "infrared.png").image[0, 0].tolist() == [128, 128, 128]


@pytest.mark.parametrize(
    ("taken", "offset", "expected"),
    [
        ("2026:03:01 08:15:02", "", datetime(2026, 3, 1, 8, 15, 2, tzinfo=UTC)),
        ("2026:03:01 08:15:02", "+02:00", datetime(2026, 3, 1, 6, 15, 2, tzinfo=UTC)),
        ("1970:01:01 00:00:00", "", None),
        ("0000:00:00 00:00:00", "", None),
        ("yesterday", "", None),
        ("2026:03:01 08:15:02", "late", None),
        ("", "", None),
    ],
)
def test_the_camera_tells_when_or_else_the_file_does(tmp_path, taken, offset, expected):
    path = save(tmp_path / "car.jpg", QUARTERS, taken=taken, offset=offset)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert load_picture(path).captured_at == (expected or datetime.fromtimestamp(1_700_000_000, UTC))


def test_a_truncated_jpeg_is_refused(tmp_path):
    whole = save(tmp_path / "car.jpg", QUARTERS).read_bytes()
    for length in (len(whole) // 3, len(whole) - 20):
        (tmp_path / "cut.jpg").write_bytes(whole[:length])
        with pytest.raises(CaptureError, match=r"^This .*\.$"):
            load_picture(tmp_path / "cut.jpg")


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_what_is_no_picture_is_refused(tmp_path, content):
    (tmp_path / "car.jpg").write_bytes(content)
    with pytest.raises(CaptureError):
        load_picture(tmp_path / "car.jpg")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(CaptureError, match="no such file"):
        load_picture(tmp_path / "car.jpg")
    with pytest.raises(CaptureError):
        load_picture(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "car.jpg")
    with pytest.raises(CaptureError, match="not a file"):
        load_picture(tmp_path / "car.jpg")


@pytest.mark.parametrize("side_px", [9_200, 20_000])
def test_a_small_file_cannot_fill_the_memory(tmp_path, side_px):
    Image.new("1", (side_px, side_px)).save(tmp_path / "bomb.png")
    with pytest.raises(CaptureError, match="too large"):
        load_picture(tmp_path / "bomb.png")


def test_damaged_notes_do_not_cost_the_picture(tmp_path):
    path = tmp_path / "car.jpg"
    Image.fromarray(QUARTERS).save(path, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert load_picture(path).image.shape == (*QUARTERS.shape, 3)


def test_a_frame_does_not_show_its_source(tmp_path):
    assert "car" not in repr(load_picture(save(tmp_path / "car.jpg", QUARTERS)))
