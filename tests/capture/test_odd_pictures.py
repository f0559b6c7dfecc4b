"""Whatever a picture file holds: a frame or one clear sentence, within bounds of memory and time."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from turnpike.capture.services import PictureUnreadable, load_picture

RAMP = np.tile(np.arange(0, 250, 10, dtype=np.uint8), (12, 1))


def answer(path):
    """The frame, or the sentence."""
    try:
        return load_picture(path)
    except PictureUnreadable as error:
        said = str(error)
    assert said[0].isupper()
    assert said.endswith(".")
    assert "\n" not in said
    assert path.name not in said
    return said


def written(picture, format_, **options):
    content = io.BytesIO()
    picture.save(content, format_, **options)
    return content.getvalue()


def noisy(size=(40, 30)):
    return Image.fromarray(np.random.default_rng(3).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))


def png_of(width, height, *, depth=1, kind=0):
    """A PNG that says it is so large, and holds nothing."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


WHOLE = {
    "car.jpg": lambda: written(noisy(), "JPEG", quality=60),
    "progressive.jpg": lambda: written(noisy(), "JPEG", quality=60, progressive=True),
    "car.png": lambda: written(noisy(), "PNG"),
    "car.gif": lambda: written(noisy(), "GIF"),
    "car.webp": lambda: written(noisy(), "WEBP"),
    "car.tif": lambda: written(noisy(), "TIFF", compression="tiff_lzw"),
    "car.bmp": lambda: written(noisy(), "BMP"),
    "car.avif": lambda: written(noisy(), "AVIF", quality=40),
    "car.ppm": lambda: written(noisy(), "PPM"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_picture_cut_off_anywhere_is_a_frame_or_one_sentence(tmp_path, name):
    whole = WHOLE[name]()
    path = tmp_path / name
    path.write_bytes(whole)
    assert load_picture(path).image.shape == (30, 40, 3)
    for length in range(0, len(whole), 64):
        path.write_bytes(whole[:length])
        cut = answer(path)
        assert isinstance(cut, str) or cut.image.shape == (30, 40, 3)


@settings(max_examples=80)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_picture_with_any_bytes_changed_is_a_frame_or_one_sentence(tmp_path_factory, name, changes):
    content = bytearray(KEPT.setdefault(name, WHOLE[name]()))
    for at, value in changes:
        content[at % len(content)] = value
    path = tmp_path_factory.getbasetemp() / f"changed-{name}"
    path.write_bytes(content)
    found = answer(path)
    assert isinstance(found, str) or found.image.dtype == np.uint8


KEPT: dict[str, bytes] = {}


def test_an_empty_file_says_that_it_is(tmp_path):
    (tmp_path / "car.jpg").write_bytes(b"")
    assert answer(tmp_path / "car.jpg") == "This file is empty; fetch it again."


@pytest.mark.parametrize("size", [(1, 1), (1, 9000), (9000, 1), (2, 3)])
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_thin_and_tiny_pictures_are_frames(tmp_path, size, ending):
    path = tmp_path / f"car.{ending}"
    Image.new("RGB", size, (9, 9, 9)).save(path)
    assert load_picture(path).image.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("size", [(16_000, 12_500), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (80_000, 10)])
def test_a_few_bytes_that_say_they_are_huge_are_refused_at_once(tmp_path, size):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of(*size))
    began = time.perf_counter()
    assert isinstance(answer(path), str)
    assert time.perf_counter() - began < 1


def test_a_huge_picture_of_each_kind_is_too_large(tmp_path):
    """By its header; what GIF, WebP and TIFF hold after it is never looked at."""
    (tmp_path / "bomb.gif").write_bytes(b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b";")
    small = bytearray(written(Image.new("1", (8, 8)), "TIFF"))
    for tag in (256, 257):  # width and height
        at = small.index(struct.pack("<HHI", tag, 4, 1)) if struct.pack("<HHI", tag, 4, 1) in small else None
        at = at if at is not None else small.index(struct.pack("<HHI", tag, 3, 1))
        small[at : at + 12] = struct.pack("<HHII", tag, 4, 1, 30_000)
    (tmp_path / "bomb.tif").write_bytes(small)
    assert "too large" in answer(tmp_path / "bomb.tif")
    assert isinstance(answer(tmp_path / "bomb.gif"), str)


def test_a_jpeg_of_very_many_scans_is_refused(tmp_path):
    content = written(noisy(), "JPEG", progressive=True)
    scan = content.rindex(b"\xff\xda")
    body = content[scan:-2]
    (tmp_path / "bomb.jpg").write_bytes(content[:scan] + body * 200 + b"\xff\xd9")
    assert "more steps than any camera" in answer(tmp_path / "bomb.jpg")


def test_of_a_progressive_jpeg_that_goes_on_for_ever_only_so_much_is_looked_at(tmp_path):
    content = written(noisy(), "JPEG", progressive=True)
    with (tmp_path / "endless.jpg").open("wb") as file:
        file.write(content[:-2])
        file.truncate(300 << 20)  # a hole, which takes no room on the disk
    tracemalloc.start()
    assert "more steps than any camera" in answer(tmp_path / "endless.jpg")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20


def grey_jpeg(width, height):
    """A whole JPEG of middle grey: each block is six bits, no difference and no more; four of them are three bytes."""
    content = bytearray(written(Image.new("L", (8, 8), 128), "JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    scan = content.index(b"\xff\xda")
    blocks = -(-width // 8) * -(-height // 8)
    return bytes(content[: scan + 10]) + b"\x28\xa2\x8a" * -(-blocks // 4) + b"\xff\xd9"


MEASURED = """
import resource, sys
from pathlib import Path
from turnpike.capture.services import CaptureError, load_picture
for name in sys.argv[1:]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        frame = load_picture(Path(name))
        said = f"{frame.image.shape} {frame.reduced_by} {frame.cautions}"
    except CaptureError as error:
        said = str(error)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, said)
"""


def test_huge_pictures_take_bounded_memory(tmp_path):
    """A bomb (240 MB in a few bytes) is refused for nothing; 200 megapixels of JPEG are read at half their size."""
    (tmp_path / "bomb.png").write_bytes(png_of(16_000, 15_000, depth=8))
    (tmp_path / "huge.jpg").write_bytes(grey_jpeg(16_000, 12_500))
    names = [str(tmp_path / name) for name in ("bomb.png", "huge.jpg")]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *names], capture_output=True, text=True, check=True, timeout=60
    )
    (bomb_mb, bomb), (huge_mb, huge) = (line.split(" ", 1) for line in done.stdout.splitlines())
    assert "too large" in bomb
    assert int(bomb_mb) < 40
    assert huge.startswith("(6250, 8000, 3) 2 ")
    assert "too large to be decoded whole" in huge
    assert int(huge_mb) < 600


SIXTEEN = np.tile(np.linspace(0, 65_535, 25, dtype=np.uint16), (12, 1))


def deep_rgb_png():
    """16 bits a colour, which Pillow reads and does not write."""
    rows = b"".join(b"\0" + np.repeat(row, 3).astype(">u2").tobytes() for row in SIXTEEN)

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 25, 12, 16, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def lab(ramp):
    profiles = (ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"))
    found = ImageCms.profileToProfile(Image.fromarray(ramp).convert("RGB"), *profiles, outputMode="LAB")
    assert found is not None
    return found


def ramp_of(image):
    """The greys of a row, brought to 0-250."""
    row = image[6, :, 0].astype(float)
    return row * 240 / row.max()


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("grey.png", Image.fromarray(SIXTEEN)),
        ("grey.tif", Image.fromarray(SIXTEEN)),
        ("twelve bits in sixteen.png", Image.fromarray(SIXTEEN >> 4)),
        ("ten bits in sixteen.tif", Image.fromarray(SIXTEEN >> 6)),
        ("32 bits.tif", Image.fromarray(SIXTEEN.astype(np.int32))),
        ("shares.tif", Image.fromarray(SIXTEEN.astype(np.float32) / 65_535)),
        ("floats.tif", Image.fromarray(SIXTEEN.astype(np.float32))),
        ("lab.tif", lab(RAMP)),
        ("cmyk.jpg", Image.fromarray(RAMP).convert("RGB").convert("CMYK")),
        ("cmyk.tif", Image.fromarray(RAMP).convert("RGB").convert("CMYK")),
        ("palette.png", Image.fromarray(RAMP).convert("P")),
        ("palette.gif", Image.fromarray(RAMP)),
        ("alpha.png", Image.fromarray(np.dstack([RAMP] * 3 + [RAMP]), "RGBA")),
        ("grey alpha.png", Image.fromarray(np.dstack([RAMP, RAMP]), "LA")),
        ("ycc.tif", Image.fromarray(RAMP).convert("RGB").convert("YCbCr")),
    ],
)
def test_each_way_to_write_a_ramp_is_a_ramp(tmp_path, name, picture):
    picture.save(tmp_path / name)
    image = load_picture(tmp_path / name).image
    assert image.shape == (12, 25, 3)
    assert np.abs(ramp_of(image) - RAMP[0]).max() < 14


def test_sixteen_bits_a_colour_are_read(tmp_path):
    (tmp_path / "deep.png").write_bytes(deep_rgb_png())
    assert np.abs(ramp_of(load_picture(tmp_path / "deep.png").image) - RAMP[0]).max() < 14


def test_numbers_that_are_none_cost_no_picture(tmp_path):
    shares = np.full((4, 5), np.nan, np.float32)
    shares[2, 2] = 1.0
    Image.fromarray(shares).save(tmp_path / "shares.tif")
    assert load_picture(tmp_path / "shares.tif").image[:, :, 0].max() == 255


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "tif", "mpo"])
def test_of_several_pictures_the_first_is_read_and_it_is_said(tmp_path, kind):
    pictures = [Image.new("RGB", (16, 12), (tone, tone, tone)) for tone in (200, 100, 0)]
    path = tmp_path / f"car.{kind}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    frame = load_picture(path)
    assert abs(int(frame.image[5, 5, 0]) - 200) < 6
    (caution,) = frame.cautions
    assert "the first was read" in caution


def test_one_picture_alone_has_no_caution_and_says_how_it_was_loaded(tmp_path):
    noisy().save(tmp_path / "car.png")
    frame = load_picture(tmp_path / "car.png")
    assert frame.cautions == ()
    assert frame.notes == ("PNG, RGB, 40 by 30 px",)
    exif = Image.Exif()
    exif[0x0112] = 6
    noisy().save(tmp_path / "car.jpg", exif=exif)
    assert (
        load_picture(tmp_path / "car.jpg").notes[1] == "Turned upright, as its Exif orientation 6 asks for."
    )


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64
MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0" * 64
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (HEIC, "HEIC picture"),
        (MP4, "a video with the name of a picture"),
        (b"\x1aE\xdf\xa3" + b"\0" * 64, "a video with the name of a picture"),
        (EPS, "not a picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture that can be read"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 64, "damaged or cut short"),
    ],
    ids=["heic", "mp4", "matroska", "eps", "svg", "broken png"],
)
def test_what_stands_in_the_wrong_file_is_named(tmp_path, content, says):
    """EPS would start another program; it is not looked at."""
    (tmp_path / "car.jpg").write_bytes(content)
    assert says in answer(tmp_path / "car.jpg")


def test_a_wrong_ending_is_no_matter(tmp_path):
    (tmp_path / "car.jpg").write_bytes(WHOLE["car.png"]())
    assert load_picture(tmp_path / "car.jpg").image.shape == (30, 40, 3)


def test_a_link_is_followed_and_a_circle_or_a_device_is_one_sentence(tmp_path):
    noisy().save(tmp_path / "car.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "car.png")
    (tmp_path / "circle.png").symlink_to(tmp_path / "circle.png")
    (tmp_path / "device.png").symlink_to("/dev/zero")
    assert load_picture(tmp_path / "link.png").image.shape == (30, 40, 3)
    assert isinstance(answer(tmp_path / "circle.png"), str)
    assert answer(tmp_path / "device.png") == "This is not a file; give a picture file."


@pytest.mark.parametrize("name", ["new\nline.png", "tab\t.png", "\x1b[2J.png", "ü \udce9.png"])
def test_a_file_may_have_any_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(WHOLE["car.png"]())
    assert load_picture(path).image.shape == (30, 40, 3)
    assert os.fsencode(path.name) not in repr(load_picture(path)).encode(errors="surrogateescape")
