"""Feeds whose messages are not posted but fetched: how each connection stands, and keeping one for each feed that names where."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from django.db import connections

from turnpike.ingest.errors import TryLater
from turnpike.ingest.fetch_settings import FetchSettingsWrong

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from turnpike.ingest.feeding import FeedFacts

type_peer = Literal["broker", "camera"]
_Target = TypeVar("_Target")
LOOKED_UP_S = 5.0
"""How often the feeds are looked at anew. Source: ours; somebody who changes one waits for it."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """How a connection to a broker or a camera stands; counts are since the server started or the feed was set anew.

    `told` says what is wrong, empty where nothing is. `lost` counts messages that were sent but once and could not be spooled, `passed_over` what came
    and was outside of the bounds, with the last reason in `passed_over_for`. `heard_at` is when the peer last sent anything whole.
    """

    is_connected: bool
    since: datetime
    told: str = ""
    lost: int = 0
    peer: type_peer = "camera"
    taken: int = 0
    passed_over: int = 0
    passed_over_for: str = ""
    heard_at: datetime | None = None


class Fetcher(Protocol):
    """One feed's connection."""

    @property
    def state(self) -> ConnectionState:
        """How it stands now."""
        ...

    def is_to_begin_anew(self) -> bool:
        """Whether it is to be stopped and another started in its place."""
        ...

    def start(self) -> None:
        """Begin to connect; gives at once.

        Raises:
            FetchSettingsWrong: a file that the settings name cannot be used.
        """
        ...

    def stop(self, *, forget: bool = False) -> None:
        """End the connection; `forget` where the feed fetches no more."""
        ...


class FetchedFeeds(Generic[_Target]):
    """Keeps one connection for each feed that names a target, as long as it does; a change of its settings makes a new one.

    `target_of` gives what a feed fetches from, None where its messages are posted, and raises `FetchSettingsWrong`; `connect` makes a connection
    that is not started yet. Between `start` and `stop`, which waits, a thread of its own looks at the feeds.
    """

    def __init__(
        self,
        feeds: Callable[[], Sequence[FeedFacts]],
        target_of: Callable[[FeedFacts], _Target | None],
        connect: Callable[[str, _Target], Fetcher],
        *,
        peer: type_peer,
        looked_up_s: float = LOOKED_UP_S,
    ) -> None:
        self._feeds = feeds
        self._target_of = target_of
        self._connect = connect
        self._peer: type_peer = peer
        self._looked_up_s = looked_up_s
        self._subscriptions: dict[str, Fetcher] = {}
        self._targets: dict[str, _Target] = {}
        self._faults: dict[str, ConnectionState] = {}
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{peer}-feeds", daemon=True)

    def start(self) -> None:
        """Begin to fetch."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections."""
        self._stopping.set()
        self._thread.join()

    def states(self) -> Mapping[str, ConnectionState]:
        """How each feed that names a target stands, by its name."""
        with self._guard:
            return {**self._faults, **{name: one.state for name, one in self._subscriptions.items()}}

    def _run(self) -> None:
        try:
            while True:
                try:
                    self._look()
                except Exception:  # noqa: BLE001 - a thread that ends would fetch nothing any more
                    _log.exception("The fetched feeds could not be looked at; they are tried again.")
                if self._stopping.wait(self._looked_up_s):
                    break
        finally:
            for subscription in self._subscriptions.values():
                subscription.stop()
            connections.close_all()

    def _look(self) -> None:
        try:
            wanted = self._wanted()
        except TryLater:
            # The records cannot be read now: what is connected stays so.
            return
        for name, subscription in list(self._subscriptions.items()):
            is_wanted = name in wanted and wanted[name] == self._targets[name]
            if not is_wanted or subscription.is_to_begin_anew():
                subscription.stop(forget=name not in wanted)
                with self._guard:
                    del self._subscriptions[name], self._targets[name]
        for name, target in wanted.items():
            if name not in self._subscriptions:
                self._begin(name, target)

    def _wanted(self) -> dict[str, _Target]:
        wanted: dict[str, _Target] = {}
        faults: dict[str, ConnectionState] = {}
        for facts in self._feeds():
            try:
                target = self._target_of(facts)
            except FetchSettingsWrong as error:
                faults[facts.name] = self._fault(error)
                continue
            if target is not None:
                wanted[facts.name] = target
        with self._guard:
            self._faults = faults
        return wanted

    def _begin(self, name: str, target: _Target) -> None:
        subscription = self._connect(name, target)
        try:
            subscription.start()
        except FetchSettingsWrong as error:
            with self._guard:
                self._faults[name] = self._fault(error)
            return
        with self._guard:
            self._subscriptions[name] = subscription
            self._targets[name] = target

    def _fault(self, error: FetchSettingsWrong) -> ConnectionState:
        return ConnectionState(is_connected=False, since=datetime.now(UTC), told=str(error), peer=self._peer)
