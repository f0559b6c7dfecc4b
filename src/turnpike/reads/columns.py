"""Reads by column: what the hot path carries instead of an object a read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import chain, compress
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


Direction = Literal["", "towards", "away"]
_Value = TypeVar("_Value")

type_candidates = tuple[tuple[str, int], ...]
"""Other texts of one read, each with its confidence in thousandths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadColumns:
    """Reads of one or more batches, a column a field, all of one length; what each holds is said at `NewRead`.

    Whoever makes them has checked the values: the store does not look at each again. Arrow refuses a number that
    its column cannot hold, so that none wraps silently.
    """

    plates: Sequence[str]
    raw_texts: Sequence[str]
    """Empty where it says no more than the plate."""
    confidence_thousandths: NDArray[np.uint16]
    captured_ms: NDArray[np.int64]
    event_keys: NDArray[np.uint64]
    candidates: Sequence[type_candidates]
    countries: Sequence[str]
    lanes: Sequence[int]
    directions: Sequence[Direction]
    clock_error_ms: Sequence[int]
    frames_agreeing: Sequence[int]
    colours: Sequence[str]
    makes: Sequence[str]
    has_patch: Sequence[bool]

    def __len__(self) -> int:
        """How many reads."""
        return len(self.plates)

    @classmethod
    def joined(cls, parts: Sequence[ReadColumns]) -> ReadColumns:
        """All of these, one after another; at least one."""
        if len(parts) == 1:
            return parts[0]
        return cls(**{name: _joined([getattr(part, name) for part in parts]) for name in _NAMES})

    def where(self, kept: NDArray[np.bool_]) -> ReadColumns:
        """Those of which `kept` says so."""
        if kept.all():
            return self
        return ReadColumns(**{name: _where(getattr(self, name), kept) for name in _NAMES})


_NAMES = tuple(field.name for field in fields(ReadColumns))


def _joined(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return list(chain.from_iterable(parts))


def _where(column: Any, kept: NDArray[np.bool_]) -> Any:
    return column[kept] if isinstance(column, np.ndarray) else _compressed(column, kept.tolist())


def _compressed(column: Iterable[_Value], kept: list[bool]) -> list[_Value]:
    return list(compress(column, kept))
