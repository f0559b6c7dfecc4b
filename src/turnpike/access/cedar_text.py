"""Cedar's text taken apart without losing a letter: each rule as it was written, and the section that it stands in.

Cedar itself gives rules back without their layout and comments, which is what a reader of a pack wants to see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECTION = re.compile(r"^// -{2,} ?(?P<name>.*?) ?-+$")
# A comment, a string, the end of a rule, or a space between: what decides where a rule begins and ends.
_PIECE = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"|;|\s+|[^\s;"/]+|/')


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule as written, from its first annotation to its semicolon; `start` and `end` are its place in the text."""

    section: str
    text: str
    start: int
    end: int


def statements(text: str) -> tuple[Statement, ...]:
    """The rules of a Cedar text in their order; `// ---- Name ----` begins a section. The text is one that Cedar parses."""
    found: list[Statement] = []
    section, start = "", None
    for piece in _PIECE.finditer(text):
        word = piece[0]
        if start is None and word.startswith("//"):
            if headline := _SECTION.match(word):
                section = headline["name"]
        elif word == ";" and start is not None:
            found.append(Statement(section, text[start : piece.end()], start, piece.end()))
            start = None
        elif start is None and not word.isspace():
            start = piece.start()
    return tuple(found)
