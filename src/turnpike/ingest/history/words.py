"""The columns that a read may lack: words and small numbers. What cannot be used is left empty and counted; the read is good without it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from turnpike.ingest.history.fields import Field
from turnpike.ingest.history.times import numbers_of
from turnpike.ingest.vendor_values import text_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

_DIRECTIONS = {
    **dict.fromkeys(("towards", "toward", "approaching", "approach", "oncoming", "incoming", "front"), "towards"),
    **dict.fromkeys(("away", "receding", "departing", "leaving", "outgoing", "rear"), "away"),
}  # fmt: skip
_COUNTRIES = {
    "UK": "GB", "GBR": "GB", "IRL": "IE", "FRA": "FR", "F": "FR", "DEU": "DE", "D": "DE", "NLD": "NL", "BEL": "BE", "B": "BE",
    "ESP": "ES", "E": "ES", "POL": "PL", "ROU": "RO", "ITA": "IT", "I": "IT", "PRT": "PT", "P": "PT", "LTU": "LT", "BGR": "BG",
    "CZE": "CZ", "HUN": "HU", "AUT": "AT", "A": "AT", "CHE": "CH", "LUX": "LU", "L": "LU", "DNK": "DK", "SWE": "SE", "S": "SE",
    "NOR": "NO", "N": "NO", "UKR": "UA",
}  # fmt: skip
"""Other ways to write the commonest countries on British roads. Source: ISO 3166-1 alpha-3; the Vienna Convention's signs."""
_RANGES: Mapping[Field, tuple[int, int, int, pa.DataType]] = {
    Field.LANE: (0, 16, 0, pa.uint8()),
    Field.CLOCK_ERROR_MS: (-(2**31), 2**31 - 1, 0, pa.int32()),
    Field.FRAMES_AGREEING: (1, 65_535, 1, pa.uint16()),
}
"""Least, most and what stands for not known, as `ingest.messages` has them."""


def columns_of(
    columns: Mapping[Field, pa.Array], good: NDArray[np.bool_], left_empty: Counter[str]
) -> dict[str, pa.Array]:
    """The columns of the store that may say nothing; what is left empty is counted in rows that are `good` otherwise."""
    cleaners: Mapping[Field, Callable[[str], str]] = {
        Field.COUNTRY: _country,
        Field.DIRECTION: lambda word: _DIRECTIONS.get(word.lower(), ""),
        Field.COLOUR: text_of,
        Field.MAKE: text_of,
    }
    found = {
        field.value: _words(columns.get(field), good, clean, field, left_empty)
        for field, clean in cleaners.items()
    }
    found |= {field.value: _numbers(columns.get(field), good, field, left_empty) for field in _RANGES}
    found["has_patch"] = pa.array(np.zeros(len(good), np.bool_))
    return found


def told(column: pa.Array) -> NDArray[np.bool_]:
    """Of texts, which say anything: not empty, and none of the words for nothing, such as `-` or `n/a`."""
    encoded = column.dictionary_encode()
    says = np.array([bool(text_of(text)) for text in encoded.dictionary.to_pylist()] or [False])
    marks: NDArray[np.bool_] = says[encoded.indices.to_numpy(zero_copy_only=False)]
    return marks


def empty_texts(count: int) -> pa.Array:
    """So many empty texts."""
    offsets = np.zeros(count + 1, np.int32)
    return pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(b"")])


def _country(word: str) -> str:
    country = _COUNTRIES.get(word.upper(), word.upper())
    return country if re.fullmatch(r"[A-Z]{2}", country) else ""


def _words(
    column: pa.Array | None,
    good: NDArray[np.bool_],
    clean: Callable[[str], str],
    field: Field,
    left_empty: Counter[str],
) -> pa.Array:
    if column is None:
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(good), np.int32)), pa.array([""]))
    texts = column if pa.types.is_string(column.type) else pc.fill_null(column.cast(pa.string()), "")
    encoded = texts.dictionary_encode()
    given = [text_of(text) for text in encoded.dictionary.to_pylist()] or [""]
    cleaned = [clean(text) if text else "" for text in given]
    few = list(dict.fromkeys(cleaned))
    place_of = {word: place for place, word in enumerate(few)}
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    unused = np.array([bool(text) and not word for text, word in zip(given, cleaned, strict=True)])[indices]
    if unused.any():
        left_empty[field.value] += int((unused & good).sum())
    places = np.array([place_of[word] for word in cleaned], np.int32)[indices]
    return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(few, pa.string()))


def _numbers(
    column: pa.Array | None, good: NDArray[np.bool_], field: Field, left_empty: Counter[str]
) -> pa.Array:
    least, most, unknown, kind = _RANGES[field]
    if column is None:
        return pa.array(np.full(len(good), unknown)).cast(kind)
    if pa.types.is_string(column.type):
        says = told(column)
        numbers = numbers_of(pc.utf8_trim_whitespace(column))
    else:
        says = pc.is_valid(column).to_numpy(zero_copy_only=False)
        numbers = column.cast(pa.float64(), safe=False)
    values = pc.fill_null(numbers, float("nan")).to_numpy(zero_copy_only=False)
    fits = (values >= least) & (values <= most) & (values == np.floor(values))
    unused = int((says & ~fits & good).sum())
    if unused:
        left_empty[field.value] += unused
    return pa.array(np.where(fits, values, unknown).astype(np.int64)).cast(kind)
