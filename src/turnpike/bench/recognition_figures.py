"""What the measuring processes of recognition answered, as the report's figures."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from turnpike.bench.timing import per_s

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from turnpike.bench.clip_process import ClipRead
    from turnpike.bench.reading_pictures import PicturesRead


def picture_figures(
    one_thread: PicturesRead, two_threads: PicturesRead, plates: Sequence[str]
) -> dict[str, float]:
    """Of our own engine on whole pictures: the stages' shares are those with one thread."""
    return {
        "frames_per_s_2_threads": round(per_s(two_threads.taken_ms), 3),
        "frames_per_s_1_thread": round(per_s(one_thread.taken_ms), 3),
        "ms_per_picture": round(statistics.median(one_thread.taken_ms), 1),
        "memory_mb": two_threads.memory_mb,
        "pictures": len(plates),
        "read_share": read_share(two_threads, plates),
        **time_shares(sum(one_thread.taken_ms), sum(one_thread.decode_ms), sum(one_thread.detect_ms)),
    }


def precision_figures(by_precision: Mapping[str, PicturesRead], plates: Sequence[str]) -> dict[str, float]:
    """Of the same pictures on one thread, by the precision of the networks."""
    figures = {}
    for precision, read in by_precision.items():
        figures[f"ms_per_picture_{precision}"] = round(statistics.median(read.taken_ms), 1)
        figures[f"read_share_{precision}"] = read_share(read, plates)
    return figures


def clip_figures(
    clips: Mapping[tuple[str, int], Sequence[ClipRead]], plates: Collection[str]
) -> dict[str, float]:
    """Of videos, by compression and threads: of all rounds the quickest counts, and of all memory the most."""
    figures: dict[str, float] = {}
    for (codec, threads), rounds in clips.items():
        best = min(rounds, key=lambda read: read.elapsed_s)
        named = f"{codec}_1080p_{threads}_thread{'s' if threads > 1 else ''}"
        figures[f"frames_per_s_{named}"] = round(best.frames / best.elapsed_s, 3)
        if best.detect_s:
            shares = time_shares(best.elapsed_s, best.decode_s, best.detect_s)
            figures |= {f"{name}_{codec}_1080p": share for name, share in shares.items()}
    seen = [read for rounds in clips.values() for read in rounds]
    return figures | {
        "memory_video_mb": max(read.memory_mb for read in seen),
        "video_frames": min(read.frames for read in seen),
        "read_share_video": round(min(len(read.texts & set(plates)) for read in seen) / len(plates), 3),
    }


def peer_figures(read: PicturesRead, plates: Sequence[str]) -> dict[str, float]:
    """Of a peer on the same whole pictures, with two threads."""
    return {
        "frames_per_s_2_threads": round(per_s(read.taken_ms), 3),
        "memory_mb": read.memory_mb,
        "read_share": read_share(read, plates),
    }


def time_shares(taken: float, decode: float, detect: float) -> dict[str, float]:
    """Shares (0-1) of the time from file to text, all three in one unit; what is neither decoding nor detecting is reading.

    `detect` was timed apart, so that noise may leave less than nothing for reading: then it is 0.
    """
    return {
        "decode_time_share": round(decode / taken, 3),
        "detect_time_share": round(detect / taken, 3),
        "read_time_share": round(max(0.0, taken - decode - detect) / taken, 3),
    }


def read_share(read: PicturesRead, plates: Sequence[str]) -> float:
    """The share of pictures whose plate is among the texts, to the letter."""
    right = sum(plate in texts for plate, texts in zip(plates, read.texts, strict=True))
    return round(right / len(plates), 3)
