"""Pictures through a camera's H.264, so that its artefacts are real: in memory, or in a file for later."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

BYTES_A_FRAME = 20_000
"""Source: a camera's usual 4 Mbit/s at 25 frames/s, of 1280 by 720 pixels.

Only the frames that are read are encoded, so that more moves from one to the next than at 25 frames/s: the artefacts are
rather stronger than a camera's.
"""
KEY_EVERY_S = 2.0
_OPTIONS = {"preset": "superfast", "tune": "zerolatency", "crf": "24", "threads": "1"}


def through_h264(
    pictures: Iterator[Image.Image], fps: float, size: tuple[int, int], path: Path | None = None
) -> Iterator[NDArray[np.uint8]]:
    """Each picture as it comes out of the decoder again: RGB, uint8, (height, width, 3). `path` keeps the encoded ones."""
    encoder = av.CodecContext.create("libx264", "w")
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    rate = Fraction(fps).limit_denominator(1_000)
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.framerate, encoder.time_base = "yuv420p", rate, 1 / rate
    area = size[0] * size[1] / (1280 * 720)
    bits = round(BYTES_A_FRAME * 8 * fps * area)
    # A key frame of a second and a half's budget may pass at once; the rest keeps to the pace.
    encoder.options = {
        **_OPTIONS,
        "maxrate": str(bits),
        "bufsize": str(round(bits * 1.5)),
        "g": str(max(1, round(KEY_EVERY_S * fps))),
    }
    kept = path.open("wb") if path is not None else None
    try:
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            frame.pts = number
            for packet in encoder.encode(frame):
                if kept is not None:
                    kept.write(bytes(packet))
                yield from (_rgb(one) for one in decoder.decode(packet))
        for packet in encoder.encode(None):
            if kept is not None:
                kept.write(bytes(packet))
            yield from (_rgb(one) for one in decoder.decode(packet))
        yield from (_rgb(one) for one in decoder.decode(None))
    finally:
        if kept is not None:
            kept.close()


def from_h264(path: Path) -> Iterator[NDArray[np.uint8]]:
    """The pictures of a file that `through_h264` kept."""
    with av.open(str(path), format="h264") as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in container.decode(video=0):
            yield _rgb(frame)


def _rgb(frame: av.VideoFrame) -> NDArray[np.uint8]:
    return np.ascontiguousarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
