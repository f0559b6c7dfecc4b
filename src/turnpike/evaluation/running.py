"""A reader over a manifest's pictures, one at a time; what becomes of each is counted, also where it fails."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from turnpike.capture.services import load_picture
from turnpike.errors import InputError
from turnpike.evaluation.comparing import folded, misreadings
from turnpike.evaluation.faults import of_extra, of_plate
from turnpike.evaluation.matching import FOUND_OVERLAP, is_stray, matched, overlap
from turnpike.evaluation.models import Found
from turnpike.evaluation.tallies import ConfidenceTally, Tally
from turnpike.recognition.services import PRESENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from turnpike.evaluation.album import Album
    from turnpike.evaluation.models import LabelBox, LabelledPicture, LabelledPlate, Manifest
    from turnpike.recognition.services import Reading

WIDTHS_PX = (60, 90, 130, 200)
"""Where the bands of plates' widths end, as on the models' card."""
UNKNOWN = "not known"
MOST_UNREADABLE_TOLD = 1_000
_NO_MEMORY = "There is not enough memory for this picture; give a smaller one."


class Examiner(Protocol):
    """What is evaluated: `recognition`'s engine, or another reader behind the same three words."""

    @property
    def name(self) -> str:
        """Software and model with their versions."""
        ...

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """All that was found, most confident first; what is not believed says why."""
        ...

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`; None where nothing is legible."""
        ...


@dataclass(frozen=True, slots=True)
class UnreadablePicture:
    """A picture that could not be evaluated, and the sentence that says why; its plates count as not captured."""

    name: str
    line: int
    why: str


@dataclass(slots=True)
class Counted:
    """All that was counted over a manifest."""

    whole: Tally = field(default_factory=Tally)
    groups: defaultdict[str, defaultdict[str, Tally]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Tally))
    )
    """By `camera`, `condition`, `country` and `width`, then by name."""
    confidences: ConfidenceTally = field(default_factory=ConfidenceTally)
    mistakes: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: list[UnreadablePicture] = field(default_factory=list)
    boxes_outside: int = 0
    reading_s: float = 0.0


def count(
    manifest: Manifest,
    engine: Examiner,
    album: Album,
    *,
    crops: bool,
    seen: Callable[[], None] = lambda: None,
) -> Counted:
    """Read every picture of the manifest and count; `seen` is called after each, failures go into `album`.

    With `crops` each picture is one plate, cut out.
    """
    counted = Counted()
    for picture in manifest.pictures:
        began = time.perf_counter()
        labelled, image, found, fault = _found(picture, engine, crops=crops)
        counted.reading_s += time.perf_counter() - began
        tallies = _tallies(counted, manifest, picture)
        for tally in tallies:
            tally.pictures += 1
            tally.pictures_unreadable += bool(fault)
        if fault and len(counted.unreadable) < MOST_UNREADABLE_TOLD:
            counted.unreadable.append(UnreadablePicture(picture.name, picture.line, fault))
        _Judging(counted, album, labelled, image, tuple(found), tallies, fault, crops=crops).run()
        seen()
    return counted


def _found(
    picture: LabelledPicture, engine: Examiner, *, crops: bool
) -> tuple[LabelledPicture, NDArray[np.uint8] | None, list[Found], str]:
    """The labels in the pixels that were read, the picture, what was found in it, and why not where it could not be read."""
    try:
        frame = load_picture(picture.path)
        image = frame.image
        if crops:
            only = engine.read_crop(image)
            readings: tuple[Reading, ...] = (only,) if only else ()
        else:
            readings = engine.examine(image)
    except InputError as error:
        return picture, None, [], str(error)
    except MemoryError:
        return picture, None, [], _NO_MEMORY
    except Exception as error:  # noqa: BLE001 - one picture's failure is counted and told, and ends no run of a hundred thousand
        return picture, None, [], f"The reader failed on this picture ({type(error).__name__}); report it."
    return _shrunk(picture, frame.reduced_by), image, [_as_told(reading) for reading in readings], ""


def _shrunk(picture: LabelledPicture, by: int) -> LabelledPicture:
    """The same with its boxes in a picture whose sides are so many times shorter, as a huge one is decoded."""
    if by == 1:
        return picture
    plates = tuple(
        replace(plate, box=(plate.box[0] / by, plate.box[1] / by, plate.box[2] / by, plate.box[3] / by))
        if plate.box
        else plate
        for plate in picture.plates
    )
    return replace(picture, plates=plates)


def _as_told(reading: Reading) -> Found:
    if reading.doubt:
        return Found("", 0.0, reading.box, reading.presence >= PRESENT, reading)
    return Found(reading.text, round(reading.confidence, 4), reading.box, told=True, reading=reading)


def _tallies(counted: Counted, manifest: Manifest, picture: LabelledPicture) -> list[Tally]:
    """Those that a whole picture counts in."""
    tallies = [counted.whole]
    if manifest.has_cameras:
        tallies.append(counted.groups["camera"][picture.camera or UNKNOWN])
    if manifest.has_conditions:
        tallies.append(counted.groups["condition"][picture.condition or UNKNOWN])
    return tallies


def width_band(box: LabelBox | None) -> str:
    """The band of a plate's width in pixels, such as `60 to 89 px`."""
    if box is None:
        return UNKNOWN
    for low, high in zip((0, *WIDTHS_PX), WIDTHS_PX, strict=False):
        if box[2] < high:
            return f"{low} to {high - 1} px"
    return f"{WIDTHS_PX[-1]} px and more"


@dataclass(slots=True)
class _Judging:
    """One picture held against its labels."""

    counted: Counted
    album: Album
    picture: LabelledPicture
    image: NDArray[np.uint8] | None
    found: tuple[Found, ...]
    tallies: Sequence[Tally]
    fault: str
    crops: bool

    def run(self) -> None:
        plates, told = self._plates(), [one for one in self.found if one.told]
        own = matched(plates, told)
        for plate, one in zip(plates, own, strict=True):
            self._judge_plate(plate, one)
        if not self.fault:
            self._judge_reads(plates, told, own)

    def _plates(self) -> tuple[LabelledPlate, ...]:
        """The labels; a cut-out's box is the whole picture where none is written."""
        if not self.crops or self.image is None:
            return self.picture.plates
        whole = (0.0, 0.0, float(self.image.shape[1]), float(self.image.shape[0]))
        return tuple(replace(plate, box=plate.box or whole) for plate in self.picture.plates)

    def _judge_plate(self, plate: LabelledPlate, own: Found | None) -> None:
        read = own.text if own else ""
        groups = self.counted.groups
        tallies = [
            *self.tallies,
            groups["country"][plate.country or UNKNOWN],
            groups["width"][width_band(plate.box)],
        ]
        is_found = bool(own and plate.box and overlap(plate.box, own.box) >= FOUND_OVERLAP)
        mistakes = misreadings(plate.text, read)
        for tally in tallies:
            tally.boxes += plate.box is not None
            tally.boxes_found += is_found
            if plate.text:
                tally.plates += 1
                tally.captured += bool(read)
                tally.read_right += read == plate.text
                tally.read_folded += folded(read) == folded(plate.text)
                tally.read_near += len(mistakes) <= 1
        if plate.text and read and len(mistakes) <= len(plate.text) // 2:
            self.counted.mistakes.update(mistakes)
        if self.image is not None and plate.box is not None:
            self.counted.boxes_outside += _is_outside(plate.box, self.image)
        if (read != plate.text) if plate.text else not is_found:
            failure = of_plate(self.picture, plate, own, self.found, self.fault)
            self.album.add(failure, self.image, plate.box or (own.box if own else None))

    def _judge_reads(
        self, plates: Sequence[LabelledPlate], told: Sequence[Found], own: Sequence[Found | None]
    ) -> None:
        """What was told of the picture, against all that is labelled in it."""
        texts = {plate.text for plate in plates if plate.text}
        boxes = [plate.box for plate in plates if plate.box is not None]
        is_judged, is_boxed = bool(texts) or not plates, len(boxes) == len(plates)
        # What lies on a plate whose text nobody could write down is neither right nor wrong.
        unjudged = {id(one) for plate, one in zip(plates, own, strict=True) if one and not plate.text}
        labelled = {id(one) for one in own if one}
        wrong = stray = 0
        for one in told:
            is_wrong = is_judged and id(one) not in unjudged and self._weigh(one, texts)
            is_lost = is_boxed and is_stray(one.box, boxes)
            wrong, stray = wrong + is_wrong, stray + is_lost
            if id(one) not in labelled and (is_wrong or is_lost):
                self.album.add(of_extra(self.picture, one), self.image, one.box)
        for tally in self.tallies:
            tally.pictures_judged += is_judged
            tally.wrong_reads += wrong
            tally.pictures_boxed += is_boxed
            tally.stray_boxes += stray

    def _weigh(self, one: Found, texts: set[str]) -> bool:
        """Count what its confidence was worth; whether it is a wrong read."""
        if not one.text:
            self.counted.confidences.unread += 1
            return False
        is_right = one.text in texts
        self.counted.confidences.add(one.confidence, is_right=is_right)
        return not is_right


def _is_outside(box: LabelBox, image: NDArray[np.uint8]) -> bool:
    """Whether nothing of a labelled box lies in its picture: the label is wrong."""
    height, width = image.shape[:2]
    return box[0] >= width or box[1] >= height or box[0] + box[2] <= 0 or box[1] + box[3] <= 0
