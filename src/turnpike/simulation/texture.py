"""Smooth random patterns: asphalt, grass, clouds and foliage are made of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 512


def rgb(channels: tuple[float, float, float]) -> NDArray[np.floating]:
    """A colour as an array (3,) that mixes with pictures."""
    return np.array(channels, dtype=np.float32)


def smooth_noise(
    size: tuple[int, int], cells: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.floating]:
    """Values about 0 with spread about 1, shape (height, width): a coarse random grid, smoothly enlarged."""
    coarse = Image.fromarray(rng.standard_normal((cells[1] + 1, cells[0] + 1)).astype(np.float32))
    return np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), dtype=np.float32)


def cloud_noise(
    size: tuple[int, int], cells: tuple[int, int], rng: np.random.Generator, octaves: int = 5
) -> NDArray[np.floating]:
    """Noise over noise, each octave half as large and half as strong. Source: fractional Brownian motion."""
    total = np.zeros((size[1], size[0]), dtype=np.float32)
    for octave in range(octaves):
        across = min(size[0], cells[0] * 2**octave)
        down = min(size[1], cells[1] * 2**octave)
        total += smooth_noise(size, (across, down), rng) * np.float32(0.5**octave)
    return total


@lru_cache(maxsize=8)
def tile(seed: int, cells: int) -> NDArray[np.floating]:
    """A square of noise, 512 to a side, to be looked up with `sample`."""
    return cloud_noise((TILE, TILE), (cells, cells), np.random.default_rng([seed, cells]), octaves=3)


def sample(
    noise: NDArray[np.floating], x: NDArray[np.floating], y: NDArray[np.floating], cell: float
) -> NDArray[np.floating]:
    """The tile repeated over a plane, one of its samples every `cell` units, mirrored so that no seam shows."""
    column = np.abs((x * np.float32(1 / cell)).astype(np.int32) % (2 * TILE) - TILE + 1) % TILE
    row = np.abs((y * np.float32(1 / cell)).astype(np.int32) % (2 * TILE) - TILE + 1) % TILE
    return np.asarray(noise[row, column])


def coverage(
    value: NDArray[np.floating], low: float, high: float, blur: NDArray[np.floating]
) -> NDArray[np.floating]:
    """How much of a pixel lies in low < value < high, 0 to 1; `blur` is a pixel's width in value's unit."""
    return np.asarray(np.clip(np.minimum(value - low, high - value) / blur + 0.5, 0, 1), dtype=np.float32)


def lay(colours: NDArray[np.floating], colour: NDArray[np.floating], cover: NDArray[np.floating]) -> None:
    """Mix `colour` (..., 3) into `colours` (..., 3) in place, by a cover of 0 to 1."""
    colours += (colour - colours) * cover[..., None]
