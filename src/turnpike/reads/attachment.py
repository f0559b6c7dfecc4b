"""The store of this process, for those that serve requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.reads.errors import StoreUnavailable

if TYPE_CHECKING:
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
