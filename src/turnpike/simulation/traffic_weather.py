"""What lies between the scene and the sensor: rain and its drops on the lens, a low sun's veil, the loss of colour by infrared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from turnpike.simulation.traffic_stage import Weather

_HALF_LIGHT = 118
"""Grey that rain's mist draws all colours to."""
_MOST_STREAKS = 420
_LEVELS = range(256)


class Sky:
    """The weather of one clip: what stays the same is made once, the streaks anew for each frame."""

    def __init__(self, weather: Weather, size: tuple[int, int], rng: np.random.Generator) -> None:
        self._weather, self._size, self._rng = weather, size, rng
        self._drops = _drops(size, rng, weather.rain) if weather.rain > 0 else []
        self._veil = _veil(size, rng, weather.glare) if weather.glare > 0 else None
        self._wind = float(rng.normal(0, 0.12))

    def over(self, picture: Image.Image) -> Image.Image:
        """A new picture: the given one seen through this weather."""
        seen = picture
        if self._weather.rain > 0:
            seen = self._rained(seen)
        if self._veil is not None:
            kept = 1 - 0.38 * self._weather.glare
            seen = ImageChops.add(seen.point([round(level * kept) for level in _LEVELS] * 3), self._veil)
        if self._weather.infrared:
            # The camera's own lamp lights plates, which throw it back, and little else.
            grey = seen.convert("L").point([min(255, round(level * 1.4)) for level in _LEVELS])
            seen = Image.merge("RGB", (grey, grey, grey))
        return seen

    def _rained(self, picture: Image.Image) -> Image.Image:
        rain = self._weather.rain
        mist = 0.16 + 0.20 * rain
        levels = [round(level * (1 - mist) + _HALF_LIGHT * mist) for level in _LEVELS]
        seen = picture.point(levels * 3).filter(ImageFilter.BoxBlur(0.25 + 0.45 * rain))
        half = (self._size[0] // 2, self._size[1] // 2)
        streaks = Image.new("L", half)
        pen = ImageDraw.Draw(streaks)
        count = int(_MOST_STREAKS * rain)
        starts = self._rng.uniform((0, -40), half, (count, 2))
        lengths, strengths = self._rng.uniform(8, 46, count), self._rng.integers(18, 62, count)
        for (x, y), length, strength in zip(
            starts.tolist(), lengths.tolist(), strengths.tolist(), strict=True
        ):
            pen.line((x, y, x + self._wind * length, y + length), fill=strength, width=1)
        seen.paste((206, 210, 216), mask=streaks.resize(self._size, Image.Resampling.BILINEAR))
        for box, mask in self._drops:
            part = seen.crop(box)
            bent = part.filter(ImageFilter.GaussianBlur(5)).point(
                [min(255, round(v * 1.06)) for v in _LEVELS] * 3
            )
            part.paste(bent, mask=mask)
            seen.paste(part, box)
        return seen


def _drops(
    size: tuple[int, int], rng: np.random.Generator, rain: float
) -> list[tuple[tuple[int, int, int, int], Image.Image]]:
    """Drops on the glass before the lens: where they lie, and how much of the picture they blur there."""
    found = []
    for _ in range(int(2 + 7 * rain)):
        radius = int(rng.uniform(9, 30))
        x, y = int(rng.uniform(0, size[0])), int(rng.uniform(0, size[1]))
        box = (max(0, x - radius), max(0, y - radius), min(size[0], x + radius), min(size[1], y + radius))
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).ellipse((2, 2, mask.width - 3, mask.height - 3), fill=235)
        found.append((box, mask.filter(ImageFilter.GaussianBlur(2))))
    return found


def _veil(size: tuple[int, int], rng: np.random.Generator, glare: float) -> Image.Image:
    """Light that a low sun scatters in the lens: strongest towards one upper corner, warm."""
    across = np.linspace(0, 1, size[0] // 4)[None, :]
    down = np.linspace(0, 1, size[1] // 4)[:, None]
    corner = float(rng.choice((-0.05, 1.05)))
    away = np.hypot(across - corner, (down + 0.1) * 0.6)
    strength = (36 + 110 * np.exp(-((away / 0.55) ** 2))) * glare
    layers = [np.clip(strength * tint, 0, 255).astype(np.uint8) for tint in (1.0, 0.84, 0.60)]
    return Image.fromarray(np.stack(layers, axis=-1)).resize(size, Image.Resampling.BILINEAR)
