"""A manifest's bytes to rows, as spreadsheets write them: byte-order marks, semicolons, tabs, CRLF, `sep=;`."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING

from turnpike.evaluation.errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = ",;\t|"
_SAYS_SEPARATOR = "sep="


def rows_of(body: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank with the number of its last line, the names of the columns first.

    Raises:
        EvaluationError: it is no such text; what was given before stands.
    """
    text = _decoded(body)
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.strip().lower().startswith(_SAYS_SEPARATOR):  # Excel's own note of the separator
        separator = first.strip()[len(_SAYS_SEPARATOR) :][:1] or ","
        text, skipped = rest, 1
    else:
        separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            if any(field.strip() for field in row):
                yield reader.line_num + skipped, row
    except csv.Error as error:
        raise EvaluationError(
            f"Line {reader.line_num + skipped} of the manifest is no line of a CSV file; is a quotation mark left open there?"
        ) from error


def _decoded(body: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if body.startswith(mark)), "utf-8")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise EvaluationError(
            "The manifest is not written in UTF-8; save it once more as “CSV UTF-8”."
        ) from error
    if "\0" in text:
        raise EvaluationError("The manifest is not a text file; save it as “CSV UTF-8”.")
    return text
