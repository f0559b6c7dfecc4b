"""Does something that leaves show a plate? In any writing that a program could put it into by itself."""

from __future__ import annotations

import base64
import io
import itertools
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable


@lru_cache
def writings(plate: str) -> frozenset[bytes]:
    """The plate, of capital letters and digits, in every writing that is looked for; in small letters alone."""
    parts = [
        plate,
        *(f"{plate[:at]}{gap}{plate[at:]}" for at in range(2, len(plate) - 1) for gap in (" ", "-", "_")),
    ]
    texts = {
        how(part)
        for part in parts
        for how in (
            str,
            quote,
            quote_plus,
            lambda text: text[::-1],
            lambda text: text.encode().hex(),
            lambda text: text.replace(" ", "&nbsp;"),
            lambda text: text.replace(" ", "\u00a0"),
        )
    }
    found = {text.lower().encode() for text in texts}
    return frozenset(found)


@lru_cache
def base64_writings(plate: str) -> frozenset[bytes]:
    """What of the plate stands in base64 of a longer text that holds it, wherever it begins; cases matter."""
    found = set()
    for text, lead in itertools.product((plate, plate.lower(), f"{plate[:4]} {plate[4:]}"), range(3)):
        coded = base64.b64encode(b"\0" * lead + text.encode()).rstrip(b"=")
        # The characters at both ends hold bits of what stands beside it.
        whole = coded[-(-8 * lead // 6) : len(coded) - 1]
        found |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return frozenset(found)


def plates_in(text: bytes, plates: Iterable[str]) -> set[str]:
    """Which of the plates stand in what left; a ZIP is looked into."""
    if text.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(io.BytesIO(text))
        text = b"\n".join(name.encode() + archive.read(name) for name in archive.namelist())
    small = text.lower()
    return {
        plate
        for plate in plates
        if any(writing in small for writing in writings(plate))
        or any(writing in text for writing in base64_writings(plate))
    }
