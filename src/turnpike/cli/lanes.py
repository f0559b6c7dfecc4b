"""`turnpike lanes`: a camera's lanes drawn over its picture, to see that they lie where the plates pass."""

from __future__ import annotations

from pathlib import Path

import typer

from turnpike.errors import InputError


def lanes(
    picture: Path = typer.Argument(help="A picture of the camera."),
    file: Path = typer.Argument(help="The lanes file (TOML)."),
    out: Path = typer.Option(Path("lanes.png"), help="Where to write the picture with the lanes on it."),
) -> None:
    """Draw a lanes file over a camera's picture."""
    from PIL import Image

    from turnpike.capture.services import load_picture
    from turnpike.recognition.services import draw_lanes, load_lanes

    drawn = draw_lanes(load_picture(picture).image, load_lanes(file))
    try:
        Image.fromarray(drawn).save(out, "PNG")
    except OSError:
        raise InputError(f"{out} cannot be written; name another file with --out.") from None
    typer.echo(f"{out}: look whether each number stands where the plates of that lane pass.")
