"""Recognition: pictures and videos of the demo town from file to plates, beside RapidOCR and, where there is one, OpenALPR."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from turnpike import config
from turnpike.bench.apart import ask_process
from turnpike.bench.clip_process import ClipRead, ReadClip
from turnpike.bench.first_read import start_to_first_read_ms
from turnpike.bench.footage import draw_footage
from turnpike.bench.models import Findings
from turnpike.bench.pace_process import ReadAtOnce, ReadTogether
from turnpike.bench.reading_pictures import PicturesRead, quickest
from turnpike.bench.reading_process import ReadOurselves
from turnpike.bench.recognition_figures import clip_figures, peer_figures, picture_figures, precision_figures
from turnpike.bench.recognition_peers import THREADS, peers_at_hand
from turnpike.bench.timing import per_s
from turnpike.recognition.services import precisions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.bench.footage import Footage
    from turnpike.bench.recognition_peers import Peer

ROUNDS, ROUNDS_SHORT = 3, 1
_OFTEN = 4
"""How often each small picture is read for the pace of all cores together, which is over in a blink otherwise."""


def measure(*, short: bool) -> Findings:
    """With one thread for the time of a picture, with two for the pace and the memory.

    Ours and the peers take turns, each round in fresh processes, and of each picture the quickest reading
    counts: so what else the machine does meanwhile falls on all, and most of it out of the figures.
    """
    installed = precisions()
    peers, notes = peers_at_hand()
    with tempfile.TemporaryDirectory(prefix="turnpike-bench-") as folder:
        footage = draw_footage(Path(folder), short=short)
        rounds = [_round(footage, installed, peers) for _ in range(ROUNDS_SHORT if short else ROUNDS)]
    return _findings(rounds, footage, installed, peers, (*notes, *footage.notes))


@dataclass(frozen=True, slots=True)
class _Round:
    """Everything measured once. `ours` by its precision, on one thread; a peer that failed is not among `peers`."""

    ours: dict[str, PicturesRead]
    both_threads: PicturesRead
    small: PicturesRead
    small_at_once: ReadTogether
    clips: dict[tuple[str, int], ClipRead]
    start_ms: float
    peers: dict[str, PicturesRead]


def _round(footage: Footage, installed: Sequence[str], peers: Sequence[Peer]) -> _Round:
    def ours(paths: tuple[str, ...], threads: int, precision: str = installed[0]) -> PicturesRead:
        return ask_process("reading_process", ReadOurselves(paths, threads, precision), PicturesRead)

    def clip(path: str, threads: int) -> ClipRead:
        asked = ReadClip(path, threads, installed[0], stages=threads == 1)
        return ask_process("clip_process", asked, ClipRead)

    at_once = ReadAtOnce(footage.small * _OFTEN, THREADS, installed[0])
    return _Round(
        ours={precision: ours(footage.pictures, 1, precision) for precision in installed},
        both_threads=ours(footage.pictures, THREADS),
        # Right after ours with as many threads, which they are divided by.
        peers={peer.key: read for peer in peers if (read := peer.read(footage)) is not None},
        small=ours(footage.small, THREADS),
        small_at_once=ask_process("pace_process", at_once, ReadTogether),
        clips={
            (codec, threads): clip(path, threads)
            for codec, path in footage.clips.items()
            for threads in (1, THREADS)
        },
        start_ms=start_to_first_read_ms(footage.pictures[0], threads=THREADS),
    )


def _findings(
    rounds: Sequence[_Round],
    footage: Footage,
    installed: Sequence[str],
    peers: Sequence[Peer],
    notes: tuple[str, ...],
) -> Findings:
    alone = {precision: quickest([one.ours[precision] for one in rounds]) for precision in installed}
    both = quickest([one.both_threads for one in rounds])
    small = quickest([one.small for one in rounds])
    figures = {
        **picture_figures(alone[installed[0]], both, footage.plates),
        "frames_per_s_640px_2_threads": round(per_s(small.taken_ms), 3),
        "frames_per_s_640px_2_at_once": round(max(one.small_at_once.frames_per_s for one in rounds), 3),
        "start_to_first_read_ms": round(min(one.start_ms for one in rounds), 1),
        **precision_figures(alone, footage.plates),
        **clip_figures(
            {key: [one.clips[key] for one in rounds] for key in rounds[0].clips}, footage.clip_plates
        ),
    }
    beside, ratios = {}, {}
    for peer in peers:
        answers = [one.peers[peer.key] for one in rounds if peer.key in one.peers]
        if not answers:
            notes += (f"{peer.label} failed; what it printed above says why.",)
            continue
        read = quickest(answers)
        beside[peer.key] = peer_figures(read, footage.plates)
        ratios[f"speed_vs_{peer.key}"] = round(per_s(both.taken_ms) / per_s(read.taken_ms), 3)
    return Findings(figures, beside, ratios, (*notes, *_about(installed)))


def _about(installed: Sequence[str]) -> tuple[str, ...]:
    """What the figures are of, where it is not plain."""
    first = f"Networks: {installed[0]}, on {config.load().recognition_provider}."
    alone = f"Only the {installed[0]} networks are installed, so no other precision was measured."
    return (first,) if len(installed) > 1 else (first, alone)
