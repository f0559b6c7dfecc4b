"""`turnpike read --explain DIR`: a sheet for each frame, with a picture of each stage, that says what became of it."""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from turnpike.capture.services import shown
from turnpike.cli import explain_pictures as pictures
from turnpike.cli.explain_page import IndexFrame, IndexInput, SheetFrame, frame_page, index_page
from turnpike.errors import InputError
from turnpike.recognition.services import (
    Dropped,
    Fate,
    Inspection,
    advice_for,
    advice_for_frame,
    explain,
    explain_crop,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from turnpike.capture.services import Frame
    from turnpike.recognition.services import Explanation, PlateEngine, Reading, VehiclePass

MOST_FRAMES = 60
"""Most sheets of one input."""
MOST_SHEETS = 500
"""Most sheets of one folder; each takes about a third of a megabyte."""
_KEPT_FRAMES = 2
"""Each is read as soon as it is seen; of a large video more would fill the memory."""
_MOST_PLACES = 40
_MOST_TOLD = 4


@dataclass(frozen=True, slots=True)
class _Drawn:
    folder: str
    frame: Frame
    explanation: Explanation


@dataclass(slots=True)
class _Input:
    name: str
    drawn: list[_Drawn] = field(default_factory=list)
    left_out: int = 0
    passes: list[VehiclePass] = field(default_factory=list)
    unbelieved: list[VehiclePass] = field(default_factory=list)
    of_frames: bool = False
    with_places_only: bool = False
    without_places: int = 0
    error: str = ""


class Sheets:
    """Writes them, for their owner's eyes alone. Also an `Engine`: what it is given to read it explains on its way.

    Raises:
        InputError: the folder holds something already, or cannot be written.
    """

    def __init__(self, folder: Path, engine: PlateEngine) -> None:
        self._folder = folder
        self._engine = engine
        self._inputs: list[_Input] = []
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._written = 0
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise InputError("The folder for --explain holds files already; name a new one.")
            folder.chmod(0o700)
        except OSError as error:
            raise InputError(
                f"The folder for --explain cannot be written ({error.strerror}); name another."
            ) from error

    @property
    def name(self) -> str:
        """As the engine's own."""
        return self._engine.name

    def begin(self, source: str) -> None:
        """What comes next is of another input."""
        self._inputs.append(_Input(shown(source)))
        self._frames.clear()

    def seeing(self, frame: Frame) -> Frame:
        """What comes next is of this frame."""
        self._frames[id(frame.image)] = frame
        while len(self._frames) > _KEPT_FRAMES:
            self._frames.popitem(last=False)
        return frame

    def watching(self, frames: Iterable[Frame], *, is_live: bool = False) -> Iterator[Frame]:
        """The frames of a video or a stream, on their way to be read; of one that is live those on which nothing is like a plate are counted, not drawn."""
        self._inputs[-1].of_frames = True
        self._inputs[-1].with_places_only = is_live
        for frame in frames:
            yield self.seeing(frame)

    def passed(self, seen: VehiclePass) -> None:
        """A vehicle that the frames of this input showed."""
        self._inputs[-1].passes.append(replace(seen, best_frame=_without_picture(seen.best_frame)))

    def unbelieved(self, seen: VehiclePass) -> None:
        """What the frames of this input showed and is not believed, as one frame alone showed it or its looks do not agree."""
        self._inputs[-1].unbelieved.append(replace(seen, best_frame=_without_picture(seen.best_frame)))

    def failed(self, sentence: str) -> None:
        """The input could not be read, or not to its end."""
        self._inputs[-1].error = sentence

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """The plates of `image` that are believed, as the engine's own."""
        return tuple(reading for reading in self.examine(image) if not reading.doubt)

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """All that was found in `image`, as the engine's own."""
        return self.inspect(image).readings

    def inspect(self, image: NDArray[np.uint8]) -> Inspection:
        """All that was found in `image` and all that was dropped, as the engine's own; with its sheet."""
        frame = self._to_draw(image)
        if frame is None:
            return self._engine.inspect(image)
        if self._inputs[-1].with_places_only:
            inspection = self._engine.inspect(image)
            if not (inspection.readings or inspection.dropped):
                self._inputs[-1].without_places += 1
                return inspection
        explanation = explain(self._engine, image)
        self._draw(frame, explanation)
        dropped = tuple(
            Dropped(place.region, place.fate) for place in explanation.places if place.reading is None
        )
        return Inspection(explanation.readings, dropped)

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`, as the engine's own; with its sheet."""
        frame = self._to_draw(image)
        if frame is None:
            return self._engine.read_crop(image)
        explanation = explain_crop(self._engine, image)
        self._draw(frame, explanation)
        return next(iter(explanation.readings), None)

    def finish(self, summary: str) -> None:
        """Write the list of them all."""
        self._write("index.html", index_page([_indexed(one) for one in self._inputs], summary).encode())

    def _to_draw(self, image: NDArray[np.uint8]) -> Frame | None:
        frame = self._frames.get(id(image))
        if frame is None:  # a part of a frame, which some engine looks at again
            return None
        if len(self._inputs[-1].drawn) >= MOST_FRAMES or self._written >= MOST_SHEETS:
            self._inputs[-1].left_out += 1
            return None
        return frame

    def _draw(self, frame: Frame, explanation: Explanation) -> None:
        self._written += 1
        folder = f"{self._written:04d}"
        self._make(folder)
        current = self._inputs[-1]
        seen = replace(explanation, places=explanation.places[:_MOST_PLACES])
        files = self._pictures(folder, frame, seen)
        whole = max(frame.image.shape[:2])
        notes = (*frame.notes, *frame.cautions)
        if len(explanation.places) > len(seen.places):
            notes += (f"Only the first {_MOST_PLACES} of {len(explanation.places)} places are drawn.",)
        advice = [advice_for(place, explanation.size) for place in seen.places]
        sheet = SheetFrame(
            title=_title(current, frame),
            captured_at=frame.captured_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            notes=notes,
            advice=(*advice_for_frame(explanation, frame.image), *_most_telling(seen, advice)),
            shown_scale=min(1.0, pictures.LONGEST_PX / whole),
        )
        self._write(f"{folder}/index.html", frame_page(sheet, seen, advice, files).encode())
        # Neither the picture nor the cuts are kept: only what the index tells.
        slim = tuple(replace(place, cuts=()) for place in explanation.places)
        current.drawn.append(
            _Drawn(
                folder, replace(frame, image=frame.image[:1, :1].copy()), replace(explanation, places=slim)
            )
        )

    def _pictures(self, folder: str, frame: Frame, seen: Explanation) -> dict[str, str]:
        image = frame.image
        files = {"frame": self._save(folder, "01-frame.jpg", pictures.shrunk(image))}
        if seen.views:
            files["first_look"] = self._save(
                folder, "02-first-look.jpg", pictures.first_look(image, seen.views)
            )
        for number, view in enumerate(seen.views[1:], start=1):
            name = f"02-closer-look-{number:02d}.jpg"
            files[f"closer-{number}"] = self._save(folder, name, pictures.closer_look(image, view))
        if seen.places:
            files["found"] = self._save(folder, "03-found.jpg", pictures.found(image, seen.places))
        for number, place in enumerate(seen.places, start=1):
            for at, cut in enumerate(place.cuts, start=1):
                name = f"04-place-{number:02d}-cut-{at}.png"
                files[f"cut-{number}-{at}"] = self._save(folder, name, pictures.as_cut(cut.crop))
        return files

    def _save(self, folder: str, name: str, picture: Image.Image) -> str:
        import io

        content = io.BytesIO()
        picture.save(content, "PNG" if name.endswith(".png") else "JPEG", quality=88)
        self._write(f"{folder}/{name}", content.getvalue())
        return name

    def _make(self, folder: str) -> None:
        try:
            (self._folder / folder).mkdir(mode=0o700)
        except OSError as error:
            raise _unwritable(error) from error

    def _write(self, name: str, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(self._folder / name, flags, 0o600), "wb") as file:
                file.write(content)
        except OSError as error:
            raise _unwritable(error) from error


def _unwritable(error: OSError) -> InputError:
    return InputError(
        f"The folder for --explain cannot be written any more ({error.strerror}); make room and begin anew."
    )


def _most_telling(seen: Explanation, advice: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The first advice on each place that was found and not believed: what stands atop a sheet."""
    return tuple(
        f"Place {number}: {told[0]}"
        for number, (place, told) in enumerate(zip(seen.places, advice, strict=True), start=1)
        if place.reading and told and place.fate not in {Fate.DUPLICATE, Fate.READ}
    )[:_MOST_TOLD]


def _without_picture(frame: Frame) -> Frame:
    """What the index needs of a frame; many pictures would fill the memory."""
    return replace(frame, image=frame.image[:1, :1].copy())


def _title(current: _Input, frame: Frame) -> str:
    return f"Frame {frame.index + 1} of {current.name}" if current.of_frames else current.name


def _indexed(given: _Input) -> IndexInput:
    frames = tuple(
        IndexFrame(
            folder=one.folder,
            title=f"Frame {one.frame.index + 1}, {one.frame.captured_at:%H:%M:%S}"
            if given.of_frames
            else given.name,
            fate=str(one.explanation.fate),
            plates=", ".join(reading.text for reading in one.explanation.readings if not reading.doubt),
            doubts=", ".join(reading.doubt for reading in one.explanation.readings if reading.doubt),
            in_pass=_pass_of(one, given.passes),
        )
        for one in given.drawn
    )
    passes = tuple(
        f"Pass {number}: {seen.text}, {seen.first_seen_at:%H:%M:%S} to {seen.last_seen_at:%H:%M:%S} UTC; "
        f"{seen.frames_agreeing} of {seen.frames_read} frames that showed its plate have this text"
        for number, seen in enumerate(given.passes, start=1)
    )
    passes += tuple(
        f"Not believed: {seen.text}, {seen.first_seen_at:%H:%M:%S} to {seen.last_seen_at:%H:%M:%S} UTC; of {seen.frames_read} "
        f"frame{'s' if seen.frames_read > 1 else ''} that showed it {seen.frames_agreeing} had this text, together {seen.confidence:.2f} sure"
        for seen in given.unbelieved
    )
    return IndexInput(
        given.name, frames, given.left_out, passes, given.of_frames, given.error, given.without_places
    )


def _pass_of(drawn: _Drawn, passes: list[VehiclePass]) -> str:
    """In which passes a frame's plates are, by their texts and the time; what no pass has was not believed of one frame alone."""
    told = []
    for reading in drawn.explanation.readings:
        if reading.doubt:
            continue
        numbers = [
            str(number)
            for number, seen in enumerate(passes, start=1)
            if seen.first_seen_at <= drawn.frame.captured_at <= seen.last_seen_at
            and reading.text in {seen.text, *(other.text for other in seen.candidates)}
        ]
        told.append(
            f"{reading.text}: pass {' and '.join(numbers)}"
            if numbers
            else f"{reading.text}: none; too few frames agree with it"
        )
    return "; ".join(told)
