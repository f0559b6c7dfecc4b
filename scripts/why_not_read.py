"""Draws the examples of docs/guides/why-not-read.md and has `turnpike read --explain` explain them.

    .venv/bin/python scripts/why_not_read.py [FOLDER]

FOLDER (a new one; by default a temporary one) gets the pictures and all sheets; those that the guide shows are made small and written to
docs/pictures. All is drawn by `turnpike.simulation`, seeded: no vehicle, plate or street exists.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from turnpike.simulation.lettering import LetterCase
from turnpike.simulation.lookalikes import draw_lookalike
from turnpike.simulation.services import (
    Colour,
    Passing,
    TownVehicle,
    VehicleKind,
    make_town,
    render_scene,
)

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZE = (1280, 720)
SEED = 8
FAR_SIZE = (256, 144)
SMEAR_PX = 24
BOARD_SEED = 3
LONGEST_PX = 640
SHOWN = {
    "far": ("01-frame.jpg", "03-found.jpg", "04-place-01-cut-1.png"),
    "moving": ("03-found.jpg", "04-place-01-cut-1.png"),
    "board": ("03-found.jpg", "04-place-01-cut-1.png"),
}
"""Which pictures of each example's sheet the guide shows."""


def scene(plate: str, colour: Colour) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """A drawn street by day with one car, and where its plate is."""
    camera = make_town(SEED).cameras[0]
    seen = render_scene(
        Passing(camera.camera_id, 12 * 3600, 1, 30),
        TownVehicle(plate, colour, VehicleKind.HATCHBACK),
        camera,
        datetime(2026, 6, 1, 12, tzinfo=UTC),
        size=SIZE,
        rng=np.random.default_rng(SEED),
    )
    return Image.fromarray(seen.image), seen.plates[0].box


def far() -> Image.Image:
    """The whole street in a few pixels, as a camera gives it that is set much too wide."""
    return scene("LK73HVN", Colour.BLUE)[0].resize(FAR_SIZE, Image.Resampling.BOX)


def moving() -> Image.Image:
    """The street as it is smeared when the shutter is open for too long."""
    pixels = np.asarray(scene("MW71RJT", Colour.RED)[0]).astype(np.float64)
    smeared = np.mean([np.roll(pixels, step - SMEAR_PX // 2, axis=1) for step in range(SMEAR_PX)], axis=0)
    return Image.fromarray(smeared.astype(np.uint8))


def board() -> Image.Image:
    """A name board where the plate was."""
    picture, (x, y, wide, high) = scene("YC68ODP", Colour.WHITE)
    rng = np.random.default_rng(BOARD_SEED)
    sign = draw_lookalike(rng, LetterCase.load(None, rng, stroke_sets=2))
    picture.paste(Image.fromarray(sign).resize((wide + 8, high + 4)), (x - 4, y - 2))
    return picture


def main(folder: Path) -> None:
    """Draw, explain, and keep what the guide shows."""
    pictures = {"far": far(), "moving": moving(), "board": board()}
    folder.mkdir(parents=True, exist_ok=True)
    names = [folder / f"{name}.png" for name in pictures]
    for path, picture in zip(names, pictures.values(), strict=True):
        picture.save(path)
    sheets = folder / "sheets"
    command = [sys.executable, "-m", "turnpike", "read", "--explain", str(sheets), *map(str, names)]
    subprocess.run(command, check=True)  # noqa: S603 - our own command
    for number, (name, shown) in enumerate(SHOWN.items(), start=1):
        for file in shown:
            with Image.open(sheets / f"{number:04d}" / file) as picture:
                small = picture.convert("RGB")
                small.thumbnail((LONGEST_PX, LONGEST_PX))
                small.save(PICTURES / f"why-{name}-{Path(file).stem}.webp", quality=80, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="why-not-read-")))
