"""Rows of history as reads that can be loaded, a column at a time; each row either becomes one read or is refused with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from turnpike.ingest.columns import MAX_AGE, MAX_AHEAD
from turnpike.ingest.history import words
from turnpike.ingest.history.fields import Field
from turnpike.ingest.history.times import instants, numbers_of
from turnpike.plates.services import MAX_PLATE_CHARACTERS, PlateError, normalise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from turnpike.ingest.history.fields import ColumnPlan

_MS = timedelta(milliseconds=1)
_THOUSANDTHS = 1_000
_INSTANT = pa.timestamp("ms", tz="UTC")
_CANDIDATE = pa.struct([("plate", pa.string()), ("confidence_thousandths", pa.uint16())])
_MAX_RAW_CHARACTERS = 64
_PLAIN = f"^[A-Z0-9]{{1,{MAX_PLATE_CHARACTERS}}}$"
_SIGNS = np.isin(np.arange(256), np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", np.uint8))
"""Which bytes a plate is made of."""
UNKNOWN_CONFIDENCE = 0
"""Of a read whose file gives none, in thousandths: nothing says that it is sure."""


class Why(IntEnum):
    """Why a row was refused; the first that holds of a row is told."""

    COLUMNS = 1
    NOT_TEXT = 2
    NO_PLATE = 3
    PLATE = 4
    TIME = 5
    TIME_NEVER = 6
    TOO_NEW = 7
    TOO_OLD = 8
    CAMERA = 9
    CONFIDENCE = 10
    RECEIVED = 11


SENTENCES: Mapping[Why, str] = {
    Why.COLUMNS: "The row has another number of columns than the first line.",
    Why.NOT_TEXT: "The row is no UTF-8 text; say --encoding, such as cp1252.",
    Why.NO_PLATE: "The row has no plate.",
    Why.PLATE: f"The plate is no 1 to {MAX_PLATE_CHARACTERS} Latin letters and digits.",
    Why.TIME: "The time cannot be read; look at --time-format.",
    Why.TIME_NEVER: "There was no such local time: the clocks went forward.",
    Why.TOO_NEW: f"The time is more than {MAX_AHEAD // timedelta(minutes=1)} minutes in the future.",
    Why.TOO_OLD: f"The time is more than {MAX_AGE.days} days ago; such reads are not taken.",
    Why.CAMERA: "The camera is not on the register; see --cameras and --register-cameras.",
    Why.CONFIDENCE: "The confidence is no number of its scale; look at --confidence-of.",
    Why.RECEIVED: "The time of receipt cannot be read, is before the passing, or in the future.",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a file as they came: a column of text, numbers or timestamps for each mapped field, and the line of each row.

    `spoilt` has, by row, why it was refused before it was looked at.
    """

    columns: Mapping[Field, pa.Array]
    lines: NDArray[np.int64]
    spoilt: Mapping[int, Why]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.lines)


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of rows.

    `reads` are as `ReadStore.load` takes them, in order of receipt, of the rows in `taken`, in that order; `why` runs along all rows, 0 for one that is
    neither refused nor blank. `left_empty` counts by field what could not be used in rows that are good all the same.
    """

    reads: pa.RecordBatch
    taken: NDArray[np.int64]
    why: NDArray[np.uint8]
    blank: int
    left_empty: Mapping[str, int]
    repeated_hour: int


class RowChecker:
    """Checks rows by one plan; holds nothing of them, so that several threads may use it.

    `cameras` has the id of a registered camera for each name that a file may call one by; `camera_id` is that of all rows where the file
    names none.
    """

    def __init__(self, plan: ColumnPlan, cameras: Mapping[str, str], *, camera_id: str) -> None:
        self._plan = plan
        self._cameras = cameras
        self._camera_id = camera_id

    def check(self, rows: Rows, now_ms: int) -> Checked:
        """What becomes of each row; `now_ms` is what too old and too new are counted from.

        Raises:
            PlanRefused: the plan cannot be right for such columns.
        """
        why = np.zeros(len(rows), np.uint8)
        for row, reason in rows.spoilt.items():
            why[row] = reason
        written = _texts(rows.columns[Field.PLATE])
        blank = _blank(rows, written)
        plates, odd = _plates(written, why)
        captured, repeated = self._captured_ms(rows, now_ms, why)
        received = self._received_ms(rows, captured, now_ms, why)
        cameras = self._camera_column(rows, why)
        confidence = self._confidence(rows, why)
        why[blank] = 0
        good = (why == 0) & ~blank
        taken = np.flatnonzero(good)
        if len(taken) and (np.diff(received[taken]) < 0).any():
            taken = taken[np.argsort(received[taken], kind="stable")]
        left_empty: Counter[str] = Counter()
        columns = {
            "plate": plates,
            "raw_text": _raw_texts(rows.columns.get(Field.RAW_TEXT), written, plates, odd),
            "captured_at": pa.array(captured).cast(_INSTANT),
            "received_at": pa.array(received).cast(_INSTANT),
            "camera_id": cameras,
            "confidence_thousandths": pa.array(confidence),
            **words.columns_of(rows.columns, good, left_empty),
        }
        reads = pa.RecordBatch.from_pydict(columns)
        if len(taken) < len(rows) or (np.diff(taken) < 0).any():
            reads = reads.take(pa.array(taken))
        empty = pa.ListArray.from_arrays(
            pa.array(np.zeros(len(taken) + 1, np.int32)),
            pa.StructArray.from_arrays(
                [pa.array([], pa.string()), pa.array([], pa.uint16())], fields=list(_CANDIDATE)
            ),
        )
        reads = reads.append_column("candidates", empty)
        return Checked(reads, taken, why, int(blank.sum()), left_empty, repeated)

    def _captured_ms(self, rows: Rows, now_ms: int, why: NDArray[np.uint8]) -> tuple[NDArray[np.int64], int]:
        found = instants(rows.columns[Field.CAPTURED_AT], self._plan.time_format, self._plan.time_zone)
        _refuse(why, found.skipped, Why.TIME_NEVER)
        _refuse(why, ~found.read, Why.TIME)
        _refuse(why, found.ms > now_ms + MAX_AHEAD // _MS, Why.TOO_NEW)
        _refuse(why, found.ms < now_ms - MAX_AGE // _MS, Why.TOO_OLD)
        # What is refused stands at the beginning of time, where it disturbs no order and no sum.
        return np.where(why == 0, found.ms, 0), found.repeated

    def _received_ms(
        self, rows: Rows, captured: NDArray[np.int64], now_ms: int, why: NDArray[np.uint8]
    ) -> NDArray[np.int64]:
        column = rows.columns.get(Field.RECEIVED_AT)
        if column is None:
            return captured
        found = instants(column, self._plan.time_format, self._plan.time_zone)
        late = (found.ms < captured - MAX_AHEAD // _MS) | (found.ms > now_ms + MAX_AHEAD // _MS)
        _refuse(why, ~found.read | late, Why.RECEIVED)
        return np.where(why == 0, found.ms, 0)

    def _camera_column(self, rows: Rows, why: NDArray[np.uint8]) -> pa.Array:
        column = rows.columns.get(Field.CAMERA)
        if column is None:
            places = np.zeros(len(rows), np.int32)
            return pa.DictionaryArray.from_arrays(pa.array(places), pa.array([self._camera_id]))
        named = _texts(column).dictionary_encode()
        names = [name.strip() for name in named.dictionary.to_pylist()]
        ids = [self._cameras.get(name) or self._cameras.get(name.lower(), "") for name in names]
        few = list(dict.fromkeys(ids)) or [""]
        place_of = {camera_id: place for place, camera_id in enumerate(few)}
        own = np.array([place_of[camera_id] for camera_id in ids] or [0], np.int32)
        places = own[named.indices.to_numpy(zero_copy_only=False)]
        known = np.array([bool(camera_id) for camera_id in few])
        _refuse(why, ~known[places], Why.CAMERA)
        return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(few, pa.string()))

    def _confidence(self, rows: Rows, why: NDArray[np.uint8]) -> NDArray[np.uint16]:
        column = rows.columns.get(Field.CONFIDENCE)
        if column is None:
            return np.full(len(rows), UNKNOWN_CONFIDENCE, np.uint16)
        most = float(self._plan.confidence_of)
        if pa.types.is_string(column.type):
            told = words.told(column)
            numbers = numbers_of(pc.replace_substring(pc.utf8_trim_whitespace(column), ",", "."))
        else:
            told = np.ones(len(rows), np.bool_)
            numbers = column.cast(pa.float64(), safe=False)
        values: NDArray[np.float64] = pc.fill_null(numbers, float("nan")).to_numpy(zero_copy_only=False)
        fits = (values >= 0) & (values <= most)  # what is no number is neither
        _refuse(why, told & ~fits, Why.CONFIDENCE)
        return np.rint(np.where(fits, values, UNKNOWN_CONFIDENCE) / most * _THOUSANDTHS).astype(np.uint16)


def _refuse(why: NDArray[np.uint8], rows: NDArray[np.bool_], reason: Why) -> None:
    """The first reason of a row stays."""
    why[rows & (why == 0)] = reason


def _texts(column: pa.Array) -> pa.Array:
    texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
    return pc.fill_null(texts, "") if texts.null_count else texts


def _blank(rows: Rows, plates: pa.Array) -> NDArray[np.bool_]:
    """Rows with nothing in any mapped column: an empty line reads so."""
    blank = pc.equal(plates, "").to_numpy(zero_copy_only=False)
    if not blank.any():
        return np.asarray(blank, np.bool_)
    for column in rows.columns.values():
        blank = blank & (
            pc.equal(column, "").to_numpy(zero_copy_only=False)
            if pa.types.is_string(column.type)
            else ~pc.is_valid(column).to_numpy(zero_copy_only=False)
        )
    blank[list(rows.spoilt)] = False
    return np.asarray(blank, np.bool_)


def _plates(written: pa.Array, why: NDArray[np.uint8]) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The normalised plates, and which of them were not written as nearly every one is."""
    _refuse(why, pc.equal(written, "").to_numpy(zero_copy_only=False), Why.NO_PLATE)
    plain = pc.ascii_upper(written)
    if _all_plain(plain):
        return plain, np.zeros(len(plain), np.bool_)
    plain = pc.replace_substring(pc.replace_substring(plain, " ", ""), "-", "")
    if _all_plain(plain):
        return plain, np.zeros(len(plain), np.bool_)
    odd: NDArray[np.bool_] = ~pc.match_substring_regex(plain, _PLAIN).to_numpy(zero_copy_only=False)
    # One by one, but each writing once.
    others = written.filter(pa.array(odd)).dictionary_encode()
    found = [_plate(text) for text in others.dictionary.to_pylist()]
    bad = np.zeros(len(written), np.bool_)
    bad[odd] = np.array([not plate for plate in found], np.bool_)[
        others.indices.to_numpy(zero_copy_only=False)
    ]
    _refuse(why, bad, Why.PLATE)
    folded = pa.array(found, pa.string()).take(others.indices)
    return pc.replace_with_mask(plain, pa.array(odd), folded), odd


def _all_plain(texts: pa.Array) -> bool:
    """Whether all are plates as they stand: by their characters in one row, in a tenth of the time of looking at each."""
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    if not len(texts) or texts.null_count or not 0 < lengths["min"] <= lengths["max"] <= MAX_PLATE_CHARACTERS:
        return False
    _, offsets, data = texts.buffers()
    begin, end = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]].tolist()
    return bool(_SIGNS[np.frombuffer(data, np.uint8)[begin:end]].all())


def _plate(text: str) -> str:
    try:
        return normalise(text)
    except PlateError:
        return ""


def _raw_texts(
    column: pa.Array | None, written: pa.Array, plates: pa.Array, odd: NDArray[np.bool_]
) -> pa.Array:
    """The writing as it was seen, empty where it is the plate; where the file has no such column, the plate's own unless only
    capitals, spaces and dashes differ.
    """
    if column is None:
        if not odd.any():
            return words.empty_texts(len(written))
        column = pc.if_else(pa.array(odd), written, "")
    raw = pc.utf8_slice_codeunits(_texts(column), 0, _MAX_RAW_CHARACTERS)
    return pc.if_else(pc.equal(raw, plates), "", raw)
