"""What the readers are given: pictures and short videos of the demo town, drawn anew, with the plates that they show."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import av
from PIL import Image

from turnpike.simulation.services import DemoWorld, live_passings, make_town, render_video

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from turnpike.simulation.services import Town

PICTURES, PICTURES_SHORT = 12, 2
SMALL_PX = 640
"""Width of the small pictures, which the detector takes in at one look."""
CLIP_SIZE_PX = (1920, 1080)
CLIP_FPS = 25
"""As cameras send: at fewer, each frame has more that is new, and takes longer to decode."""
CLIP_S, CLIP_SHORT_S = 2.0, 0.32
SEED = 7
# An odd step, so that the pictures are spread over the hours of light and dark.
_FROM, _STEP = datetime(2026, 6, 2, 6, tzinfo=UTC), timedelta(minutes=97)
_JPEG_QUALITY = 90
_H265: Final = "libx265"
_H265_OPTIONS = {"crf": "23", "preset": "veryfast", "x265-params": "log-level=none"}


@dataclass(frozen=True, slots=True)
class Footage:
    """Files by their paths. `plates` has the plate of each picture, in order; `small` are the same pictures, `SMALL_PX` wide.

    `clips` are one video by its compression, "h264" and perhaps "h265"; `clip_plates` those that it shows legibly.
    """

    pictures: tuple[str, ...]
    plates: tuple[str, ...]
    small: tuple[str, ...]
    clips: dict[str, str]
    clip_plates: frozenset[str]
    notes: tuple[str, ...] = ()


def draw_footage(folder: Path, *, short: bool) -> Footage:
    """Draw it into `folder`; the same at each call."""
    town = make_town(SEED)
    pictures = _draw_pictures(folder, town, PICTURES_SHORT if short else PICTURES)
    film = folder / "h264.mp4"
    seconds = CLIP_SHORT_S if short else CLIP_S
    truth = render_video(town, film, SEED, day=_FROM.date(), seconds=seconds, fps=CLIP_FPS, size=CLIP_SIZE_PX)
    clips, notes = {"h264": str(film)}, []
    if _H265 in av.codecs_available:
        clips["h265"] = str(_as_h265(film, folder / "h265.mp4"))
    else:
        notes.append("There is no H.265 encoder in this installation of PyAV, so no such video was read.")
    return Footage(
        tuple(pictures),
        tuple(pictures.values()),
        _made_small(tuple(pictures), folder),
        clips,
        frozenset(one.vehicle.plate for one in truth.passes),
        tuple(notes),
    )


def _draw_pictures(folder: Path, town: Town, count: int) -> dict[str, str]:
    """Pictures of single passings, as paths with the plate in each."""
    times = (_FROM + number * _STEP for number in itertools.count())
    world = DemoWorld(folder, SEED, _FROM.date(), town, (), ())
    passings = live_passings(world, folder, now=lambda: next(times))
    return {str(passing.path): passing.vehicle.plate for passing in itertools.islice(passings, count)}


def _made_small(pictures: Sequence[str], folder: Path) -> tuple[str, ...]:
    made = []
    for number, path in enumerate(pictures):
        with Image.open(path) as picture:
            size = SMALL_PX, round(picture.height * SMALL_PX / picture.width)
            small = picture.resize(size, Image.Resampling.LANCZOS)
        made.append(str(folder / f"small-{number}.jpg"))
        small.save(made[-1], quality=_JPEG_QUALITY)
    return tuple(made)


def _as_h265(film: Path, target: Path) -> Path:
    """The same frames in the other compression."""
    with av.open(str(film)) as taken, av.open(str(target), "w") as made:
        source = taken.streams.video[0]
        stream = made.add_stream(_H265, rate=source.average_rate, options=_H265_OPTIONS)
        stream.width, stream.height = source.width, source.height
        stream.pix_fmt = "yuv420p"
        for frame in taken.decode(source):
            # Each frame still says which kind it was; the encoder shall choose again.
            frame.pict_type = 0
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return target
