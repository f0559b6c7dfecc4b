"""A few drawn street pictures with their boxes, in place of the permitted ones, which are not part of the project."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from turnpike.simulation.services import render_plate


@pytest.fixture(scope="session")
def drawn_pictures(tmp_path_factory):
    """A folder as the training expects it: pictures under `train`, and a manifest of their plates."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "train").mkdir()
    rng = np.random.default_rng(5)
    rows = []
    for number in range(4):
        coarse = rng.uniform(20, 220, (6, 8, 3)).astype(np.uint8)
        picture = Image.fromarray(coarse).resize((640, 400))
        plate = Image.fromarray(render_plate("AB12CDE", height_px=24 + 6 * number))
        x, y = 120 + 60 * number, 220
        picture.paste(plate, (x, y))
        picture.save(folder / "train" / f"{number}.jpg")
        rows.append((f"{number}.jpg", "", x, y, plate.width, plate.height, ""))
    with (folder / "train" / "drawn.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "text", "x", "y", "w", "h", "country"))
        writer.writerows(rows)
    return folder
