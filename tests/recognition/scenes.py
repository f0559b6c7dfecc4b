"""Pictures with a plate whose corners are known."""

from __future__ import annotations

import numpy as np
from PIL import Image

from turnpike.recognition.geometry import whole_of

GREY = (90, 95, 100)


def corners_of(points):
    """Four points, however they are kept, as a region's corners."""
    one, two, three, four = ((float(x), float(y)) for x, y in points)
    return one, two, three, four


def projected(plate, quad, size):
    """`plate` laid into a grey picture of `size` between the corners of `quad`, by Pillow's own perspective."""
    height, width = plate.shape[:2]
    rows, values = [], []
    for (u, v), (x, y) in zip(quad, whole_of((width, height)), strict=True):
        rows += [[u, v, 1, 0, 0, 0, -u * x, -v * x], [0, 0, 0, u, v, 1, -u * y, -v * y]]
        values += [x, y]
    numbers = tuple(np.linalg.solve(np.array(rows), np.array(values)))
    how = (Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BICUBIC)
    scene = Image.new("RGB", size, GREY)
    cover = Image.new("L", (width, height), 255).transform(size, *how)
    scene.paste(Image.fromarray(plate).transform(size, *how), mask=cover)
    return np.asarray(scene)
