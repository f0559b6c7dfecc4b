"""A failure in words, from what was labelled and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.evaluation.matching import holds_middle, overlap
from turnpike.evaluation.models import Candidate, Failure, FailureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.evaluation.models import Found, LabelBox, LabelledPicture, LabelledPlate
    from turnpike.recognition.services import Reading

_NOTHING_FOUND = "nothing was found there"
_OVERLAPS_TOO_LITTLE = "found, with a box that overlaps the labelled one too little"
_ALL_ELSEWHERE = "what was found was taken for other plates of this picture"


def of_plate(
    picture: LabelledPicture, plate: LabelledPlate, own: Found | None, found: Sequence[Found], fault: str
) -> Failure:
    """Why a labelled plate was not read right: misread, or not captured."""
    kind = FailureKind.MISREAD if own and own.text and plate.text else FailureKind.MISSED
    nearest = own or _nearest(plate.box, found)
    reading = nearest.reading if nearest else None
    if kind is FailureKind.MISREAD:
        why = ""
    elif fault:
        why = fault
    elif reading is not None:
        why = reading.doubt or (_OVERLAPS_TOO_LITTLE if own else _ALL_ELSEWHERE)
    else:
        why = _NOTHING_FOUND
    return _failure(kind, picture, plate.line, plate.text, reading, why)


def of_extra(picture: LabelledPicture, one: Found) -> Failure:
    """Something told where nothing of that text is labelled."""
    return _failure(FailureKind.EXTRA, picture, picture.line, "", one.reading, one.reading.doubt)


def _nearest(box: LabelBox | None, found: Sequence[Found]) -> Found | None:
    """What was found at a labelled box and not told, else nothing; without a box there is no saying which it was."""
    if box is None:
        return None
    there = [one for one in found if overlap(box, one.box) > 0 or holds_middle(box, one.box)]
    return max(there, key=lambda one: overlap(box, one.box), default=None)


def _failure(
    kind: FailureKind, picture: LabelledPicture, line: int, labelled: str, reading: Reading | None, why: str
) -> Failure:
    return Failure(
        kind=kind,
        name=picture.name,
        line=line,
        camera=picture.camera,
        condition=picture.condition,
        labelled=labelled,
        read=reading.text if reading else "",
        raw_text=reading.raw_text if reading else "",
        confidence=round(reading.confidence, 4) if reading else 0.0,
        candidates=tuple(Candidate(one.text, round(one.confidence, 4)) for one in reading.candidates)
        if reading
        else (),
        why=why,
        is_believed=reading is not None and not reading.doubt,
    )
