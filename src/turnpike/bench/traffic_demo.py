"""The demo world's video, read as `make demo` reads it: every plate once, and none that was not there."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from turnpike.capture.services import video_frames
from turnpike.recognition.services import follow, load_engine
from turnpike.simulation.services import make_town, render_video

SEED, FRAMES, SECONDS = 7, 24, 8
"""As in `make demo`: its town, and how many frames of its video are read."""
_DAY = date(2026, 6, 1)


def demo_figures() -> dict[str, float]:
    """How many vehicles pass in the video, how many reads there are of them, and how many of those are of no plate that passed or one too many."""
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-") as folder:
        path = Path(folder) / "video.mp4"
        truth = render_video(make_town(SEED), path, SEED, day=_DAY, seconds=SECONDS)
        frames = video_frames(path, every_s=None, limit=FRAMES)
        read = Counter(one.text for one in follow(frames, load_engine(threads=1)))
    shown = Counter(one.vehicle.plate for one in truth.passes)
    return {
        "demo_video_passes": shown.total(),
        "demo_video_reads": read.total(),
        "demo_video_right": (read & shown).total(),
        "demo_video_wrong": (read - shown).total(),
    }
