"""The pages of `turnpike read --explain`: what was drawn and measured, in words; no script, nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from turnpike.cli.explain_pictures import letter

if TYPE_CHECKING:
    from turnpike.recognition.services import Explanation, Place

_PARTS = {
    "odds": "this text against all others",
    "sight": "the picture alone, without any grammar",
    "plate": "how much it looks like a plate to the reader",
    "found": "how much it looks like a plate to the detector",
    "height": "how high it stands on the picture",
    "foreseen": "whether a grammar knows such a text",
    "constant": "before anything is known",
}
_SHAPES = {"read": "whole line", "doubted": "dashed line", "dropped": "corners only"}


@dataclass(frozen=True, slots=True)
class SheetFrame:
    """What a sheet says of a frame beside its explanation; `title` and `notes` as people are shown them."""

    title: str
    captured_at: str
    notes: tuple[str, ...]
    advice: tuple[str, ...]
    shown_scale: float


@dataclass(frozen=True, slots=True)
class IndexFrame:
    """One line of the index: a frame's sheet (its folder), what became of it, and the pass that it is in."""

    folder: str
    title: str
    fate: str
    plates: str
    doubts: str
    in_pass: str


@dataclass(frozen=True, slots=True)
class IndexInput:
    """One input on the index: its frames; how many were read and not drawn; the passes of a video, in words; what went wrong; of a live stream how many
    frames had nothing like a plate.
    """

    name: str
    frames: tuple[IndexFrame, ...]
    left_out: int
    passes: tuple[str, ...]
    of_frames: bool
    error: str
    without_places: int = 0


def frame_page(
    frame: SheetFrame, explanation: Explanation, advice: list[tuple[str, ...]], files: dict[str, str]
) -> str:
    """The sheet of one frame. `advice` is that of each place, in order; `files` are the pictures' names by what they show."""
    return (
        _environment()
        .get_template("explain_frame.html")
        .render(
            frame=frame,
            seen=explanation,
            places=[(number, place, kind_of(place)) for number, place in enumerate(explanation.places, 1)],
            advice=advice,
            files=files,
            letter=letter,
            parts=_PARTS,
            shapes=_SHAPES,
        )
    )


def index_page(inputs: list[IndexInput], summary: str) -> str:
    """The list of all sheets of a folder."""
    pictures = [frame for one in inputs if not one.of_frames for frame in one.frames]
    left_out = sum(one.left_out for one in inputs if not one.of_frames)
    page = _environment().get_template("explain_index.html")
    return page.render(inputs=inputs, pictures=pictures, pictures_left_out=left_out, summary=summary)


def kind_of(place: Place) -> str:
    """Whether a place was read, read and doubted, or dropped before."""
    if place.fate == "read":
        return "read"
    return "doubted" if place.reading else "dropped"


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "jinja2"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
