"""What a technician can do so that a plate is read: told from what became of it, and from what can be measured of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.recognition.fates import Fate, FrameFate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from turnpike.recognition.measuring import Measures
    from turnpike.recognition.stages import Explanation, Place

WIDE_ENOUGH_PX = 60.0
"""Below this about half of all plates are read, from 90 px on four in five. Source: docs/models.md."""
BLURRED_STROKES = 1.3
"""An edge that is wider than so many strokes of a sign runs into the next. Source: ours, on renders blurred step by step."""
_ONE_WAY = 2.0
"""Edges that are so many times wider one way than the other were smeared by movement, not by focus."""
_DARK, _GLARING, _LEAST_CONTRAST = 60.0, 0.35, 45.0
_LEAST_KEPT_CONTRAST = 90.0
_TURNED_DEG, _LEANING_DEG = 15.0, 25.0
_DARK_FRAME, _BRIGHT_FRAME = 30.0, 225.0
_NEAR_PX = 3.0

_BY_FATE = {
    Fate.NO_PLATE: "If it is a badge, a sign or a lamp, there is nothing to do. If it is a plate, look at the cut below: is it covered, dirty, or of a kind that the reader was never shown?",
    Fate.NO_PLATE_TEXT: "If it is a sign or a name, there is nothing to do.",
    Fate.NO_DIGIT: "If it is a sign or a name, there is nothing to do. A plate with letters alone needs to be seen very clearly.",
    Fate.DUPLICATE: "Nothing to do: the other place is the one that counts.",
    Fate.LEFT_OUT: "Point the camera at less: a picture has room for 24 plates.",
    Fate.FAINT: "If there is no plate in this place, there is nothing to do.",
    Fate.NONE_CLOSER: "If there is no plate in this place, there is nothing to do.",
}
_PERHAPS_NONE = {Fate.NO_PLATE, Fate.NO_PLATE_TEXT, Fate.NO_DIGIT, Fate.FAINT, Fate.NONE_CLOSER}
_NOTHING_MEASURED = "Its size, sharpness, light and angle are good enough. Look at the cut below: is the plate dirty, bent, covered, or in an unusual lettering?"


def advice_for(place: Place, size: tuple[int, int]) -> tuple[str, ...]:
    """What to do about a place on a picture of `size` (width, height), the weightiest first; nothing where it was read."""
    if place.fate is Fate.READ:
        return ()
    told: list[str] = []
    if place.fate is Fate.CUT_OFF:
        told.append(_about_edge(place, size))
    if place.fate in _BY_FATE:
        told.append(_BY_FATE[place.fate])
    if place.fate not in {Fate.DUPLICATE, Fate.LEFT_OUT}:
        perhaps = "If it is a plate: " if place.fate in _PERHAPS_NONE else ""
        told += [f"{perhaps}{fault}" for fault in measured_faults(place.measures)]
    return tuple(told) or (_NOTHING_MEASURED,)


def measured_faults(measures: Measures) -> list[str]:
    """What the measures of a plate say against its being read, and what to do."""
    told: list[str] = []
    small = measures.size_px < WIDE_ENOUGH_PX
    if small:
        told.append(
            f"It is {measures.width_px:.0f} px wide; from {WIDE_ENOUGH_PX:.0f} px on most are read, from 90 px on four in five: "
            "bring the camera nearer, zoom in, or set a higher resolution."
        )
    told += _about_light(measures)
    wide, high = measures.edge_strokes, measures.edge_strokes_across
    # What is small is never sharp, and what hardly stands out cannot be measured.
    if max(wide, high) > BLURRED_STROKES and measures.contrast >= _LEAST_CONTRAST and not small:
        if max(wide, high) > _ONE_WAY * min(wide, high):
            way = "along its writing" if wide > high else "up and down"
            told.append(
                f"It is blurred {way} alone (edges {max(wide, high):.1f} strokes wide): it moved while the shutter was open. "
                "Set a shorter exposure, with more light or gain in its place."
            )
        else:
            told.append(
                f"It is blurred all round (edges {max(wide, high):.1f} strokes wide): "
                "set the focus at the distance of the plates, clean the lens, and look whether the stream is compressed too much."
            )
    if measures.turned_deg > _TURNED_DEG:
        told.append(f"Its writing is {measures.turned_deg:.0f}° off level: turn the camera upright.")
    if measures.leaning_deg > _LEANING_DEG:
        told.append(
            f"It is seen at a steep angle (its sides lean {measures.leaning_deg:.0f}°): move the camera closer to the line in which vehicles drive."
        )
    return told


def _about_light(measures: Measures) -> list[str]:
    if measures.glaring > _GLARING and measures.contrast < _LEAST_KEPT_CONTRAST:
        return [
            f"It is overexposed ({measures.glaring:.0%} of it is plain white): shorten the exposure or turn the lamp down."
        ]
    if measures.brightest < _DARK:
        return [
            f"It is too dark (its brightest parts are {measures.brightest:.0f} of 255): add a lamp or infra-red light, or more gain."
        ]
    if measures.contrast < _LEAST_CONTRAST:
        return [
            f"Its signs hardly stand out ({measures.contrast:.0f} of 255 between dark and bright): a dirty or worn plate, fog, glare on the lens, or too little light."
        ]
    return []


def _about_edge(place: Place, size: tuple[int, int]) -> str:
    xs, ys = zip(*place.region.corners, strict=True)
    sides = [
        name
        for name, out in (
            ("left", min(xs) < _NEAR_PX),
            ("right", max(xs) > size[0] - _NEAR_PX),
            ("top", min(ys) < _NEAR_PX),
            ("bottom", max(ys) > size[1] - _NEAR_PX),
        )
        if out
    ]
    edge = f"the {' and the '.join(sides)} edge" if sides else "the edge"
    return f"It reaches {edge} of the picture: aim so that plates cross the middle, or let the trigger fire a little earlier or later."


def advice_for_frame(explanation: Explanation, image: NDArray[np.uint8]) -> tuple[str, ...]:
    """What to do about a frame on which no place was read or judged; nothing about others, whose places say it."""
    if explanation.fate is not FrameFate.NONE_FOUND:
        return ()
    told = []
    bright = float(image[::4, ::4].mean()) if image.size else 0.0
    if bright < _DARK_FRAME:
        told.append(f"The picture is dark ({bright:.0f} of 255 on the mean): add a lamp or infra-red light.")
    elif bright > _BRIGHT_FRAME:
        told.append(f"The picture is nearly white ({bright:.0f} of 255 on the mean): shorten the exposure.")
    told.append(
        "If there is a vehicle on it, its plate may be far too small (under some 12 px wide, on large pictures under 30), covered, or turned away; if there is none, there is nothing to do."
    )
    return tuple(told)
