"""Small pictures and videos made for these tests."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

FPS = 25


@pytest.fixture
def make_video(tmp_path):
    """Writes an H.264 video whose frame n has a brightness of about 4 n, so that a frame tells its number."""

    def make(
        name: str = "road.mp4", *, frames: int = 50, created: str = "", fast_start: bool = False
    ) -> Path:
        path: Path = tmp_path / name
        options = {"movflags": "+faststart"} if fast_start else {}
        with av.open(str(path), "w", options=options) as container:
            if created:
                container.metadata["creation_time"] = created
            stream = container.add_stream("libx264", rate=FPS)
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            stream.time_base = Fraction(1, FPS)
            stream.options = {"g": "10", "bf": "0", "threads": "1"}
            for number in range(frames):
                noise = np.random.default_rng(number).integers(0, 12, (96, 160, 3))
                image = np.clip(number * 4 % 240 + noise, 0, 255).astype(np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(stream.encode(None))
        return path

    return make
