"""A vehicle's colour: what a small network sees around its plate, with the plate itself as the reference for the light.

A white plate is white and a yellow one is as bright in red, under whatever light falls on both plate and paint: so that paint is measured against it. Where there is
no such reference, or the light is not day's, nothing is told. Silver and grey are one answer, since the light parts them more than the paint does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from turnpike.recognition.errors import EngineUnavailable
from turnpike.recognition.geometry import plate_unit_px
from turnpike.recognition.networks import load_cards, open_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.recognition.models import Box
    from turnpike.recognition.networks import Network

GREY = "silver or grey"
COLOURS = ("black", "white", GREY, "blue", "red", "green", "yellow", "orange", "brown", "")
"""What the network's answers stand for; the last is that it cannot tell."""
TOLD, GREY_TOLD = 0.60, 0.80
"""Least probability of a colour that is told, and of silver or grey, which is what dust, glare and a false reference make of others. Source: ours, set on training
pictures, each seen by networks that were trained without it, see docs/models.md."""
SMALLEST_PX = 40.0
"""Least width of a plate whose vehicle is large enough."""
DARKEST = 50.0
"""A frame with less mean brightness (0-255) is night or dusk."""
MOST_CAST = 0.62
"""The weakest of the frame's red, green and blue must be so much of the strongest, in mean linear light: lamps and dusk tint all."""
LEAST_TINT = 8.0
"""A frame whose tenth most colourful pixel has less between its strongest and weakest channel (0-255) is infra-red, or has no colours."""
MOST_CLIPPED = 0.4
"""More of the vehicle overexposed than this, and white and everything light look the same."""

_CROP_PX = (128, 92)
_CROP_UNITS = (1.6, 1.7, 0.6)
"""In plate widths about its middle: to either side, above, below."""
_SEEN_PX = (60, 40)
_SEEN_UNITS = (1.25, 1.25, 0.35)
_BRIGHT_PERCENTILE = 55
_WHITE_PAINT, _YELLOW_PAINT = np.float32(0.80), np.float32(0.85)
_WHITE_LEAST = 0.5
_YELLOW_BLUE_MOST, _YELLOW_GREEN = 0.5, (0.4, 1.15)
_CLIPPED_FROM = 250
_CHROMA_GAIN = np.float32(5.0)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)

_STEPS = np.arange(256) / 255
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4).astype(np.float32)  # noqa: PLR2004 - sRGB, IEC 61966-2-1
# Source: Oklab, bottosson.github.io/posts/oklab, in which equal steps look equal.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)


def colour_of(image: NDArray[np.uint8], box: Box) -> str:
    """The colour of the vehicle that wears the plate in `box` of `image` (RGB, uint8), or "" where it cannot be told."""
    if plate_unit_px(box) < SMALLEST_PX or not is_day(image):
        return ""
    reference = plate_light(image, box)
    if reference is None:
        return ""
    seen = vehicle_view(image, box)
    clipped = (seen >= _LINEAR[_CLIPPED_FROM]).all(axis=2)
    if clipped.mean() > MOST_CLIPPED:
        return ""
    likely = _probabilities(features(seen, reference))
    best = int(likely.argmax())
    return COLOURS[best] if likely[best] >= (GREY_TOLD if COLOURS[best] == GREY else TOLD) else ""


def is_day(image: NDArray[np.uint8]) -> bool:
    """Whether the frame is bright enough, in colours, and not all in one tint."""
    few = image[::8, ::8].reshape(-1, 3)
    if float((few @ _LUMA).mean()) < DARKEST:
        return False
    tints = few.max(axis=1).astype(np.int16) - few.min(axis=1)
    if float(np.percentile(tints, 90)) < LEAST_TINT:
        return False
    light = _LINEAR[few].mean(axis=0)
    return bool(light.min() > MOST_CAST * light.max())


def plate_light(image: NDArray[np.uint8], box: Box) -> NDArray[np.float32] | None:
    """What the plate's ground says of white under this light: linear red, green and blue; None where it is neither white nor yellow.

    A yellow plate tells its brightness only, by red, and is returned as that grey.
    """
    brightness = (_plate(image, box) @ _LUMA).ravel()
    low, high = np.percentile(brightness, [5, 95])
    if (brightness > (low + high) / 2).mean() <= 0.5:  # noqa: PLR2004 - light signs on a dark ground
        return None
    ground = ground_light(image, box)
    red, green, blue = (float(channel) for channel in ground / ground.max())
    if min(red, green, blue) > _WHITE_LEAST:
        white: NDArray[np.float32] = ground / _WHITE_PAINT
        return white
    if blue < _YELLOW_BLUE_MOST * red and _YELLOW_GREEN[0] < green / red < _YELLOW_GREEN[1]:
        return np.full(3, ground.max() / _YELLOW_PAINT, np.float32)
    return None


def ground_light(image: NDArray[np.uint8], box: Box) -> NDArray[np.float32]:
    """The light that comes off the brighter part of a plate: linear red, green and blue, each above 0."""
    linear = _LINEAR[_plate(image, box)].reshape(-1, 3)
    luminance = linear @ _LUMINANCE
    bright = linear[luminance >= np.percentile(luminance, _BRIGHT_PERCENTILE)]
    ground: NDArray[np.float32] = np.maximum(np.median(bright, axis=0), 0.005).astype(np.float32)
    return ground


def crop_around(image: NDArray[np.uint8], box: Box) -> NDArray[np.float32]:
    """The vehicle's end and something around it, in linear light, (92, 128, 3); black where it lies outside the picture."""
    unit = plate_unit_px(box)
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    aside, above, below = _CROP_UNITS
    left, top = round(x - aside * unit), round(y - above * unit)
    right, bottom = round(x + aside * unit), round(y + below * unit)
    # Only this part becomes a picture, which spares copying the whole frame.
    part = Image.fromarray(image[max(0, top) : max(0, bottom), max(0, left) : max(0, right)])
    part = part.crop((min(0, left), min(0, top), right - max(0, left), bottom - max(0, top)))
    found: NDArray[np.float32] = _LINEAR[np.asarray(part.resize(_CROP_PX, Image.Resampling.BOX))]
    return found


def vehicle_view(image: NDArray[np.uint8], box: Box) -> NDArray[np.float32]:
    """What is looked at of it, (40, 60, 3): the bodywork above, beside and a little below the plate."""
    aside, above, below = _CROP_UNITS
    columns = _places(_SEEN_UNITS[0], _SEEN_UNITS[0], _SEEN_PX[0]) + aside
    rows = _places(_SEEN_UNITS[1], _SEEN_UNITS[2], _SEEN_PX[1]) + above
    crop = _between(crop_around(image, box), rows / (above + below) * _CROP_PX[1] - 0.5, 0)
    return _between(crop, columns / (2 * aside) * _CROP_PX[0] - 0.5, 1)


def features(seen: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the network takes, (1, 6, 40, 60): Oklab against the reference, and as the camera saw it."""
    both = np.concatenate((_oklab(np.minimum(seen / reference, 3)), _oklab(seen)), axis=2)
    both[..., (0, 3)] = both[..., (0, 3)] * 2 - 1
    both[..., (1, 2, 4, 5)] *= _CHROMA_GAIN
    return np.ascontiguousarray(both.transpose(2, 0, 1)[None])


@lru_cache(maxsize=1)
def colour_network() -> Network:
    """The shipped network.

    Raises:
        EngineUnavailable: it is missing or damaged.
    """
    card = load_cards().colour
    if card is None:
        raise EngineUnavailable("There is no network that tells colours; install Turnpike again.")
    return open_network(card, threads=1, provider="cpu")


def _probabilities(taken: NDArray[np.float32]) -> NDArray[np.float32]:
    likely: NDArray[np.float32] = colour_network()(taken)[0][0]
    return likely


def _plate(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """The plate without its edge; one pixel at least."""
    x, y, width, height = box
    aside, across = round(width * 0.08), round(height * 0.15)
    high, wide = image.shape[:2]
    left, top = min(max(0, x + aside), wide - 1), min(max(0, y + across), high - 1)
    return image[top : max(top + 1, y + height - across), left : max(left + 1, x + width - aside)]


def _places(before: float, after: float, steps: int) -> NDArray[np.float64]:
    """The middles of `steps` parts of [-before, after]."""
    return (np.arange(steps) + 0.5) / steps * (before + after) - before


def _between(values: NDArray[np.float32], places: NDArray[np.float64], axis: int) -> NDArray[np.float32]:
    low = np.floor(places).astype(int)
    share = (places - low).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    mixed: NDArray[np.float32] = (
        np.take(values, low, axis) * (1 - share) + np.take(values, low + 1, axis) * share
    )
    return mixed


def _oklab(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.cbrt(np.maximum(linear @ _CONES.T, np.float32(1e-6))) @ _OKLAB.T
    return found
