"""Sky above a scene: gradient, clouds and the glow about a low sun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from turnpike.simulation.texture import cloud_noise, rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.light import Light

GLOW_BELOW_DEGREES = 14.0


def paint_sky(width: int, height: int, light: Light, rng: np.random.Generator) -> NDArray[np.floating]:
    """The sky as (height, width, 3), 0 to 1, its last row at the horizon."""
    if height < 1:
        return np.zeros((0, width, 3), dtype=np.float32)
    up = np.linspace(1, 0, height, dtype=np.float32)[:, None, None]
    overhead, horizon = rgb(light.overhead), rgb(light.horizon)
    # A camera over a road sees the lowest fifteen degrees of sky, so it never sees the colour overhead.
    sky = horizon + (overhead - horizon) * (0.85 * up**0.8)
    sky = np.broadcast_to(sky, (height, width, 3)).copy()
    # Perspective flattens clouds towards the horizon: noise is read more densely there.
    noise = cloud_noise((width, 256), (5, 4), rng)
    rows = np.clip(255 * np.linspace(0, 1, height) ** 0.6, 0, 255).astype(np.intp)
    cover = np.clip((noise[rows] - rng.uniform(-0.1, 0.5)) * 0.9, 0, 1)[..., None]
    lit = np.clip(noise[np.maximum(rows - 14, 0)] * 0.25 + 0.5, 0, 1)[..., None]
    cloud = horizon * (0.80 + 0.28 * (1 - lit)) + np.float32(0.03)
    sky += (cloud - sky) * cover * 0.75
    if light.elevation_degrees < GLOW_BELOW_DEGREES:
        sky += _glow(width, height, light, rng)
    return np.asarray(np.clip(sky, 0, 1))


def _glow(width: int, height: int, light: Light, rng: np.random.Generator) -> NDArray[np.floating]:
    across = (np.arange(width, dtype=np.float32) / width - rng.uniform(0.15, 0.85))[None, :]
    up = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    strength = np.interp(light.elevation_degrees, (-9, -1, 4, GLOW_BELOW_DEGREES), (0, 0.4, 0.5, 0))
    spread = np.exp(-((across / 0.28) ** 2) - (up / 0.7) ** 2)
    return np.asarray(spread[..., None] * rgb((1.0, 0.55, 0.2)) * np.float32(strength), dtype=np.float32)
