"""Scores of rendered traffic as figures, in all and by condition, and the failures in words."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from turnpike.exact_intervals import exact_interval
from turnpike.simulation.services import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from turnpike.bench.traffic_scoring import ClipScore, PassScore, Times
    from turnpike.recognition.services import Reading, VehiclePass

_DARK = frozenset({Condition.NIGHT})
"""Where no colour can be told."""
_COVERED = 0.03


def figures_of(scores: Sequence[ClipScore], times: Times) -> dict[str, float]:
    """Shares with the ends of their exact 95 % intervals, and counts."""
    figures: dict[str, float] = {**_counts(scores), **_shares(scores, "")}
    figures |= _described([one for score in scores for one in score.passes if one.exactly_one], scores)
    if times.read_frames:
        figures["ms_per_frame_reading"] = round(1000 * times.reading_s / times.read_frames, 1)
    if times.rendered_frames:
        figures["ms_per_frame_rendering"] = round(1000 * times.rendering_s / times.rendered_frames, 1)
    for condition in dict.fromkeys(score.truth.condition for score in scores):
        own = [score for score in scores if score.truth.condition is condition]
        figures |= _shares(own, f"_{condition.value}")
        figures[f"passes_{condition.value}"] = sum(len(score.passes) for score in own)
    return figures


def _counts(scores: Sequence[ClipScore]) -> dict[str, float]:
    passes = [one for score in scores for one in score.passes]
    return {
        "passes": len(passes),
        "missed": sum(not one.reads for one in passes),
        "read_more_than_once": sum(len(one.reads) > 1 for one in passes),
        "wrong": sum(one.exactly_one and not one.right for one in passes),
        "stray_reads": sum(len(score.stray) for score in scores),
        "left_out": sum(score.left_out for score in scores),
        "clips": len(scores),
        "frames_read": sum(score.frames_read for score in scores),
    }


def _shares(scores: Sequence[ClipScore], ending: str) -> dict[str, float]:
    """Of all passes, each stray read counting as one more that failed: exactly one read; of those, to the letter."""
    passes = [one for score in scores for one in score.passes]
    asked = len(passes) + sum(len(score.stray) for score in scores)
    once = sum(one.exactly_one for one in passes)
    return {
        **_share("exactly_one_share" + ending, once, asked),
        **_share("right_share" + ending, sum(one.right for one in passes), once),
    }


def _share(name: str, count: int, of: int) -> dict[str, float]:
    low, high = exact_interval(count, of)
    share = count / of if of else 0.0
    return {name: round(share, 4), f"{name}_low": round(low, 4), f"{name}_high": round(high, 4)}


def _described(passes: Sequence[PassScore], scores: Sequence[ClipScore]) -> dict[str, float]:
    """Direction, lane and colour, where the passes tell them at all."""
    figures: dict[str, float] = {}
    conditions = {id(one): score.truth.condition for score in scores for one in score.passes}
    for name in ("direction", "lane"):
        pairs = [(getattr(one.reads[0], name), getattr(one.truth, name)) for one in passes]
        said = [(own, so) for own, so in pairs if own]
        if said:
            figures[f"{name}_told_share"] = round(len(said) / len(pairs), 4)
            figures |= _share(f"{name}_right_share", sum(own == so for own, so in said), len(said))
    by_day = [one for one in passes if conditions[id(one)] not in _DARK]
    colours = [(one.reads[0].colour, one.truth.colour.value) for one in by_day]
    said = [(own, so) for own, so in colours if own]
    if said:
        figures["colour_told_share"] = round(len(said) / len(colours), 4)
        figures |= _share("colour_right_share", sum(own == so for own, so in said), len(said))
        in_dark = [one for one in passes if conditions[id(one)] in _DARK]
        figures["colour_told_at_night"] = sum(bool(one.reads[0].colour) for one in in_dark)
    return figures


def told(scores: Sequence[ClipScore]) -> Iterator[str]:
    """Each failure in a line or more. Rendered plates are nobody's, so they may stand here."""
    kinds: Counter[str] = Counter()
    for score in scores:
        where = f"{score.truth.condition.value} {score.truth.seed}"
        for one in score.passes:
            if one.right:
                continue
            kind = "missed" if not one.reads else "wrong" if one.exactly_one else "read more than once"
            kinds[kind] += 1
            truth = one.truth
            yield (
                f"{where}: {truth.plate} ({truth.country}, {truth.direction}, lane {truth.lane}, {truth.speed_mph:.0f} mph,"
                f" legible on {len(truth.legible)} frames, {truth.first_frame} to {truth.last_frame}) {kind}"
                f"{': ' if one.reads else ''}{', '.join(_said(read) for read in one.reads)}"
            )
            yield from _frames(score, one)
        for read in score.stray:
            kinds["stray"] += 1
            yield f"{where}: a read that is of no pass, or one too many: {_said(read)}"
    if kinds:
        yield "Failures: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) + "."


def _said(read: VehiclePass) -> str:
    return (
        f"{read.text} ({read.confidence:.2f}, frame {read.best_frame.index}, {read.frames_agreeing} of"
        f" {read.frames_read} agreeing)"
    )


def _frames(score: ClipScore, one: PassScore) -> Iterator[str]:
    """What was found about its plate, frame by frame; frames that gave the same are told together."""
    if not score.readings:
        return
    rows = []
    for seen in one.truth.seen:
        near = [reading for reading in score.readings[seen.frame] if _near(reading, seen.box)]
        if seen.legible or near:
            state = "legible" if seen.legible else "covered" if seen.covered > _COVERED else "not legible"
            words = tuple(f"{r.text or '-'}{f' [{r.doubt}]' if r.doubt else ''}" for r in near)
            rows.append((seen, state, words, tuple(f"{r.confidence:.2f}" for r in near)))
    runs = itertools.groupby(
        enumerate(rows), key=lambda item: (item[1][0].frame - item[0], item[1][1], item[1][2])
    )
    for (_, state, words), group in runs:
        same = [row for _, row in group]
        first, last = same[0][0], same[-1][0]
        found = ", ".join(f"{word} {sure}" for word, sure in zip(words, same[-1][3], strict=True))
        frames = f"frame {first.frame}" if len(same) == 1 else f"frames {first.frame} to {last.frame}"
        px = f"{first.box[2]} px" if len(same) == 1 else f"{first.box[2]} to {last.box[2]} px"
        yield f"    {frames}, {px}, {state}: {found or 'nothing found'}"


def _near(reading: Reading, box: tuple[int, int, int, int]) -> bool:
    x, y = reading.box[0] + reading.box[2] / 2, reading.box[1] + reading.box[3] / 2
    return abs(x - box[0] - box[2] / 2) < max(12, box[2] * 0.6) and abs(y - box[1] - box[3] / 2) < max(
        10, box[3]
    )
