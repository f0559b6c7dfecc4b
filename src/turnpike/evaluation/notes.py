"""What whoever reads the figures has to know before they believe them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.evaluation.words import asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnpike.evaluation.figures import Evaluation

_MANY_CAMERAS = 10


def notes_on(evaluation: Evaluation) -> Iterator[str]:
    """One or two sentences each; none where nothing is to be said."""
    manifest, figures = evaluation.manifest, evaluation.figures
    if manifest.skipped:
        yield (
            f"Lines of the manifest left out because of faults (--skip-bad): {len(manifest.skipped):,}. What was left out may be what the "
            "reader finds hardest."
        )
    if figures.pictures_unreadable:
        yield f"Pictures that could not be read: {figures.pictures_unreadable:,}. Their plates count as not captured."
    if evaluation.boxes_outside:
        yield (
            f"Labelled boxes that lie outside their pictures: {evaluation.boxes_outside:,}. Mend the manifest: these plates count as not "
            "captured."
        )
    if without_text := manifest.plates - figures.plates:
        yield (
            f"Plates with a box and no text: {without_text:,}. They count in “boxes found” alone: nobody has said what is right."
        )
    if manifest.repeated_plates:
        yield (
            f"Plates that repeat a text{' of the same camera' if manifest.has_cameras else ''}: {manifest.repeated_plates:,}. Pictures of one "
            "passing are alike, so that the ranges are narrower than they should be; label one picture a vehicle."
        )
    if manifest.ignored_columns:
        yield f"Columns of the manifest that are not known and were not used: {len(manifest.ignored_columns):,}."
    cameras = len(evaluation.groups["camera"])
    if cameras >= _MANY_CAMERAS:
        yield (
            f"{cameras:,} cameras are judged at {asked(evaluation.demand.level)} each: by chance alone one in "
            f"{round(1 / (1 - evaluation.demand.level)):,} that is good enough may be said not to be."
        )
