"""What is cut from a picture, and what is accepted as a patch."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from turnpike.images.services import (
    MAX_HEIGHT_PX,
    MAX_PATCH_BYTES,
    MAX_WIDTH_PX,
    PatchError,
    check_patch,
    cut_patch,
    patch_from,
)


def decoded(jpeg):
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.load()
        return picture


def jpeg_of(size=(200, 50), *, mode="RGB", colour: int | tuple[int, ...] = 128, **options):
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, "JPEG", **options)
    return target.getvalue()


def scene(height=400, width=600):
    """Black, with a white plate of 100 x 20 px at (200, 300)."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[300:320, 200:300] = 255
    return picture


def test_a_cut_is_the_box_with_its_margin():
    patch = decoded(cut_patch(scene(), (200, 300, 100, 20)))
    assert patch.size == (124, 24)
    pixels = np.asarray(patch.convert("L"), int)
    assert pixels[4:-4, 16:-16].min() > 200
    assert pixels[:, :8].max() < 60
    assert pixels[:, -8:].max() < 60


def test_a_cut_keeps_its_colours():
    picture = np.full((90, 90, 3), (200, 120, 30), np.uint8)
    patch = np.asarray(decoded(cut_patch(picture, (20, 20, 40, 20))), int)
    assert np.abs(patch - (200, 120, 30)).max() < 6


def test_a_cut_is_small_and_quality_85():
    patch = decoded(cut_patch(scene(), (200, 300, 100, 20)))
    assert patch.quantization == decoded(jpeg_of(quality=85)).quantization


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((-20, -10, 100, 20), (92, 12)),  # over the upper left corner
        ((550, 390, 100, 20), (62, 12)),  # over the lower right corner
        ((0, 0, 600, 400), (384, 256)),  # all: scaled down to the height
        ((0, 0, 600, 100), (512, 96)),  # scaled down to the width
        ((10, 10, 1, 1), (1, 1)),
    ],
)
def test_a_cut_stays_within_the_picture_and_the_limits(box, size):
    assert decoded(cut_patch(scene(), box)).size == size


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ((10, 10, 0, 5), "empty"),
        ((10, 10, 5, -1), "empty"),
        ((900, 10, 5, 5), "outside"),
        ((0, -90, 9, 9), "outside"),
    ],
)
def test_a_box_that_holds_nothing(box, sentence):
    with pytest.raises(PatchError, match=sentence):
        cut_patch(scene(), box)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3), np.float32)],
)
def test_a_picture_of_another_kind(picture):
    with pytest.raises(PatchError, match="RGB"):
        cut_patch(picture, (0, 0, 9, 9))


def test_noise_still_fits():
    noise = np.random.default_rng(1).integers(0, 256, (256, 512, 3), dtype=np.uint8)
    patch = cut_patch(noise, (0, 0, 512, 256))
    assert len(patch) <= MAX_PATCH_BYTES
    assert check_patch(patch)


@settings(max_examples=50)
@given(st.tuples(*[st.integers(-700, 1300)] * 4))
def test_every_cut_is_an_acceptable_patch_or_refused(box):
    try:
        patch = cut_patch(scene(), box)
    except PatchError:
        return
    kept = decoded(check_patch(patch))
    assert kept.size == decoded(patch).size
    assert 1 <= kept.width <= MAX_WIDTH_PX
    assert 1 <= kept.height <= MAX_HEIGHT_PX


def test_metadata_does_not_survive():
    exif = Image.Exif()
    exif[0x010F] = "SECRET MAKER"
    exif.get_ifd(0x8825)[1] = "N"
    original = jpeg_of(exif=exif, comment=b"SECRET COMMENT", icc_profile=b"SECRET PROFILE", xmp=b"SECRET XMP")
    assert original.count(b"SECRET") == 4
    kept = check_patch(original)
    assert b"SECRET" not in kept
    assert b"Exif" not in kept
    patch = decoded(kept)
    assert set(patch.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert patch.size == (200, 50)


def test_fill_bytes_before_a_marker_are_taken_and_hide_nothing():
    original = jpeg_of(comment=b"SECRET")
    at = original.index(b"\xff\xfe")
    assert b"SECRET" not in check_patch(original[:at] + b"\xff\xff" + original[at:])


@pytest.mark.parametrize("between", [b"\xff\x00", b"\xff\xd0", b"\xff\x01", b"\x00", b"\xff\xd8"])
def test_stray_bytes_between_segments_are_refused(between):
    """Pillow passes over some of them, and would then read a comment that we did not see."""
    original = jpeg_of(comment=b"SECRET")
    at = original.index(b"\xff\xfe")
    with pytest.raises(PatchError, match="no JPEG"):
        check_patch(original[:at] + between + original[at:])


def test_a_comment_cannot_hide_in_what_two_readers_read_differently():
    """0xFF00 is nothing to Pillow; read as a segment, it would span up to the scan at the very end."""
    original = jpeg_of(comment=b"SECRET")
    hidden = original[:2] + b"\xff\x00\xff\xe1\x00\x02" + original[2:]
    with pytest.raises(PatchError, match="no JPEG"):
        check_patch(hidden.ljust(4 + 0xFFE1, b"\0") + b"\xff\xda")


def test_hostile_exif_is_never_parsed():
    """Pillow would warn of it, and a warning fails the suite."""
    assert check_patch(jpeg_of(exif=b"Exif\0\0MM\0\x2a\0\0\0\x08\xff\xff" + b"\x01\x1a\0\x05" * 9))


def test_what_stands_behind_the_picture_does_not_survive():
    assert b"SECRET" not in check_patch(jpeg_of() + b"SECRET")


@pytest.mark.parametrize(("mode", "kept"), [("L", "L"), ("RGB", "RGB"), ("CMYK", "RGB")])
def test_every_kind_of_jpeg_is_kept_as_grey_or_rgb(mode, kept):
    assert decoded(check_patch(jpeg_of(mode=mode))).mode == kept


def test_colours_survive():
    red = decoded(check_patch(jpeg_of(colour=(200, 30, 30))))
    assert np.abs(np.asarray(red, int) - (200, 30, 30)).max() < 6
    inverted = decoded(check_patch(jpeg_of(mode="CMYK", colour=(0, 255, 255, 0))))
    assert np.asarray(inverted, int)[..., 0].min() > 200


def test_a_jpeg_whose_colours_are_said_in_adobes_segment_only():
    stored_as_rgb = jpeg_of(colour=(200, 30, 30), keep_rgb=True)
    assert b"Adobe" in stored_as_rgb
    for name, number in ((b"R", b"\1"), (b"G", b"\2"), (b"B", b"\3")):  # ids that would mean YCbCr
        stored_as_rgb = stored_as_rgb.replace(name + b"\x11", number + b"\x11")
        stored_as_rgb = stored_as_rgb.replace(name + b"\x00", number + b"\x00")
    kept = decoded(check_patch(stored_as_rgb))
    assert np.abs(np.asarray(kept, int) - (200, 30, 30)).max() < 6


def test_a_progressive_patch_is_taken_and_a_flood_of_scans_is_not():
    progressive = jpeg_of(progressive=True)
    assert progressive.count(b"\xff\xda") > 1
    assert check_patch(progressive)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    with pytest.raises(PatchError, match="damaged"):
        check_patch(progressive[:-2] + scan * 100 + progressive[-2:])


@pytest.mark.parametrize("size", [(513, 10), (10, 257), (65_000, 65_000)])
def test_too_many_pixels_are_refused_before_they_are_decoded(size):
    small = bytearray(jpeg_of())
    at = small.index(b"\xff\xc0") + 5  # height, then width, as 16 bits each
    small[at : at + 4] = size[1].to_bytes(2) + size[0].to_bytes(2)
    with pytest.raises(PatchError, match="512 x 256 px"):
        check_patch(bytes(small))


def test_the_largest_size_is_taken():
    assert decoded(check_patch(jpeg_of((512, 256)))).size == (512, 256)


def test_too_many_bytes_are_refused():
    with pytest.raises(PatchError, match="64 KiB"):
        check_patch(jpeg_of() + bytes(MAX_PATCH_BYTES))


def png():
    target = io.BytesIO()
    Image.new("RGB", (9, 9)).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00",
        b"<svg/>",
        b"GIF89a",
        png(),
        jpeg_of()[:-40],
    ],
)
def test_what_is_no_jpeg(wrong):
    with pytest.raises(PatchError, match="no JPEG"):
        check_patch(wrong)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 60))
def test_damage_is_refused_or_harmless_never_a_crash(changes, cut):
    damaged = bytearray(jpeg_of(mode="RGB", colour=90, comment=b"x"))
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    try:
        kept = check_patch(bytes(damaged[: len(damaged) - cut]))
    except PatchError:
        return
    assert decoded(kept).width <= MAX_WIDTH_PX


def jpeg_scene(height, width, **options):
    """The scene as a JPEG of that size, the plate in proportion; and where the plate is."""
    picture = np.zeros((height, width, 3), np.uint8)
    x, y, across, down = width // 3, height * 3 // 4, width // 6, height // 20
    picture[y : y + down, x : x + across] = 255
    target = io.BytesIO()
    Image.fromarray(picture).save(target, "JPEG", quality=95, **options)
    return target.getvalue(), (x, y, across, down)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("box", [(200, 300, 100, 20), (0, 0, 50, 50), (550, 380, 90, 90)])
def test_a_patch_from_a_jpeg_is_that_of_its_pixels(box, options):
    jpeg, _ = jpeg_scene(400, 600, **options)
    assert patch_from(jpeg, box) == cut_patch(np.asarray(decoded(jpeg).convert("RGB")), box)


def test_a_picture_in_grey_is_cut_too():
    assert decoded(patch_from(jpeg_of((600, 400), mode="L"), (100, 100, 90, 20))).size == (112, 24)


@pytest.mark.parametrize(("height", "width"), [(3000, 4000), (4400, 6000), (6000, 8200)])
def test_of_a_large_picture_the_plate_is_still_where_it_was(height, width):
    jpeg, box = jpeg_scene(height, width)
    patch = np.asarray(decoded(patch_from(jpeg, box)).convert("L"))
    assert patch.shape[1] <= MAX_WIDTH_PX
    middle = patch[patch.shape[0] // 4 : -(patch.shape[0] // 4), patch.shape[1] // 8 : -(patch.shape[1] // 8)]
    assert middle.min() > 200, "the plate fills the middle"
    assert patch[:, 0].max() < 60, "and not the edge"


@pytest.mark.parametrize("box", [(0, 0, 0, 10), (0, 0, 10, -1), (700, 0, 10, 10), (0, -300, 5, 5)])
def test_a_box_without_picture_in_it_is_refused(box):
    with pytest.raises(PatchError, match="box"):
        patch_from(jpeg_scene(400, 600)[0], box)


def test_pictures_that_take_too_much_memory_are_refused_before_they_are_decoded():
    bomb = bytearray(jpeg_of((64, 64)))
    at = bomb.index(b"\xff\xc0")
    bomb[at + 5 : at + 9] = b"\xff\xdc\xff\xdc"
    with pytest.raises(PatchError, match="fewer pixels"):
        patch_from(bytes(bomb), (0, 0, 10, 10))
    with pytest.raises(PatchError, match="baseline"):
        patch_from(jpeg_scene(2000, 2600, progressive=True)[0], (0, 0, 10, 10))
    with pytest.raises(PatchError, match="at most 8 MB"):
        patch_from(jpeg_of((64, 64)) + bytes(8 * 2**20), (0, 0, 10, 10))


@given(st.binary(max_size=200), st.integers(0, 600))
def test_no_bytes_break_it(tail, size):
    whole = jpeg_scene(40, 60)[0]
    for jpeg in (tail, whole[:size] + tail, whole[:2] + tail + whole[2:]):
        try:
            patch_from(jpeg, (1, 1, 20, 10))
        except PatchError:
            continue
