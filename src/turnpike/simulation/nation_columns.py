"""Passings and what was read of them, as columns of Arrow."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from turnpike.simulation.models import Colour
from turnpike.simulation.nation_marks import COUNTRIES, MARK_CHARACTERS, MarkMaker
from turnpike.simulation.nation_places import AWAY, TOWARDS
from turnpike.simulation.nation_readings import Reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.simulation.nation_passings import Passings
    from turnpike.simulation.nation_places import NationPlaces
    from turnpike.simulation.nation_plan import NationPlan
    from turnpike.simulation.nation_readings import Readings, Texts

_INSTANT = pa.timestamp("ms", tz="UTC")
_CANDIDATE = pa.struct([("plate", pa.string()), ("confidence_thousandths", pa.uint16())])
_WORD = pa.dictionary(pa.int8(), pa.string())
READ_SCHEMA = pa.schema(
    [
        ("plate", pa.string()),
        ("raw_text", pa.string()),
        ("captured_at", _INSTANT),
        ("received_at", _INSTANT),
        ("camera_id", pa.dictionary(pa.int32(), pa.string())),
        ("confidence_thousandths", pa.uint16()),
        ("candidates", pa.list_(_CANDIDATE)),
        ("country", _WORD),
        ("lane", pa.uint8()),
        ("direction", _WORD),
        ("clock_error_ms", pa.int32()),
        ("frames_agreeing", pa.uint16()),
        ("colour", _WORD),
        ("make", _WORD),
        ("has_patch", pa.bool_()),
    ]
)
"""One row a read; `raw_text` is empty where it is the plate. No column holds nulls."""

_DELAY_MS_MEDIAN, _DELAY_SPREAD, _DELAY_MS_MOST = 350.0, 0.5, 20_000
"""From the picture to the centre, with the spread of its logarithm. Source: ours; nearly all are there within two seconds."""
_COLOUR_SHARES = {
    Colour.BLACK: 21, Colour.WHITE: 18, Colour.SILVER: 13, Colour.GREY: 18, Colour.BLUE: 16, Colour.RED: 10,
    Colour.GREEN: 3, Colour.ORANGE: 1,
}  # fmt: skip
_MAKE_SHARES = {
    "Ford": 13, "Vauxhall": 10, "Volkswagen": 9, "BMW": 6, "Audi": 6, "Mercedes-Benz": 6, "Toyota": 5, "Nissan": 5,
    "Peugeot": 5, "Renault": 4, "Kia": 4, "Hyundai": 4, "Citroen": 4, "Honda": 3, "Land Rover": 3, "Skoda": 3, "SEAT": 2,
    "Fiat": 2, "MINI": 2, "Mazda": 2, "Volvo": 2, "Suzuki": 2, "Tesla": 1, "Dacia": 1, "DAF": 1, "Scania": 1, "Iveco": 1,
}  # fmt: skip
"""Parts of all vehicles. Source: ours, in about the order of what is registered (DfT VEH0120)."""
_COLOUR_UNKNOWN, _COLOUR_UNKNOWN_AT_NIGHT, _MAKE_UNKNOWN, _MAKE_UNKNOWN_AT_NIGHT = 16, 235, 32, 90
"""Of 256. Source: ours; infra-red light at night shows no colour."""
_DAY_BREAKS, _NIGHT_FALLS = 6, 20
_COLOUR_WRONG = 8
"""Of 256 whose colour is known, so many are taken for grey."""
_HOUR_MS = 3_600_000
_SYNC_HOURS = 168
"""A clock without a time server is set once a week, and drifts until then."""


class Columns:
    """Makes a nation's record batches."""

    def __init__(self, plan: NationPlan, places: NationPlaces) -> None:
        self._marks, self._reader = MarkMaker(plan.seed), Reader(plan)
        self._camera_ids = pa.array(places.camera_ids)
        self._countries = pa.array(COUNTRIES)
        self._directions = pa.array(["", "towards", "away"])
        assert (TOWARDS, AWAY) == (1, 2)  # noqa: S101 - places in the line above
        self._colours, self._colour_of = _words(
            {colour.value: share for colour, share in _COLOUR_SHARES.items()}
        )
        self._makes, self._make_of = _words(_MAKE_SHARES)
        self._grey = list(_COLOUR_SHARES).index(Colour.GREY) + 1
        self._delay_ms = _delays()
        rng = np.random.default_rng([plan.seed, 107])
        count = places.camera_count
        self._clock_ms = np.rint(rng.normal(0, 15, count)).astype(np.int32)
        # One camera in twelve has no time server.
        drifts = rng.random(count) < 1 / 12
        self._drift_ms = np.where(drifts, np.rint(rng.normal(0, 9, count)), 0).astype(np.int32)
        self._sync_hour = rng.integers(0, _SYNC_HOURS, count)

    def batch(self, passings: Passings, rng: np.random.Generator) -> pa.RecordBatch:
        """Those passings in that order, read."""
        count = len(passings)
        marks = self._marks.marks(passings.vehicles)
        read = self._reader.read(marks, passings.cameras, rng)
        chances = rng.integers(0, 2**32, count, dtype=np.uint32).view(np.uint8).reshape(-1, 4)
        delay_ms = self._delay_ms[rng.integers(0, 2**16, count, dtype=np.uint16)]
        received_ms = np.where(passings.late_ms, passings.late_ms, passings.captured_ms) + delay_ms
        colour, make = self._looks(passings, chances)
        offsets = np.zeros(count + 1, np.int32)
        np.cumsum(np.bincount(read.candidates.rows, minlength=count), out=offsets[1:])
        return pa.RecordBatch.from_arrays(
            [
                _strings(read.packed, marks.lengths),
                _some_strings(read.raw_texts, count),
                _instants(passings.captured_ms),
                _instants(received_ms),
                _of(self._camera_ids, passings.cameras),
                pa.array(read.confidence),
                pa.ListArray.from_arrays(pa.array(offsets), _candidates(read)),
                _of(self._countries, marks.countries),
                pa.array(passings.lanes),
                _of(self._directions, passings.ways),
                pa.array(self._clock_error_ms(passings)),
                pa.array(read.frames),
                _of(self._colours, colour),
                _of(self._makes, make),
                pa.array(read.has_patch),
            ],
            schema=READ_SCHEMA,
        )

    def _clock_error_ms(self, passings: Passings) -> NDArray[np.int32]:
        """As the camera found it on the hour: its own, and what it has drifted since it was set."""
        hours = (passings.captured_ms // _HOUR_MS + self._sync_hour[passings.cameras]) % _SYNC_HOURS
        drifted = self._drift_ms[passings.cameras] * hours.astype(np.int32)
        return self._clock_ms[passings.cameras] + drifted

    def _looks(
        self, passings: Passings, chances: NDArray[np.uint8]
    ) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Colour and make as read, the vehicle's own where the light allows."""
        hour = passings.captured_ms // _HOUR_MS % 24
        night = (hour < _DAY_BREAKS) | (hour >= _NIGHT_FALLS)
        own = passings.own.view(np.uint8).reshape(-1, 8)
        colour = self._colour_of[own[:, 2]]
        colour = np.where(chances[:, 2] < _COLOUR_WRONG, np.int8(self._grey), colour)
        colour[chances[:, 0] < np.where(night, _COLOUR_UNKNOWN_AT_NIGHT, _COLOUR_UNKNOWN)] = 0
        make = self._make_of[own[:, 3]]
        make[chances[:, 1] < np.where(night, _MAKE_UNKNOWN_AT_NIGHT, _MAKE_UNKNOWN)] = 0
        return colour, make


def _words(shares: dict[str, int]) -> tuple[pa.Array, NDArray[np.int8]]:
    """The words, the unknown one first, and which of them each of 256 chances is."""
    upper = np.rint(np.cumsum(list(shares.values())) / sum(shares.values()) * 256).astype(np.int64)
    return pa.array(["", *shares]), np.repeat(
        np.arange(1, len(shares) + 1, dtype=np.int8), np.diff(upper, prepend=0)
    )


def _delays() -> NDArray[np.int64]:
    """Delays in milliseconds, one of 65,536 as likely as another."""
    normal = NormalDist()
    steps = [normal.inv_cdf((step + 0.5) / 65_536) for step in range(65_536)]
    return np.minimum(
        np.rint(_DELAY_MS_MEDIAN * np.exp(_DELAY_SPREAD * np.array(steps))), _DELAY_MS_MOST
    ).astype(np.int64)


def _of(words: pa.Array, places: NDArray[np.generic]) -> pa.DictionaryArray:
    kind = np.int32 if places.dtype == np.int32 else np.int8
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(kind, copy=False)), words, safe=False)


def _instants(milliseconds: NDArray[np.int64]) -> pa.Array:
    return pa.Array.from_buffers(_INSTANT, len(milliseconds), [None, pa.py_buffer(milliseconds)])


def _strings(packed: NDArray[np.uint64], lengths: NDArray[np.uint8]) -> pa.Array:
    """Packed texts as Arrow has them: all characters in a row, and where each text begins."""
    offsets = np.zeros(len(packed) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    characters = packed.view(np.uint8).reshape(-1, MARK_CHARACTERS)
    inside = np.arange(MARK_CHARACTERS) < lengths[:, None]
    return _text_array(offsets, characters[inside])


def _some_strings(texts: Texts, count: int) -> pa.Array:
    """`count` texts, empty but for those given."""
    lengths = np.zeros(count, np.int32)
    lengths[texts.rows] = texts.lengths
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    characters = texts.packed.view(np.uint8).reshape(-1, MARK_CHARACTERS)
    return _text_array(offsets, characters[np.arange(MARK_CHARACTERS) < texts.lengths[:, None]])


def _text_array(offsets: NDArray[np.int32], characters: NDArray[np.uint8]) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(characters))]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


def _candidates(read: Readings) -> pa.StructArray:
    texts = read.candidates
    return pa.StructArray.from_arrays(
        [_strings(texts.packed, texts.lengths), pa.array(read.candidate_confidence)], fields=list(_CANDIDATE)
    )
