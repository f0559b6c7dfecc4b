"""The store of this process, for those that serve requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.reads.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from turnpike.reads.models import CameraCount
    from turnpike.reads.store import ReadStore

_attached: list[ReadStore] = []


def attach(store: ReadStore) -> None:
    """Make `store` this process's own; whoever opened it closes it, after `detach`."""
    _attached[:] = [store]


def detach() -> None:
    """Leave this process without a store."""
    _attached.clear()


def attached_store() -> ReadStore:
    """The store that `attach` made this process's own.

    Raises:
        StoreUnavailable: this process has none.
    """
    if not _attached:
        raise StoreUnavailable("The read store is not open in this process; start `turnpike serve`.")
    return _attached[0]


def camera_counts(since: datetime) -> Mapping[str, CameraCount]:
    """How many reads each camera sent that were received from `since` on, by its id; never which.

    For whoever may count reads and not see one.

    Raises:
        StoreUnavailable: this process has no store, or it cannot be read.
    """
    return attached_store().counts_by_camera(since)
