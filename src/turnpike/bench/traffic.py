"""Traffic: rendered vehicles before a camera, followed from frame to frame, and each pass held against the truth.

    turnpike bench traffic                                   # the figure: 440 passes over all conditions, held-out seeds
    turnpike bench traffic --tuning --readings var/tune.jsonl  # to work on following: other seeds; the first run fills the file
    turnpike bench traffic --tuning --readings var/tune.jsonl  # each further run follows the kept readings anew, in seconds
    turnpike bench traffic --tuning --clips var/clips        # keep the rendered clips too, to try another engine on the same
    turnpike bench traffic --tuning --failures var/failures  # pictures of each pass that went wrong

Readings and clips that were kept are taken as they are: delete them when the renderer or the engine has changed. A pass counts where at
least two of the frames that are read show its plate legibly. It is right where exactly one read lies on it and has its plate to the letter.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from turnpike.bench.models import Findings, TrafficPlan
from turnpike.bench.traffic_demo import demo_figures
from turnpike.bench.traffic_figures import figures_of, told
from turnpike.bench.traffic_readings import (
    ClipReadings,
    ListeningEngine,
    ReplayingEngine,
    append_readings,
    load_readings,
)
from turnpike.bench.traffic_scoring import ClipScore, Times, score_clip
from turnpike.bench.traffic_sheets import write_sheets
from turnpike.recognition.services import follow, load_engine
from turnpike.simulation.services import Condition, kept_clip, traffic_clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from turnpike.capture.services import Frame
    from turnpike.recognition.services import VehiclePass
    from turnpike.simulation.services import TrafficTruth

FIRST_SEED, FIRST_TUNING_SEED = 5_001, 1
"""Held-out clips and those that following may be tuned on share no seed, as long as neither are more than five thousand."""
SHORT_CONDITIONS = (Condition.FAST,)


@dataclass(slots=True)
class _Run:
    """What one measurement holds on to."""

    plan: TrafficPlan
    kept: dict[tuple[Condition, int, float], ClipReadings]
    times: Times = field(default_factory=Times)


class _Describer(Protocol):
    def describe(self, seen: VehiclePass) -> VehiclePass: ...


def measure(*, short: bool, plan: TrafficPlan | None = None) -> Findings:
    """Clip after clip of each condition, until it has its share of the passes; `short` takes one clip of one condition."""
    plan = plan or TrafficPlan()
    kept = load_readings(plan.readings) if plan.readings and plan.readings.exists() else []
    run = _Run(plan, {(one.truth.condition, one.truth.seed, one.truth.fps): one for one in kept})
    conditions = SHORT_CONDITIONS if short else tuple(Condition)
    wanted = 1 if short else -(-plan.passes // len(conditions))
    scores: list[ClipScore] = []
    for condition in conditions:
        scores += _condition(run, condition, wanted)
    if plan.failures is not None:
        write_sheets(scores, plan.failures)
    demo = {} if short or plan.tuning else demo_figures()
    return Findings({**figures_of(scores, run.times), **demo}, notes=tuple(told(scores)))


def _condition(run: _Run, condition: Condition, wanted: int) -> Iterator[ClipScore]:
    seed = FIRST_TUNING_SEED if run.plan.tuning else FIRST_SEED
    passes = 0
    while passes < wanted:
        score = _clip(run, condition, seed)
        passes += len(score.passes)
        seed += 1
        yield score


def _clip(run: _Run, condition: Condition, seed: int) -> ClipScore:
    """One clip followed: from kept readings where there are some, else through the engine."""
    plan, kept = run.plan, run.kept.get((condition, seed, run.plan.fps))
    if kept is not None:
        again = ReplayingEngine(kept)
        describe = _describer(kept.truth)
        # The frames have no picture, so that no colour can be told from them.
        reads = [replace(describe(read), colour="") for read in follow(again.frames(), again)]
        return _scored(kept, reads)
    clip = (
        kept_clip(plan.clips, condition, seed, fps=plan.fps)
        if plan.clips is not None
        else traffic_clip(condition, seed, fps=plan.fps)
    )
    engine = ListeningEngine(load_engine(threads=1))
    describe = _describer(clip.truth)
    began_s = time.process_time()
    before_s = run.times.rendering_s
    reads = [describe(read) for read in follow(engine.watch(_timed(clip.frames(), run.times)), engine)]
    taken_s = time.process_time() - began_s
    run.times.reading_s += taken_s - (run.times.rendering_s - before_s)
    found = engine.readings_of(clip.truth)
    run.times.read_frames += len(found.times)
    if plan.readings is not None:
        append_readings(plan.readings, found)
    return _scored(found, reads)


def _scored(found: ClipReadings, reads: list[VehiclePass]) -> ClipScore:
    score = score_clip(found.truth, reads)
    return replace(score, readings=tuple(tuple(kept.reading() for kept in frame) for frame in found.readings))


def _timed(frames: Iterable[Frame], times: Times) -> Iterator[Frame]:
    """The same frames; what their making takes is counted as rendering."""
    waiting = iter(frames)
    while True:
        began_s = time.process_time()
        frame = next(waiting, None)
        times.rendering_s += time.process_time() - began_s
        if frame is None:
            return
        times.rendered_frames += 1
        yield frame


def _describer(truth: TrafficTruth) -> Callable[[VehiclePass], VehiclePass]:
    """What tells direction, lane and colour, where recognition has it."""
    recognition = import_module("turnpike.recognition.services")
    if not all(hasattr(recognition, name) for name in ("Describer", "parse_lanes")):
        return lambda seen: seen
    lanes = recognition.parse_lanes(lanes_text(truth))
    return cast("_Describer", recognition.Describer(lanes)).describe


def lanes_text(truth: TrafficTruth) -> str:
    """The clip's lanes as an operator writes them down: outlines in shares of the picture."""
    width, height = truth.size
    texts = []
    for number, quad in enumerate(truth.lanes, 1):
        points = ", ".join(f"[{_near(x / width):.4f}, {_near(y / height):.4f}]" for x, y in quad)
        texts.append(f"[[lane]]\nnumber = {number}\noutline = [{points}]\n")
    return "\n".join(texts)


def _near(share: float) -> float:
    """Kept close to the picture, beyond which no outline may reach."""
    return min(1.5, max(-0.5, share))
