"""What a camera does to what is before it: bloom of lamps, softness, falling off to the corners, noise."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.light import Light

SOFTNESS_PX = 0.55
NOISE_BANK = 6


def develop(picture: Image.Image, light: Light, rng: np.random.Generator) -> Image.Image:
    """The picture as the sensor keeps it: with noise, of which there is more by night."""
    strength = "night" if light.lamps > 0.5 else "day"  # noqa: PLR2004 - half way
    grain = _grain(picture.size, strength, int(rng.integers(0, NOISE_BANK)))
    shift = rng.integers(0, 64, 2)
    return ImageChops.add(
        picture, ImageChops.offset(grain, int(shift[0]), int(shift[1])), scale=1, offset=-128
    )


def soften(picture: Image.Image) -> Image.Image:
    """A backdrop as the lens shows it: a little out of focus behind the vehicles, darker in the corners."""
    return ImageChops.multiply(picture.filter(ImageFilter.GaussianBlur(SOFTNESS_PX)), _vignette(picture.size))


def bloom(
    picture: Image.Image, centre_px: tuple[float, float], radius_px: float, colour: tuple[float, float, float]
) -> None:
    """Add a glow about a lamp, in place."""
    reach = round(radius_px)
    if reach < 1:
        return
    box = (
        max(0, round(centre_px[0]) - reach),
        max(0, round(centre_px[1]) - reach),
        min(picture.width, round(centre_px[0]) + reach),
        min(picture.height, round(centre_px[1]) + reach),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    across = (np.arange(box[0], box[2]) - centre_px[0])[None, :] / reach
    down = (np.arange(box[1], box[3]) - centre_px[1])[:, None] / reach
    away = np.sqrt(across**2 + down**2)
    glow = np.clip(1 - away, 0, 1) ** 2 * (0.35 + 0.65 * np.exp(-((away / 0.16) ** 2)))
    tint = np.clip(glow[..., None] * np.array(colour) * 255, 0, 255).astype(np.uint8)
    picture.paste(ImageChops.add(picture.crop(box), Image.fromarray(tint)), box)


@lru_cache(maxsize=4)
def _vignette(size: tuple[int, int]) -> Image.Image:
    across = np.linspace(-1, 1, size[0])[None, :]
    down = np.linspace(-1, 1, size[1])[:, None]
    shade = 1 - 0.16 * np.clip((across**2 + down**2) / 2, 0, 1) ** 1.3
    return Image.fromarray(_three(np.round(shade * 255).astype(np.uint8)))


@lru_cache(maxsize=16)
def _grain(size: tuple[int, int], strength: str, index: int) -> Image.Image:
    rng = np.random.default_rng([index, 5])
    spread = 4.2 if strength == "night" else 2.2
    noise = rng.standard_normal((size[1], size[0]), dtype=np.float32) * spread
    return Image.fromarray(_three(np.clip(np.round(noise) + 128, 0, 255).astype(np.uint8)))


def _three(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(plane[..., None], 3, axis=2)
